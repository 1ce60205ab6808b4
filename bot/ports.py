"""What the core needs from the outside, and what the outside may call.

Each port is small enough to be satisfied by a class of a few lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from bot.announcing import Announcement, Copy, Draft, Read, Report, Stage, Timing
from bot.conversation import Memory
from bot.delivering import Address, Outgoing, Receipt
from bot.escalating import Escalation, Kept, Opinion
from bot.interaction import Card, Command, Finding, Home, Option, Outcome, Press, Submission
from bot.knowledge import Knowledge
from bot.model import Answer, Language, Question, Tool, ToolId
from bot.people import Person, PersonId, Role
from bot.registering import Decided, Entry, RequestState, ToolRequest, Wish
from bot.sending import Action


class Handler(Protocol):
    """The one thing every way in calls: a question comes in, an answer goes out."""

    def ask(self, question: Question) -> Answer:
        """Answer ``question``.

        Raises:
            RequestError: the message is empty or too long.

        """
        ...

    def knowledge(self) -> Knowledge:
        """Return the knowledge base that answers are made from right now."""
        ...


class KnowledgeSource(Protocol):
    """Where the knowledge base comes from."""

    def current(self) -> Knowledge:
        """Return the newest knowledge base without faults; the same object until a file changes."""
        ...


class ToolSource(Protocol):
    """Where the positive list is read from."""

    def tools(self) -> Sequence[Tool]:
        """Return every listed tool as it stands now; the same object until something changes."""
        ...


class ToolHistory(Protocol):
    """Where decisions on tools are kept; nothing is ever overwritten."""

    def current(self) -> Mapping[ToolId, Decided]:
        """Return the newest decision on each tool; the same object until something changes."""
        ...

    def history(self, tool: ToolId | None = None) -> tuple[Decided, ...]:
        """Return every decision on ``tool``, or on all tools, from the first to the last."""
        ...

    def record(self, decisions: Sequence[Decided], entries: Sequence[Entry] = ()) -> None:
        """Keep ``decisions`` with their audit ``entries``, all or none.

        Raises:
            ChangedMeanwhile: one of the tools has got the same revision from somebody else.

        """
        ...


class Register(Protocol):
    """The positive list as anybody may see it."""

    def tools(self) -> Sequence[Tool]:
        """Return every listed tool as it stands now."""
        ...

    def history(self, tool: ToolId | None = None) -> tuple[Decided, ...]:
        """Return every decision on ``tool``, or on all tools, from the first to the last."""
        ...


class ToolRequests(Protocol):
    """Where wishes for tools are kept."""

    def add(self, name: str, wish: Wish) -> ToolRequest:
        """Keep ``wish``, with the open request of the same name where there is one; one wish a person."""
        ...

    def all(self) -> tuple[ToolRequest, ...]:
        """Return every request, the oldest first."""
        ...

    def close(self, request: int, state: RequestState, *, by: PersonId, reason: str, at: datetime) -> ToolRequest:
        """Close an open request and return it.

        Raises:
            ChangedMeanwhile: it is closed already, or there is none.

        """
        ...


class AuditLog(Protocol):
    """Who did or tried what; it only grows."""

    def write(self, entry: Entry) -> None:
        """Keep ``entry``."""
        ...

    def entries(self, since: datetime | None = None) -> Iterator[Entry]:
        """Yield every entry from ``since`` on, the oldest first."""
        ...


class Feedback(Protocol):
    """Where it is kept whether answers helped."""

    def add(self, opinion: Opinion) -> None:
        """Keep ``opinion``; a second one with the same key takes the first one's place."""
        ...

    def all(self) -> tuple[Opinion, ...]:
        """Return every opinion, the oldest first."""
        ...


class Escalations(Protocol):
    """Where questions that were passed on to a person are kept, redacted."""

    def add(self, person: PersonId, language: Language, question: str, at: datetime) -> Escalation:
        """Keep a question and return it with its number."""
        ...

    def all(self) -> tuple[Escalation, ...]:
        """Return every question, the oldest first."""
        ...

    def answer(self, id_: int, text: str, *, by: PersonId, at: datetime) -> Escalation:
        """Keep an expert's answer as a candidate for the knowledge base.

        Raises:
            ChangedMeanwhile: somebody answered already, or there is no such question.

        """
        ...

    def keep(self, id_: int, kept: Kept) -> Escalation:
        """Say what became of a candidate.

        Raises:
            ChangedMeanwhile: it is no candidate any more, or never was.

        """
        ...


class Conversations(Protocol):
    """Where the last exchange of a conversation is remembered for ten minutes."""

    def recall(self, conversation: str) -> Memory | None:
        """Return what is remembered of ``conversation``, or None."""
        ...

    def remember(self, conversation: str, memory: Memory) -> None:
        """Keep ``memory``, which is already redacted, for ten minutes."""
        ...


class Clock(Protocol):
    """The time of day, so that the core never reads it by itself."""

    def __call__(self) -> datetime:
        """Return the present moment with its time zone."""
        ...


class Desk(Protocol):
    """What every chat platform calls beside ``Handler``: commands, buttons, forms and a person's own page.

    The calls block on the database, so they belong on a thread. Each is refused in words, never by an exception,
    where the person may not do it.
    """

    def run(self, command: Command) -> Outcome:
        """Do what was typed."""
        ...

    def press(self, press: Press) -> Outcome:
        """Do what was pressed."""
        ...

    def submit(self, submission: Submission) -> Outcome:
        """Take a form that was filled in; nothing is done while ``Outcome.faults`` is not empty."""
        ...

    def home(self, person: Person, language: Language) -> Home:
        """Return the page of ``person``."""
        ...


