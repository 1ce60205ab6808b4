"""Finds every fault of the knowledge base at once, with file, line and remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.yaml_knowledge.consistency import Said, inconsistencies
from adapters.yaml_knowledge.entries import Entries, collect
from adapters.yaml_knowledge.guide import kept_at, read_guide
from adapters.yaml_knowledge.loading import load
from bot.errors import Fault, KnowledgeError
from bot.knowledge import Knowledge


def check(folder: Path, overlay: Path | None = None, home: Path | None = None) -> list[Fault]:
    """Return every fault in ``folder`` and the organisation's ``overlay``, in the order of the files.

    Where a copy of the guide is kept under ``home``, every search phrase must stand in it, in its section.
    """
    entries = collect(folder, overlay)
    faults = list(entries.faults)
    try:
        knowledge = load(folder, overlay)
    except KnowledgeError as error:
        return sorted(faults or error.faults, key=_order)
    faults += [_placed(said, entries) for said in inconsistencies(knowledge)]
    faults += _against_guide(knowledge, entries, home)
    return sorted(_once(faults), key=_order)


def _order(fault: Fault) -> tuple[str, int]:
    return fault.file, fault.line


def _once(faults: list[Fault]) -> Iterator[Fault]:
    """Leave out what the form of a file said already about the same line."""
    seen: set[tuple[str, int, str]] = set()
    for fault in faults:
        key = (fault.file, fault.line, fault.problem)
        if key not in seen:
            seen.add(key)
            yield fault


def _placed(said: Said, entries: Entries) -> Fault:
    entry = entries.find(said.kind, said.id)
    if entry is None:
        return Fault("knowledge", 0, said.id, said.problem, said.remedy)
    return entry.fault(said.problem, said.remedy, said.text)


def _against_guide(knowledge: Knowledge, entries: Entries, home: Path | None) -> Iterator[Fault]:
    kept = kept_at(home) if home else None
    if kept is None or not kept.is_file():
        return
    for miss in read_guide(kept, knowledge).missing:
        yield _placed(Said("section", miss.section, miss.problem, miss.remedy, miss.phrase), entries)
