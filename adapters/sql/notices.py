"""What waits in the outbox, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, or_, select, update

from adapters.sql.engine import reading, writing
from adapters.sql.outbox import to_card
from adapters.sql.schema import outbox
from bot.delivering import Address, Outgoing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that has not been delivered yet, and how often it was tried."""

    number: int
    to: Address
    message: Outgoing
    attempts: int


class SqlNotices:
    """Hands out what waits, each row to one process at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, now: datetime, *, most: int, lease: timedelta) -> tuple[Waiting, ...]:
        """Return messages to send now; nobody else gets them until ``lease`` is over."""
        is_due = or_(outbox.c.next_at.is_(None), outbox.c.next_at <= now)
        waits = (outbox.c.sent_at.is_(None), outbox.c.failure == "", is_due)
        with reading(self._engine) as connection:
            if connection.execute(select(outbox.c.number).where(*waits).limit(1)).first() is None:
                return ()  # nothing waits, which is nearly always so, and costs no write
        due = select(outbox).where(*waits).order_by(outbox.c.number).limit(most).with_for_update(skip_locked=True)
        with writing(self._engine) as connection:
            rows = connection.execute(due).all()
            taken = outbox.c.number.in_([row.number for row in rows])
            lock = update(outbox).where(taken).values(next_at=now + lease, attempts=outbox.c.attempts + 1)
            connection.execute(lock)
        return tuple(Waiting(r.number, Address(r.to), Outgoing(r.key, to_card(r.card)), r.attempts + 1) for r in rows)

    def settle(self, number: int, values: Mapping[str, Any]) -> None:  # any: columns of the outbox
        """Write down what became of a message."""
        with writing(self._engine) as connection:
            connection.execute(update(outbox).where(outbox.c.number == number).values(**values))
