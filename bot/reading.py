"""Reads a message into the concepts it holds, and keeps the words that each was read from."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bot.inferring import Table, infer
from bot.knowledge import Concept, Inference, Knowledge, ToolFacts
from bot.lexicon import Lexicon, Literal, Part
from bot.model import Language, Step, Tool
from bot.patterns import (
    Board,
    ConceptElement,
    Element,
    Match,
    OneOf,
    PatternStep,
    Trie,
    Variant,
    WordElement,
    parse,
)
from bot.positive_list import Mention, NameIndex
from bot.text import Word, split_words

_MOST_LEVELS = 8


class Span(NamedTuple):
    """Words that were read as a concept, or as a topic's cue."""

    concept: int
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A concept and the words of the message that gave it."""

    concept: str
    words: str
    how: str


@dataclass(frozen=True, slots=True)
class Traces:
    """Where each concept was read; put into words only where somebody asks."""

    names: Sequence[str]
    words: tuple[Word, ...]
    parts: Sequence[Part]
    owners: Sequence[int]
    spans: Sequence[Span]
    mentions: Sequence[Mention]

    def evidence(self) -> tuple[Evidence, ...]:
        """Return each concept with the words that gave it, in the order of the message."""
        read = [_evidence(self.names[span.concept], self, span) for span in self.spans]
        for mention in self.mentions:
            shown = " ".join(word.text for word in self.words[mention.begin : mention.end])
            read.append(Evidence(f"listed tool {mention.tool.id}", shown, "exact"))
        return tuple(read)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was read as.

    ``concepts`` holds every concept with all it is a kind of; ``topics`` the points each topic
    collected; ``tools`` the known products that the positive list does not hold, ``listed`` those
    that it does; ``strangers`` the words that the vocabulary does not know.
    """

    language: Language | None
    concepts: frozenset[str]
    topics: dict[str, int]
    tools: tuple[ToolFacts, ...]
    listed: tuple[Tool, ...]
    traces: Traces
    inferences: tuple[Step, ...]
    strangers: tuple[str, ...]
    words: tuple[Word, ...]
    certainty: float = 1.0


@dataclass(slots=True)
class _Pattern:
    concept: int
    covers: bool


@dataclass(slots=True)
class _Numbering:
    """Numbers for words and concepts, so that both can stand in one trie: words from 0 up, concepts from -1 down."""

    concepts: dict[str, int]
    words: dict[WordElement, int] = field(default_factory=dict)
    alone: set[int] = field(default_factory=set)

    def step(self, element: Element) -> PatternStep:
        if isinstance(element, OneOf):
            return frozenset(self._number(member) for member in element.members)
        return self._number(element) if isinstance(element, WordElement | ConceptElement) else element

    def _number(self, element: WordElement | ConceptElement) -> int:
        if isinstance(element, ConceptElement):
            return self.concept(self.concepts[element.concept])
        return self.words.setdefault(element, len(self.words))

    def concept(self, number: int) -> int:
        return -1 - number

    def stand_alone(self, element: Element) -> None:
        if isinstance(element, WordElement):
            self.alone.add(self.words[element])
        elif isinstance(element, OneOf):
            self.alone.update(self.words[member] for member in element.members if isinstance(member, WordElement))

    def literals(self) -> tuple[Literal, ...]:
        return tuple(
            Literal(word.key, word.exact, word.prefix, number in self.alone) for word, number in self.words.items()
        )


@dataclass(frozen=True, slots=True)
class _Sentences:
    """Where, at each position, the sentence and the word end; where sentences begin, and what follows a comma."""

    limits: Sequence[int]
    word_ends: Sequence[int]
    openings: frozenset[int]
    pauses: frozenset[int]


_CUE = "cue:"
_STRANGER = "stranger"
_NUMBER = "number"
_NAME_LIKE = "name-like"
_PROPER = "proper"


