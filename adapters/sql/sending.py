"""The work of the background worker as it is stored: rounds, their shares, one record for each recipient.

A round is one action (post, remind, update, delete) of one announcement, or one notice. It is cut into shares of a
few hundred recipients on one platform, which are what the workers hand out among themselves. See
docs/decisions/0050-sending-engine.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Double,
    Engine,
    Index,
    Integer,
    RowMapping,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.engine import reading, writing
from adapters.sql.outbox import to_card
from adapters.sql.schema import METADATA, Number, outbox
from bot.delivering import Address, Receipt
from bot.sending import Action, Delivery, Settled, Share, State, Work, platform_of

#: Recipients in one share: small enough that a worker's death costs little, large enough that handing out is cheap.
SHARE = 200
#: Where entries of an audience stand that led to nobody, so that nothing is ever sent to them.
NO_SHARE = 0

#: Moments are seconds since 1970 here, because they are reckoned with in SQL.
#: ``state`` is due, spreading (the audience is being written down), sending, done or cancelled.
ROUNDS = Table(
    "rounds",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("announcement", String(20)),
    Column("outbox", Number),
    Column("action", String(20), nullable=False),
    Column("key", String(200), nullable=False),
    Column("card", JSON, nullable=False),
    Column("state", String(20), nullable=False),
    Column("made_by", String(200), nullable=False, server_default=""),
    Column("due", Double, nullable=False),
    Column("began", Double),
    Column("ended", Double),
    Column("error", String(400), nullable=False, server_default=""),
    Index("ix_rounds_state", "state", "due"),
    Index("ix_rounds_announcement", "announcement"),
    UniqueConstraint("outbox", name="one_round_a_notice"),
)

#: ``state`` is open (handed to the engine), resting (until ``due``) or done; ``run`` counts how often it was handed on.
SHARES = Table(
    "shares",
    METADATA,
    Column("round", String(80), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("platform", String(20), nullable=False),
    Column("action", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("run", Integer, nullable=False, server_default="0"),
    Column("due", Double, nullable=False),
    Column("holder", String(80), nullable=False, server_default=""),
    Index("ix_shares_state", "state", "due"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("round", String(80), nullable=False),
    Column("share", Integer, nullable=False),
    Column("address", String(400), nullable=False),
    Column("target", String(400), nullable=False, server_default=""),
    Column("state", String(20), nullable=False, server_default="waiting"),
    Column("doubtful", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("statuses", Text, nullable=False, server_default="[]"),
    Column("message", String(400), nullable=False, server_default=""),
    Column("error", String(100), nullable=False, server_default=""),
    Column("due", Double, nullable=False, server_default="0"),
    Column("at", Double),
    UniqueConstraint("round", "address", "target", name="one_delivery_a_recipient"),
    Index("ix_deliveries_share", "round", "share", "state"),
)

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", String(80), primary_key=True),
    Column("began", Double, nullable=False),
    Column("seen", Double, nullable=False),
)

#: As much of the announcements as follows their rounds.
_ANNOUNCEMENTS = sa.table("announcements", sa.column("id"), sa.column("state"))

#: When the next message within a limit may go; one row for each limited app, method, channel or thread.
PACES = Table("paces", METADATA, Column("scope", String(400), primary_key=True), Column("next", Double, nullable=False))


@dataclass(frozen=True, slots=True)
class Interval:
    """A limit: one message every ``seconds``, after a beginning of ``burst`` at once."""

    seconds: float
    burst: int = 1

    @property
    def tolerance(self) -> float:
        """How far ahead of the even rhythm a message may go."""
        return (self.burst - 1) * self.seconds


@dataclass(frozen=True, slots=True)
class Beginning:
    """A delivery about to be handed to its platform; ``interval`` is its own recipient's limit, if any."""

    id: int
    scope: str = ""
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class DueRound:
    """A round whose audience is to be written down now."""

    id: str
    announcement: str
    action: Action
    due: float


@dataclass(frozen=True, slots=True)
class DueShare:
    """A share to hand to the engine."""

    round: str
    number: int
    run: int
    platform: str
    action: Action


