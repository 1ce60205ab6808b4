"""Decides what a reading amounts to, by the ordered table."""

from __future__ import annotations

from dataclasses import dataclass

from bot.affinity import Affinity, Near
from bot.errors import Fault, KnowledgeError
from bot.inferring import Table
from bot.knowledge import Knowledge, Rule, Topic
from bot.reading import Reading

#: How many points make a topic hinted at, found, sure and certain.
_CERTAINTY = (("topic.hinted", 1), ("topic.found", 2), ("topic.sure", 3), ("topic.certain", 5))
#: What a cue's point is worth against the score of :mod:`bot.affinity`.
_WORTH_OF_A_POINT = 2.0
#: The score from which the words alone make a topic likely.
_LIKELY = 6.0
_NO_LAST_LINE = Fault("knowledge/rules", 0, "", "no rule holds for every message", "add one with an empty 'when'")


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that decided, and the topic that collected the most points, if any did."""

    rule: Rule
    topic: Topic | None
    concepts: frozenset[str]
    near: tuple[Near, ...] = ()


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
        near = self._affinity.near(reading.words)
        topic, points = self._best(reading, near)
        concepts = set(reading.concepts | extra)
        concepts.update(concept for concept, needed in _CERTAINTY if points >= needed)
        if topic is not None:
            concepts.add(f"topic.{topic.id}")
        if near and near[0].score >= _LIKELY:
            concepts.add("topic.likely")
        rule = self._table.first(concepts)
        if rule is None:
            raise KnowledgeError([_NO_LAST_LINE])
        return Decision(rule, topic, frozenset(concepts), near[:3])

    def _best(self, reading: Reading, near: tuple[Near, ...]) -> tuple[Topic | None, int]:
        """Return the topic that cues and words speak for together, and the most points that any topic's cues gave."""
        scores = {entry.topic: entry.score for entry in near}
        for topic, points in reading.topics.items():
            scores[topic] = scores.get(topic, 0.0) + points * _WORTH_OF_A_POINT
        if not scores:
            return None, 0
        name = min(scores, key=lambda topic: (-scores[topic], topic))
        return self._topics[name], max(reading.topics.values(), default=0)
