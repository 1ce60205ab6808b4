"""Notices on real databases: sent once, tried again, and given up with a reason."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from adapters.sending.sender import Sender
from adapters.sql.outbox import SqlOutbox
from adapters.sql.schema import outbox
from adapters.sql.sending import SendingStore
from bot.delivering import Address, DeliveryError, Outgoing, Receipt, RecipientGone, TemporaryFault, Throttled
from bot.interaction import Card
from bot.sending import MOST_FAULTS, Patience, Share

NOTE = Outgoing("k1", Card("Hej", "Hej"))
TO = Address("slack:U1")


class Messenger:
    """Fails as it is told to, then posts; a platform whose answers are chosen."""

    def __init__(self, *faults: DeliveryError, arrives: bool = False) -> None:
        self.faults = list(faults)
        self.arrives = arrives
        self.posted: list[str] = []

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or self.arrives:
            self.posted.append(message.key)
        if fault is not None:
            raise fault
        return Receipt(to, "1")

    async def update(self, receipt: Receipt, message: Outgoing) -> None: ...

    async def delete(self, receipt: Receipt) -> None: ...

    async def find(self, to: Address, key: str) -> Receipt | None:
        return Receipt(to, "1") if key in self.posted else None


def put(engine: Engine, outgoing: Outgoing = NOTE) -> None:
    SqlOutbox(engine, lambda: datetime.now(UTC)).put(TO, outgoing)


def send(engine: Engine, messenger: Messenger) -> None:
    """Send what waits, as the worker does with each share that the engine hands it."""
    store = SendingStore(engine)
    store.adopt_outbox(time.time())
    for due in store.hand_out(time.time()):
        patience = Patience(lambda _: 0.0, settling=0.0, longest_call=0.0)
        sender = Sender(store, {"slack": messenger}, limits={}, patience=patience)
        asyncio.run(sender.send(Share(due.round, due.number, f"test:{due.run}")))


def kept(engine: Engine) -> tuple[bool, str, int]:
    with engine.connect() as connection:
        row = connection.execute(select(outbox)).one()
    return row.sent_at is not None, row.failure, row.attempts


def test_a_notice_is_sent_once(engine: Engine) -> None:
    messenger = Messenger()
    put(engine)
    put(engine)

    send(engine, messenger)
    send(engine, messenger)

    assert messenger.posted == ["k1"]
    assert kept(engine) == (True, "", 1)


@pytest.mark.parametrize(
    "fault", [TemporaryFault("down"), Throttled("slow", retry_after=0.0, scope="app")], ids=["fault", "slow down"]
)
def test_a_fault_that_passes_is_tried_again(engine: Engine, fault: DeliveryError) -> None:
    messenger = Messenger(fault)
    put(engine)

    send(engine, messenger)

    assert messenger.posted == ["k1"]
    assert kept(engine) == (True, "", 2)


def test_a_message_that_arrived_although_its_answer_failed_is_not_sent_again(engine: Engine) -> None:
    messenger = Messenger(TemporaryFault("the answer was lost", status=500), arrives=True)
    put(engine)

    send(engine, messenger)

    assert messenger.posted == ["k1"]
    assert kept(engine)[0]


def test_a_recipient_that_is_gone_is_not_tried_again(engine: Engine) -> None:
    messenger = Messenger(RecipientGone("left", code="delivery-gone"))
    put(engine)

    send(engine, messenger)
    send(engine, messenger)

    assert messenger.posted == []
    assert kept(engine) == (False, "delivery-gone", 1)


def test_a_platform_that_never_works_is_given_up(engine: Engine) -> None:
    messenger = Messenger(*(TemporaryFault("down") for _ in range(50)))
    put(engine)

    send(engine, messenger)

    assert kept(engine) == (False, "delivery-temporary", MOST_FAULTS)


def test_what_goes_to_a_platform_that_is_not_set_up_says_so(engine: Engine) -> None:
    SqlOutbox(engine, lambda: datetime.now(UTC)).put(Address("teams:19:abc"), NOTE)

    send(engine, Messenger())

    assert kept(engine)[1] == "delivery-no-platform"
