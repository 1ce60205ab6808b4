"""Every reply that the knowledge base can produce, at its barest and at its fullest, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from adapters.yaml_tools import YamlTools
from bot.deciding import Decision
from bot.knowledge import Knowledge
from bot.model import Answer, DataClass, Language
from bot.positive_list import NameIndex
from bot.reading import Reader
from bot.replying import Composer, Situation
from bot.settings import SHIPPED_KNOWLEDGE

ASPECTS = ("what", "why", "must", "how", "who", "when")


def every_answer(knowledge: Knowledge) -> Iterator[Answer]:
    """Yield them, each rule with and without tools, data and personal numbers; each topic by every aspect."""
    composer, reader = Composer(knowledge), Reader(knowledge)
    for language in Language:
        bare, full = _situations(reader, language)
        for rule in knowledge.rules:
            concepts = frozenset(rule.when.all) | frozenset(knowledge.arguments)
            topics = knowledge.topics if rule.use == "topic" else (None,)
            for topic in topics:
                yield composer.compose(Decision(rule, topic, concepts), full)
                yield composer.compose(Decision(rule, topic, frozenset(rule.when.all)), bare)
            yield from filter(None, [composer.where(rule.id, None, full)])
        for topic in knowledge.topics:
            for aspect in ASPECTS:
                yield from filter(None, [composer.aspect("", topic.id, aspect, full)])


def _situations(reader: Reader, language: Language) -> tuple[Situation, Situation]:
    tools = YamlTools(SHIPPED_KNOWLEDGE / "tools.yaml").tools()
    names = " ".join(tool.name for tool in tools)
    reading = reader.read(f"status {names} Gemini Claude Perplexity", NameIndex(tools))
    full = Situation(
        reading=reading,
        language=language,
        needed=frozenset(DataClass),
        tools=tuple(tools),
        alternatives=tuple(tools),
        approved=tuple(tools),
        found=("cpr", "phone", "email"),
        today=date(2026, 11, 23),
        public_url="https://vejviser.example.dk/med/en/lang/sti",
    )
    quiet = reader.read("", NameIndex(()))
    bare = replace(
        full, reading=quiet, needed=frozenset(), tools=(), alternatives=(), approved=(), found=(), public_url=""
    )
    return bare, full
