"""The audit log in the database, which refuses to change what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Engine, insert, select

from adapters.sql.engine import reading, writing
from adapters.sql.schema import audit
from adapters.sql.tools import audit_row
from bot.registering import Entry

_ROWS_AT_A_TIME = 1000


class SqlAudit:
    """Satisfies ``bot.ports.AuditLog``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, entry: Entry) -> None:
        """Keep ``entry``."""
        with writing(self._engine) as connection:
            connection.execute(insert(audit).values(**audit_row(entry)))

    def entries(self, since: datetime | None = None) -> Iterator[Entry]:
        """Yield every entry from ``since`` on, the oldest first."""
        query = select(audit).order_by(audit.c.number)
        if since is not None:
            query = query.where(audit.c.at >= since)
        with reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(query):
                yield Entry(row.at, row.who, row.what, row.subject, row.refused, row.before, row.after)
