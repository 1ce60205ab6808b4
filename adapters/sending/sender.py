"""Sends one share: everyone in it who has not had the message, each recorded before and after."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar

from tenacity import RetryCallState, wait_random_exponential

from adapters.sending.limits import FIND, UNLIMITED, Limits
from adapters.sending.pacing import Turns
from adapters.sending.recording import Records
from adapters.sql.sending import Beginning, SendingStore
from bot.delivering import Address, DeliveryError, OutcomeUnknown, Outgoing, Receipt, Throttled
from bot.ports import Messenger
from bot.sending import Action, Delivery, Patience, Settled, Share, State, Work, after, called_off, delivered, unsure

#: Messages on their way at once, for each platform and action.
_AT_ONCE: Final = 48
#: How long a share is kept for those in it that have to wait; after that it is put back until they are due.
_LINGER: Final = 2.0
#: Recipients refused in a row, from which on the limit is not about each of them.
_IN_A_ROW: Final = 5
_log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")
_random = wait_random_exponential(multiplier=1.0, max=60.0)


def backoff(count: int) -> float:
    """Return how long to wait after ``count`` faults: a random part of a span that doubles."""
    state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]  # only the count is read
    state.attempt_number = count
    return _random(state)


class Fenced(RuntimeError):  # noqa: N818 named by what happened
    """This worker has been silent for so long that others may have taken over its work."""


class Sender:
    """Sends shares over the messengers of the platforms; ``may_send`` turns false when the worker is cut off."""

    def __init__(
        self,
        store: SendingStore,
        messengers: Mapping[str, Messenger],
        *,
        limits: Mapping[str, Limits],
        may_send: Callable[[], bool] = lambda: True,
        patience: Patience | None = None,
    ) -> None:
        self._store = store
        self._messengers = messengers
        self._limits = limits
        self._may_send = may_send
        self._patience = patience or Patience(backoff)
        self._records = Records(store)
        self._turns: dict[str, Turns] = {}
        self._lines: dict[tuple[str, Action], asyncio.Lock] = {}
        self._places: dict[tuple[str, Action], asyncio.Semaphore] = {}
        self._refused: dict[tuple[str, Action], set[Address]] = {}
        self.is_stopping = False

    async def send(self, share: Share) -> bool:
        """Send to everyone in ``share``; say whether all of them are dealt with.

        Raises:
            StoreError: the store failed; calling again goes on where this call ended.
            Fenced: the worker is cut off.

        """
        work = await asyncio.to_thread(self._store.take, share)
        if work is None:
            return True
        messenger = self._messengers.get(work.platform)
        if messenger is None:
            await self._refuse(work, "delivery-no-platform")
        else:
            await _Run(self, work, messenger).finish()
        return await asyncio.to_thread(self._store.put_back, share, time.time())

    async def _refuse(self, work: Work, code: str) -> None:
        now = time.time()
        for each in work.deliveries:
            await self._records.settle(Settled(each.id, State.FAILED, each.statuses, error=code, at=now))

    def concerns_all(self, work: Work, delivery: Delivery, error: Throttled) -> bool:
        """Say whether a platform that wants fewer messages means all of them.

        Not every platform says what a limit is about. Where several recipients in a row are refused, each for itself,
        it is the app or the workspace.
        """
        if not _concerns_one(error.scope, delivery):
            return True
        refused = self._refused.setdefault((work.platform, work.action), set())
        refused.add(delivery.to)
        if len(refused) < _IN_A_ROW:
            return False
        refused.clear()
        return True

    def went_through(self, work: Work) -> None:
        """Remember that the platform takes messages."""
        if refused := self._refused.get((work.platform, work.action)):
            refused.clear()

    # What a run needs

    @property
    def records(self) -> Records:
        """Where beginnings and ends are written."""
        return self._records

    @property
    def patience(self) -> Patience:
        """How long to wait after faults."""
        return self._patience

    def check(self) -> None:
        """Let a message go only while this worker is known to be alive."""
        if not self._may_send():
            raise Fenced("this worker was silent for too long; it stops, and begins anew")

    def limits(self, platform: str) -> Limits:
        """Return what ``platform`` allows."""
        return self._limits.get(platform, UNLIMITED)

    def places(self, platform: str, action: Action) -> asyncio.Semaphore:
        """Return what bounds the messages on their way."""
        return self._places.setdefault((platform, action), asyncio.Semaphore(_AT_ONCE))

    def line(self, platform: str, action: Action) -> asyncio.Lock:
        """Return what lets one share after the other begin its messages."""
        return self._lines.setdefault((platform, action), asyncio.Lock())

    def turns(self, platform: str, kind: str) -> Turns | None:
        """Return the turns for ``kind`` of call on ``platform``, None where it has no limit."""
        whole = self.limits(platform).whole.get(kind)
        if whole is None:
            return None
        if whole.scope not in self._turns:
            self._turns[whole.scope] = Turns(whole, self._store)
        return self._turns[whole.scope]


class _Run:
    """One run of a share: the deliveries by when they are due, and those on their way."""

    def __init__(self, sender: Sender, work: Work, messenger: Messenger) -> None:
        self._sender = sender
        self._work = work
        self._messenger = messenger
        self._due: list[tuple[float, int, Delivery]] = [(each.due, each.id, each) for each in work.deliveries]
        heapq.heapify(self._due)
        self._under_way: set[asyncio.Task[None]] = set()
        self._fault: BaseException | None = None
        self._changed = asyncio.Event()

    async def finish(self) -> None:
        """Send until nobody is left who is due soon."""
        places = self._sender.places(self._work.platform, self._work.action)
        while self._fault is None and not self._sender.is_stopping:
            wait = self._due[0][0] - time.time() if self._due else None
            if wait is None or wait > _LINGER:
                if not self._under_way:
                    break
                await self._something(None)
            elif wait > 0:
                await self._something(wait)
            else:
                await self._send_due(places)
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._fault is not None:
            raise self._fault

    async def _send_due(self, places: asyncio.Semaphore) -> None:
        """Begin with everyone who is due, when no other share on the platform is at it.

        One share after the other, so that they end one after the other and there is always another one at hand. A
        notice waits for nobody.
        """
        line = self._sender.line(self._work.platform, self._work.action)
        async with contextlib.nullcontext() if self._work.is_notice else line:
            while self._fault is None and not self._sender.is_stopping and self._due and self._due[0][0] <= time.time():
                await places.acquire()
                delivery = heapq.heappop(self._due)[2]
                task = asyncio.create_task(self._deliver(delivery))
                self._under_way.add(task)
                task.add_done_callback(lambda done: self._ended(done, places))

    async def _something(self, seconds: float | None) -> None:
        """Wait until a delivery has ended, ``seconds`` at most."""
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return

    def _ended(self, task: asyncio.Task[None], places: asyncio.Semaphore) -> None:
        places.release()
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._fault = task.exception()
        self._changed.set()

    async def _deliver(self, delivery: Delivery) -> None:
        settled = await self._settled(delivery)
        if settled is None:
            return
        await self._sender.records.settle(settled)
        if settled.state is State.WAITING:
            again = Delivery(
                delivery.id, delivery.to, settled.statuses, settled.is_doubtful, settled.due, 0.0, delivery.target
            )
            heapq.heappush(self._due, (again.due, again.id, again))

    async def _settled(self, delivery: Delivery) -> Settled | None:
        known = await self._ask(delivery) if delivery.is_doubtful and self._work.action.is_posting else None
        if known is not None or self._work.is_cancelled:
            return known or called_off(delivery, time.time())
        turns = self._sender.turns(self._work.platform, self._work.action)
        if turns is not None:
            await turns.take(is_urgent=self._work.is_notice)
        if not await self._begin(delivery):
            return None
        self._sender.check()
        try:
            receipt = await self._guarded(self._act(delivery), OutcomeUnknown)
        except DeliveryError as error:
            return await self._after(delivery, error)
        self._sender.went_through(self._work)
        return delivered(delivery, receipt.message, time.time())

    async def _guarded(self, call: Awaitable[_Answer], fault: type[DeliveryError]) -> _Answer:
        """Return what the adapter says; one recipient that breaks it must not hold up all the others.

        Raises:
            DeliveryError: as the adapter raises it, or ``fault`` where it raises anything else.

        """
        try:
            return await call
        except DeliveryError:
            raise
        except Exception as error:
            _log.error("delivery_broke round=%s error=%s", self._work.share.round, type(error).__name__)
            raise fault("the adapter broke", code="delivery-unknown") from error

    async def _begin(self, delivery: Delivery) -> bool:
        interval = self._sender.limits(self._work.platform).each.get(self._work.action)
        holder = self._work.share.holder
        wait = await self._sender.records.begin(Beginning(delivery.id, delivery.to, interval), holder)
        while wait:
            await asyncio.sleep(wait)
            wait = await self._sender.records.begin(Beginning(delivery.id), holder)
        return wait is not None

    async def _act(self, delivery: Delivery) -> Receipt:
        message = Outgoing(self._work.key, self._work.card)
        if self._work.action.is_posting:
            return await self._messenger.post(delivery.to, message)
        target = delivery.target
        if target is None:
            raise DeliveryError("there is no message to change", code="delivery-no-message")
        if self._work.action is Action.UPDATE:
            await self._messenger.update(target, message)
        else:
            await self._messenger.delete(target)
        return target

    async def _after(self, delivery: Delivery, error: DeliveryError) -> Settled:
        """Return what becomes of ``delivery``, and slow down what the platform wants slower."""
        if isinstance(error, Throttled) and self._sender.concerns_all(self._work, delivery, error):
            turns = self._sender.turns(self._work.platform, self._work.action)
            if turns is not None:
                await turns.hold_back(error.retry_after)
        _log.info("delivery_failed round=%s code=%s status=%d", self._work.share.round, error.code, error.status)
        now = time.time()
        return after(delivery, error, now=now, patience=self._sender.patience)

    async def _ask(self, delivery: Delivery) -> Settled | None:
        """Return the record of a message that is there already or that nobody can know about; None to send it."""
        rest = delivery.began + self._sender.patience.longest_call - time.time()
        if rest > 0:
            # The worker that began it may be alive and cut off, and its request on the way to the platform.
            await asyncio.sleep(rest)
        turns = self._sender.turns(self._work.platform, FIND)
        if turns is not None:
            await turns.take()
        try:
            receipt = await self._guarded(self._messenger.find(delivery.to, self._work.key), DeliveryError)
        except OutcomeUnknown:
            # A platform that cannot tell has refused plainly where it answered at all.
            was_refused = bool(delivery.statuses) and delivery.statuses[-1] > 0 and not delivery.began
            return None if was_refused else unsure(delivery, time.time())
        except DeliveryError as error:
            settled = await self._after(delivery, error)
            return settled if settled.state is State.WAITING else unsure(delivery, time.time())
        return delivered(delivery, receipt.message, time.time()) if receipt else None


def _concerns_one(scope: str, delivery: Delivery) -> bool:
    """Say whether a limit is about this recipient alone: named by its address, with or without the platform."""
    return scope in {delivery.to, delivery.to.partition(":")[2]}
