"""What becomes of one message to one recipient: its states, and what follows from each way that an attempt can end.

Pure: the time, the dice and what the platform said are handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.delivering import (
    Address,
    DeliveryError,
    OutcomeUnknown,
    Receipt,
    RecipientGone,
    TemporaryFault,
    Throttled,
)
from bot.interaction import Card

#: How often a platform's own faults are tried again; being asked to slow down does not count.
MOST_FAULTS = 6
#: A platform that asks for more patience than this in one piece is taken to be down.
LONGEST_WAIT = 3600.0
#: How often one message may be asked to slow down before it is given up.
MOST_THROTTLES = 200
_TOO_MANY = 429


class Action(StrEnum):
    """What is done at the recipient's."""

    POST = "post"
    REMIND = "remind"
    UPDATE = "update"
    DELETE = "delete"

    @property
    def is_posting(self) -> bool:
        """Whether a new message comes of it, which must never come twice."""
        return self in {Action.POST, Action.REMIND}


class State(StrEnum):
    """Where one delivery stands; the last four are for good."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNSURE = "unsure"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient of one piece of work.

    ``is_doubtful`` says that an earlier attempt may have arrived; ``statuses`` are what the platform answered so far,
    0 for nothing. ``target`` is the message that is changed or taken away.
    """

    id: int
    to: Address
    statuses: tuple[int, ...] = ()
    is_doubtful: bool = False
    due: float = 0.0
    began: float = 0.0
    target: Receipt | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a round that one worker sends: its number, and the run of it that holds it now."""

    round: str
    number: int
    holder: str


@dataclass(frozen=True, slots=True)
class Work:
    """What a share holds: the action, the message under its key, and everyone who has not had it yet.

    Of a round that ``is_cancelled`` only those are left whose message may have arrived.
    """

    share: Share
    platform: str
    action: Action
    key: str
    card: Card
    deliveries: tuple[Delivery, ...]
    is_cancelled: bool = False
    is_notice: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """What is recorded of one attempt; ``due`` is when a waiting delivery may be tried again."""

    id: int
    state: State
    statuses: tuple[int, ...]
    message: str = ""
    error: str = ""
    is_doubtful: bool = False
    due: float = 0.0
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait: ``backoff`` turns the number of faults so far into seconds, with jitter.

    ``settling`` is how long a platform may still be busy with a message whose answer never came. ``longest_call`` is
    how long another worker may have waited for the platform's answer, which no adapter's own limit may exceed.
    """

    backoff: Callable[[int], float]
    settling: float = 10.0
    longest_call: float = 30.0


def delivered(delivery: Delivery, message: str, now: float, *, status: int = 200) -> Settled:
    """Return the record of a message that arrived."""
    statuses = (*delivery.statuses, status)
    return Settled(delivery.id, State.DELIVERED, statuses, message=message, at=now)


def unsure(delivery: Delivery, now: float) -> Settled:
    """Return the record of a message that may have arrived, where the platform cannot tell."""
    return Settled(delivery.id, State.UNSURE, delivery.statuses, error="delivery-unsure", at=now)


def called_off(delivery: Delivery, now: float) -> Settled:
    """Return the record of a message that never arrived and is not wanted any more."""
    return Settled(delivery.id, State.CANCELLED, delivery.statuses, at=now)


def after(delivery: Delivery, error: DeliveryError, *, now: float, patience: Patience) -> Settled:
    """Return what becomes of ``delivery`` after an attempt that ended in ``error``."""
    statuses = (*delivery.statuses, error.status)
    doubtful = delivery.is_doubtful or _may_have_arrived(error)

    def wait(seconds: float) -> Settled:
        due = now + min(seconds, LONGEST_WAIT)
        return Settled(delivery.id, State.WAITING, statuses, error=error.code, is_doubtful=doubtful, due=due, at=now)

    def give_up(code: str) -> Settled:
        return Settled(delivery.id, State.FAILED, statuses, error=code, is_doubtful=doubtful, at=now)

    if isinstance(error, RecipientGone):
        return give_up(error.code)
    if isinstance(error, Throttled):
        is_hopeless = statuses.count(_TOO_MANY) >= MOST_THROTTLES
        return give_up("delivery-given-up") if is_hopeless else wait(error.retry_after + patience.backoff(1) / 10)
    if isinstance(error, OutcomeUnknown):
        return replace(unsure(delivery, now), statuses=statuses) if is_over(statuses) else wait(patience.settling)
    if isinstance(error, TemporaryFault):
        return give_up("delivery-temporary") if is_over(statuses) else wait(patience.backoff(faults(statuses)))
    return give_up(error.code)


def _may_have_arrived(error: DeliveryError) -> bool:
    """Say whether the message may be there in spite of ``error``; one that never left is not."""
    if isinstance(error, TemporaryFault):
        return error.status > 0
    return isinstance(error, OutcomeUnknown | Throttled)


def is_over(statuses: Sequence[int]) -> bool:
    """Say whether the platform has failed so often that it is not tried again by itself."""
    return faults(statuses) >= MOST_FAULTS


def faults(statuses: Sequence[int]) -> int:
    """Return how many attempts ended in a fault of the platform's."""
    return sum(1 for status in statuses if status != _TOO_MANY)


def platform_of(address: str) -> str:
    """Return the platform that ``address`` is on."""
    return address.partition(":")[0]
