"""The values that the whole product speaks in.

Everything here is frozen and knows nothing of files, databases or chat platforms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NewType

SectionId = NewType("SectionId", str)
RuleId = NewType("RuleId", str)
ToolId = NewType("ToolId", str)


class Language(StrEnum):
    """A language that replies are written in."""

    DANISH = "da"
    ENGLISH = "en"


class Verdict(StrEnum):
    """What a reply amounts to."""

    NO = "no"
    CONDITIONAL = "conditional"
    CLARIFY = "clarify"
    YES = "yes"
    INFORM = "inform"
    STATUS = "status"
    UNKNOWN = "unknown"


#: How strict a verdict is; a message with several asks gets the strictest.
STRICTNESS = {
    Verdict.NO: 4,
    Verdict.CONDITIONAL: 3,
    Verdict.CLARIFY: 2,
    Verdict.YES: 1,
    Verdict.INFORM: 0,
    Verdict.STATUS: 0,
    Verdict.UNKNOWN: -1,
}


class DataClass(StrEnum):
    """What kind of content goes into a tool, from harmless to most protected."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class Access(StrEnum):
    """How staff reach a tool."""

    PUBLIC = "public"
    LICENSED = "licensed"
    LOCAL = "local"


class Status(StrEnum):
    """Where a tool stands on the positive list."""

    APPROVED = "approved"
    RESTRICTED = "restricted"
    REJECTED = "rejected"
    UNDER_REVIEW = "under-review"


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in both languages; a missing language falls back to the other."""

    da: str = ""
    en: str = ""

    def in_language(self, language: Language) -> str:
        """Return the text in ``language``, or in the other one where it is missing."""
        return (self.da or self.en) if language is Language.DANISH else (self.en or self.da)


@dataclass(frozen=True, slots=True)
class Tool:
    """One entry of the positive list, as decided.

    Entries with the same ``product`` are plans or versions of it ("ChatGPT Free", "ChatGPT Enterprise"), each with a
    decision of its own; a question that names only the product is about all of them.
    """

    id: ToolId
    name: str
    vendor: str = ""
    aliases: tuple[str, ...] = ()
    access: Access = Access.PUBLIC
    source: str = "closed"
    status: Status = Status.UNDER_REVIEW
    data: frozenset[DataClass] = frozenset()
    conditions: Words = field(default_factory=Words)
    owner: str = ""
    risk_assessed: date | None = None
    review_by: date | None = None
    product: str = ""
    plan: str = ""
    decided_on: date | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A message on its way in, exactly as typed; only the redactor may read ``text``."""

    text: str
    conversation: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """The place in the guide, or in the organisation's own rules, that a reply rests on.

    ``find`` is a search phrase of at most eight words; ``quote`` is the whole passage, only
    where the organisation has attached its own copy of the guide.
    """

    section: SectionId
    title: str
    path: str
    paragraph: int
    find: str
    url: str | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True)
class Law:
    """A statute that stands beside a rule of the guide, as background."""

    ref: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a small table."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to go on: ``label`` is shown on the button, ``say`` is sent when it is pressed."""

    label: str
    say: str


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation: which words were read as what, or which rule decided."""

    stage: str
    words: str
    read_as: str


def unexplained() -> tuple[Step, ...]:
    """Return no steps: for replies that no rule decided."""
    return ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished reply.

    ``text`` is the plain-text reply, the same words on every platform; the parts that it is made
    of stand beside it for platforms that lay them out: ``headline`` (verdict in words), ``reason``,
    ``conditions``, ``instead`` (what to do instead), ``warning`` (personal data was typed).
    ``confidence`` runs from 0 to 1: how much of the reading rests on exact words. ``asked`` is the question as it was
    understood, with what was asked before where it needed that, masked. ``because`` returns what was read and which
    rule decided, step by step; it is put together when it is called.
    """

    lang: Language
    verdict: Verdict
    text: str
    headline: str = ""
    reason: str = ""
    warning: str = ""
    conditions: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    rule: str = ""
    topic: str | None = None
    citations: tuple[Citation, ...] = ()
    law: tuple[Law, ...] = ()
    data: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    facts: tuple[Fact, ...] = ()
    suggestions: tuple[str, ...] = ()
    contact: str = ""
    personal_data_found: tuple[str, ...] = ()
    confidence: float = 0.0
    id: str = ""
    asked: str = ""
    because: Callable[[], tuple[Step, ...]] = field(default=unexplained, compare=False, repr=False)
