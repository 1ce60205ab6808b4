"""Messages of the knowledge base in one language."""

from __future__ import annotations

from dataclasses import dataclass

from bot.knowledge import Knowledge
from bot.model import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """Reads messages by id; the texts themselves are in ``knowledge/messages``."""

    knowledge: Knowledge
    language: Language

    def say(self, id_: str) -> str:
        """Return the message called ``id_``."""
        return self.knowledge.messages[id_].in_language(self.language)
