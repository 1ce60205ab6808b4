"""Finds the vocabulary word behind a typed one: exact, inflected, compounded or misspelt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from rapidfuzz.distance import OSA

_MOST_REMEMBERED = 20_000
_SHORTEST_FUZZY = 6
_TWO_EDITS_FROM = 10
_SHORTEST_PART = 3
_LONGEST_COMPOUND = 60


@dataclass(frozen=True, slots=True)
class Literal:
    """A word of the vocabulary as it is written there, folded.

    ``exact`` words are read only as spelt; ``prefix`` words stand for every word that begins so;
    ``whole`` words stand alone as an entry and may therefore be part of a compound.
    """

    key: str
    exact: bool = False
    prefix: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One word, or one part of a compound, with the vocabulary words it may be.

    ``how`` is ``exact``, ``inflected``, ``compound``, ``misspelt``, ``doubtful``, ``known`` (a small word),
    ``ordinary`` or ``unknown``; a doubtful word differs by other letters ("genetisk" and "generisk") and may as well be
    a word of its own. ``over`` stands with a compound's first part: the vocabulary words that the whole of it may be.
    """

    key: str
    literals: tuple[int, ...]
    how: str
    over: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Grammar:
    """What the lexicon must know of the two languages.

    ``endings`` are stripped from words; ``links`` may stand between the parts of a compound;
    ``known`` words are small words that are read as they stand; ``ordinary`` ones are never taken for a misspelling
    or a compound.
    """

    endings: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    ordinary: frozenset[str] = frozenset()
    not_heads: frozenset[str] = frozenset()


