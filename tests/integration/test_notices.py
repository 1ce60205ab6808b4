"""Notices on real databases: sent once, tried again, and given up with a reason."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from adapters.noticing import NoticePart
from adapters.sql.notices import SqlNotices
from adapters.sql.outbox import SqlOutbox
from adapters.sql.schema import outbox
from bot.delivering import Address, DeliveryError, Outgoing, Receipt, RecipientGone, TemporaryFault, Throttled
from bot.interaction import Card

NOTE = Outgoing("k1", Card("Hej", "Hej"))
TO = Address("slack:U1")


class Messenger:
    """Fails as it is told to, then posts; a platform whose answers are chosen."""

    def __init__(self, *faults: DeliveryError) -> None:
        self.faults = list(faults)
        self.posted: list[str] = []

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        if self.faults:
            raise self.faults.pop(0)
        self.posted.append(message.key)
        return Receipt(to, "1")

    async def update(self, receipt: Receipt, message: Outgoing) -> None: ...

    async def delete(self, receipt: Receipt) -> None: ...

    async def find(self, to: Address, key: str) -> Receipt | None:
        return Receipt(to, "1") if key in self.posted else None


class Clock:
    now = datetime(2026, 11, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def send(engine: Engine, messenger: Messenger, clock: Clock, times: int = 1) -> None:
    part = NoticePart(SqlNotices(engine), {"slack": messenger}, clock, lambda: None)
    for _ in range(times):
        asyncio.run(part.send_waiting())
        clock.now += timedelta(minutes=15)


def test_a_notice_is_sent_once(engine: Engine) -> None:
    clock, messenger = Clock(), Messenger()
    box = SqlOutbox(engine, clock)
    box.put(TO, NOTE)
    box.put(TO, NOTE)

    send(engine, messenger, clock, 3)

    assert messenger.posted == ["k1"]


@pytest.mark.parametrize(
    "fault", [TemporaryFault("500"), Throttled("429", retry_after=5, scope="c"), DeliveryError("odd")], ids=str
)
def test_what_may_pass_is_tried_again(engine: Engine, fault: DeliveryError) -> None:
    clock, messenger = Clock(), Messenger(fault)
    SqlOutbox(engine, clock).put(TO, NOTE)

    send(engine, messenger, clock, 2)

    assert messenger.posted == ["k1"]


def test_a_recipient_who_is_gone_is_given_up_with_the_reason(engine: Engine) -> None:
    clock, messenger = Clock(), Messenger(RecipientGone("gone", code="slack-is-archived"))
    SqlOutbox(engine, clock).put(TO, NOTE)

    send(engine, messenger, clock, 3)

    with engine.connect() as connection:
        assert connection.execute(select(outbox.c.failure)).scalars().all() == ["slack-is-archived"]
    assert messenger.posted == []


def test_two_processes_do_not_take_the_same(engine: Engine) -> None:
    clock = Clock()
    SqlOutbox(engine, clock).put(TO, NOTE)
    taken = [SqlNotices(engine).take(clock.now, most=5, lease=timedelta(minutes=1)) for _ in range(2)]

    assert [len(found) for found in taken] == [1, 0]


def test_what_a_killed_process_had_taken_is_found_or_sent_by_the_next(engine: Engine) -> None:
    clock, messenger = Clock(), Messenger()
    SqlOutbox(engine, clock).put(TO, NOTE)
    SqlNotices(engine).take(clock.now, most=5, lease=timedelta(minutes=1))
    messenger.posted.append("k1")
    clock.now += timedelta(minutes=2)

    send(engine, messenger, clock)

    assert messenger.posted == ["k1"]
