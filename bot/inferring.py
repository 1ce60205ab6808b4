"""Follows conditions over sets of concepts; the same machinery serves inferences and decisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Generic, TypeVar

from bot.knowledge import Condition, Inference

Entry = TypeVar("Entry")


def holds(condition: Condition, concepts: Set[str]) -> bool:
    """Say whether ``condition`` holds where exactly ``concepts`` were read."""
    for concept in condition.all:
        if concept not in concepts:
            return False
    if not concepts.isdisjoint(condition.none):
        return False
    return not any(concepts.isdisjoint(group) for group in condition.any)


@dataclass(slots=True)
class Table(Generic[Entry]):
    """Entries in order, found by one concept that each cannot do without.

    Only entries whose anchor was read are looked at, so the table's length costs nothing.
    """

    entries: tuple[tuple[Condition, Entry], ...]
    _anchored: dict[str, list[int]] = field(default_factory=dict)
    _always: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, (condition, _) in enumerate(self.entries):
            for anchor in _anchors(condition):
                self._anchored.setdefault(anchor, []).append(number)
            if not _anchors(condition):
                self._always.append(number)

    def first(self, concepts: Set[str]) -> Entry | None:
        """Return the first entry whose condition holds."""
        for number in sorted(self._candidates(concepts)):
            condition, entry = self.entries[number]
            if holds(condition, concepts):
                return entry
        return None

    def _candidates(self, concepts: Set[str]) -> set[int]:
        found = set(self._always)
        for concept in concepts:
            found.update(self._anchored.get(concept, ()))
        return found

    def anchored(self, concept: str) -> Sequence[int]:
        """Return the numbers of the entries that wait for ``concept``."""
        return self._anchored.get(concept, ())

    def candidates(self, concepts: Set[str]) -> set[int]:
        """Return the numbers of the entries that may hold."""
        return self._candidates(concepts)


def infer(table: Table[Inference], concepts: set[str]) -> Iterator[Inference]:
    """Add to ``concepts`` what follows, take out what is dropped, and yield each inference that was drawn."""
    waiting = list(table.candidates(concepts))
    heapify(waiting)
    done = -1
    while waiting:
        number = heappop(waiting)
        if number <= done:
            continue
        done = number
        condition, inference = table.entries[number]
        if not holds(condition, concepts) or not _changes(inference, concepts):
            continue
        yield inference
        concepts.difference_update(inference.drops)
        for given in inference.gives:
            if given in concepts:
                continue
            concepts.add(given)
            for later in table.anchored(given):
                if later > done:
                    heappush(waiting, later)


def _changes(inference: Inference, concepts: Set[str]) -> bool:
    return not (concepts >= set(inference.gives) and concepts.isdisjoint(inference.drops))


def _anchors(condition: Condition) -> tuple[str, ...]:
    if condition.all:
        return (condition.all[-1],)
    if condition.any:
        return min(condition.any, key=len)
    return ()
