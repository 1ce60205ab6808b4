"""The words around an answer, which editors keep in knowledge/messages."""

from __future__ import annotations

from bot.knowledge import Knowledge
from bot.model import Language


def message(knowledge: Knowledge, id_: str, language: Language) -> str:
    """Return message ``id_``, or the id itself where nobody has worded it."""
    words = knowledge.messages.get(id_)
    return words.in_language(language) if words else id_
