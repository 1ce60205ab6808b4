"""Where the bot may speak in Teams without being spoken to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Engine, Row, String, and_, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.engine import reading, writing
from adapters.sql.schema import teams_references as references
from adapters.teams.activities import Scope
from adapters.teams.references import Reference, completed

_LENGTHS = {column.name: column.type.length for column in references.columns if isinstance(column.type, String)}


class SqlReferences:
    """Satisfies ``adapters.teams.references.References``."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    def keep(self, reference: Reference) -> bool:
        """Keep ``reference`` in the place of an older one; say whether the conversation is new."""
        try:
            with writing(self._engine) as connection:
                return self._keep(connection, reference)
        except IntegrityError:
            # Another process heard of it in the same moment; there is nothing new in it any more.
            with writing(self._engine) as connection:
                return self._keep(connection, reference)

    def find(self, id_: str) -> Reference | None:
        """Return the reference of a conversation, or of the personal chat with an Entra object id."""
        if not id_:
            return None
        is_person = and_(references.c.person == id_, references.c.scope == Scope.PERSONAL.value)
        query = select(references).where(or_(references.c.conversation == id_, is_person))
        with reading(self._engine) as connection:
            row = connection.execute(query.order_by(references.c.seen_at.desc(), references.c.conversation)).first()
        return _reference(row) if row else None

    def close(self, conversation: str) -> None:
        """Remember that nothing may be posted there."""
        with writing(self._engine) as connection:
            is_it = references.c.conversation == conversation
            connection.execute(update(references).where(is_it).values(is_closed=True))

    def forget(self, conversation: str, team: str) -> None:
        """Forget a conversation, and every channel of ``team`` where it is named."""
        is_meant = references.c.conversation == conversation
        if team:
            is_meant = or_(is_meant, references.c.team == team)
        with writing(self._engine) as connection:
            connection.execute(delete(references).where(is_meant))

    def open(self) -> tuple[Reference, ...]:
        """Return every conversation where the bot may post."""
        query = select(references).where(references.c.is_closed.is_(False)).order_by(references.c.conversation)
        with reading(self._engine) as connection:
            return tuple(_reference(row) for row in connection.execute(query))

    def _keep(self, connection: Connection, reference: Reference) -> bool:
        is_it = references.c.conversation == reference.conversation
        row = connection.execute(select(references).where(is_it)).first()
        values = _row(completed(reference, _reference(row) if row else None))
        values |= {"is_closed": False, "seen_at": self._clock()}
        if row:
            connection.execute(update(references).where(is_it).values(**values))
        else:
            connection.execute(insert(references).values(**values))
        return row is None


def _row(reference: Reference) -> dict[str, object]:
    """Return what is stored; a name that is longer than any should be is cut rather than refused."""
    values = {**asdict(reference), "scope": reference.scope.value}
    return {name: value[: _LENGTHS[name]] for name, value in values.items()}


def _reference(row: Row[tuple[object, ...]]) -> Reference:
    stored = row._mapping
    names = (name for name in Reference.__slots__ if name != "scope")
    return Reference(scope=Scope(stored["scope"]), **{name: stored[name] for name in names})