class SendingStore:
    """Reads and writes the work; every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # What is due

    def due_rounds(self, now: float) -> tuple[DueRound, ...]:
        """Return the rounds that are to begin, or whose beginning was interrupted."""
        query = sa.select(ROUNDS.c.id, ROUNDS.c.announcement, ROUNDS.c.action, ROUNDS.c.due).where(
            ROUNDS.c.state == "due", ROUNDS.c.due <= now
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(ROUNDS.c.due, ROUNDS.c.id).limit(50)).all()
        return tuple(DueRound(id_, announcement or "", Action(action), due) for id_, announcement, action, due in rows)

    def next_due(self) -> float | None:
        """Return when the next round begins, however far away."""
        query = sa.select(sa.func.min(ROUNDS.c.due)).where(ROUNDS.c.state == "due")
        with reading(self._engine) as connection:
            due: float | None = connection.execute(query).scalar()
        return due

    def hand_out(self, now: float) -> tuple[DueShare, ...]:
        """Mark the resting shares that are due as open, and return them; each goes to one caller only."""
        due = (
            sa.select(SHARES.c.round, SHARES.c.number)
            .where(SHARES.c.state == "resting", SHARES.c.due <= now)
            .order_by(SHARES.c.due)
            .limit(100)
        )
        with reading(self._engine) as connection:
            if connection.execute(due.limit(1)).first() is None:
                return ()
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                due = due.with_for_update(skip_locked=True)
            keys = [(round_, number) for round_, number in connection.execute(due)]
            return tuple(self._open(connection, keys, now)) if keys else ()

    def _open(self, connection: Connection, keys: Sequence[tuple[str, int]], now: float) -> Iterator[DueShare]:
        columns = SHARES.c
        update = (
            sa.update(SHARES)
            .where(sa.tuple_(columns.round, columns.number).in_(keys))
            .values(state="open", run=columns.run + 1, due=now)
            .returning(columns.round, columns.number, columns.run, columns.platform, columns.action)
        )
        for round_, number, run, platform, action in connection.execute(update).all():
            yield DueShare(round_, number, run, platform, Action(action))

    def open_shares(self, older_than: float) -> tuple[DueShare, ...]:
        """Return shares that were handed to the engine before ``older_than`` and have not come back."""
        columns = (SHARES.c.round, SHARES.c.number, SHARES.c.run, SHARES.c.platform, SHARES.c.action)
        query = sa.select(*columns).where(SHARES.c.state == "open", SHARES.c.due < older_than).limit(100)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return tuple(
            DueShare(round_, number, run, platform, Action(action)) for round_, number, run, platform, action in rows
        )

    def rest(self, share: DueShare, now: float) -> None:
        """Let ``share`` be handed out anew, unless that happened already."""
        here = (SHARES.c.round == share.round, SHARES.c.number == share.number, SHARES.c.run == share.run)
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(SHARES).where(*here, SHARES.c.state == "open").values(state="resting", due=now)
            )

    # Spreading

    def begin_round(self, round_: str, now: float) -> tuple[str, Action] | None:
        """Return the announcement and action of ``round_``; None where it may not begin any more."""
        update = sa.update(ROUNDS).where(ROUNDS.c.id == round_, ROUNDS.c.state == "due")
        with writing(self._engine) as connection:
            begun = connection.execute(
                update.values(began=sa.func.coalesce(ROUNDS.c.began, now)).returning(
                    ROUNDS.c.announcement, ROUNDS.c.action
                )
            ).first()
            if begun is not None and begun.action == Action.POST:
                _move(connection, begun.announcement, "scheduled", "sending")
        return (begun.announcement or "", Action(begun.action)) if begun is not None else None

    def spread(self, round_: str, recipients: Sequence[tuple[Address, str]], *, action: Action, now: float) -> None:
        """Write down ``recipients`` (address and the message that is changed), a share for each few hundred.

        Recipients that stand there already are left alone, so an interrupted call may be repeated.
        """
        by_platform: dict[str, list[tuple[Address, str]]] = {}
        for address, target in recipients:
            by_platform.setdefault(platform_of(address), []).append((address, target))
        for platform, those in by_platform.items():
            for start in range(0, len(those), SHARE):
                self._add_share(round_, those[start : start + SHARE], platform=platform, action=action, now=now)

    def _add_share(
        self, round_: str, recipients: Sequence[tuple[Address, str]], *, platform: str, action: Action, now: float
    ) -> None:
        with writing(self._engine) as connection:
            highest = sa.select(sa.func.max(SHARES.c.number)).where(SHARES.c.round == round_)
            number = (connection.execute(highest).scalar() or 0) + 1
            rows = [{"round": round_, "share": number, "address": to, "target": target} for to, target in recipients]
            insert = _insert(connection, DELIVERIES).on_conflict_do_nothing()
            if connection.execute(insert.values(rows)).rowcount:
                connection.execute(
                    sa.insert(SHARES).values(
                        round=round_, number=number, platform=platform, action=action, state="resting", due=now
                    )
                )

    def fail(self, round_: str, entry: str, code: str, now: float) -> None:
        """Write down an entry of the audience whose people nobody can look up; it is in no share."""
        failed = {"round": round_, "share": NO_SHARE, "address": entry, "state": State.FAILED, "error": code, "at": now}
        with writing(self._engine) as connection:
            connection.execute(_insert(connection, DELIVERIES).values(failed).on_conflict_do_nothing())

    def end_spreading(self, round_: str, now: float) -> None:
        """Mark the audience as complete; a round with nobody in it is done at once."""
        with writing(self._engine) as connection:
            connection.execute(
                sa.update(ROUNDS).where(ROUNDS.c.id == round_, ROUNDS.c.state == "due").values(state="sending")
            )
            _end_if_done(connection, round_, now)

    def refuse_round(self, round_: str, code: str, now: float) -> None:
        """End a round that may not be sent, and keep why."""
        with writing(self._engine) as connection:
            refused = connection.execute(
                sa.update(ROUNDS)
                .where(ROUNDS.c.id == round_)
                .values(state="cancelled", error=code, began=None, ended=now)
                .returning(ROUNDS.c.announcement, ROUNDS.c.action)
            ).one()
            if refused.action == Action.POST:
                _move(connection, refused.announcement, "sending", "refused")

    def adopt_outbox(self, now: float) -> int:
        """Turn the notices that wait in the outbox into rounds of one recipient, and return how many there were."""
        known = sa.select(ROUNDS.c.id).where(ROUNDS.c.outbox == outbox.c.number)
        waiting = (
            sa.select(outbox)
            .where(outbox.c.sent_at.is_(None), outbox.c.failure == "", ~known.exists())
            .order_by(outbox.c.number)
        )
        with reading(self._engine) as connection:
            if connection.execute(waiting.limit(1)).first() is None:
                return 0
        with writing(self._engine) as connection:
            chosen = waiting.limit(100)
            if connection.dialect.name == "postgresql":
                chosen = chosen.with_for_update(skip_locked=True)
            rows = connection.execute(chosen).mappings().all()
            if rows:
                connection.execute(
                    _insert(connection, ROUNDS).on_conflict_do_nothing(), [_notice(row, now) for row in rows]
                )
                connection.execute(
                    _insert(connection, SHARES).on_conflict_do_nothing(), [_notice_share(row, now) for row in rows]
                )
                recipients = [{"round": _name(row), "share": 1, "address": row["to"]} for row in rows]
                connection.execute(_insert(connection, DELIVERIES).on_conflict_do_nothing(), recipients)
            return len(rows)

    # One share

    def take(self, share: Share) -> Work | None:
        """Take ``share`` for its holder, whoever had it before; None where nothing is left to do in it."""
        with writing(self._engine) as connection:
            here = (SHARES.c.round == share.round, SHARES.c.number == share.number)
            taken = connection.execute(
                sa.update(SHARES).where(*here, SHARES.c.state == "open").values(holder=share.holder)
            )
            if not taken.rowcount:
                return None
            row = connection.execute(
                sa.select(
                    SHARES.c.platform, ROUNDS.c.action, ROUNDS.c.key, ROUNDS.c.card, ROUNDS.c.state, ROUNDS.c.outbox
                )
                .join(ROUNDS, ROUNDS.c.id == SHARES.c.round)
                .where(*here)
            ).one()
            is_cancelled = row.state == "cancelled"
            if is_cancelled:
                _cancel_waiting(connection, share.round, share.number)
            deliveries = (
                connection.execute(
                    sa.select(DELIVERIES)
                    .where(DELIVERIES.c.round == share.round, DELIVERIES.c.share == share.number)
                    .where(DELIVERIES.c.state.in_(("waiting", "sending")))
                    .order_by(DELIVERIES.c.id)
                )
                .mappings()
                .all()
            )
            return Work(
                share=share,
                platform=row.platform,
                action=Action(row.action),
                key=row.key,
                card=to_card(row.card),
                deliveries=tuple(map(_delivery, deliveries)),
                is_cancelled=is_cancelled,
                is_notice=row.outbox is not None,
            )

    def begin(self, beginnings: Sequence[Beginning], share_holders: Mapping[int, str]) -> dict[int, float]:
        """Mark deliveries as being sent, and return for each how many seconds it has to wait first.

        One that has to wait is not marked, but its turn with its recipient is kept. One that is missing in the answer
        belongs to somebody else by now.
        """
        with writing(self._engine) as connection:
            waits = self._turns(connection, [each for each in beginnings if each.interval is not None])
            ready = [each.id for each in beginnings if waits.get(each.id, 0.0) <= 0]
            held = (
                sa.select(SHARES.c.holder)
                .where(SHARES.c.round == DELIVERIES.c.round, SHARES.c.number == DELIVERIES.c.share)
                .scalar_subquery()
            )
            cancelled = sa.select(ROUNDS.c.id).where(ROUNDS.c.id == DELIVERIES.c.round, ROUNDS.c.state == "cancelled")
            mark = (
                sa.update(DELIVERIES)
                .where(DELIVERIES.c.id.in_(ready), DELIVERIES.c.state.in_(("waiting", "sending")), ~cancelled.exists())
                .where(held.in_(set(share_holders.values())))
                .values(state="sending", at=time.time())
                .returning(DELIVERIES.c.id)
            )
            marked = {row[0]: 0.0 for row in connection.execute(mark)} if ready else {}
        return marked | {id_: wait for id_, wait in waits.items() if wait > 0}

    def _turns(self, connection: Connection, beginnings: Sequence[Beginning]) -> dict[int, float]:
        by_scope: dict[str, list[Beginning]] = {}
        for each in beginnings:
            by_scope.setdefault(each.scope, []).append(each)
        if not by_scope:
            return {}
        now = _now(connection)
        seconds = {
            scope: sum(each.interval.seconds for each in those if each.interval) for scope, those in by_scope.items()
        }
        after = _reserve(connection, seconds)
        waits = {}
        for scope, those in by_scope.items():
            turn = after[scope] - seconds[scope]
            for each in those:
                interval = each.interval
                if interval is not None:
                    waits[each.id] = max(0.0, turn - interval.tolerance - now)
                    turn += interval.seconds
        return waits

    def settle(self, settled: Sequence[Settled]) -> None:
        """Record what became of attempts."""
        update = (
            sa.update(DELIVERIES)
            .where(DELIVERIES.c.id == sa.bindparam("id_"))
            .values(
                state=sa.bindparam("state_"),
                doubtful=sa.bindparam("doubtful_"),
                attempts=sa.bindparam("attempts_"),
                statuses=sa.bindparam("statuses_"),
                message=sa.bindparam("message_"),
                error=sa.bindparam("error_"),
                due=sa.bindparam("due_"),
                at=sa.bindparam("at_"),
            )
        )
        with writing(self._engine) as connection:
            connection.execute(update, [_settled(each) for each in settled])

    def put_back(self, share: Share, now: float) -> bool:
        """End a run of ``share``; say whether everyone in it is dealt with, otherwise it rests until one is due."""
        with writing(self._engine) as connection:
            here = (SHARES.c.round == share.round, SHARES.c.number == share.number, SHARES.c.holder == share.holder)
            left = sa.select(sa.func.count(), sa.func.min(DELIVERIES.c.due)).where(
                DELIVERIES.c.round == share.round,
                DELIVERIES.c.share == share.number,
                DELIVERIES.c.state.in_(("waiting", "sending")),
            )
            count, due = connection.execute(left).one()
            state = {"state": "resting", "due": max(due, now)} if count else {"state": "done", "due": now}
            connection.execute(sa.update(SHARES).where(*here).values(state))
            if not count:
                _end_if_done(connection, share.round, now)
            return not count

    # Limits that several workers share

    def reserve(self, scope: str, seconds: float) -> float:
        """Take ``seconds`` of a limit's time for messages, and return how long until they begin."""
        with writing(self._engine) as connection:
            now = _now(connection)
            return max(0.0, _reserve(connection, {scope: seconds})[scope] - seconds - now)

    def hold_back(self, scope: str, seconds: float) -> None:
        """Let nothing more go within a limit for ``seconds``, in any worker."""
        with writing(self._engine) as connection:
            until = _now(connection) + seconds
            insert = _insert(connection, PACES).values(scope=scope, next=until)
            later = insert.on_conflict_do_update(
                index_elements=[PACES.c.scope], set_={"next": _later(connection, PACES.c.next, until)}
            )
            connection.execute(later)

    # Workers

    def appear(self, worker: str, now: float) -> None:
        """Write down a worker that begins."""
        with writing(self._engine) as connection:
            connection.execute(sa.insert(WORKERS).values(id=worker, began=now, seen=_now(connection)))

    def still_here(self, worker: str) -> bool:
        """Write down that ``worker`` is alive; False where the others have taken it for dead."""
        with writing(self._engine) as connection:
            update = sa.update(WORKERS).where(WORKERS.c.id == worker).values(seen=_now(connection))
            return bool(connection.execute(update).rowcount)

    def leave(self, worker: str) -> None:
        """Strike ``worker`` off."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(WORKERS).where(WORKERS.c.id == worker))

    def silent(self, seconds: float) -> tuple[str, ...]:
        """Return the workers that have not been heard of for ``seconds``."""
        with reading(self._engine) as connection:
            query = sa.select(WORKERS.c.id).where(WORKERS.c.seen < _now(connection) - seconds)
            return tuple(connection.execute(query.order_by(WORKERS.c.id)).scalars())

    def strangers(self, workers: Collection[str]) -> frozenset[str]:
        """Return those of ``workers`` that are not written down, or no longer."""
        with reading(self._engine) as connection:
            known = connection.execute(sa.select(WORKERS.c.id).where(WORKERS.c.id.in_(workers))).scalars()
            return frozenset(workers).difference(known)

    def alive(self, seconds: float) -> int:
        """Return how many workers have been heard of within ``seconds``."""
        with reading(self._engine) as connection:
            query = sa.select(sa.func.count()).where(WORKERS.c.seen >= _now(connection) - seconds)
            return int(connection.execute(query).scalar() or 0)

    def tidy(self, now: float) -> None:
        """Forget limits that hold nothing back any more."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(PACES).where(PACES.c.next < now - 3600))


