"""What Slack sent is done by one process: whoever writes it down first."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import Column, Engine, String, Table, delete, insert
from sqlalchemy.exc import IntegrityError

from adapters.sql.engine import writing
from adapters.sql.schema import METADATA, Moment

#: Slack's last retry comes within the hour.
_KEPT = timedelta(days=1)
_TAKEN_BETWEEN_CLEARINGS = 1000

CLAIMS = Table(
    "slack_claims",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)


class SqlClaims:
    """Satisfies ``adapters.slack.hearing.Claims``; several threads may use it at once."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock
        self._taken = count()

    def take(self, key: str) -> bool:
        """Say whether nobody took ``key`` before, and take it."""
        now = self._clock()
        mark = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(CLAIMS).values(key=mark, at=now))
                if next(self._taken) % _TAKEN_BETWEEN_CLEARINGS == 0:
                    connection.execute(delete(CLAIMS).where(CLAIMS.c.at < now - _KEPT))
        except IntegrityError:
            return False
        return True
