"""The small language that words, phrases and cues are written in, and the machine that finds them.

The language is described in docs/knowledge.md. A pattern is cut into elements, alternatives and
optional words are multiplied out, and all patterns of one level share a trie, so that the time to
read a message depends on the message and not on how many patterns there are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from bot.text import fold, split_words

_TOKEN = re.compile(r"\(|\)|\||\[|\]|<[^>]*>|~\d*|\^|\$|=?[^\s()|\[\]<>~^$]+")
#: Words and nothing else, as most patterns are.
_PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_DEFAULT_GAP = 4
_MOST_VARIANTS = 600


class PatternError(ValueError):
    """A pattern cannot be read; the text says where and why."""


class WordElement(NamedTuple):
    """A word; ``exact`` forbids inflection and ``prefix`` takes every word that begins so."""

    key: str
    exact: bool = False
    prefix: bool = False


class ConceptElement(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class End:
    """The end of a sentence."""


Element = WordElement | ConceptElement | OneOf | Gap | Start | End
Variant = tuple[Element, ...]


def parse(pattern: str) -> tuple[Variant, ...]:
    """Return every plain sequence of elements that ``pattern`` stands for.

    Raises:
        PatternError: brackets do not match, nothing is left, or it stands for too many sequences.

    """
    if _PLAIN.fullmatch(pattern):
        return (tuple(WordElement(fold(word)) for word in pattern.split()),)
    tokens = _TOKEN.findall(pattern)
    variants, rest = _alternatives(tokens, 0)
    if rest != len(tokens):
        raise PatternError(f"unexpected '{tokens[rest]}' in '{pattern}'")
    cleaned = tuple(dict.fromkeys(trimmed for variant in variants if (trimmed := _trimmed(variant))))
    if not cleaned or all(isinstance(element, Start | End) for element in cleaned[0]):
        raise PatternError(f"'{pattern}' holds no words")
    if any(isinstance(element, End) for variant in cleaned for element in variant[:-1]):
        raise PatternError(f"something follows '$' in '{pattern}'")
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
    if token == "$":  # noqa: S105 as above
        return (End(),)
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


class Match(NamedTuple):
    """A pattern that was found: which one, and between which positions."""

    pattern: int
    begin: int
    end: int


@dataclass(slots=True)
class Node:
    """One step in a trie of patterns.

    ``nexts`` holds by number what may follow at once, ``leaps`` what may follow after a gap of so many words, and
    ``needs`` the numbers of both; a group of numbers shares one node. ``patterns`` end here, ``endings`` only where the
    sentence does.
    """

    steps: dict[tuple[int, int | frozenset[int]], Node] = field(default_factory=dict)
    nexts: dict[int, tuple[Node, ...]] = field(default_factory=dict)
    leaps: dict[int, tuple[tuple[int, Node], ...]] = field(default_factory=dict)
    farthest: int = 0
    patterns: tuple[int, ...] = ()
    endings: tuple[int, ...] = ()
    needs: frozenset[int] = frozenset()

    def grow(self, steps: Sequence[PatternStep], pattern: int) -> None:
        """Enter ``pattern``, of which ``steps`` are left from here."""
        node, gap, at_end = self, 0, False
        for step in steps:
            if isinstance(step, Gap):
                gap += step.most
            elif isinstance(step, int | frozenset):
                node, gap = node._child(gap, step), 0
            else:
                at_end = True
        if at_end:
            node.endings = (*node.endings, pattern)
        else:
            node.patterns = (*node.patterns, pattern)

    def close(self) -> None:
        """Note what each step needs, once everything has been entered."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            node.needs = frozenset(node.nexts) | frozenset(node.leaps)
            waiting += node.steps.values()

    def _child(self, gap: int, step: int | frozenset[int]) -> Node:
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


#: What a pattern consists of once words and concepts are numbers.
PatternStep = int | frozenset[int] | Gap | Start | End
#: With which number of which level a pattern begins, and whether only at a sentence's start.
_Opening = tuple[int, int | frozenset[int], bool]


