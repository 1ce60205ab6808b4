"""Keeps the sending going: begins what is due, hands on shares, says that it is alive and takes over from the dead."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Engine as DatabaseEngine

from adapters.sending.engine import Engine
from adapters.sending.limits import PLATFORM_LIMITS, Limits
from adapters.sending.sender import Fenced, Sender, backoff
from adapters.sql.sending import SendingStore
from bot.errors import StoreError
from bot.ports import Messenger
from bot.sending import Patience, Share

_log = logging.getLogger(__name__)
_SECONDS_BETWEEN_ATTEMPTS: Final = 300


@dataclass(frozen=True, slots=True)
class Pulse:
    """How often a worker shows that it is alive, and after which silence the others take over, in seconds.

    A worker that could not show it for half of that silence sends nothing more, so by the time that others take over
    its last message has long arrived or failed.
    """

    beat: float = 2.0
    silence: float = 24.0
    look: float = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """What differs between a real worker and one in a test."""

    limits: Mapping[str, Limits] = field(default_factory=lambda: PLATFORM_LIMITS)
    patience: Patience = field(default_factory=lambda: Patience(backoff))
    pulse: Pulse = field(default_factory=Pulse)


class Worker:
    """One process's share of the sending."""

    def __init__(
        self,
        database: DatabaseEngine,
        messengers: Mapping[str, Messenger],
        spread: Callable[[str], Awaitable[None]],
        remind: Callable[[], object] = lambda: None,
        options: Options | None = None,
    ) -> None:
        self._options = options or Options()
        self._database = database
        self._store = SendingStore(database)
        self._messengers = messengers
        self._spread = spread
        self._remind = remind
        self._tasks: list[asyncio.Task[None]] = []
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.id = f"{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._seen = time.monotonic()
        self._runs = 0
        self._engine = Engine(self._database.url, self.id)
        self._sender = Sender(
            self._store,
            self._messengers,
            limits=self._options.limits,
            may_send=self._is_trusted,
            patience=self._options.patience,
        )

    async def start(self) -> None:
        """Begin to send."""
        await self._appear()
        self._tasks = [asyncio.create_task(self._beat()), asyncio.create_task(self._look())]

    async def stop(self) -> None:
        """Let what is on its way arrive, and give back the rest."""
        self._sender.is_stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._engine.stop()
        with contextlib.suppress(StoreError):
            await asyncio.to_thread(self._store.leave, self.id)

    def fault(self) -> str:
        """Say what is wrong with this worker, or return ""."""
        return "" if self._is_trusted() else "the worker cannot reach the store; nothing is sent until it can"

    def _is_trusted(self) -> bool:
        return time.monotonic() - self._seen < self._options.pulse.silence / 2

    async def _appear(self) -> None:
        await asyncio.to_thread(self._store.appear, self.id, time.time())
        self._seen = time.monotonic()
        await self._engine.start(self._messengers, send=self._send, spread=self._spread)

    async def _send(self, round_: str, number: int) -> None:
        self._runs += 1
        share = Share(round_, number, f"{self.id}:{self._runs}")
        try:
            await self._sender.send(share)
        except Fenced as error:
            _log.warning("worker_fenced worker=%s: %s", self.id, error)

    async def _beat(self) -> None:
        pulse = self._options.pulse
        while True:
            await asyncio.sleep(pulse.beat)
            sent = time.monotonic()
            try:
                if await asyncio.to_thread(self._store.still_here, self.id):
                    self._seen = sent
                    await self._take_over()
                else:
                    await self._return_to_life()
            except StoreError as error:
                _log.warning("worker_cannot_report worker=%s: %s", self.id, error)

    async def _take_over(self) -> None:
        # Asked for first: a worker is known before it holds anything, and holds nothing when it leaves. One that was
        # taken for dead may have taken a share since, and then really died.
        holders = await self._engine.holders()
        strangers = await asyncio.to_thread(self._store.strangers, holders)
        dead = {*await asyncio.to_thread(self._store.silent, self._options.pulse.silence), *strangers}
        if not dead:
            return
        _log.warning("workers_dead workers=%s taken_over_by=%s", ",".join(sorted(dead)), self.id)
        await self._engine.recover(sorted(dead))
        for worker in dead:
            await asyncio.to_thread(self._store.leave, worker)

    async def _return_to_life(self) -> None:
        """Begin under a new name after the others took this worker for dead, because its shares are theirs now."""
        _log.warning("worker_was_taken_for_dead worker=%s", self.id)
        self._seen = 0.0
        await self._engine.stop()
        self._begin_anew()
        await self._appear()

    async def _look(self) -> None:
        looks = 0
        while True:
            try:
                wait = await self._hand_on()
                if looks % 20 == 0:
                    await self._find_lost()
                if looks % 600 == 0:
                    await asyncio.to_thread(self._store.tidy, time.time())
                    await asyncio.to_thread(self._remind)
            except StoreError as error:
                _log.warning("worker_cannot_look worker=%s: %s", self.id, error)
                wait = self._options.pulse.look
            looks += 1
            await asyncio.sleep(wait)

    async def _hand_on(self) -> float:
        """Hand on everything that is due, and return how long until the next look."""
        now = time.time()
        await asyncio.to_thread(self._store.adopt_outbox, now)
        for due in await asyncio.to_thread(self._store.due_rounds, now):
            await self._engine.spread(due.id, int((now - due.due) // _SECONDS_BETWEEN_ATTEMPTS))
        while shares := await asyncio.to_thread(self._store.hand_out, time.time()):
            await self._engine.hand_on(shares)
        next_ = await asyncio.to_thread(self._store.next_due)
        look = self._options.pulse.look
        return look if next_ is None or next_ <= now else max(0.0, min(look, next_ - time.time()))

    async def _find_lost(self) -> None:
        """Hand on again what a worker marked and did not live to hand on, or what the engine gave up."""
        opened = await asyncio.to_thread(self._store.open_shares, time.time() - 10)
        for share in await self._engine.lost(opened):
            _log.warning("share_lost round=%s number=%d", share.round, share.number)
            await asyncio.to_thread(self._store.rest, share, time.time())
