"""The small language that words, phrases and cues are written in, and the machine that finds them.

The language is described in docs/knowledge.md. A pattern is cut into elements, alternatives and
optional words are multiplied out, and all patterns of one level share a trie, so that the time to
read a message depends on the message and not on how many patterns there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
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


@dataclass(slots=True)
class Node:
    """One step in a trie of patterns."""

    children: dict[int, Node] = field(default_factory=dict)
    gaps: dict[int, Node] = field(default_factory=dict)
    patterns: tuple[int, ...] = ()


@dataclass(slots=True)
class Trie:
    """All patterns of one level."""

    root: Node = field(default_factory=Node)
    after_start: Node = field(default_factory=Node)

    def add(self, steps: Sequence[int | Gap | Start], pattern: int) -> None:
        """Enter ``pattern``, whose elements are numbers, gaps and perhaps a start before them."""
        node = self.root
        for step in steps:
            if isinstance(step, Start):
                node = self.after_start
            elif isinstance(step, Gap):
                node = node.gaps.setdefault(step.most, Node())
            else:
                node = node.children.setdefault(step, Node())
        node.patterns = (*node.patterns, pattern)

    def find(self, elements: Sequence[Mapping[int, Sequence[int]]], limits: Sequence[int]) -> Iterator[Match]:
        """Yield every match.

        Args:
            elements: at each position the numbers that begin there, with the positions after them.
            limits: at each position where its sentence ends; no match runs over that.

        """
        for position, limit in enumerate(limits):
            yield from _walk(self.root, position, limit, elements)
            if self.after_start.children and (position == 0 or limits[position - 1] == position):
                yield from _walk(self.after_start, position, limit, elements)


def _walk(start: Node, begin: int, limit: int, elements: Sequence[Mapping[int, Sequence[int]]]) -> Iterator[Match]:
    stack = list(_next(start, begin, limit, elements))
    while stack:
        node, position = stack.pop()
        for pattern in node.patterns:
            yield Match(pattern, begin, position)
        if position >= limit:
            continue
        if node.children:
            stack.extend(_next(node, position, limit, elements))
        for most, beyond in node.gaps.items():
            for skipped in range(position, min(position + most, limit - 1) + 1):
                stack.extend(_next(beyond, skipped, limit, elements))


def _next(
    node: Node, position: int, limit: int, elements: Sequence[Mapping[int, Sequence[int]]]
) -> Iterator[tuple[Node, int]]:
    here = elements[position]
    children = node.children
    for number in here if len(here) < len(children) else children:
        child = children.get(number)
        if child is None:
            continue
        for after in here.get(number, ()):
            if after <= limit:
                yield child, after
