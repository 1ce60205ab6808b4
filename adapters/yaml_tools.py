"""The positive list as a YAML file: read, and checked as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from bot.errors import Fault, PositiveListError
from bot.model import Access, DataClass, Status, Tool, ToolId, Words

_KEYS = frozenset({"id", "name", "vendor", "aliases", "access", "source", "status", "data", "conditions", "owner",
                   "risk_assessed", "review_by"})  # fmt: skip


class YamlTools:
    """A positive list read once from a file."""

    def __init__(self, path: Path) -> None:
        self._tools = read_tools(path)

    def tools(self) -> Sequence[Tool]:
        """Return every listed tool; the same object each time."""
        return self._tools


def read_tools(path: Path) -> tuple[Tool, ...]:
    """Read the positive list from ``path``.

    Raises:
        PositiveListError: the file has faults; all of them are told.

    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        fault = Fault(path.name, line, "", "cannot be read as YAML", "mend the file or restore a copy")
        raise PositiveListError([fault]) from error
    entries = content.get("tools") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise PositiveListError([Fault(path.name, 0, "", "there is no list 'tools'", "begin the file with 'tools:'")])
    faults = [fault for entry in entries for fault in _faults(entry, path.name)]
    if faults:
        raise PositiveListError(faults)
    return tuple(_tool(entry) for entry in entries)


def _faults(entry: Any, file: str) -> Iterator[Fault]:  # any: whatever stands in the file
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        yield Fault(file, 0, str(entry)[:40], "is no tool", "give it an 'id' and a 'name'")
        return
    name = f"tool '{entry['id']}'"
    for key in sorted(set(entry) - _KEYS):
        yield Fault(file, 0, name, f"unknown key '{key}'", f"use one of {', '.join(sorted(_KEYS))}")
    if not isinstance(entry.get("name"), str):
        yield Fault(file, 0, name, "'name' is missing", "add the product's name")
    for key, allowed in (("access", Access), ("status", Status)):
        if entry.get(key) not in list(allowed):
            yield Fault(file, 0, name, f"'{key}' is {entry.get(key)!r}", f"use one of {', '.join(allowed)}")
    for data in entry.get("data") or ():
        if data not in list(DataClass):
            yield Fault(file, 0, name, f"unknown data class '{data}'", f"use one of {', '.join(DataClass)}")
    for key in ("risk_assessed", "review_by"):
        if not isinstance(entry.get(key), date | None):
            yield Fault(file, 0, name, f"'{key}' is no date", "write it as 2027-03-01")


def _tool(entry: Mapping[str, Any]) -> Tool:  # any: checked before
    conditions = entry.get("conditions") or {}
    return Tool(
        id=ToolId(entry["id"]),
        name=entry["name"],
        vendor=str(entry.get("vendor", "")),
        aliases=tuple(str(alias) for alias in entry.get("aliases") or ()),
        access=Access(entry["access"]),
        source=str(entry.get("source", "closed")),
        status=Status(entry["status"]),
        data=frozenset(DataClass(data) for data in entry.get("data") or ()),
        conditions=Words(conditions, conditions) if isinstance(conditions, str) else Words(**conditions),
        owner=str(entry.get("owner", "")),
        risk_assessed=entry.get("risk_assessed"),
        review_by=entry.get("review_by"),
    )
