"""What the core needs from the outside, and what the outside may call.

Each port is small enough to be satisfied by a class of a few lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.conversation import Memory
from bot.knowledge import Knowledge
from bot.model import Answer, Question, Tool


class Handler(Protocol):
    """The one thing every way in calls: a question comes in, an answer goes out."""

    def ask(self, question: Question) -> Answer:
        """Answer ``question``.

        Raises:
            RequestError: the message is empty or too long.

        """
        ...

    def knowledge(self) -> Knowledge:
        """Return the knowledge base that answers are made from right now."""
        ...


class KnowledgeSource(Protocol):
    """Where the knowledge base comes from."""

    def current(self) -> Knowledge:
        """Return the newest knowledge base without faults; the same object until a file changes."""
        ...


class ToolSource(Protocol):
    """Where the positive list is read from."""

    def tools(self) -> Sequence[Tool]:
        """Return every listed tool as it stands now; the same object until something changes."""
        ...


class Conversations(Protocol):
    """Where the last exchange of a conversation is remembered for ten minutes."""

    def recall(self, conversation: str) -> Memory | None:
        """Return what is remembered of ``conversation``, or None."""
        ...

    def remember(self, conversation: str, memory: Memory) -> None:
        """Keep ``memory``, which is already redacted, for ten minutes."""
        ...


class Clock(Protocol):
    """The time of day, so that the core never reads it by itself."""

    def __call__(self) -> datetime:
        """Return the present moment with its time zone."""
        ...