class Reader:
    """The vocabulary compiled for reading; one is made per knowledge base and shared."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._language = knowledge.language
        self._entries = (
            *knowledge.concepts,
            Concept(_STRANGER),
            Concept(_NUMBER),
            Concept(_NAME_LIKE),
            *_cues(knowledge),
        )
        self._names = [entry.id for entry in self._entries]
        numbers = {name: number for number, name in enumerate(self._names)}
        self._closures = _closures(self._entries, numbers)
        self._closure_names = [tuple(self._names[number] for number in closure) for closure in self._closures]
        careful = {name for name, entry in zip(self._names, self._entries, strict=True) if entry.careful}
        self._careful = [not careful.isdisjoint(closure) for closure in self._closure_names]
        self._hides = [tuple(numbers[name] for name in entry.hides) for entry in self._entries]
        self._tools = [entry.tool for entry in self._entries]
        self._patterns: list[_Pattern] = []
        self._numbering = _Numbering(numbers)
        with _without_collecting():
            self._compile()
        self._proper = self._proper_words()
        self._lexicon = Lexicon(knowledge.language.grammar, self._numbering.literals())
        self._in_sentence = _table(knowledge.in_sentence, self._closure_names, numbers)
        self._in_message = _table(knowledge.in_message, self._closure_names, numbers)

    def _compile(self) -> None:
        parsed = [
            (number, entry, variant)
            for number, entry in enumerate(self._entries)
            for pattern in entry.patterns
            for variant in parse(pattern)
        ]
        levels = _levels(parsed, self._numbering.concepts, self._closures)
        self._trie = Trie(max(levels, default=0) + 1)
        for (number, entry, variant), level in zip(parsed, levels, strict=True):
            covers = not entry.keep and all(isinstance(element, WordElement) for element in variant)
            self._patterns.append(_Pattern(number, covers))
            steps = [self._numbering.step(element) for element in variant]
            self._trie.add(level, steps, len(self._patterns) - 1)
            if len(variant) == 1 and not entry.id.startswith(_CUE):
                self._numbering.stand_alone(variant[0])

    def _proper_words(self) -> frozenset[int]:
        """Return the words in names that are nobody's: products, places, days."""
        variants = (
            variant
            for entry, closure in zip(self._entries, self._closure_names, strict=True)
            if _PROPER in closure
            for pattern in entry.patterns
            for variant in parse(pattern)
        )
        members = (member for variant in variants for element in variant for member in _members(element))
        return frozenset(self._numbering.words[member] for member in members if isinstance(member, WordElement))

    def read(self, text: str, names: NameIndex | None = None) -> Reading:
        """Return what ``text``, already redacted, was read as; ``names`` are the listed tools."""
        words = split_words(text)
        language = self._tell_language(words)
        elsewhere = self._elsewhere(language)
        parts: list[Part] = []
        owners: list[int] = []
        for number, word in enumerate(words):
            for part in self._lexicon.read(word.key):
                parts.append(part)
                owners.append(number)
        capitals = [words[owner].capital for owner in owners]
        alien = frozenset(position for position, owner in enumerate(owners) if words[owner].key in elsewhere)
        starts = [
            position for position, owner in enumerate(owners) if owner not in owners[max(0, position - 1) : position]
        ]
        sentences = _Sentences(
            _limits([words[owner].sentence for owner in owners]),
            _limits(owners),
            frozenset(position for position in starts if words[owners[position]].opens),
            frozenset(position for position in starts if words[owners[position]].paused),
        )
        spans = self._find_spans(parts, sentences, capitals, alien)
        reading = self._collect(language, words, parts, owners, spans, names.find(words) if names else ())
        return _with_listed(reading, names) if names and reading.tools else reading

    def _find_spans(
        self, parts: Sequence[Part], sentences: _Sentences, capitals: Sequence[bool], alien: frozenset[int]
    ) -> list[Span]:
        """Return what was found; words at ``alien`` places count within phrases only."""
        board = Board(self._trie, sentences.limits, sentences.openings)
        for position, part in enumerate(parts):
            for literal in part.literals:
                board.enter(literal, position, position + 1)
            for literal in part.over:
                board.enter(literal, position, sentences.word_ends[position])
        spans: list[Span] = self._built_in(parts, capitals)
        fresh: Iterable[Span] = spans
        for level in range(self._trie.levels):
            for span in fresh:
                for concept in self._closures[span.concept]:
                    board.enter(self._numbering.concept(concept), span.begin, span.end)
            found = board.find(level)
            if level == 0:
                found = self._longest(found, len(parts))
            if alien:
                found = [match for match in found if match.end - match.begin > 1 or match.begin not in alien]
            found = [match for match in found if self._is_sure(match, parts, sentences.pauses)]
            fresh = {Span(self._patterns[match.pattern].concept, match.begin, match.end) for match in found}
            if level:
                # What a phrase hides is not there for the phrases that are built on it either.
                fresh = self._without_hidden(fresh)
            spans += fresh
        return self._without_hidden(spans)

    def _built_in(self, parts: Sequence[Part], capitals: Sequence[bool]) -> list[Span]:
        stranger = self._numbering.concepts[_STRANGER]
        number = self._numbering.concepts[_NUMBER]
        name_like = self._numbering.concepts[_NAME_LIKE]
        spans = []
        for position, part in enumerate(parts):
            if part.key.isdigit():
                spans.append(Span(number, position, position + 1))
                continue
            if part.how == "unknown":
                spans.append(Span(stranger, position, position + 1))
            if capitals[position] and part.how != "known" and self._proper.isdisjoint(part.literals):
                spans.append(Span(name_like, position, position + 1))
        return spans

    def _is_sure(self, match: Match, parts: Sequence[Part], pauses: frozenset[int]) -> bool:
        """Say whether the match may count.

        What makes a reply laxer never rests on a word that may be another, nor on a phrase that runs over a comma:
        "no assessment, patient notes" does not say that there are no patient notes.
        """
        if not self._careful[self._patterns[match.pattern].concept]:
            return True
        if not pauses.isdisjoint(range(match.begin + 1, match.end)):
            return False
        return all(part.how != "doubtful" for part in parts[match.begin : match.end])

    def _longest(self, found: list[Match], length: int) -> list[Match]:
        cover = [(0, 0)] * length
        for match in found:
            if self._patterns[match.pattern].covers and match.end - match.begin > 1:
                for position in range(match.begin, match.end):
                    begin, end = cover[position]
                    if match.end - match.begin > end - begin:
                        cover[position] = (match.begin, match.end)
        return [match for match in found if not _is_inside(match, cover)]

    def _without_hidden(self, spans: Collection[Span]) -> list[Span]:
        hidden = [(hide, span) for span in spans for hide in self._hides[span.concept]]
        if not hidden:
            return list(spans)
        return [
            span
            for span in spans
            if not any(
                hide in self._closures[span.concept]
                and span is not by
                and by.begin <= span.begin
                and span.end <= by.end
                for hide, by in hidden
            )
        ]

    def _collect(
        self,
        language: Language | None,
        words: tuple[Word, ...],
        parts: Sequence[Part],
        owners: Sequence[int],
        spans: list[Span],
        mentions: Sequence[Mention],
    ) -> Reading:
        spans.sort(key=lambda span: (span.begin, span.end, span.concept))
        sentences: list[set[str]] = [set() for _ in range(words[-1].sentence + 1 if words else 0)]
        topics: dict[str, int] = {}
        shown: list[Span] = []
        tools: dict[str, ToolFacts] = {}
        seen: set[tuple[int, int]] = set()
        for span in spans:
            name = self._names[span.concept]
            if name.startswith(_CUE):
                self._add_points(topics, name, span, seen)
            if self._tools[span.concept] is not None and _is_listed(owners, span, mentions):
                continue
            sentences[words[owners[span.begin]].sentence].update(self._closure_names[span.concept])
            tool = self._tools[span.concept]
            if tool is not None:
                tools.setdefault(tool.id, tool)
            shown.append(span)
        for mention in mentions:
            sentences[words[mention.begin].sentence].update(("ai", "tool", f"tool.{mention.tool.access}"))
        steps: list[Step] = []
        concepts: set[str] = set()
        for sentence_concepts in sentences:
            steps += _draw(self._in_sentence, sentence_concepts)
            concepts |= sentence_concepts
        steps += _draw(self._in_message, concepts)
        return Reading(
            language=language,
            concepts=frozenset(concepts),
            topics=topics,
            tools=tuple(tools.values()),
            listed=tuple({mention.tool.id: mention.tool for mention in mentions}.values()),
            traces=Traces(self._names, words, parts, owners, shown, mentions),
            inferences=tuple(steps),
            strangers=tuple(part.key for part in parts if part.how == "unknown" and len(part.key) > 1),
            words=words,
            certainty=_certainty(parts, spans),
        )

    def _add_points(self, topics: dict[str, int], name: str, span: Span, seen: set[tuple[int, int]]) -> None:
        _, topic, points = name.split(":")
        if (span.concept, span.begin) not in seen:
            seen.add((span.concept, span.begin))
            topics[topic] = topics.get(topic, 0) + int(points)

    def _elsewhere(self, language: Language | None) -> frozenset[str]:
        """Return the words that mean something else on their own in the message's language."""
        if language is None:
            return frozenset()
        return self._language.only_english if language is Language.DANISH else self._language.only_danish

    def _tell_language(self, words: Sequence[Word]) -> Language | None:
        danish = english = 0
        for word in words:
            danish += word.key in self._language.danish
            english += word.key in self._language.english
            lowered = word.text.lower()
            danish += any(char in lowered for char in "æøå")
        if danish == english:
            return None
        return Language.DANISH if danish > english else Language.ENGLISH


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Make many objects at once without the collector looking through them again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _cues(knowledge: Knowledge) -> Iterable[Concept]:
    for topic in knowledge.topics:
        for points, patterns in topic.cues.items():
            yield Concept(f"{_CUE}{topic.id}:{points}", patterns=patterns, keep=True)


