"""Ordinary words that lie close to the vocabulary are read as themselves, and as names where they are written so."""

from __future__ import annotations

import pytest

from bot.knowledge import Knowledge
from bot.lexicon import Grammar, Lexicon, Literal
from bot.reading import Reader

WORDS = (Literal("fravaer", whole=True), Literal("barn", whole=True), Literal("sag", whole=True))
ENDINGS = ("en", "er", "et")


def how(key: str, *, ordinary: frozenset[str] = frozenset()) -> str:
    return "+".join(part.how for part in Lexicon(Grammar(ENDINGS, (), ordinary=ordinary), WORDS).read(key))


@pytest.mark.parametrize("key", ["fraver", "fraevaer", "barnsag"])
def test_an_ordinary_word_is_neither_a_misspelling_nor_a_compound(key: str) -> None:
    assert how(key) != "ordinary"
    assert how(key, ordinary=frozenset({key})) == "ordinary"


def test_a_word_of_the_vocabulary_counts_although_it_is_ordinary() -> None:
    assert how("sag", ordinary=frozenset({"sag", "sager"})) == "exact"
    assert how("sager", ordinary=frozenset({"sag", "sager"})) == "inflected"


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("hvilke farver passer til plakaten?", "data.absence"),
        ("hvor ligger folkeskolen?", "person.folk"),
        ("the greatest universe", "carrier.record"),
        ("is the package here?", "make.festive"),
    ],
)
def test_shipped_words_are_not_taken_for_others(knowledge: Knowledge, text: str, concept: str) -> None:
    assert concept not in Reader(knowledge).read(text).concepts


def test_an_ordinary_word_with_a_capital_may_be_a_name(knowledge: Knowledge) -> None:
    reader = Reader(knowledge)
    assert "person.name-like" in reader.read("må ChatGPT skrive til Løve om det?").concepts
    assert "person.name-like" not in reader.read("må ChatGPT skrive til løve om det?").concepts
