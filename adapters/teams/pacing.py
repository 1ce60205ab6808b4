"""Keeps each conversation below the rate at which Teams begins to refuse.

The ``limits`` library starts a thread for each count, which costs more than the message: 1.4 ms against 3 µs.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from cachetools import TTLCache

#: Messages of one bot to one thread, and the seconds that they count for;
#: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
LIMITS: Final[tuple[tuple[int, float], ...]] = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
_MOST_THREADS: Final = 20_000
#: Clocks differ a little.
_MARGIN: Final = 0.01


class Pace:
    """Counts what goes to each thread, in this process."""

    def __init__(
        self,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        longest = max(seconds for _, seconds in LIMITS)
        self._sent: TTLCache[str, deque[float]] = TTLCache(_MOST_THREADS, longest, timer=clock)
        self._sleep = sleep
        self._clock = clock

    def take(self, thread: str) -> float:
        """Count one message to ``thread`` and return 0, or return how many seconds it has to wait."""
        now = self._clock()
        sent = self._sent.get(thread) or deque(maxlen=max(amount for amount, _ in LIMITS))
        waits = (sent[-amount] + seconds + _MARGIN - now for amount, seconds in LIMITS if len(sent) >= amount)
        wait = max(waits, default=0.0)
        if wait > 0:
            return wait
        sent.append(now)
        self._sent[thread] = sent
        return 0.0

    async def wait(self, thread: str) -> None:
        """Wait until ``thread`` may be sent one more message, and count it."""
        while seconds := self.take(thread):
            await self._sleep(seconds)
