"""The ports kept in memory."""

from __future__ import annotations

from adapters.memory import MemoryConversations
from bot.conversation import Memory
from bot.model import Language

EXCHANGE = Memory("what is bias?", Language.ENGLISH, "explain", "b.pitfall.bias")


def test_a_conversation_is_forgotten_after_ten_minutes() -> None:
    now = 0.0
    conversations = MemoryConversations(lambda: now)
    conversations.remember("web:a", EXCHANGE)

    now = 599.0
    kept = conversations.recall("web:a")
    now = 601.0

    assert kept == EXCHANGE
    assert conversations.recall("web:a") is None


def test_the_longest_unused_conversation_goes_first_when_full() -> None:
    conversations = MemoryConversations(most=2)
    for name in ("a", "b"):
        conversations.remember(name, EXCHANGE)
    conversations.recall("a")

    conversations.remember("c", EXCHANGE)

    assert conversations.recall("b") is None
    assert conversations.recall("a") == EXCHANGE
