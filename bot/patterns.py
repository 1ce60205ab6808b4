"""The small language that words, phrases and cues are written in, and the machine that finds them.

The language is described in docs/knowledge.md. A pattern is cut into elements, alternatives and
optional words are multiplied out, and all patterns of one level share a trie, so that the time to
read a message depends on the message and not on how many patterns there are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.text import fold, split_words

_TOKEN = re.compile(r"\(|\)|\||\[|\]|<[^>]*>|~\d*|\^|=?[^\s()|\[\]<>~^]+")
_DEFAULT_GAP = 4
_MOST_VARIANTS = 600


class PatternError(ValueError):
    """A pattern cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class WordElement:
    """A word; ``exact`` forbids inflection and ``prefix`` takes every word that begins so."""

    key: str
    exact: bool = False
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class ConceptElement:
    """Any word or phrase that was read as this concept."""

    concept: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of several words and concepts."""

    members: frozenset[WordElement | ConceptElement]


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to ``most`` words of any kind."""

    most: int


@dataclass(frozen=True, slots=True)
class Start:
    """The start of a sentence."""


Element = WordElement | ConceptElement | OneOf | Gap | Start
Variant = tuple[Element, ...]


def parse(pattern: str) -> tuple[Variant, ...]:
    """Return every plain sequence of elements that ``pattern`` stands for.

    Raises:
        PatternError: brackets do not match, nothing is left, or it stands for too many sequences.

    """
    tokens = _TOKEN.findall(pattern)
    variants, rest = _alternatives(tokens, 0)
    if rest != len(tokens):
        raise PatternError(f"unexpected '{tokens[rest]}' in '{pattern}'")
    cleaned = tuple(dict.fromkeys(trimmed for variant in variants if (trimmed := _trimmed(variant))))
    if not cleaned:
        raise PatternError(f"'{pattern}' holds no words")
    if len(cleaned) > _MOST_VARIANTS:
        raise PatternError(f"'{pattern}' stands for {len(cleaned)} sequences, {_MOST_VARIANTS} at most")
    return cleaned


def _trimmed(variant: Variant) -> Variant:
    """Return ``variant`` without gaps at its ends, which anything would fill."""
    first, last = 0, len(variant)
    while last > first and isinstance(variant[last - 1], Gap):
        last -= 1
    while first < last and isinstance(variant[first], Gap):
        first += 1
    return variant[first:last]


def _alternatives(tokens: Sequence[str], position: int) -> tuple[list[Variant], int]:
    found, position = _sequence(tokens, position)
    while position < len(tokens) and tokens[position] == "|":
        more, position = _sequence(tokens, position + 1)
        found += more
    return found, position


def _sequence(tokens: Sequence[str], position: int) -> tuple[list[Variant], int]:
    found: list[Variant] = [()]
    while position < len(tokens) and tokens[position] not in {"|", ")", "]"}:
        token = tokens[position]
        if token in {"(", "["}:
            inner, position = _bracket(tokens, position)
        else:
            inner, position = [_elements(token)], position + 1
        found = [(*left, *right) for left in found for right in inner]
        if len(found) > _MOST_VARIANTS:
            raise PatternError(f"too many alternatives near '{token}'")
    return found, position


def _bracket(tokens: Sequence[str], position: int) -> tuple[list[Variant], int]:
    opening = tokens[position]
    closing = ")" if opening == "(" else "]"
    inner, position = _alternatives(tokens, position + 1)
    if position >= len(tokens) or tokens[position] != closing:
        raise PatternError(f"'{opening}' is never closed in '{' '.join(tokens)}'")
    merged = _merged(inner)
    return ([*merged, ()] if opening == "[" else merged), position + 1


def _merged(alternatives: Sequence[Variant]) -> list[Variant]:
    """Return the alternatives with all single words and concepts as one element."""
    members: dict[WordElement | ConceptElement, None] = {}
    longer: list[Variant] = []
    for variant in alternatives:
        first = variant[0] if len(variant) == 1 else None
        if isinstance(first, WordElement | ConceptElement):
            members[first] = None
        elif isinstance(first, OneOf):
            members.update(dict.fromkeys(first.members))
        else:
            longer.append(variant)
    if len(members) > 1:
        return [(OneOf(frozenset(members)),), *longer]
    return [*((member,) for member in members), *longer]