def _closures(entries: Sequence[Concept], numbers: dict[str, int]) -> list[tuple[int, ...]]:
    return [tuple(_ancestors(number, entries, numbers)) for number in range(len(entries))]


def _ancestors(number: int, entries: Sequence[Concept], numbers: dict[str, int]) -> dict[int, None]:
    found: dict[int, None] = {}
    waiting = [number]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found[current] = None
            waiting += [numbers[parent] for parent in entries[current].parents]
    return found


def _limits(owners: Sequence[int]) -> list[int]:
    """Return, for each position, the position after the last one of the same owner: its sentence, or its word."""
    limits = [0] * len(owners)
    limit = len(owners)
    for position in range(len(owners) - 1, -1, -1):
        if position + 1 < len(owners) and owners[position + 1] != owners[position]:
            limit = position + 1
        limits[position] = limit
    return limits


def _levels(
    parsed: Sequence[tuple[int, Concept, Variant]], numbers: dict[str, int], closures: Sequence[tuple[int, ...]]
) -> list[int]:
    """Return, for each variant, after how many rounds everything that it is built on has been read."""
    of_concept = [0] * len(closures)
    levels = [0] * len(parsed)
    building = [
        (position, number, built_on)
        for position, (number, _entry, variant) in enumerate(parsed)
        if (built_on := {numbers[name] for element in variant for name in _concepts_in(element)})
    ]
    for _ in range(_MOST_LEVELS):
        changed = False
        for position, number, built_on in building:
            needed = max(of_concept[concept] + 1 for concept in built_on)
            levels[position] = min(needed, _MOST_LEVELS)
            for concept in closures[number]:
                # "the same <password>" is itself a kind of password: it builds on plain ones only.
                if of_concept[concept] < levels[position] and concept not in built_on:
                    of_concept[concept] = levels[position]
                    changed = True
        if not changed:
            break
    return levels


