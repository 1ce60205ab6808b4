"""What the advisor knows, as plain values; adapters read it from files and check it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.lexicon import Grammar
from bot.model import Access, Language, Law, RuleId, SectionId, Verdict, Words


@dataclass(frozen=True, slots=True)
class Passage:
    """A citable place in a section: its paragraph, from 1, and a search phrase of at most eight words."""

    id: str
    paragraph: int
    find: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the guide, or of the organisation's own rules (ids under ``org.``).

    ``starts_with`` are its first words; a section whose page is broken by a box goes on at ``goes_on_at``.
    ``quotes`` holds the whole passages by id where the organisation's copy of the guide is attached.
    """

    id: SectionId
    title: Words
    path: Words
    starts_with: str
    passages: tuple[Passage, ...]
    summary: Words
    law: tuple[str, ...] = ()
    quotes: Mapping[str, str] = field(default_factory=dict)
    goes_on_at: str = ""


@dataclass(frozen=True, slots=True)
class Statute:
    """A statute that may stand beside a rule; grade B never goes without its caveat."""

    id: str
    grade: str
    ref: Words
    title: Words
    url: str
    caveat: Words
    sections: tuple[SectionId, ...]

    def in_language(self, language: Language) -> Law:
        """Return the statute as it is shown."""
        title = self.title.in_language(language)
        caveat = self.caveat.in_language(language)
        return Law(self.ref.in_language(language), f"{title} ({caveat})" if caveat else title, self.url)


@dataclass(frozen=True, slots=True)
class ToolFacts:
    """What is known of a named tool apart from any organisation's decision."""

    id: str
    name: str
    access: Access


@dataclass(frozen=True, slots=True)
class Concept:
    """Something a message can be about, with the patterns that say so.

    ``parents`` are concepts that it is a kind of; ``keep`` leaves the words inside a phrase readable
    on their own; ``careful`` takes no word with other letters; ``hides`` are concepts that do not
    count where this one was read.
    """

    id: str
    parents: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    keep: bool = False
    careful: bool = False
    hides: tuple[str, ...] = ()
    tool: ToolFacts | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Concepts that must all be there, groups of which one must be, and concepts that must not."""

    all: tuple[str, ...] = ()
    any: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inference:
    """What follows from several concepts that are read in one sentence, or in one message.

    ``drops`` are concepts that, with all their kinds, no longer count once the inference is drawn: the words of a
    record's name are nobody's data where the message says that there is nobody in it.
    """

    id: str
    when: Condition
    gives: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A question that must, or must not, reach the entry it stands with."""

    say: str
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """How a rule's answer is worded; lists may be empty."""

    id: str
    headline: Words
    reason: Words
    conditions: tuple[Words, ...] = ()
    instead: tuple[Words, ...] = ()
    suggestions: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoiceWords:
    """A choice in a question back: the words on the button and the words sent."""

    label: Words
    say: Words


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the decision table; the lowest ``rank`` whose condition holds decides.

    ``cite`` is a section id, optionally with ``/passage``; ``use`` says which machinery fills in
    the reply: ``reply`` (worded in replies.yaml), ``topic`` or ``status``.
    """

    id: RuleId
    rank: int
    when: Condition
    verdict: Verdict
    use: str = "reply"
    reply: str = ""
    topic: str = ""
    cite: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    choices: tuple[ChoiceWords, ...] = ()
    examples: tuple[Example, ...] = ()
    near_misses: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """What can be explained about a section: what leads to it, and a reply for each kind of question.

    ``cues`` are patterns by points; ``asked`` are questions as people ask them, whose words are weighed.
    """

    id: str
    section: SectionId
    title: Words
    cues: Mapping[int, tuple[str, ...]]
    replies: Mapping[str, Words]
    law: tuple[str, ...] = ()
    suggestions: tuple[Words, ...] = ()
    asked: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    near_misses: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class LanguageFacts:
    """How the two languages are told apart and inflected.

    ``only_danish`` and ``only_english`` mean something else in the other language ("offer", "her") and count there
    within phrases only.
    """

    grammar: Grammar = field(default_factory=Grammar)
    danish: frozenset[str] = frozenset()
    english: frozenset[str] = frozenset()
    only_danish: frozenset[str] = frozenset()
    only_english: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The whole knowledge base, checked and complete.

    ``messages`` holds every text that is no rule's or topic's reply, by id.
    """

    concepts: tuple[Concept, ...]
    in_sentence: tuple[Inference, ...]
    in_message: tuple[Inference, ...]
    rules: tuple[Rule, ...]
    topics: tuple[Topic, ...]
    replies: Mapping[str, Reply]
    sections: Mapping[SectionId, Section]
    statutes: Mapping[str, Statute]
    messages: Mapping[str, Words]
    lists: Mapping[str, tuple[Words, ...]]
    language: LanguageFacts
    redaction: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    arguments: Mapping[str, Words] = field(default_factory=dict)
