"""Decides what a reading amounts to, by the ordered table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from bot.affinity import Affinity, Near
from bot.errors import Fault, KnowledgeError
from bot.inferring import Table
from bot.knowledge import Knowledge, Rule, Topic
from bot.reading import Reading
from bot.text import Word

#: How many points make a topic hinted at, found, sure and certain.
_CERTAINTY = (("topic.hinted", 1), ("topic.found", 2), ("topic.sure", 3), ("topic.certain", 5))
#: What a cue's point is worth against the score of :mod:`bot.affinity`.
_WORTH_OF_A_POINT = 2.0
#: The score from which words and cues together make a topic likely in a message that names AI.
_LIKELY = 5.0
#: In one that does not, nearly all of its words must be the topic's own, and say enough.
_TOLD = 10.0
_TOLD_SHARE = 0.65
_MOST_NEAR = 3
_COURTESY = "courtesy"
_NO_LAST_LINE = Fault("knowledge/rules", 0, "", "no rule holds for every message", "add one with an empty 'when'")


def _nothing_telling(_topic: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that decided, and the topic that collected the most points, if any did.

    ``telling`` returns the words of the message that speak for a topic, the most telling first.
    """

    rule: Rule
    topic: Topic | None
    concepts: frozenset[str]
    near: tuple[Near, ...] = ()
    telling: Callable[[str], tuple[str, ...]] = _nothing_telling


class Decider:
    """The decision table compiled; one is made per knowledge base and shared."""

    def __init__(self, knowledge: Knowledge) -> None:
        ranked = sorted(knowledge.rules, key=lambda rule: rule.rank)
        self._table: Table[Rule] = Table(tuple((rule.when, rule) for rule in ranked))
        self._topics = {topic.id: topic for topic in knowledge.topics}
        self._affinity = Affinity(knowledge)

    def decide(self, reading: Reading, extra: frozenset[str] = frozenset()) -> Decision:
        """Return the first rule of the table that holds; ``extra`` are concepts from the positive list.

        Raises:
            KnowledgeError: the table's last line does not catch every message.

        """
        words = _without_courtesies(reading)
        near = self._affinity.near(words)
        topic, points, score = self._best(reading, near)
        concepts = set(reading.concepts | extra)
        concepts.update(concept for concept, needed in _CERTAINTY if points >= needed)
        if topic is not None:
            concepts.add(f"topic.{topic.id}")
            concepts.update(self._by_words(topic, score, words))
        rule = self._table.first(concepts)
        if rule is None:
            raise KnowledgeError([_NO_LAST_LINE])
        return Decision(rule, topic, frozenset(concepts), near[:_MOST_NEAR], partial(self._affinity.telling, words))

    def _by_words(self, topic: Topic, score: float, words: Sequence[Word]) -> Iterator[str]:
        if score >= _LIKELY:
            yield "topic.likely"
        if score >= _TOLD and self._is_told(topic.id, words):
            yield "topic.told"

    def _is_told(self, topic: str, words: Sequence[Word]) -> bool:
        """Say whether nearly all words of one sentence are the topic's own."""
        sentences = (tuple(sentence) for _, sentence in groupby(words, key=lambda word: word.sentence))
        return any(self._affinity.covered(topic, sentence) >= _TOLD_SHARE for sentence in sentences)

    def _best(self, reading: Reading, near: tuple[Near, ...]) -> tuple[Topic | None, int, float]:
        """Return the topic that cues and words speak for together, the most points of any topic's cues, its score."""
        scores = {entry.topic: entry.score for entry in near}
        for topic, points in reading.topics.items():
            scores[topic] = scores.get(topic, 0.0) + points * _WORTH_OF_A_POINT
        if not scores:
            return None, 0, 0.0
        name = min(scores, key=lambda topic: (-scores[topic], topic))
        return self._topics[name], max(reading.topics.values(), default=0), scores[name]


def _without_courtesies(reading: Reading) -> tuple[Word, ...]:
    if _COURTESY not in reading.concepts:
        return reading.words
    read = reading.traces.evidence()
    polite = {word for each in read if each.concept == _COURTESY for word in each.words.split()}
    return tuple(word for word in reading.words if word.text not in polite)
