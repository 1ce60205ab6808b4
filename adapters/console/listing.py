"""The positive list and single entries of the knowledge base, printed for an editor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import date
from enum import StrEnum

import yaml
from rich.console import Console
from rich.table import Table

from bot.knowledge import Knowledge
from bot.model import Tool


def print_tools(tools: Iterable[Tool], console: Console) -> None:
    """Print one line for each tool: its id, name, status and what may go in."""
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "name", "status", "access", "data", "review by"):
        table.add_column(heading, overflow="fold")
    for tool in tools:
        data = ", ".join(sorted(tool.data))
        table.add_row(tool.id, tool.name, tool.status, tool.access, data, str(tool.review_by or ""))
    console.print(table, highlight=False)


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
    return value if isinstance(value, str | int | float | date | None) else str(value)