class Suggestions(Protocol):
    """Completes a field of a form while somebody types."""

    def suggest(self, source: str, typed: str, person: Person) -> tuple[Option, ...]:
        """Return at most 100 options of ``source`` that fit what was typed, the best first."""
        ...


class Finder(Protocol):
    """Searches the positive list and the guide."""

    def find(self, text: str, language: Language) -> tuple[Finding, ...]:
        """Return what fits ``text`` best, the best first; everything there is room for where it is empty."""
        ...


class Roles(Protocol):
    """Who may do what, from the roles file."""

    def has(self, person: Person, role: Role) -> bool:
        """Say whether ``person``, or a group that they are in, holds ``role`` right now."""
        ...

    def holders(self, role: Role) -> tuple[str, ...]:
        """Return the ids that hold ``role``, as the file has them."""
        ...


class Outbox(Protocol):
    """Takes messages that are sent in the background, in this process or another."""

    def put(self, to: Address, message: Outgoing) -> None:
        """Keep ``message`` until it has been delivered to ``to``; the same key and address are kept once."""
        ...


class Messenger(Protocol):
    """Posts to one chat platform, as fast as it is called; limits are kept by the caller.

    Every method raises an error of ``bot.delivering``.
    """

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        """Post ``message`` with its key, where the platform can hold one."""
        ...

    async def update(self, receipt: Receipt, message: Outgoing) -> None:
        """Put ``message`` in the place of the one that was posted."""
        ...

    async def delete(self, receipt: Receipt) -> None:
        """Take the posted message away; one that is gone already is fine."""
        ...

    async def find(self, to: Address, key: str) -> Receipt | None:
        """Return the message with this key, or None where it was never posted.

        Raises:
            OutcomeUnknown: this platform can never tell.
            DeliveryError: it can, but did not this time.

        """
        ...


class Directory(Protocol):
    """Who can be reached on one chat platform."""

    async def conversations(self) -> tuple[Address, ...]:
        """Return every conversation where the bot is installed."""
        ...

    async def members(self, of: str) -> tuple[Address, ...]:
        """Return the people of a channel or user group, each by the address of their own conversation."""
        ...


class Announcements(Protocol):
    """Where announcements are kept."""

    def add(self, draft: Draft, author: PersonId, at: datetime) -> Announcement:
        """Keep a new draft and return it with its id."""
        ...

    def one(self, id_: str) -> Announcement:
        """Return the announcement called ``id_``.

        Raises:
            ChangedMeanwhile: there is none.

        """
        ...

    def find(self, words: str = "", *, limit: int = 50) -> tuple[Announcement, ...]:
        """Return the announcements that hold every one of ``words``, the newest first."""
        ...

    def change(
        self, changed: Announcement, *, allowed: Sequence[Stage], begin: Timing | None = None,
        cards: Mapping[Action, Card] = MappingProxyType({}),
    ) -> Announcement:  # fmt: skip
        """Put ``changed`` in the place of the revision before it, which stands in one of ``allowed``.

        In the same moment ``begin`` begins, and the rounds that are under way or to come go on with ``cards``.

        Raises:
            ChangedMeanwhile: somebody else changed it first, or it went out.

        """
        ...

    def move(
        self, id_: str, allowed: Sequence[Stage], to: Stage, *, at: datetime, approver: str | None = None,
        round_: Timing | None = None,
    ) -> Announcement:  # fmt: skip
        """Bring an announcement from one of ``allowed`` to stage ``to``, and begin ``round_`` in the same moment.

        Raises:
            ChangedMeanwhile: it stands elsewhere.

        """
        ...


class Rounds(Protocol):
    """Where it is kept what is to be sent to whom, for the background worker."""

    def begin(self, round_: Timing) -> None:
        """Have ``round_`` carried out when it is due; one that stands already stays as it is."""
        ...

    def call_off(self, round_: str, at: datetime) -> None:
        """Have ``round_`` not carried out, unless it has begun."""
        ...

    def retry(self, id_: str, actions: Sequence[Action], at: datetime) -> int:
        """Have every failed delivery of the latest round of each of ``actions`` tried again; return how many."""
        ...


class Reports(Protocol):
    """What became of announcements, and who has read them."""

    def acknowledge(self, id_: str, person: PersonId, place: str, at: datetime) -> bool:
        """Keep that ``person`` has read an announcement; say whether that is new."""
        ...

    def report(self, id_: str) -> Report:
        """Return how an announcement stands.

        Raises:
            ChangedMeanwhile: there is none.

        """
        ...

    def copies(self, id_: str) -> Iterator[Copy]:
        """Yield what became of every recipient, round by round."""
        ...

    def reads(self, id_: str) -> tuple[Read, ...]:
        """Return who read an announcement and when, the first first."""
        ...


class Spreading(Protocol):
    """Where the recipients of a round are written down, share by share."""

    def begin_round(self, round_: str, now: float) -> tuple[str, Action] | None:
        """Return the announcement and action of ``round_``; None where it may not begin any more."""
        ...

    def spread(self, round_: str, recipients: Sequence[tuple[Address, str]], *, action: Action, now: float) -> None:
        """Write down ``recipients``: each address, and the message there that is changed."""
        ...

    def fail(self, round_: str, entry: str, code: str, now: float) -> None:
        """Write down an entry of the audience whose people nobody can look up."""
        ...

    def end_spreading(self, round_: str, now: float) -> None:
        """Mark the recipients as complete."""
        ...

    def refuse_round(self, round_: str, code: str, now: float) -> None:
        """End a round that may not be sent, and keep why."""
        ...
