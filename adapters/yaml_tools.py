"""The positive list as a YAML file: read and checked as a whole, and written back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from adapters.tool_entries import to_tool
from bot.errors import Fault, PositiveListError
from bot.model import Access, DataClass, Status, Tool
from bot.registering import as_facts, name_key

_KEYS = ("id", "name", "product", "plan", "vendor", "aliases", "access", "source", "status", "data", "conditions",
         "owner", "risk_assessed", "review_by")  # fmt: skip
_SOURCES = ("closed", "open")
_BIGGEST_FILE = 5_000_000
_LONGEST_ID = 100


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
    text = _text(path)
    try:
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise _one(path, line, "cannot be read as YAML", "mend the line or restore a copy") from error
    entries = content.get("tools") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise _one(path, 1, "there is no list 'tools'", "begin the file with 'tools:'")
    lines = _Lines(text, len(entries))
    faults = [
        Fault(path.name, lines.of(number, key), _subject(entry), problem, remedy)
        for number, entry in enumerate(entries)
        for key, problem, remedy in _problems(entry)
    ]
    sound = [entry for entry in entries if not any(_problems(entry))]
    faults += [
        Fault(path.name, lines.of(entries.index(entry), "id"), _subject(entry), problem, remedy)
        for entry, problem, remedy in _clashes(sound)
    ]
    if faults:
        raise PositiveListError(sorted(faults, key=lambda fault: fault.line))
    return tuple(to_tool(entry) for entry in entries)


def write_tools(tools: Sequence[Tool]) -> str:
    """Return ``tools`` as the text of a file that reads back as the same list."""
    entries = [{key: value for key, value in _written(tool).items() if value not in ("", [], None)} for tool in tools]
    return yaml.safe_dump({"tools": entries}, sort_keys=False, allow_unicode=True, width=110)


def _written(tool: Tool) -> dict[str, object]:
    facts = as_facts(tool)
    worded = {"da": tool.conditions.da, "en": tool.conditions.en}
    conditions = {language: words for language, words in worded.items() if words}
    facts |= {"conditions": conditions or None, "risk_assessed": tool.risk_assessed, "review_by": tool.review_by}
    return {key: facts[key] for key in _KEYS}


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _BIGGEST_FILE:
            raise _one(path, 0, f"is bigger than {_BIGGEST_FILE // 1_000_000} MB", "split it, and import each part")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _one(path, 0, "is not written in UTF-8", "save it as UTF-8") from error
    except OSError as error:
        raise _one(path, 0, "cannot be read", "put the file there, readable for this user") from error


def _one(path: Path, line: int, problem: str, remedy: str) -> PositiveListError:
    return PositiveListError([Fault(path.name, line, "", problem, remedy)])


def _subject(entry: object) -> str:
    id_ = entry.get("id") if isinstance(entry, dict) else None
    return f"tool '{id_}'" if isinstance(id_, str) else str(entry)[:40]


class _Lines:
    """Where each key of each tool stands; worked out only once there is a fault to place."""

    def __init__(self, text: str, count: int) -> None:
        self._text = text
        self._count = count
        self._found: list[dict[str, int]] = []

    def of(self, number: int, key: str) -> int:
        if not self._found:
            root = yaml.compose(self._text, Loader=yaml.CSafeLoader)
            pairs = root.value if root else ()
            listed = next(value for name, value in pairs if name.value == "tools")
            self._found = [self._keys(node) for node in listed.value]
        return self._found[number].get(key, self._found[number][""])

    def _keys(self, node: yaml.Node) -> dict[str, int]:
        keys = {"": node.start_mark.line + 1}
        if isinstance(node, yaml.MappingNode):
            keys |= {str(key.value): key.start_mark.line + 1 for key, _ in node.value}
        return keys


_Problem = tuple[str, str, str]


def _problems(entry: Any) -> Iterator[_Problem]:  # any: whatever stands in the file
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not 0 < len(entry["id"]) <= _LONGEST_ID:
        yield "id", "is no tool", "give it an 'id' of at most 100 characters and a 'name'"
        return
    for key in entry:
        if key not in _KEYS:
            yield str(key), f"unknown key '{key}'", f"use one of {', '.join(_KEYS)}"
    if not isinstance(entry.get("name"), str) or not entry["name"].strip():
        yield "name", "'name' is missing", "add the product's name"
    yield from _wrong_words(entry)
    yield from _wrong_lists(entry)
    for key in ("risk_assessed", "review_by"):
        if not isinstance(entry.get(key), date | None):
            yield key, f"'{key}' is no date", "write it as 2027-03-01"


def _wrong_words(entry: Mapping[str, Any]) -> Iterator[_Problem]:  # any: as above
    for key, allowed in (("access", tuple(Access)), ("status", tuple(Status)), ("source", _SOURCES)):
        if entry.get(key, "closed" if key == "source" else None) not in allowed:
            yield key, f"'{key}' is {entry.get(key)!r}", f"use one of {', '.join(allowed)}"
    for key in ("vendor", "owner", "product", "plan"):
        if not isinstance(entry.get(key), str | None):
            yield key, f"'{key}' is no text", "write it in quotes"
    conditions = entry.get("conditions")
    if not isinstance(conditions, str | dict | None) or (
        isinstance(conditions, dict) and set(conditions) - {"da", "en"}
    ):
        yield "conditions", "'conditions' is neither a text nor one in 'da' and 'en'", "write {da: …, en: …}"


def _wrong_lists(entry: Mapping[str, Any]) -> Iterator[_Problem]:  # any: as above
    for key in ("data", "aliases"):
        if not isinstance(entry.get(key), list | None):
            yield key, f"'{key}' is no list", "write it in square brackets"
            return
    for data in entry.get("data") or ():
        if data not in list(DataClass):
            yield "data", f"unknown data class '{data}'", f"use one of {', '.join(DataClass)}"


def _clashes(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], str, str]]:  # any: as above
    ids: set[str] = set()
    names: dict[str, str] = {}
    for entry in entries:
        if entry["id"] in ids:
            yield entry, "stands twice", "give each tool an id of its own"
        ids.add(entry["id"])
        for name in dict.fromkeys(map(name_key, (entry["name"], *map(str, entry.get("aliases") or ())))):
            if names.setdefault(name, entry["id"]) != entry["id"]:
                yield entry, f"'{name}' leads to tool '{names[name]}' as well", "give each name to one tool"