@dataclass(slots=True)
class Lexicon:
    """The vocabulary, ready to be asked about typed words."""

    grammar: Grammar
    literals: tuple[Literal, ...]
    _exact: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _stems: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _prefixes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _parts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _deletions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _remembered: dict[str, tuple[Part, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, literal in enumerate(self.literals):
            self._enter(number, literal)
        taken = self.grammar.known | self.grammar.ordinary
        for number, literal in enumerate(self.literals):
            for spelling in _lazy_spellings(literal.key):
                if spelling not in self._exact and spelling not in taken:
                    _add(self._exact, spelling, number)
                    if not literal.exact:
                        _add(self._stems, spelling, number)

    def _enter(self, number: int, literal: Literal) -> None:
        if literal.prefix:
            _add(self._prefixes, literal.key, number)
            return
        _add(self._exact, literal.key, number)
        if literal.exact:
            return
        _add(self._stems, literal.key, number)
        if literal.whole and len(literal.key) >= _SHORTEST_PART and literal.key not in self.grammar.not_heads:
            _add(self._parts, literal.key, number)

    def read(self, key: str) -> tuple[Part, ...]:
        """Return the parts of the typed word ``key`` (already folded): one, or several for a compound."""
        remembered = self._remembered.get(key)
        if remembered is None:
            remembered = self._read(key)
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[key] = remembered
        return remembered

    def _read(self, key: str) -> tuple[Part, ...]:
        begun = self._begun(key)
        literals = self._plain(key)
        if literals:
            return self._whole_and_parts(key, tuple(dict.fromkeys((*literals, *begun))))
        if key in self.grammar.known:
            return (Part(key, begun, "inflected" if begun else "known"),)
        if key in self.grammar.ordinary or len(key) > _LONGEST_COMPOUND:
            how = "ordinary" if key in self.grammar.ordinary else "unknown"
            return (Part(key, begun, "inflected" if begun else how),)
        if begun:
            return self._begun_compound(key, begun)
        read = self._compound(key) or self._misspelt(key) or self._half_known(key)
        return read or (Part(key, (), "unknown"),)

    def _whole_and_parts(self, key: str, literals: tuple[int, ...]) -> tuple[Part, ...]:
        """Return the word, or its parts where it stands in phrases only: "byggesag" is a "sag" all the same."""
        in_phrases = not any(self.literals[number].whole or self.literals[number].exact for number in literals)
        parts = self._compound(key) or self._half_known(key) if in_phrases else ()
        if parts and (parts[0].literals or self._is_word(parts[0].key)):
            return (replace(parts[0], how="compound", over=literals), *parts[1:])
        return (Part(key, literals, "exact" if key in self._exact else "inflected"),)

    def _is_word(self, key: str) -> bool:
        return key in self._exact and key not in self.grammar.known

    def _plain(self, key: str) -> tuple[int, ...]:
        found = dict.fromkeys(self._exact.get(key, ()))
        if not (found and len(key) <= _SHORTEST_PART) and key not in self.grammar.known:
            for stem in self._stripped(key):
                found.update(dict.fromkeys(self._stems.get(stem, ())))
        return tuple(found)

    def _begun(self, key: str) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for length in range(2, len(key) + 1):
            if key[:length] in self._prefixes:
                found.update(dict.fromkeys(self._prefixes[key[:length]]))
        return tuple(found)

    def _begun_compound(self, key: str, begun: tuple[int, ...]) -> tuple[Part, ...]:
        """Return the parts of a compound that begins as the vocabulary says, such as "klientoplysninger"."""
        parts = self._compound(key) or self._misspelt_compound(key)
        if not parts or not all(part.literals for part in parts):
            return (Part(key, begun, "inflected"),)
        first = replace(parts[0], literals=tuple(dict.fromkeys((*parts[0].literals, *begun))))
        return (first, *parts[1:])

    def _stripped(self, key: str) -> Iterator[str]:
        for ending in self.grammar.endings:
            if not key.endswith(ending):
                continue
            stem = key[: -len(ending)]
            if len(stem) < _SHORTEST_PART:
                continue
            yield stem
            if len(ending) > 1:
                yield stem + "e"
            if stem[-1] == stem[-2] and len(stem) > _SHORTEST_PART:
                yield stem[:-1]

    def _compound(self, key: str) -> tuple[Part, ...]:
        for begin in range(2, len(key) - 2):
            head = self._head(key[begin:])
            if not head:
                continue
            for first in self._first_parts(key[:begin]):
                return (*first, Part(key[begin:], head, "compound"))
        return ()

    def _half_known(self, key: str) -> tuple[Part, ...]:
        for begin in range(3, len(key) - 3):
            head = self._head(key[begin:])
            if head and len(key) - begin >= 4:
                return (Part(key[:begin], (), "unknown"), Part(key[begin:], head, "compound"))
        return ()

    def _head(self, key: str) -> tuple[int, ...]:
        found = dict.fromkeys(self._parts.get(key, ()))
        if len(key) > _SHORTEST_PART:
            for stem in self._stripped(key):
                found.update(dict.fromkeys(self._parts.get(stem, ())))
        return tuple(found)

    def _first_parts(self, key: str) -> Iterator[tuple[Part, ...]]:
        for link in ("", *self.grammar.links):
            if link and not key.endswith(link):
                continue
            bare = key[: len(key) - len(link)]
            literals = self._parts.get(bare, ())
            if literals:
                yield (Part(bare, literals, "compound"),)
            elif len(bare) > 2 * _SHORTEST_PART + 2:
                inner = self._known_compound(bare)
                if inner:
                    yield inner

    def _known_compound(self, key: str) -> tuple[Part, ...]:
        for begin in range(_SHORTEST_PART, len(key) - _SHORTEST_PART + 1):
            head = self._parts.get(key[begin:], ())
            first = self._parts.get(key[:begin]) or self._parts.get(key[: begin - 1], ())
            if head and first:
                return (Part(key[:begin], first, "compound"), Part(key[begin:], head, "compound"))
        return ()

    def _misspelt(self, key: str) -> tuple[Part, ...]:
        if any(char.isdigit() for char in key):
            return ()
        if len(key) < _SHORTEST_FUZZY - 1:
            return self._swapped(key)
        for stem in self._with_stems(key):
            best = self._nearest(stem)
            if best:
                literals = dict.fromkeys(number for word in best for number in self._stems[word])
                return (Part(key, tuple(literals), "misspelt" if _is_slip(stem, best) else "doubtful"),)
        return self._misspelt_compound(key)

    def _with_stems(self, key: str) -> Iterator[str]:
        yield key
        if len(key) > _SHORTEST_FUZZY:
            yield from self._stripped(key)

    def _nearest_inflected(self, key: str) -> tuple[str, ...]:
        return next(filter(None, map(self._nearest, self._with_stems(key))), ())

    def _swapped(self, key: str) -> tuple[Part, ...]:
        """Return what a short word is with two neighbouring letters swapped: "kna" for "kan"."""
        swaps = (key[:place] + key[place + 1] + key[place] + key[place + 2 :] for place in range(len(key) - 1))
        found = [word for word in swaps if len(key) >= _SHORTEST_PART and word in self._exact]
        return (Part(key, self._exact[found[0]], "misspelt"),) if len(found) == 1 else ()

    def _misspelt_compound(self, key: str) -> tuple[Part, ...]:
        """Return the parts of a compound whose longer part is misspelt: "lønforhandligsarket"."""
        for begin in range(_SHORTEST_FUZZY, len(key) - _SHORTEST_PART):
            head = self._head(key[begin:])
            for first in self._nearest_first(key[:begin]) if head else ():
                return (Part(key[:begin], self._stems[first], "misspelt"), Part(key[begin:], head, "compound"))
        for begin in range(_SHORTEST_PART, len(key) - _SHORTEST_FUZZY + 1):
            known = next(iter(self._first_parts(key[:begin])), ())
            last = self._nearest_inflected(key[begin:]) if known else ()
            if last:
                return (*known, Part(key[begin:], self._stems[last[0]], "misspelt"))
        return ()

    def _nearest_first(self, key: str) -> tuple[str, ...]:
        for link in ("", *self.grammar.links):
            if key.endswith(link) and len(key) - len(link) >= _SHORTEST_FUZZY:
                found = self._nearest(key[: len(key) - len(link)])
                if found:
                    return found
        return ()

    def _index_deletions(self) -> None:
        """Note every word under what is left of it with one letter less; not before the first unknown word."""
        for word in self._stems:
            if len(word) >= _SHORTEST_FUZZY:
                for shorter in _with_one_less(word):
                    _add_word(self._deletions, shorter, word)

    def _nearest(self, key: str) -> tuple[str, ...]:
        """Return the vocabulary's words that differ least from ``key``, within one edit, or two for long words."""
        if not self._deletions:
            self._index_deletions()
        candidates = set(self._deletions.get(key, ()))
        for shorter in _with_one_less(key):
            candidates.update(self._deletions.get(shorter, ()))
            if shorter in self._stems:
                candidates.add(shorter)
        ranked: dict[int, list[str]] = {}
        for candidate in candidates:
            allowed = 2 if min(len(candidate), len(key)) >= _TWO_EDITS_FROM else 1
            distance = OSA.distance(key, candidate, score_cutoff=allowed)
            if distance <= allowed and candidate[0] == key[0]:
                ranked.setdefault(distance, []).append(candidate)
        return tuple(sorted(ranked[min(ranked)])) if ranked else ()


def _is_slip(typed: str, meant: Iterable[str]) -> bool:
    """Say whether letters are only missing, doubled or swapped in ``typed``."""
    return any(len(typed) != len(word) or sorted(typed) == sorted(word) for word in meant)


def _add(index: dict[str, tuple[int, ...]], key: str, number: int) -> None:
    index[key] = (*index.get(key, ()), number)


def _add_word(index: dict[str, tuple[str, ...]], key: str, word: str) -> None:
    index[key] = (*index.get(key, ()), word)


def _with_one_less(word: str) -> Iterator[str]:
    for position in range(1, len(word)):
        yield word[:position] + word[position + 1 :]


_LAZY = ((("ae", "a"), ("oe", "o"), ("aa", "a")), (("ae", "e"), ("oe", "o"), ("aa", "a")))


def _lazy_spellings(key: str) -> Iterable[str]:
    """Yield how ``key`` is typed without æ, ø and å: maa as ma, foelsom as folsom."""
    if len(key) < 3 or not any(pair in key for pair in ("ae", "oe", "aa")):
        return
    for pairs in _LAZY:
        spelling = key
        for careful, lazy in pairs:
            spelling = spelling.replace(careful, lazy)
        if spelling != key:
            yield spelling


def literals_of(words: Mapping[str, Literal]) -> tuple[Literal, ...]:
    """Return the literals in the order of their first use."""
    return tuple(words.values())
