"""Every entry of the knowledge base with the place where it stands, for the check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adapters.yaml_knowledge.explaining import explain, nearest
from adapters.yaml_knowledge.formats import FORMATS, MERGED
from adapters.yaml_knowledge.source import Place, Source, read_source
from bot.errors import Fault, KnowledgeError

#: The positive list lies beside the knowledge and has a check of its own.
_NOT_KNOWLEDGE = "tools.yaml"
_KINDS = {
    "concepts": "concept",
    "rules": "rule",
    "in_sentence": "reading",
    "in_message": "reading",
    "sections": "section",
    "statutes": "statute",
    "replies": "reply",
    "messages": "message",
    "lists": "list",
    "cues": "cues",
    "arguments": "argument",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """One entry of a file."""

    kind: str
    id: str
    source: Source
    place: Place
    is_own: bool

    @property
    def content(self) -> Any:  # any: as in Source.content
        """What stands there."""
        content: Any = self.source.content
        for step in self.place:
            content = content[step]
        return content

    def line(self, text: str = "") -> int:
        """Return the line that the entry begins on, or the one on which ``text`` stands in it."""
        place = next((place for place, value in _texts(self.content, self.place) if value == text), None)
        return self.source.line(place or self.place)

    def fault(self, problem: str, remedy: str, text: str = "") -> Fault:
        """Return what is wrong with the entry."""
        return Fault(self.source.file, self.line(text), self.id, problem, remedy)


@dataclass(slots=True)
class Entries:
    """The entries of a folder and its overlay, and what is wrong with the form of their files."""

    faults: list[Fault] = field(default_factory=list)
    all: list[Placed] = field(default_factory=list)

    def find(self, kind: str, id_: str) -> Placed | None:
        """Return the entry that counts: the organisation's own where it has one."""
        return next((entry for entry in reversed(self.all) if (entry.kind, entry.id) == (kind, id_)), None)


def collect(folder: Path, overlay: Path | None) -> Entries:
    """Read every file of both folders."""
    entries = Entries()
    for root, is_own in ((folder, False), (overlay, True)):
        if root is not None:
            _collect(entries, root, is_own)
    entries.faults += _repeated(entries.all)
    entries.faults += _without_shipped(entries.all)
    return entries


def _collect(entries: Entries, root: Path, is_own: bool) -> None:  # noqa: FBT001 one of two folders
    if not root.is_dir():
        entries.faults.append(Fault(str(root), 0, "", "is no folder", "correct VEJVISER_KNOWLEDGE or VEJVISER_OVERLAY"))
        return
    names = {str(path.relative_to(root)) for path in root.rglob("*.y*ml")}
    missing = set() if is_own else {name for name in FORMATS if name.endswith(".yaml")} - names
    entries.faults += [Fault(f"{root.name}/{name}", 0, "", "is missing", "put the file there") for name in missing]
    for name in sorted(names - {_NOT_KNOWLEDGE}):
        known = FORMATS.get(name) or FORMATS.get(name.partition("/")[0])
        if known is None or not name.endswith(".yaml"):
            near = nearest(name, FORMATS)
            remedy = f"did you mean '{near}'?" if near else f"use one of {', '.join(FORMATS)}, ending in .yaml"
            entries.faults.append(Fault(f"{root.name}/{name}", 0, "", "is read by nobody", remedy))
            continue
        try:
            source = read_source(root, name)
        except KnowledgeError as error:
            entries.faults += error.faults
            continue
        entries.faults += source.faults
        try:
            known.model_validate(source.content)
        except ValidationError as error:
            is_part = is_own and name in MERGED
            entries.faults += explain(error, source, known, may_miss=is_part)
        entries.all += _placed(source, is_own)


def _placed(source: Source, is_own: bool) -> Iterator[Placed]:  # noqa: FBT001 as above
    if isinstance(source.content.get("id"), str):
        yield Placed("topic", source.content["id"], source, (), is_own)
        return
    for key, content in source.content.items():
        kind = _KINDS.get(key)
        if kind and isinstance(content, list):
            for number, entry in enumerate(content):
                if isinstance(entry, dict) and isinstance(entry.get("id"), str):
                    yield Placed(kind, entry["id"], source, (key, number), is_own)
        elif kind and isinstance(content, dict):
            for id_ in content:
                yield Placed(kind, id_, source, (key, id_), is_own)


def _repeated(entries: Sequence[Placed]) -> Iterator[Fault]:
    first: dict[tuple[str, str, bool], Placed] = {}
    for entry in entries:
        before = first.setdefault((entry.kind, entry.id, entry.is_own), entry)
        if before is not entry:
            place = f"{before.source.file}:{before.line()}"
            yield entry.fault(f"there is another {entry.kind} of that name in {place}", "give each an id of its own")


def _without_shipped(entries: Sequence[Placed]) -> Iterator[Fault]:
    """Yield what extends an entry that is not there, and sections of the guide that an organisation made up."""
    shipped = {(entry.kind, entry.id) for entry in entries if not entry.is_own}
    for entry in entries:
        if not entry.is_own or (entry.kind, entry.id) in shipped:
            continue
        content = entry.content
        if isinstance(content, dict) and content.get("extend"):
            near = nearest(entry.id, [id_ for kind, id_ in shipped if kind == entry.kind])
            remedy = f"did you mean '{near}'?" if near else "leave 'extend' out to add an entry"
            yield entry.fault(f"extends the {entry.kind} '{entry.id}', which is not there", remedy)
        if entry.kind == "section" and not entry.id.startswith("org."):
            yield entry.fault("is no section of the guide", f"call your own section 'org.{entry.id}'")


def _texts(content: Any, place: Place) -> Iterator[tuple[Place, str]]:  # any: as in Source.content
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*place, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _texts(value, (*place, number))
