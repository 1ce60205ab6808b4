"""Announcements in the database, who has read them, and the report on each."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy import Boolean, Column, Connection, Engine, Index, Integer, RowMapping, String, Table, Text

from adapters.sql.engine import reading, writing
from adapters.sql.schema import METADATA, Moment
from adapters.sql.sending import DELIVERIES, NO_SHARE, ROUNDS, SHARES
from bot.announcing import Announcement, Copy, Draft, Read, Report, RoundReport, Stage, Timing
from bot.errors import ChangedMeanwhile
from bot.interaction import Card
from bot.model import Words
from bot.people import PersonId
from bot.sending import Action, State

ANNOUNCEMENTS = Table(
    "announcements",
    METADATA,
    Column("id", String(20), primary_key=True),
    Column("title_da", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("body_da", Text, nullable=False),
    Column("body_en", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("acknowledge", Boolean, nullable=False),
    Column("send_at", Moment),
    Column("remind_after", Integer),
    Column("state", String(20), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("author", String(200), nullable=False),
    Column("approver", String(200), nullable=False, server_default=""),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Index("ix_announcements_state", "state", "changed_at"),
)

ACKNOWLEDGEMENTS = Table(
    "acknowledgements",
    METADATA,
    Column("announcement", String(20), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("place", String(400), nullable=False),
    Column("at", Moment, nullable=False),
)

#: What this installation made up for itself, such as the key that report links are signed with.
SECRETS = Table(
    "secrets", METADATA, Column("name", String(80), primary_key=True), Column("value", String(200), nullable=False)
)

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_ROWS_AT_A_TIME = 1000


class SqlAnnouncements:
    """Satisfies ``bot.announcing.Announcements``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, draft: Draft, author: PersonId, at: datetime) -> Announcement:
        """Keep a new draft and return it with its id."""
        id_ = "".join(secrets.choice(_LETTERS) for _ in range(8))
        row = _columns(draft) | {"id": id_, "state": Stage.DRAFT.value, "revision": 1, "author": author,
                                 "created_at": at, "changed_at": at}  # fmt: skip
        with writing(self._engine) as connection:
            connection.execute(sa.insert(ANNOUNCEMENTS).values(**row))
        return self.one(id_)

    def one(self, id_: str) -> Announcement:
        """Return the announcement called ``id_``.

        Raises:
            ChangedMeanwhile: there is none.

        """
        with reading(self._engine) as connection:
            return _one(connection, id_)

    def find(self, words: str = "", *, limit: int = 50) -> tuple[Announcement, ...]:
        """Return the announcements that hold every one of ``words``, the newest first."""
        columns = ANNOUNCEMENTS.c
        text = columns.title_da + " " + columns.title_en + " " + columns.body_da + " " + columns.body_en
        query = sa.select(ANNOUNCEMENTS).order_by(columns.created_at.desc(), columns.id).limit(limit)
        for word in words.split():
            # SQLite folds only A to Z, so both cases of a word are looked for.
            tried = {word, word.lower(), word.upper(), word.capitalize()}
            query = query.where(sa.or_(*(text.icontains(each, autoescape=True) for each in sorted(tried))))
        with reading(self._engine) as connection:
            return tuple(map(_announcement, connection.execute(query).mappings()))

    def change(
        self, changed: Announcement, *, allowed: Sequence[Stage], begin: Timing | None = None,
        cards: Mapping[Action, Card] = MappingProxyType({}),
    ) -> Announcement:  # fmt: skip
        """Put ``changed`` in the place of the revision before it, which stands in one of ``allowed``.

        Raises:
            ChangedMeanwhile: somebody else changed it first, or it went out.

        """
        id_, columns = changed.id, ANNOUNCEMENTS.c
        values = _columns(changed.draft) | {
            "revision": changed.revision, "changed_at": changed.changed_at, "state": changed.stage.value,
            "author": changed.author, "approver": changed.approver,
        }  # fmt: skip
        here = (columns.id == id_, columns.revision == changed.revision - 1, _stands_in(allowed))
        with writing(self._engine) as connection:
            _lock_rounds(connection, id_)
            if not connection.execute(sa.update(ANNOUNCEMENTS).where(*here).values(**values)).rowcount:
                raise ChangedMeanwhile("somebody else changed the announcement first, or it went out; look at it again")
            if changed.stage is Stage.AWAITING_APPROVAL:
                _cancel_rounds(connection, id_, changed.changed_at)
            for action, card in cards.items():
                those = (ROUNDS.c.announcement == id_, ROUNDS.c.action == action.value)
                connection.execute(sa.update(ROUNDS).where(*those).values(card=asdict(card)))
            if begin is not None:
                _begin(connection, begin)
        return self.one(id_)

    def move(
        self, id_: str, allowed: Sequence[Stage], to: Stage, *, at: datetime, approver: str | None = None,
        round_: Timing | None = None,
    ) -> Announcement:  # fmt: skip
        """Bring an announcement from one of ``allowed`` to stage ``to``, and begin ``round_`` in the same moment.

        Raises:
            ChangedMeanwhile: it stands elsewhere.

        """
        values: dict[str, object] = {"state": to.value, "changed_at": at}
        if approver is not None:
            values["approver"] = approver
        with writing(self._engine) as connection:
            _lock_rounds(connection, id_)
            here = (ANNOUNCEMENTS.c.id == id_, _stands_in(allowed))
            if not connection.execute(sa.update(ANNOUNCEMENTS).where(*here).values(**values)).rowcount:
                _one(connection, id_)
                raise ChangedMeanwhile("the announcement stands elsewhere by now; look at it again")
            if to in {Stage.CANCELLED, Stage.RECALLED, Stage.AWAITING_APPROVAL}:
                _cancel_rounds(connection, id_, at)
            if round_ is not None:
                _begin(connection, round_)
        return self.one(id_)

    def begin(self, round_: Timing) -> None:
        """Have ``round_`` carried out when it is due; one that stands already stays as it is."""
        with writing(self._engine) as connection:
            _begin(connection, round_)

    def call_off(self, round_: str, at: datetime) -> None:
        """Have ``round_`` not carried out, unless it has begun."""
        here = (ROUNDS.c.id == round_, ROUNDS.c.state == "due", ROUNDS.c.began.is_(None))
        with writing(self._engine) as connection:
            connection.execute(sa.update(ROUNDS).where(*here).values(state="cancelled", ended=at.timestamp()))

    def retry(self, id_: str, actions: Sequence[Action], at: datetime) -> int:
        """Have every failed delivery of the latest round of each of ``actions`` tried again; return how many."""
        with writing(self._engine) as connection:
            _lock_rounds(connection, id_)
            return sum(_retry(connection, _latest(connection, id_, action), at) for action in actions)

    # Reading

    def acknowledge(self, id_: str, person: PersonId, place: str, at: datetime) -> bool:
        """Keep that ``person`` has read an announcement; say whether that is new."""
        row = {"announcement": id_, "person": person, "place": place, "at": at}
        known = (ACKNOWLEDGEMENTS.c.announcement == id_, ACKNOWLEDGEMENTS.c.person == person)
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("select pg_advisory_xact_lock(727272002)")
            if connection.execute(sa.select(ACKNOWLEDGEMENTS.c.at).where(*known)).first():
                return False
            connection.execute(sa.insert(ACKNOWLEDGEMENTS).values(**row))
            return True

    def readers(self, id_: str) -> frozenset[str]:
        """Return who has read an announcement, and the conversations in which they said so."""
        query = sa.select(ACKNOWLEDGEMENTS.c.person, ACKNOWLEDGEMENTS.c.place).where(
            ACKNOWLEDGEMENTS.c.announcement == id_
        )
        with reading(self._engine) as connection:
            return frozenset(value for row in connection.execute(query) for value in row if value)

    # The report

    def report(self, id_: str) -> Report:
        """Return how an announcement stands."""
        with reading(self._engine) as connection:
            announcement = _one(connection, id_)
            acknowledged = sa.select(sa.func.count()).where(ACKNOWLEDGEMENTS.c.announcement == id_)
            count = int(connection.execute(acknowledged).scalar() or 0)
            rounds = tuple(_rounds(connection, id_))
        return Report(announcement, rounds, count)

    def copies(self, id_: str) -> Iterator[Copy]:
        """Yield what became of every recipient, round by round."""
        query = (
            sa.select(DELIVERIES, ROUNDS.c.action)
            .join(ROUNDS, ROUNDS.c.id == DELIVERIES.c.round)
            .where(ROUNDS.c.announcement == id_)
            .order_by(ROUNDS.c.due, ROUNDS.c.id, DELIVERIES.c.id)
        )
        with reading(self._engine) as connection:
            for row in connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(query).mappings():
                yield _copy(row)

    def reads(self, id_: str) -> tuple[Read, ...]:
        """Return who read an announcement and when, the first first."""
        query = sa.select(ACKNOWLEDGEMENTS).where(ACKNOWLEDGEMENTS.c.announcement == id_)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(ACKNOWLEDGEMENTS.c.at, ACKNOWLEDGEMENTS.c.person)).all()
        return tuple(Read(PersonId(row.person), row.at) for row in rows)

    # What this installation made up

    def secret(self, name: str) -> str:
        """Return the secret called ``name``, made up on first use."""
        query = sa.select(SECRETS.c.value).where(SECRETS.c.name == name)
        with reading(self._engine) as connection:
            found = connection.execute(query).scalar()
        if found:
            return str(found)
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("select pg_advisory_xact_lock(727272003)")
            if not connection.execute(query).scalar():
                connection.execute(sa.insert(SECRETS).values(name=name, value=secrets.token_urlsafe(32)))
            return str(connection.execute(query).scalar())


