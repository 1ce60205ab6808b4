"""Rounds and workers for the tests of sending."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy import Engine

from adapters.sql.engine import reading, writing
from adapters.sql.sending import DELIVERIES, ROUNDS, SendingStore
from bot.delivering import Address
from bot.interaction import Card
from bot.sending import Action

CARD = Card(title="New rules", text="New rules for AI from Monday.")


def begin_round(engine: Engine, addresses: Sequence[str], *, id_: str = "r1", action: Action = Action.POST) -> None:
    """Write down a round as the worker does once it has found the audience."""
    store, now = SendingStore(engine), time.time()
    plan_round(engine, id_=id_, action=action, due=now + 3600)
    store.spread(id_, [(Address(address), "") for address in addresses], action=action, now=now)
    store.end_spreading(id_, now)


def plan_round(engine: Engine, *, id_: str, due: float, action: Action = Action.POST) -> None:
    """Write down a round whose audience the worker is to find when it is due."""
    with writing(engine) as connection:
        connection.execute(
            sa.insert(ROUNDS).values(
                id=id_, action=action.value, key=id_, card=asdict(CARD), state="due", due=due, began=time.time()
            )
        )


def state_of(engine: Engine, round_: str = "r1") -> str:
    with reading(engine) as connection:
        return str(connection.execute(sa.select(ROUNDS.c.state).where(ROUNDS.c.id == round_)).scalar())


def counts(engine: Engine, round_: str = "r1") -> dict[str, int]:
    """Return how many deliveries stand in each state."""
    query = sa.select(DELIVERIES.c.state, sa.func.count()).where(DELIVERIES.c.round == round_)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(query.group_by(DELIVERIES.c.state))}
