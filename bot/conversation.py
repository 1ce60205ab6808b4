"""What is remembered of a conversation, so that "and in Copilot?" can be understood."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model import Language


@dataclass(frozen=True, slots=True)
class Memory:
    """The last question, redacted, and which rule and topic answered it."""

    text: str
    language: Language
    rule: str
    topic: str | None
