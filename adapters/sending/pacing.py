"""Hands out turns within a limit that all workers share.

A worker takes turns from the store for as many messages as wait right now, a quarter of a second's worth at most, and
hands them out one by one in an even rhythm; see docs/decisions/0051-sending-limits.md.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Final

from adapters.sending.limits import Whole
from adapters.sql.sending import SendingStore

_SECONDS_AHEAD: Final = 0.25


class Turns:
    """The turns within one limit."""

    def __init__(self, whole: Whole, store: SendingStore) -> None:
        self._whole = whole
        self._store = store
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._held_until = 0.0

    async def take(self, *, is_urgent: bool = False) -> None:
        """Return when it is this message's turn; an urgent one goes before those that wait already."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if is_urgent:
            self._waiting.appendleft(future)
        else:
            self._waiting.append(future)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._hand_out())
        await future

    async def hold_back(self, seconds: float) -> None:
        """Let nobody go for ``seconds``, in any worker."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)
        await asyncio.to_thread(self._store.hold_back, self._whole.scope, seconds)

    async def _hand_out(self) -> None:
        following: asyncio.Task[Sequence[float]] | None = None
        while self._waiting:
            try:
                moments = await (following or self._reserve(len(self._waiting)))
            except Exception as error:  # noqa: BLE001 handed to everyone who waits for it
                self._fail(error)
                return
            following = None
            for place, moment in enumerate(moments):
                await self._until(moment)
                if not self._waiting:
                    return
                self._let_one_go()
                more = len(self._waiting) - (len(moments) - place - 1)
                if place >= len(moments) // 2 and more > 0 and following is None:
                    # Asked for ahead of time, because the time that the store takes would be lost to sending.
                    following = self._reserve(more)

    def _let_one_go(self) -> None:
        future = self._waiting.popleft()
        if not future.done():
            future.set_result(None)

    def _reserve(self, wanted: int) -> asyncio.Task[Sequence[float]]:
        """Begin to take turns for ``wanted`` messages; the result is their moments."""
        return asyncio.create_task(self._moments(min(wanted, max(1, round(self._whole.per_second * _SECONDS_AHEAD)))))

    async def _moments(self, count: int) -> Sequence[float]:
        spacing = 1 / self._whole.per_second
        wait = await asyncio.to_thread(self._store.reserve, self._whole.scope, count * spacing)
        began = time.monotonic() + wait
        return [began + spacing * place for place in range(count)]

    async def _until(self, turn: float) -> None:
        while (seconds := max(turn, self._held_until) - time.monotonic()) > 0:
            await asyncio.sleep(seconds)

    def _fail(self, error: Exception) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_exception(error)