class Trie:
    """All patterns, by level: what a level is built on has been read when its turn comes.

    What begins with a word is put together when that word is first read, because most words never are.
    """

    def __init__(self, levels: int) -> None:
        self.levels = levels
        self.openings: dict[int, tuple[tuple[int, Node, bool], ...]] = {}
        self._openings_of: dict[int, list[_Opening]] = {}
        self._waiting: dict[_Opening, list[tuple[Sequence[PatternStep], int]]] = {}
        self._nodes: dict[_Opening, Node] = {}
        self._lock = Lock()

    def add(self, level: int, steps: Sequence[PatternStep], pattern: int) -> None:
        """Enter ``pattern``: numbers, groups of them and gaps, perhaps with a start before and an end behind them."""
        at_start = isinstance(steps[0], Start)
        first, *rest = steps[1:] if at_start else steps
        if not isinstance(first, int | frozenset):
            raise PatternError("a pattern begins with a word or a concept")
        opening = (level, first, at_start)
        if opening not in self._waiting:
            self._waiting[opening] = []
            for number in first if isinstance(first, frozenset) else (first,):
                self._openings_of.setdefault(number, []).append(opening)
        self._waiting[opening].append((rest, pattern))

    def open(self, number: int) -> tuple[tuple[int, Node, bool], ...]:
        """Return the nodes that patterns begin with at ``number``: of which level, and whether only at a start."""
        with self._lock:
            found = tuple(
                (opening[0], self._grown(opening), opening[2]) for opening in self._openings_of.get(number, ())
            )
            self.openings[number] = found
        return found

    def _grown(self, opening: _Opening) -> Node:
        node = self._nodes.get(opening)
        if node is None:
            node = Node()
            for steps, pattern in self._waiting[opening]:
                node.grow(steps, pattern)
            node.close()
            self._nodes[opening] = node
        return node


class Board:
    """What was read so far: at each position the numbers that begin there, with the positions after them.

    ``limits`` says at each position where its sentence ends, which no match runs over; ``starts`` are the positions at
    which one begins. What a pattern can begin with is noted when it is entered, so that no level searches for it.
    """

    def __init__(self, trie: Trie, limits: Sequence[int], starts: Collection[int]) -> None:
        self.at: list[dict[int, list[int]]] = [{} for _ in limits]
        self.places: dict[int, list[int]] = {}
        self._trie = trie
        self._limits = limits
        self._starts = starts
        self._begun: list[list[tuple[Node, int, int]]] = [[] for _ in range(trie.levels)]

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
        elif after in afters:
            return
        else:
            afters.append(after)
        if after <= self._limits[begin]:
            openings = self._trie.openings.get(number)
            for level, node, at_start in self._trie.open(number) if openings is None else openings:
                if not at_start or begin in self._starts:
                    self._begun[level].append((node, begin, after))

    def find(self, level: int) -> list[Match]:
        """Return every match of a pattern of ``level``."""
        found: list[Match] = []
        read = self.places.keys()
        for node, begin, after in self._begun[level]:
            for pattern in node.patterns:
                found.append(Match(pattern, begin, after))  # noqa: PERF401 most nodes hold no pattern
            if node.endings and after == self._limits[begin]:
                found += [Match(pattern, begin, after) for pattern in node.endings]
            if node.needs and not read.isdisjoint(node.needs):
                self._follow(node, begin, after, found)
        return found

    def _follow(self, node: Node, begin: int, after: int, found: list[Match]) -> None:
        """Add what goes on from ``node``, which was reached at ``after``; what it needs was read somewhere."""
        limit, read = self._limits[begin], self.places.keys()
        stack = [(node, after)]
        while stack:
            node, position = stack.pop()
            if position >= limit:
                continue
            reached: list[tuple[Node, int]] = []
            nexts, here = node.nexts, self.at[position]
            for number in nexts.keys() & here.keys():
                reached += [(then, after) for after in here[number] if after <= limit for then in nexts[number]]
            if node.leaps:
                self._leap(node, position, limit, reached)
            for then, after in reached:
                found += [Match(pattern, begin, after) for pattern in then.patterns]
                if then.endings and after == limit:
                    found += [Match(pattern, begin, after) for pattern in then.endings]
                if then.needs and not read.isdisjoint(then.needs):
                    stack.append((then, after))

    def _leap(self, node: Node, first: int, limit: int, reached: list[tuple[Node, int]]) -> None:
        last = min(limit, first + node.farthest + 1)
        for number in node.leaps.keys() & self.places.keys():
            places = self.places[number]
            for index in range(bisect_left(places, first), len(places)):
                position = places[index]
                if position >= last:
                    break
                afters = [after for after in self.at[position][number] if after <= limit]
                reached += [
                    (then, after) for gap, then in node.leaps[number] if position - first <= gap for after in afters
                ]