def _name(row: RowMapping) -> str:
    return f"notice-{row['number']}"


def _notice(row: RowMapping, now: float) -> dict[str, object]:
    return {
        "id": _name(row), "outbox": row["number"], "action": Action.POST.value, "key": row["key"],
        "card": row["card"], "state": "sending", "due": now, "began": now,
    }  # fmt: skip


def _notice_share(row: RowMapping, now: float) -> dict[str, object]:
    return {"round": _name(row), "number": 1, "platform": platform_of(row["to"]), "action": Action.POST.value,
            "state": "resting", "due": now}  # fmt: skip


def _cancel_waiting(connection: Connection, round_: str, number: int) -> None:
    """Call off everyone whose message cannot have arrived; the rest is asked after first."""
    connection.execute(
        sa.update(DELIVERIES)
        .where(DELIVERIES.c.round == round_, DELIVERIES.c.share == number)
        .where(DELIVERIES.c.state == "waiting", DELIVERIES.c.doubtful == 0)
        .values(state="cancelled")
    )


def _end_if_done(connection: Connection, round_: str, now: float) -> None:
    open_ = sa.select(SHARES.c.round).where(SHARES.c.round == round_, SHARES.c.state != "done")
    ended = connection.execute(
        sa.update(ROUNDS)
        .where(ROUNDS.c.id == round_, ROUNDS.c.state == "sending", ~open_.exists())
        .values(state="done", ended=now)
        .returning(ROUNDS.c.outbox, ROUNDS.c.announcement, ROUNDS.c.action)
    ).first()
    if ended is not None and ended.action == Action.POST and ended.announcement:
        _move(connection, ended.announcement, "sending", "sent")
    if ended is not None and ended.outbox is not None:
        _end_notice(connection, round_, ended.outbox)