def _one(connection: Connection, id_: str) -> Announcement:
    row = connection.execute(sa.select(ANNOUNCEMENTS).where(ANNOUNCEMENTS.c.id == id_)).mappings().first()
    if row is None:
        raise ChangedMeanwhile(f"there is no announcement '{id_}'")
    return _announcement(row)


def _stands_in(allowed: Sequence[Stage]) -> sa.ColumnElement[bool]:
    return ANNOUNCEMENTS.c.state.in_([stage.value for stage in allowed])


def _lock_rounds(connection: Connection, id_: str) -> None:
    """Take the rounds before anything else, as the worker does, so that the two never wait for each other."""
    if connection.dialect.name == "postgresql":
        those = sa.select(ROUNDS.c.id).where(ROUNDS.c.announcement == id_).order_by(ROUNDS.c.id)
        connection.execute(those.with_for_update())


def _latest(connection: Connection, id_: str, action: Action) -> str:
    """Return the latest round of an action that was carried out, "" where there is none."""
    those = (ROUNDS.c.announcement == id_, ROUNDS.c.action == action.value, ROUNDS.c.state.in_(("sending", "done")))
    newest = sa.select(ROUNDS.c.id).where(*those).order_by(ROUNDS.c.due.desc(), ROUNDS.c.id.desc()).limit(1)
    return str(connection.execute(newest).scalar() or "")


