"""The positive list and single entries of the knowledge base, printed for an editor."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum

import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.knowledge import Knowledge
from bot.model import Tool, ToolId
from bot.registering import Decided, Difference, ToolRequest


def print_tools(tools: Iterable[Tool], console: Console) -> None:
    """Print one line for each tool: its id, name, status and what may go in."""
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "name", "status", "access", "data", "review by"):
        table.add_column(heading, overflow="fold")
    for tool in tools:
        data = ", ".join(sorted(tool.data))
        table.add_row(tool.id, tool.name, tool.status, tool.access, data, str(tool.review_by or ""))
    console.print(table, highlight=False)


def print_history(decisions: Iterable[Decided], console: Console) -> None:
    """Print one line for each decision, the first at the top."""
    table = Table(box=None, pad_edge=False)
    for heading in ("revision", "at", "by", "status", "data", "review by", "why"):
        table.add_column(heading, overflow="fold")
    for decided in decisions:
        tool = decided.tool
        when = f"{decided.at.astimezone():%Y-%m-%d %H:%M}"
        row = (str(decided.revision), when, decided.by, tool.status, ", ".join(sorted(tool.data)))
        table.add_row(*row, str(tool.review_by or ""), decided.why)
    console.print(table, highlight=False, markup=False)


def print_differences(
    changes: Iterable[Difference], current: Callable[[ToolId], Decided | None], console: Console
) -> None:
    """Print what each change does: a new tool, or the keys that differ, before and after."""
    for change in changes:
        held = current(change.tool.id)
        if held is None:
            console.print(
                f"+ {change.tool.id}: {change.tool.name}, {change.tool.status}", highlight=False, markup=False
            )
            continue
        for key in change.keys:
            before, after = (_short(getattr(tool, key)) for tool in (held.tool, change.tool))
            console.print(f"~ {change.tool.id}: {key}: {before} → {after}", highlight=False, markup=False)


def print_requests(requests: Iterable[ToolRequest], console: Console) -> None:
    """Print one line for each request, and below it what it is for."""
    for request in requests:
        data = ", ".join(sorted(request.data)) or "no data named"
        head = f"{request.id}  {request.name}  asked for by {len(request.wishes)}  ({data})"
        console.print(head, highlight=False, markup=False)
        for wish in request.wishes:
            console.print(f"    {wish.purpose}", highlight=False, markup=False)


@contextmanager
def progress(total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar while the given function is told how many of ``total`` are done."""
    with Progress(transient=True) as bar:
        task = bar.add_task("Checking", total=total)
        yield lambda done: bar.update(task, completed=done)


def _short(value: object) -> str:
    plain = _plain(value)
    return ", ".join(map(str, plain)) if isinstance(plain, list) else str(plain) if plain not in (None, "", {}) else "–"


def print_entry(kind: str, entry: object, console: Console) -> None:
    """Print everything that is known of one entry as YAML."""
    body = yaml.safe_dump(_plain(entry), allow_unicode=True, sort_keys=False, width=100)
    console.out(f"# {kind}\n{body}", highlight=False, end="")


def find_entries(knowledge: Knowledge, id_: str) -> tuple[tuple[str, object], ...]:
    """Return every entry called ``id_`` with its kind; a rule and its reply often share a name."""
    return tuple((kind, entries[id_]) for kind, entries in _by_kind(knowledge) if id_ in entries)


def known_ids(knowledge: Knowledge) -> tuple[str, ...]:
    """Return every id that can be shown."""
    return tuple(sorted({id_ for _, entries in _by_kind(knowledge) for id_ in entries}))


def _by_kind(knowledge: Knowledge) -> Iterable[tuple[str, Mapping[str, object]]]:
    yield "rule", {entry.id: entry for entry in knowledge.rules}
    yield "reply", knowledge.replies
    yield "topic", {entry.id: entry for entry in knowledge.topics}
    yield "section", {str(id_): section for id_, section in knowledge.sections.items()}
    yield "concept", {entry.id: entry for entry in knowledge.concepts}
    yield "reading", {entry.id: entry for entry in (*knowledge.in_sentence, *knowledge.in_message)}
    yield "statute", knowledge.statutes
    yield "message", knowledge.messages
    yield "list", knowledge.lists


def _plain(value: object) -> object:
    """Return ``value`` as YAML can write it, without what is empty."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((field.name, _plain(getattr(value, field.name))) for field in dataclasses.fields(value))
        return {name: inner for name, inner in fields if inner not in (None, "", [], {})}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Set):
        return sorted(str(inner) for inner in value)
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | date | datetime | None) else str(value)
