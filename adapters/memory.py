"""Ports kept in memory: for one process, and for tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from cachetools import TTLCache

from bot.conversation import Memory
from bot.knowledge import Knowledge
from bot.model import Tool

_TEN_MINUTES = 600
_MOST_CONVERSATIONS = 10_000


class MemoryKnowledge:
    """A knowledge base that never changes."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def current(self) -> Knowledge:
        """Return the knowledge base."""
        return self._knowledge


class MemoryTools:
    """A positive list that never changes."""

    def __init__(self, tools: Sequence[Tool] = ()) -> None:
        self._tools = tuple(tools)

    def tools(self) -> Sequence[Tool]:
        """Return every tool."""
        return self._tools


class MemoryConversations:
    """The last exchange of each conversation, forgotten after ten minutes or when there are too many."""

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._memories: TTLCache[str, Memory] = TTLCache(_MOST_CONVERSATIONS, _TEN_MINUTES, timer)

    def recall(self, conversation: str) -> Memory | None:
        """Return what is remembered of ``conversation``, or None."""
        return self._memories.get(conversation)

    def remember(self, conversation: str, memory: Memory) -> None:
        """Keep ``memory`` for ten minutes."""
        self._memories[conversation] = memory