def _move(connection: Connection, announcement: str, before: str, after: str) -> None:
    here = (_ANNOUNCEMENTS.c.id == announcement, _ANNOUNCEMENTS.c.state == before)
    connection.execute(sa.update(_ANNOUNCEMENTS).where(*here).values(state=after))


def _end_notice(connection: Connection, round_: str, number: int) -> None:
    record = connection.execute(sa.select(DELIVERIES).where(DELIVERIES.c.round == round_)).one()
    arrived = record.state == State.DELIVERED
    connection.execute(
        sa.update(outbox)
        .where(outbox.c.number == number)
        .values(
            attempts=record.attempts,
            failure="" if arrived else record.error or record.state,
            sent_at=datetime.now(UTC) if arrived else None,
        )
    )


def _delivery(row: RowMapping) -> Delivery:
    address = Address(row["address"])
    return Delivery(
        id=row["id"],
        to=address,
        statuses=tuple(json.loads(row["statuses"])),
        is_doubtful=bool(row["doubtful"]) or row["state"] == State.SENDING,
        due=row["due"],
        began=row["at"] or 0.0 if row["state"] == State.SENDING else 0.0,
        target=Receipt(address, row["target"]) if row["target"] else None,
    )


def _settled(each: Settled) -> dict[str, object]:
    return {
        "id_": each.id, "state_": each.state.value, "doubtful_": int(each.is_doubtful),
        "attempts_": len(each.statuses), "statuses_": json.dumps(each.statuses), "message_": each.message,
        "error_": each.error, "due_": each.due, "at_": each.at,
    }  # fmt: skip


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _now(connection: Connection) -> float:
    """Return the time that all workers share: the server's, or this machine's for a file."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.execute(sa.select(sa.func.extract("epoch", sa.func.clock_timestamp()))).scalar() or 0)


def _later(connection: Connection, column: Column[float], moment: float) -> sa.ColumnElement[float]:
    latest = sa.func.max if connection.dialect.name == "sqlite" else sa.func.greatest
    return latest(column, moment)


def _reserve(connection: Connection, seconds: Mapping[str, float]) -> dict[str, float]:
    """Move each scope's next moment on by what is taken, and return where it stands then."""
    now = _now(connection)
    # In one order everywhere, so that two workers never wait for each other's rows.
    rows = [{"scope": scope, "next": now + taken} for scope, taken in sorted(seconds.items())]
    insert = _insert(connection, PACES).values(rows)
    taken = insert.excluded.next - now
    move = insert.on_conflict_do_update(
        index_elements=[PACES.c.scope], set_={"next": _later(connection, PACES.c.next, now) + taken}
    ).returning(PACES.c.scope, PACES.c.next)
    return {row.scope: row.next for row in connection.execute(move)}
