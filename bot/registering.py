"""The positive list over time: decisions, wishes for tools, and what a change amounts to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.errors import ChangeFaulty
from bot.model import DataClass, Language, Status, Tool, ToolId
from bot.people import PersonId
from bot.positive_list import status_on
from bot.text import split_words

#: How long before its review date a tool's owner is reminded.
REMIND_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided on a tool: the entry as it stood from then on, its revision (from 1), and by whom and why."""

    tool: Tool
    revision: int
    at: datetime
    by: PersonId
    why: str


class RequestState(StrEnum):
    """Where a wish for a tool stands."""

    OPEN = "open"
    APPROVED = "approved"
    RESTRICTED = "restricted"
    REJECTED = "rejected"


#: The status that a tool gets when a wish for it is decided.
STATUS_AFTER: Mapping[RequestState, Status] = {
    RequestState.APPROVED: Status.APPROVED,
    RequestState.RESTRICTED: Status.RESTRICTED,
    RequestState.REJECTED: Status.REJECTED,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person asks a tool for; ``language`` is the one that they are told in."""

    person: PersonId
    purpose: str
    data: frozenset[DataClass]
    at: datetime
    language: Language


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """A tool that is asked for, by one person or several."""

    id: int
    name: str
    wishes: tuple[Wish, ...]
    state: RequestState = RequestState.OPEN
    reason: str = ""
    decided_by: str = ""

    @property
    def data(self) -> frozenset[DataClass]:
        """Return every data class that anybody asks for."""
        return frozenset(data for wish in self.wishes for data in wish.data)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit log; a refused attempt changed nothing."""

    at: datetime
    who: str
    what: str
    subject: str
    refused: bool = False
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file would change: a tool that is new, or one whose ``keys`` differ."""

    tool: Tool
    keys: tuple[str, ...]
    revision: int

    @property
    def is_new(self) -> bool:
        """Say whether the tool is not on the list yet."""
        return self.revision == 0


def name_key(name: str) -> str:
    """Return ``name`` so that two spellings of one product are the same."""
    return " ".join(word.key for word in split_words(name))


def differences(current: Mapping[ToolId, Decided], wanted: Iterable[Tool]) -> tuple[Difference, ...]:
    """Return what ``wanted`` changes, in its order; tools that it does not name stay as they are."""
    found = []
    for tool in wanted:
        held = current.get(tool.id)
        keys = tuple(_keys_that_differ(held.tool if held else None, tool))
        if keys:
            found.append(Difference(tool, keys, held.revision if held else 0))
    return tuple(found)


def _keys_that_differ(held: Tool | None, wanted: Tool) -> Iterator[str]:
    for entry in fields(Tool):
        if entry.compare and (held is None or getattr(held, entry.name) != getattr(wanted, entry.name)):
            yield entry.name


def check_change(tool: Tool, others: Iterable[Tool], today: date, *, before: Tool | None = None) -> None:
    """Check a decision before it is recorded.

    Raises:
        ChangeFaulty: a value is wrong.

    """
    if not tool.name.strip():
        raise ChangeFaulty("a tool needs a name")
    is_new_date = before is None or before.review_by != tool.review_by
    if tool.review_by is not None and tool.review_by < today and is_new_date:
        raise ChangeFaulty(f"the review date {tool.review_by} has passed; give one to come")
    if tool.status in {Status.APPROVED, Status.RESTRICTED} and not tool.data:
        raise ChangeFaulty("say which data may go in: public, internal, confidential, personal or sensitive")
    clash = clashing(tool, others)
    if clash:
        raise ChangeFaulty(f"'{clash[0]}' already leads to the tool '{clash[1]}'; give each name to one tool")


def clashing(tool: Tool, others: Iterable[Tool]) -> tuple[str, ToolId] | None:
    """Return a name of ``tool`` that leads to another tool already, with that tool."""
    names = {name_key(name): name for name in (tool.name, *tool.aliases)}
    for other in others:
        if other.id == tool.id:
            continue
        for name in (other.name, *other.aliases):
            if name_key(name) in names:
                return names[name_key(name)], other.id
    return None


def held_at(history: Iterable[Decided], moment: datetime) -> dict[ToolId, Decided]:
    """Return what held for each tool at ``moment``."""
    held: dict[ToolId, Decided] = {}
    for decided in sorted(history, key=lambda entry: (entry.tool.id, entry.revision)):
        if decided.at <= moment:
            held[decided.tool.id] = decided
    return held


def due_for_review(tools: Iterable[Tool], today: date) -> tuple[Tool, ...]:
    """Return the usable tools whose review date is at most 30 days ahead, the nearest first."""
    due = [
        tool
        for tool in tools
        if tool.review_by is not None
        and today <= tool.review_by <= today + REMIND_BEFORE
        and status_on(tool, today) in {Status.APPROVED, Status.RESTRICTED}
    ]
    return tuple(sorted(due, key=lambda tool: (tool.review_by or today, tool.id)))


def decided_tool(tool: Tool, state: RequestState, data: frozenset[DataClass]) -> Tool:
    """Return ``tool`` as a decided request leaves it."""
    status = STATUS_AFTER[state]
    return replace(tool, status=status, data=frozenset() if status is Status.REJECTED else data)


def as_facts(tool: Tool) -> dict[str, object]:
    """Return ``tool`` in plain values, as the file has it."""
    return {
        "id": str(tool.id),
        "name": tool.name,
        "product": tool.product,
        "plan": tool.plan,
        "vendor": tool.vendor,
        "aliases": list(tool.aliases),
        "access": tool.access.value,
        "source": tool.source,
        "status": tool.status.value,
        "data": [data.value for data in DataClass if data in tool.data],
        "conditions": {"da": tool.conditions.da, "en": tool.conditions.en},
        "owner": tool.owner,
        "risk_assessed": tool.risk_assessed.isoformat() if tool.risk_assessed else None,
        "review_by": tool.review_by.isoformat() if tool.review_by else None,
    }


def ordered(history: Sequence[Decided]) -> tuple[Decided, ...]:
    """Return decisions from the first to the last."""
    return tuple(sorted(history, key=lambda decided: decided.revision))
