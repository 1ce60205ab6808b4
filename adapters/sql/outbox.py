"""Messages on their way out, kept until a worker has delivered them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from adapters.sql.engine import writing
from adapters.sql.schema import outbox
from bot.delivering import Address, Outgoing
from bot.interaction import Button, Card, Fact, Tone


class SqlOutbox:
    """Satisfies ``bot.ports.Outbox``."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def put(self, to: Address, message: Outgoing) -> None:
        """Keep ``message`` until it has been delivered to ``to``; the same key and address are kept once."""
        row = {"to": to, "key": message.key, "card": asdict(message.card), "put_at": self._clock()}
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(outbox).values(**row, attempts=0, failure=""))
        except IntegrityError:
            return  # it stands there already


def to_card(stored: Mapping[str, Any]) -> Card:  # any: JSON of our own
    """Return the card that a row of the outbox holds."""
    return Card(
        title=stored["title"],
        text=stored["text"],
        body=stored["body"],
        facts=tuple(Fact(**fact) for fact in stored["facts"]),
        buttons=tuple(Button(**{**button, "tone": Tone(button["tone"])}) for button in stored["buttons"]),
        footnote=stored["footnote"],
    )
