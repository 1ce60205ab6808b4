"""One share on real databases: what each way that a platform fails comes to, for that recipient and for the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from adapters.sending.limits import Limits, Whole
from adapters.sending.sender import Sender
from adapters.sql.engine import reading, writing
from adapters.sql.sending import DELIVERIES, PACES, ROUNDS, SendingStore
from bot.delivering import (
    Address,
    DeliveryError,
    OutcomeUnknown,
    Outgoing,
    Receipt,
    TemporaryFault,
    Throttled,
)
from bot.sending import MOST_FAULTS, Action, Patience, Share
from tests.sending.rounds import begin_round, counts

SLOW = 500.0


class Platform:
    """Raises what it is told to for each recipient, in order, and keeps what was posted and changed."""

    def __init__(self, *, can_find: bool = True) -> None:
        self.faults: dict[str, list[Exception]] = {}
        self.posted: list[str] = []
        self.changed: list[str] = []
        self.can_find = can_find

    def _fail(self, to: str) -> None:
        if faults := self.faults.get(to):
            raise faults.pop(0)

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        self._fail(to)
        self.posted.append(to)
        return Receipt(to, "1")

    async def update(self, receipt: Receipt, message: Outgoing) -> None:
        self._fail(receipt.to)
        self.changed.append(receipt.to)

    async def delete(self, receipt: Receipt) -> None: ...

    async def find(self, to: Address, key: str) -> Receipt | None:
        if not self.can_find:
            raise OutcomeUnknown("it never tells")
        return Receipt(to, "1") if to in self.posted else None


def send(engine: Engine, platform: Platform, limits: Limits | None = None) -> None:
    """Send whatever is due, as workers do, until nothing is."""
    store = SendingStore(engine)
    patience = Patience(lambda _: 0.0, settling=0.0, longest_call=0.0)
    sender = Sender(store, {"slack": platform}, limits={"slack": limits} if limits else {}, patience=patience)
    for due in store.hand_out(time.time()):
        asyncio.run(sender.send(Share(due.round, due.number, f"test:{due.run}")))


def addresses(count: int) -> Sequence[str]:
    return [f"slack:C{number}" for number in range(count)]


def test_a_recipient_that_breaks_the_adapter_holds_up_nobody(engine: Engine) -> None:
    platform = Platform()
    platform.faults["slack:C1"] = [ValueError("drawing") for _ in range(50)]
    begin_round(engine, addresses(3))

    send(engine, platform)

    assert counts(engine) == {"delivered": 2, "unsure": 1}


def test_where_the_platform_cannot_be_reached_it_is_tried_again_although_it_cannot_be_asked(engine: Engine) -> None:
    platform = Platform(can_find=False)
    platform.faults["slack:C0"] = [TemporaryFault("no way out"), TemporaryFault("no way out")]
    begin_round(engine, addresses(1))

    send(engine, platform)

    assert counts(engine) == {"delivered": 1}


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (lambda: OutcomeUnknown("broke off"), "unsure"),
        (lambda: TemporaryFault("down", status=503), "delivered"),
        (lambda: Throttled("slow", retry_after=0.0, scope="slack:C0"), "delivered"),
    ],
)
def test_where_the_platform_cannot_be_asked_only_an_answer_lets_it_go_again(
    engine: Engine, fault: Callable[[], DeliveryError], state: str
) -> None:
    platform = Platform(can_find=False)
    platform.faults["slack:C0"] = [fault()]
    begin_round(engine, addresses(1))

    send(engine, platform)

    assert counts(engine) == {state: 1}


def test_a_platform_that_never_answers_is_given_up_as_unsure(engine: Engine) -> None:
    platform = Platform()
    platform.faults["slack:C0"] = [OutcomeUnknown("broke off") for _ in range(MOST_FAULTS)]
    begin_round(engine, addresses(1))

    send(engine, platform)

    assert counts(engine) == {"unsure": 1}


@pytest.mark.parametrize(("refused", "is_held"), [(4, False), (5, True)])
def test_several_refused_in_a_row_slow_everybody_and_a_few_only_themselves(
    engine: Engine, refused: int, *, is_held: bool
) -> None:
    platform = Platform()
    for number in range(refused):
        to = f"slack:C{number}"
        platform.faults[to] = [Throttled("slow", retry_after=SLOW, scope=to)]
    begin_round(engine, addresses(refused))
    limits = Limits(whole={"post": Whole("slack post", 1000.0)})

    send(engine, platform, limits)

    with reading(engine) as connection:
        held = connection.execute(sa.select(PACES.c.next).where(PACES.c.scope == "slack post")).scalar()
    assert (held > time.time() + SLOW / 2) is is_held


def test_a_change_that_was_called_off_is_not_tried_for_ever(engine: Engine) -> None:
    platform = Platform()
    platform.faults["slack:C0"] = [TemporaryFault("down", status=500)]
    store = SendingStore(engine)
    begin_round(engine, (), action=Action.UPDATE)
    store.spread("r1", [(Address("slack:C0"), "1")], action=Action.UPDATE, now=time.time())
    with writing(engine) as connection:
        connection.execute(sa.update(DELIVERIES).values(doubtful=1))
        connection.execute(sa.update(ROUNDS).values(state="cancelled"))

    send(engine, platform)

    assert counts(engine) == {"cancelled": 1}
    assert platform.changed == []
