"""Decides what a reading amounts to, by the ordered table."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import Fault, KnowledgeError
from bot.inferring import Table
from bot.knowledge import Knowledge, Rule, Topic
from bot.reading import Reading

#: How many points make a topic hinted at, found, sure and certain.
_CERTAINTY = (("topic.hinted", 1), ("topic.found", 2), ("topic.sure", 3), ("topic.certain", 5))
_NO_LAST_LINE = Fault("knowledge/rules", 0, "", "no rule holds for every message", "add one with an empty 'when'")


@dataclass(frozen=True, slots=True)
class Decision:
    """The rule that decided, and the topic that collected the most points, if any did."""

    rule: Rule
    topic: Topic | None
    concepts: frozenset[str]


class Decider:
    """The decision table compiled; one is made per knowledge base and shared."""

    def __init__(self, knowledge: Knowledge) -> None:
        ranked = sorted(knowledge.rules, key=lambda rule: rule.rank)
        self._table: Table[Rule] = Table(tuple((rule.when, rule) for rule in ranked))
        self._topics = {topic.id: topic for topic in knowledge.topics}

    def decide(self, reading: Reading, extra: frozenset[str] = frozenset()) -> Decision:
        """Return the first rule of the table that holds; ``extra`` are concepts from the positive list.

        Raises:
            KnowledgeError: the table's last line does not catch every message.

        """
        topic, points = self._best(reading)
        concepts = set(reading.concepts | extra)
        concepts.update(concept for concept, needed in _CERTAINTY if points >= needed)
        rule = self._table.first(concepts)
        if rule is None:
            raise KnowledgeError([_NO_LAST_LINE])
        return Decision(rule, topic, frozenset(concepts))

    def _best(self, reading: Reading) -> tuple[Topic | None, int]:
        if not reading.topics:
            return None, 0
        name = min(reading.topics, key=lambda topic: (-reading.topics[topic], topic))
        return self._topics[name], reading.topics[name]
