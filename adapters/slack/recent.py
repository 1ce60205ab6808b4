"""What was seen lately, in little room, so that nothing is done twice."""

from __future__ import annotations

import time
from collections.abc import Callable


class Recent:
    """Remembers keys for at least ``seconds``, and for twice as long at most.

    Two sets take turns: memory follows what came lately, and nothing has to be looked through to forget.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._new: set[int] = set()
        self._old: set[int] = set()
        self._turned = clock()

    def is_new(self, key: str) -> bool:
        """Say whether ``key`` was not seen before, and remember it."""
        self._turn()
        mark = hash(key)
        if mark in self._new or mark in self._old:
            return False
        self._new.add(mark)
        return True

    def forget(self, key: str) -> None:
        """Let ``key`` count as new again."""
        mark = hash(key)
        self._new.discard(mark)
        self._old.discard(mark)

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def _turn(self) -> None:
        now = self._clock()
        if now - self._turned < self._seconds:
            return
        # After a long silence both are past their time.
        self._old = self._new if now - self._turned < 2 * self._seconds else set()
        self._new = set()
        self._turned = now
