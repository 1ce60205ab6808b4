"""Wishes for tools in the database: everyone who asks for the same tool shares one request."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.engine import reading, writing
from adapters.sql.schema import askers, requests
from bot.errors import ChangedMeanwhile
from bot.model import DataClass, Language
from bot.people import PersonId
from bot.registering import RequestState, ToolRequest, Wish, name_key

#: Locked while a request is opened, so that two who ask for the same at once share it.
_LOCK = 727_272_002


class SqlRequests:
    """Satisfies ``bot.ports.ToolRequests``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, name: str, wish: Wish) -> ToolRequest:
        """Keep ``wish``, with the open request of the same name where there is one; one wish a person."""
        try:
            with writing(self._engine) as connection:
                request = self._open(connection, name, wish.at)
                connection.execute(insert(askers).values(request=request, **_row(wish)))
        except IntegrityError:
            return next(found for found in self.all() if _is_open(found, name))
        return self._one(request)

    def all(self) -> tuple[ToolRequest, ...]:
        """Return every request, the oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(requests).order_by(requests.c.id)).all()
            wishes = connection.execute(select(askers).order_by(askers.c.at)).all()
        return tuple(_request(row, wishes) for row in rows)

    def close(self, request: int, state: RequestState, *, by: PersonId, reason: str, at: datetime) -> ToolRequest:
        """Close an open request and return it.

        Raises:
            ChangedMeanwhile: it is closed already, or there is none.

        """
        change = (
            update(requests)
            .where(requests.c.id == request, requests.c.state == RequestState.OPEN.value)
            .values(state=state.value, decided_by=by, reason=reason, decided_at=at)
        )
        with writing(self._engine) as connection:
            if connection.execute(change).rowcount == 0:
                raise ChangedMeanwhile(f"request {request} is closed already, or there is none")
        return self._one(request)

    def _open(self, connection: Connection, name: str, at: datetime) -> int:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
        key = name_key(name)
        held = select(requests.c.id).where(requests.c.name_key == key, requests.c.state == RequestState.OPEN.value)
        found = connection.execute(held).scalar()
        if found is not None:
            return int(found)
        row = insert(requests).values(
            name=name, name_key=key, opened_at=at, state=RequestState.OPEN.value, reason="", decided_by=""
        )
        created = connection.execute(row).inserted_primary_key
        return int(created[0]) if created else 0

    def _one(self, request: int) -> ToolRequest:
        with reading(self._engine) as connection:
            row = connection.execute(select(requests).where(requests.c.id == request)).one()
            wishes = connection.execute(select(askers).where(askers.c.request == request).order_by(askers.c.at)).all()
        return _request(row, wishes)


def _is_open(request: ToolRequest, name: str) -> bool:
    return request.state is RequestState.OPEN and name_key(request.name) == name_key(name)


def _row(wish: Wish) -> dict[str, object]:
    data = sorted(data.value for data in wish.data)
    return {
        "person": wish.person,
        "language": wish.language.value,
        "purpose": wish.purpose,
        "data": data,
        "at": wish.at,
    }


def _request(row: Row[tuple[object, ...]], wishes: Iterable[Row[tuple[object, ...]]]) -> ToolRequest:
    return ToolRequest(
        row.id,
        row.name,
        tuple(_wish(wish) for wish in wishes if wish.request == row.id),
        RequestState(row.state),
        row.reason,
        row.decided_by,
    )


def _wish(row: Row[tuple[object, ...]]) -> Wish:
    data = frozenset(DataClass(data) for data in row.data)
    return Wish(PersonId(row.person), row.purpose, data, row.at, Language(row.language))
