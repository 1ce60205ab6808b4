"""Reads one YAML file the hard way: whatever is in it, a fault names the line and nothing crashes.

The file is read event by event. The YAML library's own composer overruns the stack on deep
nesting, keeps the last of two equal keys without a word, and forgets where a value stood.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import Fault, KnowledgeError

_BIGGEST_FILE = 5_000_000
_DEEPEST = 30
_MOST_VALUES = 500_000
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_READ_AS_BOOLEAN = frozenset({"yes", "no", "on", "off", "true", "false"})

Place = tuple[str | int, ...]
Lines = dict[int, dict[str | int, int]]


class Bare(str):
    """A word such as ``no``, written without quotes, which other YAML readers take for a boolean."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file's content as text, lists and mappings, the lines that they stand on, and what was read past."""

    file: str
    content: dict[str, Any]  # any: texts, lists and mappings, checked by adapters.yaml_knowledge.formats
    lines: Lines = field(repr=False)
    faults: tuple[Fault, ...] = ()

    def line(self, place: Iterable[str | int]) -> int:
        """Return the line of ``place``, or of the nearest thing around it that stands in the file."""
        found, here = 1, self.content
        for step in place:
            line = self.lines.get(id(here), {}).get(step)
            if line is None:
                return found
            found, here = line, here[step]  # type: ignore[index]  # the step was seen there
        return found


def read_source(root: Path, name: str) -> Source:
    """Read the file ``name`` under ``root``.

    Raises:
        KnowledgeError: it is missing, too big, no text, no YAML, or built to overwhelm a reader.

    """
    file = f"{root.name}/{name}"
    reader = _Reader(file)
    try:
        content = reader.read(_text(root / name, file))
    except yaml.reader.ReaderError as error:
        raise _error(file, 0, f"holds what is no text ({error.reason})", "save it as text in UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 0
        raise _error(file, line, f"is no YAML: {error.problem}", "mend the line, or put the text in quotes") from error
    if not isinstance(content, dict):
        raise _error(file, 0, "holds no entries", "see docs/knowledge.md for its form")
    return Source(file, content, reader.lines, tuple(reader.faults))


def _text(path: Path, file: str) -> str:
    try:
        if path.stat().st_size > _BIGGEST_FILE:
            raise _error(file, 0, f"is bigger than {_BIGGEST_FILE} bytes", "split it")
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise _error(file, 0, f"cannot be read: {reason}", "put a file there that may be read") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _error(file, line, "is not in UTF-8", "save the file in UTF-8") from error


def _error(file: str, line: int, problem: str, remedy: str) -> KnowledgeError:
    return KnowledgeError([Fault(file, line, "", problem, remedy)])


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun and not yet ended; ``weight`` counts the values in it."""

    content: dict[str, Any] | list[Any]
    lines: dict[str | int, int]
    anchor: str | None
    line: int
    key: str | None = None
    weight: int = 1


class _Reader:
    def __init__(self, file: str) -> None:
        self.faults: list[Fault] = []
        self.lines: Lines = {}
        self._file = file
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._root: Any = None

    def read(self, text: str) -> object:
        """Return what ``text`` holds; whatever is wrong but can be read past goes to ``faults``."""
        documents = 0
        for event in _events(text):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.ScalarEvent):
                self._put(self._scalar(event, line), 1, line, event.anchor)
            elif isinstance(event, yaml.AliasEvent):
                self._put(*self._aliased(str(event.anchor), line), line, None)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                ended = self._open.pop()
                self._put(ended.content, ended.weight, ended.line, ended.anchor)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _error(self._file, line, "holds several documents", "keep one document in each file")
        return self._root

    def _begin(self, event: yaml.CollectionStartEvent, line: int) -> None:
        if len(self._open) >= _DEEPEST:
            raise _error(self._file, line, f"is nested more than {_DEEPEST} levels deep", "see docs/knowledge.md")
        self._refuse_tag(event, line)
        content: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        lines: dict[str | int, int] = {}
        self.lines[id(content)] = lines
        self._open.append(_Open(content, lines, event.anchor, line))

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> str | None:
        self._refuse_tag(event, line)
        value: str = event.value
        if not event.implicit[0]:
            return value
        if value in _NOTHING:
            return None
        return Bare(value) if value.lower() in _READ_AS_BOOLEAN else value

    def _refuse_tag(self, event: yaml.NodeEvent, line: int) -> None:
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"}:
            self._fault(line, f"tag '{tag}' is not read", "leave it out")

    def _aliased(self, anchor: str, line: int) -> tuple[Any, int]:
        if anchor not in self._anchors:
            raise _error(self._file, line, f"'*{anchor}' stands for nothing", f"write '&{anchor}' before its use")
        return self._anchors[anchor]

    def _put(self, value: Any, weight: int, line: int, anchor: str | None) -> None:  # any: as in Source.content
        if anchor:
            self._anchors[anchor] = (value, weight)
        if not self._open:
            self._root = value
            return
        here = self._open[-1]
        here.weight += weight
        if here.weight > _MOST_VALUES:
            raise _error(self._file, line, f"stands for more than {_MOST_VALUES} values", "repeat fewer '*' names")
        if isinstance(here.content, list):
            here.lines[len(here.content)] = line
            here.content.append(value)
        elif here.key is None:
            here.key = self._key(here, value, line)
        else:
            here.content[here.key] = value
            here.key = None

    def _key(self, here: _Open, value: object, line: int) -> str:
        key = value if isinstance(value, str) else ""
        if not key:
            self._fault(line, "a key is no word", "write a name before the colon")
        elif key in here.lines:
            self._fault(line, f"key '{key}' stands twice", f"keep one; the other is in line {here.lines[key]}")
        here.lines[key] = line
        return key

    def _fault(self, line: int, problem: str, remedy: str) -> None:
        self.faults.append(Fault(self._file, line, "", problem, remedy))


def _events(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
    return events
