"""Every reply that the knowledge base can produce, worded by the product's own composer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import product

from bot.deciding import Decision
from bot.knowledge import Knowledge
from bot.model import Answer, DataClass, Language, Tool
from bot.positive_list import NameIndex
from bot.reading import Reader, Reading
from bot.replying import Composer, Situation

TODAY = date(2026, 11, 23)
ALL_KINDS = ("cpr", "phone", "email")


def every_reply(knowledge: Knowledge, tools: Sequence[Tool]) -> Iterator[Answer]:
    """Yield each rule, topic, aspect and status in each language, bare and with everything that can stand in it."""
    composer, reading = Composer(knowledge), reading_of(knowledge)
    for language, is_full in product(Language, (False, True)):
        situation = situation_of(reading, tools if is_full else (), language)
        yield from _of_rules(composer, knowledge, situation)
        yield from _of_topics(composer, knowledge, situation)


def situation_of(reading: Reading, tools: Sequence[Tool], language: Language) -> Situation:
    """Return a situation in which ``tools`` are named, and every kind of data and personal number was found."""
    return Situation(
        reading=reading,
        language=language,
        needed=frozenset(DataClass) if tools else frozenset(),
        tools=tuple(tools),
        alternatives=tuple(tools),
        approved=tuple(tools),
        found=ALL_KINDS if tools else (),
        today=TODAY,
        public_url="https://vejviser.example" if tools else "",
    )


def reading_of(knowledge: Knowledge) -> Reading:
    """Return the reading of a message that names a tool off the list."""
    return Reader(knowledge).read("may I use Midjourney?", NameIndex(()))


def _of_rules(composer: Composer, knowledge: Knowledge, situation: Situation) -> Iterator[Answer]:
    concepts = frozenset(knowledge.arguments)
    for rule, topic in product(knowledge.rules, (None, knowledge.topics[0])):
        if rule.use != "topic" or topic or rule.topic:
            yield composer.compose(Decision(rule, topic, concepts), situation)
        answers = composer.where(rule.id, None, situation), composer.aspect(rule.id, None, "why", situation)
        yield from (answer for answer in answers if answer)


def _of_topics(composer: Composer, knowledge: Knowledge, situation: Situation) -> Iterator[Answer]:
    for topic in knowledge.topics:
        for aspect in topic.replies:
            answer = composer.aspect("", topic.id, aspect, situation)
            if answer:
                yield answer
