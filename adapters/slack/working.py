"""Work beside the event loop: bounded, awaited before the process stops, and never done twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from cachetools import TTLCache

Result = TypeVar("Result")

_THREADS: Final = 4
_MOST_AT_ONCE: Final = 2000
_SECONDS_REMEMBERED: Final = 3600
_MOST_REMEMBERED: Final = 50_000

_log = logging.getLogger(__name__)


class Busy(Exception):  # noqa: N818 says what is the matter
    """There is more to do than is taken on."""


class Work:
    """Runs what blocks on threads, and what goes on after an acknowledgement as tasks."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, "slack")
        self._running: set[asyncio.Task[Any]] = set()

    async def on_thread(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Return what ``function`` returns; it may block."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)

    def start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Begin ``work``; what goes wrong in it stands in the log, without its words.

        Raises:
            Busy: too much is under way.

        """
        if len(self._running) >= _MOST_AT_ONCE:
            work.close()
            raise Busy("too much is under way")
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way, then let go of the threads."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("slack_work_failed error=%s", type(error).__name__)


class Seen:
    """Remembers for an hour what was taken on already: retries, doubled events and doubled clicks."""

    def __init__(self) -> None:
        self._kept: TTLCache[str, bool] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)

    def is_new(self, *keys: str) -> bool:
        """Say whether none of ``keys`` came before; empty ones do not count."""
        named = [key for key in keys if key]
        known = any(key in self._kept for key in named)
        for key in named:
            self._kept[key] = True
        return not known
