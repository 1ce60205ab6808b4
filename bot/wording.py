"""Words from the messages of the knowledge base, and the small cards that everything uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.interaction import Card
from bot.knowledge import Knowledge
from bot.model import Language

#: Whatever may mean something in Markdown.
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")


def literal(text: str) -> str:
    """Return what somebody typed as Markdown that shows it letter by letter, with no link and no layout in it."""
    return "\n".join(_MARKS.sub(r"\\\1", line.strip()) for line in text.splitlines())


class Wording:
    """Takes text by its id in the messages of the knowledge base."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge

    def text(self, id_: str, language: Language, **filled: str) -> str:
        """Return message ``id_`` with its gaps filled."""
        text = self._knowledge().messages[id_].in_language(language)
        for name, value in filled.items():
            text = text.replace("{" + name + "}", value)
        return text

    def note(self, id_: str, language: Language, **filled: str) -> Card:
        """Return a card of one sentence."""
        text = self.text(id_, language, **filled)
        return Card(text, text)

    def refusal(self, holders: Sequence[str], language: Language) -> Card:
        """Return a card that says who may do what was refused."""
        if not holders:
            return self.note("not-allowed-nobody", language)
        return self.note("not-allowed", language, holders=", ".join(holders))
