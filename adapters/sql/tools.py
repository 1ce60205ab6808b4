"""The positive list in the database: every decision is a row of its own, and the newest holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock

from sqlalchemy import Engine, Row, func, insert, select
from sqlalchemy.exc import IntegrityError

from adapters.sql.engine import reading, writing
from adapters.sql.schema import audit, decisions
from adapters.tool_entries import to_tool
from bot.errors import ChangedMeanwhile
from bot.model import Tool, ToolId
from bot.people import PersonId
from bot.registering import Decided, Entry, as_facts

#: Another process's change is seen after this long; asking the database for its newest row costs 0.1 ms.
_SECONDS_BETWEEN_LOOKS = 0.5


class SqlTools:
    """Satisfies ``bot.ports.ToolHistory`` and ``bot.ports.ToolSource``; several threads may use it at once."""

    def __init__(self, engine: Engine, timer: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._timer = timer
        self._lock = Lock()
        self._looked_at = float("-inf")
        self._newest = -1
        self._current: Mapping[ToolId, Decided] = {}
        self._tools: tuple[Tool, ...] = ()

    def tools(self) -> Sequence[Tool]:
        """Return every listed tool as it stands now; the same object until something changes."""
        self._refresh()
        return self._tools

    def current(self) -> Mapping[ToolId, Decided]:
        """Return the newest decision on each tool; the same object until something changes."""
        self._refresh()
        return self._current

    def history(self, tool: ToolId | None = None) -> tuple[Decided, ...]:
        """Return every decision on ``tool``, or on all tools, from the first to the last."""
        query = select(decisions).order_by(decisions.c.number)
        if tool is not None:
            query = query.where(decisions.c.tool == tool)
        with reading(self._engine) as connection:
            return tuple(_decided(row) for row in connection.execute(query))

    def record(self, decided: Sequence[Decided], entries: Sequence[Entry] = ()) -> None:
        """Keep ``decided`` with their audit ``entries``, all or none.

        Raises:
            ChangedMeanwhile: one of the tools has got the same revision from somebody else.

        """
        if not decided:
            return
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(decisions), [_row(decision) for decision in decided])
                if entries:
                    connection.execute(insert(audit), [audit_row(entry) for entry in entries])
        except IntegrityError as error:
            names = ", ".join(decision.tool.name for decision in decided[:3])
            raise ChangedMeanwhile(f"somebody else changed {names} first; look at it and decide again") from error
        with self._lock:
            self._looked_at = float("-inf")

    def _refresh(self) -> None:
        with self._lock:
            now = self._timer()
            if now - self._looked_at < _SECONDS_BETWEEN_LOOKS:
                return
            with reading(self._engine) as connection:
                newest = connection.execute(select(func.max(decisions.c.number))).scalar() or 0
                if newest != self._newest:
                    self._load(connection.execute(_NEWEST).all())
                    self._newest = newest
            self._looked_at = now

    def _load(self, rows: Sequence[Row[tuple[object, ...]]]) -> None:
        self._current = {ToolId(row.tool): _decided(row) for row in rows}
        self._tools = tuple(decided.tool for decided in self._current.values())


_last = select(decisions.c.tool, func.max(decisions.c.revision).label("revision")).group_by(decisions.c.tool).subquery()
_NEWEST = (
    select(decisions)
    .join(_last, (decisions.c.tool == _last.c.tool) & (decisions.c.revision == _last.c.revision))
    .order_by(decisions.c.number)
)


def audit_row(entry: Entry) -> dict[str, object]:
    """Return ``entry`` as a row of the audit log."""
    return {
        "at": entry.at,
        "who": entry.who,
        "what": entry.what,
        "subject": entry.subject,
        "refused": entry.refused,
        "before": entry.before,
        "after": entry.after,
    }


def _row(decided: Decided) -> dict[str, object]:
    return {
        "tool": decided.tool.id,
        "revision": decided.revision,
        "at": decided.at,
        "by": decided.by,
        "why": decided.why,
        "entry": as_facts(decided.tool),
    }


def _decided(row: Row[tuple[object, ...]]) -> Decided:
    tool = replace(to_tool(row.entry), decided_on=row.at.date())
    return Decided(tool, row.revision, row.at, PersonId(row.by), row.why)
