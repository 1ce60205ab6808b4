"""The audit log in the terminal and as a file."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import IO

from rich.console import Console
from rich.table import Table

from bot.registering import Entry

_COLUMNS = ("at", "who", "what", "subject", "refused", "before", "after")
#: A spreadsheet would run a cell that begins so as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def print_entries(entries: Iterable[Entry], console: Console) -> None:
    """Print one line for each entry."""
    table = Table(box=None, pad_edge=False)
    for heading in ("at", "who", "what", "subject", "changed"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        changed = "refused" if entry.refused else ", ".join(_changed(entry))
        table.add_row(f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S}", entry.who, entry.what, entry.subject, changed)
    console.print(table, highlight=False, markup=False)


def write_entries(entries: Iterable[Entry], form: str, stream: IO[str]) -> int:
    """Write ``entries`` as ``jsonl`` or ``csv`` and return how many."""
    count = 0
    sheet = csv.writer(stream)
    if form == "csv":
        sheet.writerow(_COLUMNS)
    for entry in entries:
        values = _values(entry)
        if form == "csv":
            sheet.writerow([_cell(values[column]) for column in _COLUMNS])
        else:
            stream.write(json.dumps(values, ensure_ascii=False) + "\n")
        count += 1
    return count


def _values(entry: Entry) -> dict[str, object]:
    values: dict[str, object] = {column: getattr(entry, column) for column in _COLUMNS}
    return {**values, "at": entry.at.isoformat()}


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _changed(entry: Entry) -> list[str]:
    if entry.before is None:
        return [f"new: {(entry.after or {}).get('status', '')}"] if entry.after else []
    before, after = entry.before, entry.after or {}
    return [f"{key}: {before.get(key)} → {value}" for key, value in after.items() if before.get(key) != value][:6]