def _members(element: Element) -> Iterable[Element]:
    return element.members if isinstance(element, OneOf) else (element,)


def _concepts_in(element: Element) -> Iterable[str]:
    if isinstance(element, OneOf):
        return [member.concept for member in element.members if isinstance(member, ConceptElement)]
    return (element.concept,) if isinstance(element, ConceptElement) else ()


def _with_listed(reading: Reading, names: NameIndex) -> Reading:
    """Return ``reading`` with the known products that the list holds under their proper name: "ChatGTP" is listed."""
    listed = {tool.id: tool for tool in reading.listed}
    unlisted = []
    for facts in reading.tools:
        mentions = names.find(split_words(facts.name))
        listed.update({mention.tool.id: mention.tool for mention in mentions})
        unlisted += [] if mentions else [facts]
    return replace(reading, tools=tuple(unlisted), listed=tuple(listed.values()))


def _is_listed(owners: Sequence[int], span: Span, mentions: Sequence[Mention]) -> bool:
    first, last = owners[span.begin], owners[span.end - 1]
    return any(first < mention.end and last >= mention.begin for mention in mentions)


def _is_inside(match: Match, cover: Sequence[tuple[int, int]]) -> bool:
    begin, end = cover[match.begin]
    return begin <= match.begin and match.end <= end and (match.end - match.begin) < (end - begin)


def _table(
    inferences: Sequence[Inference], closure_names: Sequence[tuple[str, ...]], numbers: dict[str, int]
) -> Table[Inference]:
    entries = []
    for inference in inferences:
        given = tuple(dict.fromkeys(name for give in inference.gives for name in closure_names[numbers[give]]))
        dropped = tuple(closure[0] for closure in closure_names if not set(inference.drops).isdisjoint(closure))
        entries.append((inference.when, Inference(inference.id, inference.when, given, dropped)))
    return Table(tuple(entries))


def _draw(table: Table[Inference], concepts: set[str]) -> list[Step]:
    return [
        Step(
            "inference",
            " + ".join((*drawn.when.all, *("|".join(group) for group in drawn.when.any))),
            _concluded(drawn),
        )
        for drawn in infer(table, concepts)
    ]


def _concluded(drawn: Inference) -> str:
    return " ".join((*drawn.gives[:1], *(f"not {name}" for name in drawn.drops[:1])))


def _evidence(name: str, traces: Traces, span: Span) -> Evidence:
    parts, owners, words = traces.parts, traces.owners, traces.words
    if span.end - span.begin == 1:
        part = parts[span.begin]
        typed = words[owners[span.begin]].text
        shown = typed if part.how != "compound" else f"{part.key} (in {typed})"
        return Evidence(name, shown, part.how)
    phrase = [words[owner].text for owner in dict.fromkeys(owners[span.begin : span.end])]
    hows = {part.how for part in parts[span.begin : span.end]}
    return Evidence(name, " ".join(phrase), "misspelt" if hows & {"misspelt", "doubtful"} else "phrase")


def _certainty(parts: Sequence[Part], spans: Sequence[Span]) -> float:
    """Return the share of the words that counted which were read exactly, inflected or in a phrase."""
    counted = {position for span in spans for position in range(span.begin, span.end)}
    if not counted:
        return 0.0
    sure = sum(1 for position in counted if parts[position].how not in {"misspelt", "doubtful", "unknown", "ordinary"})
    return round(sure / len(counted), 2)