def _retry(connection: Connection, round_: str, at: datetime) -> int:
    failed = sa.select(DELIVERIES.c.id, DELIVERIES.c.share, DELIVERIES.c.statuses).where(
        DELIVERIES.c.round == round_, DELIVERIES.c.state == State.FAILED.value, DELIVERIES.c.share != NO_SHARE
    )
    rows = connection.execute(failed).all()
    if not rows:
        return 0
    # The last answer is kept: it says whether the platform refused the message or may have it.
    again = [{"id_": row.id, "statuses_": json.dumps(json.loads(row.statuses)[-1:])} for row in rows]
    update = sa.update(DELIVERIES).where(DELIVERIES.c.id == sa.bindparam("id_"))
    connection.execute(
        update.values(state=State.WAITING.value, statuses=sa.bindparam("statuses_"), error="", due=0), again
    )
    shares = (SHARES.c.round == round_, SHARES.c.number.in_({row.share for row in rows}))
    connection.execute(sa.update(SHARES).where(*shares).values(state="resting", due=at.timestamp()))
    connection.execute(sa.update(ROUNDS).where(ROUNDS.c.id == round_).values(state="sending", ended=None))
    return len(rows)


def _begin(connection: Connection, round_: Timing) -> None:
    if not round_.action.is_posting:
        # Newer words, or none at all, take the place of those that are still on their way.
        _cancel_rounds(connection, round_.announcement, round_.due, Action.UPDATE)
    known = sa.select(ROUNDS.c.id).where(ROUNDS.c.id == round_.id)
    values = {"card": asdict(round_.card), "due": round_.due.timestamp(), "key": round_.key, "made_by": round_.by}
    if connection.execute(known).first():
        # Scheduled before and not begun: the words and the time may have changed.
        again = sa.update(ROUNDS).where(ROUNDS.c.id == round_.id, ROUNDS.c.state.in_(("due", "cancelled")))
        connection.execute(again.where(ROUNDS.c.began.is_(None)).values(state="due", error="", **values))
        return
    connection.execute(
        sa.insert(ROUNDS).values(
            id=round_.id, announcement=round_.announcement, action=round_.action.value, state="due", **values
        )
    )