def _elements(token: str) -> Variant:
    if token.isalpha():
        return (WordElement(fold(token)),)
    if token == "^":  # noqa: S105 a sign of the pattern language
        return (Start(),)
    if token.startswith("~"):
        return (Gap(int(token[1:] or _DEFAULT_GAP)),)
    if token.startswith("<"):
        return (ConceptElement(token[1:-1].strip()),)
    if token.startswith("="):
        return tuple(WordElement(word.key, exact=True) for word in split_words(token[1:]))
    if token.endswith("*"):
        *before, last = (fold(piece) for piece in re.split(r"[-/]", token[:-1]))
        return (*(WordElement(piece) for piece in before), WordElement(last, prefix=True))
    return tuple(WordElement(word.key) for word in split_words(token))


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern that was found: which one, and between which positions."""

    pattern: int
    begin: int
    end: int


class Board:
    """What was read so far: at each position the numbers that begin there, with the positions after them."""

    def __init__(self, length: int) -> None:
        self.at: list[dict[int, list[int]]] = [{} for _ in range(length)]
        self.places: dict[int, list[int]] = {}

    def enter(self, number: int, begin: int, after: int) -> None:
        """Say that ``number`` stands from ``begin`` up to ``after``."""
        here = self.at[begin]
        afters = here.get(number)
        if afters is None:
            here[number] = [after]
            places = self.places.setdefault(number, [])
            if places and places[-1] > begin:
                insort(places, begin)
            else:
                places.append(begin)
        elif after not in afters:
            afters.append(after)


@dataclass(slots=True)
class Node:
    """One step in a trie of patterns.

    ``nexts`` holds by number what may follow at once, ``leaps`` what may follow after a gap of so many words; a group
    of numbers shares one node.
    """

    steps: dict[tuple[int, int | frozenset[int]], Node] = field(default_factory=dict)
    nexts: dict[int, tuple[Node, ...]] = field(default_factory=dict)
    leaps: dict[int, tuple[tuple[int, Node], ...]] = field(default_factory=dict)
    farthest: int = 0
    patterns: tuple[int, ...] = ()

    def child(self, gap: int, step: int | frozenset[int]) -> Node:
        """Return the node behind ``step``, which may follow after ``gap`` words; made where there is none yet."""
        node = self.steps.get((gap, step))
        if node is not None:
            return node
        node = self.steps[gap, step] = Node()
        self.farthest = max(self.farthest, gap)
        for number in step if isinstance(step, frozenset) else (step,):
            if gap:
                self.leaps[number] = (*self.leaps.get(number, ()), (gap, node))
            else:
                self.nexts[number] = (*self.nexts.get(number, ()), node)
        return node


@dataclass(slots=True)
class Trie:
    """All patterns of one level."""

    root: Node = field(default_factory=Node)
    after_start: Node = field(default_factory=Node)

    def add(self, steps: Sequence[int | frozenset[int] | Gap | Start], pattern: int) -> None:
        """Enter ``pattern``, whose steps are numbers, groups of them, gaps and perhaps a start before them."""
        node, gap = self.root, 0
        for step in steps:
            if isinstance(step, Start):
                node = self.after_start
            elif isinstance(step, Gap):
                gap += step.most
            else:
                node, gap = node.child(gap, step), 0
        node.patterns = (*node.patterns, pattern)

    def find(self, board: Board, limits: Sequence[int], openings: Collection[int]) -> Iterator[Match]:
        """Yield every match.

        ``limits`` says at each position where its sentence ends, which no match runs over; ``openings`` are the
        positions at which one begins.
        """
        for position, limit in enumerate(limits):
            here = board.at[position]
            if not here:
                continue
            stack = _steps(self.root.nexts, here, limit)
            if self.after_start.nexts and position in openings:
                stack += _steps(self.after_start.nexts, here, limit)
            if stack:
                yield from _walk(stack, position, limit, board)


def _steps(
    nexts: Mapping[int, tuple[Node, ...]], here: Mapping[int, Sequence[int]], limit: int
) -> list[tuple[Node, int]]:
    return [
        (node, after)
        for number in here.keys() & nexts.keys()
        for node in nexts[number]
        for after in here[number]
        if after <= limit
    ]


def _walk(stack: list[tuple[Node, int]], begin: int, limit: int, board: Board) -> Iterator[Match]:
    while stack:
        node, position = stack.pop()
        for pattern in node.patterns:
            yield Match(pattern, begin, position)
        if position >= limit:
            continue
        if node.nexts:
            stack += _steps(node.nexts, board.at[position], limit)
        if node.leaps:
            stack += _leaps(node.leaps, position, min(limit, position + node.farthest + 1), limit, board)


def _leaps(
    leaps: Mapping[int, tuple[tuple[int, Node], ...]], first: int, last: int, limit: int, board: Board
) -> Iterator[tuple[Node, int]]:
    for number in leaps.keys() & board.places.keys():
        places = board.places[number]
        for index in range(bisect_left(places, first), len(places)):
            position = places[index]
            if position >= last:
                break
            for gap, node in leaps[number]:
                if position - first <= gap:
                    yield from ((node, after) for after in board.at[position][number] if after <= limit)
