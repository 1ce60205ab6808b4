"""Announcements: what a manager writes, what may be wrong with it, what it looks like, and how its report adds up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as a_field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.errors import ChangeError
from bot.interaction import Button, Card, Tone
from bot.model import Language, Words
from bot.people import PersonId
from bot.sending import Action, State

EVERYONE: Final = "everyone"
#: In front of a channel: its people, each in their own conversation, instead of the channel itself.
MEMBERS: Final = "members:"
ACKNOWLEDGE: Final = "acknowledge"
#: In the id of each round that takes copies back.
RECALL: Final = "-recall-"
LONGEST_TITLE: Final = 150
LONGEST_BODY: Final = 3000
MOST_AUDIENCE: Final = 200
LONGEST_REMINDER: Final = 30 * 24
_ENTRY = re.compile(r"(?:members:)?(?:slack:[CGDUW][A-Z0-9]{2,30}|teams:\S{5,380})|slack-group:S[A-Z0-9]{2,30}")
_LINK = re.compile(r"(?:https?://|mailto:)\S+")
_SHOWN = frozenset(
    {"paragraph", "inline", "text", "softbreak", "hardbreak", "strong", "em", "link", "bullet_list", "ordered_list",
     "list_item"}
)  # fmt: skip


class Stage(StrEnum):
    """Where an announcement stands."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting-approval"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    SENT = "sent"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    RECALLED = "recalled"


#: Stages in which nothing has gone out.
UNSENT: Final = (Stage.DRAFT, Stage.AWAITING_APPROVAL, Stage.SCHEDULED, Stage.REFUSED)
#: Stages in which copies may stand somewhere.
OUT: Final = (Stage.SENDING, Stage.SENT, Stage.CANCELLED)