def _cancel_rounds(connection: Connection, id_: str, at: datetime, *actions: Action) -> None:
    open_ = sa.select(ROUNDS.c.id).where(ROUNDS.c.announcement == id_, ROUNDS.c.state.in_(("due", "sending")))
    if actions:
        open_ = open_.where(ROUNDS.c.action.in_([action.value for action in actions]))
    waiting = (DELIVERIES.c.round.in_(open_), DELIVERIES.c.state == "waiting", DELIVERIES.c.doubtful == 0)
    connection.execute(sa.update(DELIVERIES).where(*waiting).values(state=State.CANCELLED.value, at=at.timestamp()))
    connection.execute(sa.update(ROUNDS).where(ROUNDS.c.id.in_(open_)).values(state="cancelled", ended=at.timestamp()))


def _rounds(connection: Connection, id_: str) -> Iterator[RoundReport]:
    query = sa.select(ROUNDS).where(ROUNDS.c.announcement == id_).order_by(ROUNDS.c.due, ROUNDS.c.id)
    for row in connection.execute(query).all():
        grouped = sa.select(DELIVERIES.c.state, sa.func.count()).where(DELIVERIES.c.round == row.id)
        counts = {State(state): int(count) for state, count in connection.execute(grouped.group_by(DELIVERIES.c.state))}
        yield RoundReport(
            row.id, Action(row.action), row.state, _moment(row.began), _moment(row.ended), counts, row.error
        )


def _copy(row: RowMapping) -> Copy:
    return Copy(
        action=Action(row["action"]),
        to=row["address"],
        state=State(row["state"]),
        attempts=row["attempts"],
        statuses=tuple(json.loads(row["statuses"])),
        message=row["message"],
        error=row["error"],
        at=_moment(row["at"]),
        round=row["round"],
    )


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _columns(draft: Draft) -> dict[str, object]:
    return {
        "title_da": draft.title.da, "title_en": draft.title.en, "body_da": draft.body.da, "body_en": draft.body.en,
        "audience": json.dumps(draft.audience), "acknowledge": draft.acknowledge, "send_at": draft.send_at,
        "remind_after": draft.remind_after,
    }  # fmt: skip


def _announcement(row: RowMapping) -> Announcement:
    draft = Draft(
        title=Words(row["title_da"], row["title_en"]),
        body=Words(row["body_da"], row["body_en"]),
        audience=tuple(json.loads(row["audience"])),
        acknowledge=row["acknowledge"],
        send_at=row["send_at"],
        remind_after=row["remind_after"],
    )
    return Announcement(
        id=row["id"], draft=draft, stage=Stage(row["state"]), revision=row["revision"], author=PersonId(row["author"]),
        approver=row["approver"], created_at=row["created_at"], changed_at=row["changed_at"],
    )  # fmt: skip