#: What a report counts, and the message that names it.
COUNTED: Final = (
    ("report-delivered", (State.DELIVERED,)),
    ("report-failed", (State.FAILED,)),
    ("report-unsure", (State.UNSURE,)),
    ("report-pending", (State.WAITING, State.SENDING)),
    ("report-cancelled", (State.CANCELLED,)),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a manager writes; ``remind_after`` is in hours."""

    title: Words
    body: Words
    audience: tuple[str, ...]
    acknowledge: bool = False
    send_at: datetime | None = None
    remind_after: int | None = None

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that it is written in, Danish first."""
        both = ((Language.DANISH, self.title.da or self.body.da), (Language.ENGLISH, self.title.en or self.body.en))
        return tuple(language for language, text in both if text)

    @property
    def is_for_everyone(self) -> bool:
        """Whether it goes to each conversation where the bot is."""
        return EVERYONE in self.audience


@dataclass(frozen=True, slots=True)
class Announcement:
    """A draft with its life: ``revision`` counts its changes, from 1."""

    id: str
    draft: Draft
    stage: Stage
    revision: int
    author: PersonId
    approver: str
    created_at: datetime
    changed_at: datetime

    @property
    def title(self) -> str:
        """The title in the first of its languages."""
        return self.draft.title.in_language(Language.DANISH)


@dataclass(frozen=True, slots=True)
class Timing:
    """A round to carry out: one action, with the card to show, for everyone whom it concerns, when it is due."""

    id: str
    announcement: str
    action: Action
    card: Card
    due: datetime
    by: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class RoundReport:
    """How one round stands: recipients by state. ``error`` names why it was not carried out."""

    id: str
    action: Action
    state: str
    began: datetime | None
    ended: datetime | None
    counts: Mapping[State, int]
    error: str = ""

    @property
    def total(self) -> int:
        """Return how many recipients it has."""
        return sum(self.counts.values())

    @property
    def label(self) -> str:
        """Return the message that names what is done; a word left in place of a copy is a recall too."""
        return "action-delete" if RECALL in self.id else f"action-{self.action}"


@dataclass(frozen=True, slots=True)
class Report:
    """How an announcement stands."""

    announcement: Announcement
    rounds: tuple[RoundReport, ...]
    acknowledged: int

    def round(self, *actions: Action) -> RoundReport | None:
        """Return the latest round of one of ``actions``."""
        return next((each for each in reversed(self.rounds) if each.action in actions), None)

    def count(self, *states: State) -> int:
        """Return how many recipients of the announcement itself stand in one of ``states``."""
        posted = self.round(Action.POST)
        return sum(posted.counts.get(state, 0) for state in states) if posted else 0

    @property
    def afterwards(self) -> tuple[RoundReport, ...]:
        """Return the latest round of each thing that was done once it was out, in the order of their time."""
        latest = {each.label: each for each in self.rounds if each.action is not Action.POST and each.began}
        return tuple(each for each in self.rounds if each in latest.values())

    @property
    def total(self) -> int:
        """Return how many recipients there are, as far as they are known yet."""
        posted = self.round(Action.POST)
        return posted.total if posted else 0


@dataclass(frozen=True, slots=True)
class Copy:
    """What became of one recipient in one round."""

    action: Action
    to: str
    state: State
    attempts: int
    statuses: tuple[int, ...]
    message: str
    error: str
    at: datetime | None
    round: str = ""


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody who said that they have read it."""

    person: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class DraftFault:
    """One thing wrong with a draft: the field, the message that says what, and what to fill in there."""

    field: str
    code: str
    filled: Mapping[str, str] = a_field(default_factory=dict)


class DraftFaulty(ChangeError):  # noqa: N818 named by what is wrong
    """A draft cannot be kept; all of its faults are in ``faults``."""

    code = "announce-faulty"

    def __init__(self, faults: Iterable[DraftFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.field}: {fault.code}" for fault in self.faults))


def faults_of(draft: Draft, *, now: datetime, personal: Callable[[str], tuple[str, ...]]) -> tuple[DraftFault, ...]:
    """Return everything that is wrong with ``draft``; ``personal`` names the kinds of personal data in a text."""
    return (
        *_text_faults("title", draft.title, LONGEST_TITLE),
        *_text_faults("body", draft.body, LONGEST_BODY),
        *_language_faults(draft),
        *(fault for text in (draft.body.da, draft.body.en) for fault in _markdown_faults(text)),
        *_audience_faults(draft.audience),
        *_time_faults(draft, now),
        *_personal_faults(draft, personal),
    )


def _text_faults(name: str, words: Words, longest: int) -> Iterator[DraftFault]:
    if not words.da and not words.en:
        yield DraftFault(name, "announce-fault-empty")
    for text in (words.da, words.en):
        if len(text) > longest:
            yield DraftFault(name, "announce-fault-long", {"most": str(longest), "count": str(len(text))})


def _language_faults(draft: Draft) -> Iterator[DraftFault]:
    for language in Language:
        has_title = bool(getattr(draft.title, language.value))
        has_body = bool(getattr(draft.body, language.value))
        if has_title != has_body and (draft.title.da or draft.title.en) and (draft.body.da or draft.body.en):
            missing = "body" if has_title else "title"
            yield DraftFault(missing, "announce-fault-language", {"language": language.value})


def _markdown_faults(text: str) -> Iterator[DraftFault]:
    for token in _flat(_parser().parse(text)):
        kind = re.sub(r"_(open|close)$", "", token.type)
        if kind not in _SHOWN:
            if not token.type.endswith("_close"):
                yield DraftFault("body", f"announce-fault-{_kind(kind)}")
        elif token.type == "link_open" and not _LINK.fullmatch(str(token.attrs.get("href", ""))):
            yield DraftFault("body", "announce-fault-link", {"link": str(token.attrs.get("href", ""))})


def _kind(kind: str) -> str:
    known = {"heading": "heading", "image": "image", "table": "table", "html_block": "html", "html_inline": "html"}
    return known.get(kind, "layout")


def _audience_faults(audience: tuple[str, ...]) -> Iterator[DraftFault]:
    if not audience:
        yield DraftFault("audience", "announce-fault-nobody")
    if len(audience) > MOST_AUDIENCE:
        yield DraftFault("audience", "announce-fault-many", {"most": str(MOST_AUDIENCE)})
    for entry in audience:
        if entry != EVERYONE and not _ENTRY.fullmatch(entry):
            yield DraftFault("audience", "announce-fault-address", {"entry": entry})


def _time_faults(draft: Draft, now: datetime) -> Iterator[DraftFault]:
    if draft.send_at is not None and draft.send_at.tzinfo is None:
        yield DraftFault("send_at", "announce-fault-zone")
    elif draft.send_at is not None and draft.send_at < now - timedelta(minutes=1):
        yield DraftFault("send_at", "announce-fault-past")
    if draft.remind_after is not None:
        if not draft.acknowledge:
            yield DraftFault("remind_after", "announce-fault-remind")
        if not 1 <= draft.remind_after <= LONGEST_REMINDER:
            yield DraftFault("remind_after", "announce-fault-hours", {"most": str(LONGEST_REMINDER)})


def _personal_faults(draft: Draft, personal: Callable[[str], tuple[str, ...]]) -> Iterator[DraftFault]:
    # An address or a phone number to turn to belongs in an announcement; somebody's CPR number never does.
    for name, words in (("title", draft.title), ("body", draft.body)):
        if any("cpr" in personal(text) for text in (words.da, words.en) if text):
            yield DraftFault(name, "announce-fault-cpr")


# What it looks like


def plain(markdown: str) -> str:
    """Return ``markdown`` as plain text; a link is followed by its address."""
    lines: list[str] = []
    ordered: list[int | None] = []
    prefix = ""
    for token in _parser().parse(markdown):
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            ordered.append(int(token.attrs.get("start", 1)) if token.type.startswith("ordered") else None)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            ordered.pop()
        elif token.type == "list_item_open" and ordered:
            number = ordered[-1]
            prefix = "- " if number is None else f"{number}. "
            if number is not None:
                ordered[-1] = number + 1
        elif token.type == "inline":
            lines.append("  " * max(0, len(ordered) - 1) + prefix + _inline(token.children or []))
            prefix = ""
    return "\n".join(lines)


def _inline(tokens: Iterable[Token]) -> str:
    text = ""
    link = ""
    for token in tokens:
        if token.type == "link_open":
            link = str(token.attrs.get("href", ""))
        elif token.type == "link_close":
            text += f" ({link})" if not text.endswith(link) else ""
        elif token.type in {"softbreak", "hardbreak"}:
            text += "\n"
        else:
            text += token.content
    return text


def card_of(announcement: Announcement, *, read: str, footnote: str) -> Card:
    """Return what every recipient sees; ``read`` is the button's label."""
    draft = announcement.draft
    first, *others = draft.languages or (Language.DANISH,)
    body = draft.body.in_language(first)
    for language in others:
        body += f"\n\n**{draft.title.in_language(language)}**\n\n{draft.body.in_language(language)}"
    title = draft.title.in_language(first)
    buttons = (Button(read, ACKNOWLEDGE, announcement.id, Tone.PRIMARY),) if draft.acknowledge else ()
    return Card(title, f"{title}\n{plain(body)}", body, buttons=buttons, footnote=footnote)


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")


def _flat(tokens: Iterable[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])


# The report over time


def over_time(moments: Iterable[datetime], *, points: int = 60) -> tuple[tuple[datetime, int], ...]:
    """Return how many of ``moments`` had passed, at ``points`` moments at most from the first to the last."""
    ordered = sorted(moments)
    if not ordered:
        return ()
    step = max(1, len(ordered) // points)
    marks = [*range(0, len(ordered), step), len(ordered) - 1]
    return tuple((ordered[mark], mark + 1) for mark in dict.fromkeys(marks))
