"""The worker beside the web: as a part of what is served, and as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.routing import BaseRoute

from adapters.sending.worker import Worker


class SendingPart:
    """Satisfies ``adapters.web.parts.Part``: no routes, and a worker that runs as long as the server."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def routes(self) -> Sequence[BaseRoute]:
        """Return no routes."""
        return ()

    async def start(self) -> None:
        """Begin to send."""
        await self._worker.start()

    async def stop(self) -> None:
        """Let what is on its way arrive."""
        await self._worker.stop()

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong with the worker."""
        return {"sending": self._worker.fault()}


def work(worker: Worker, finish: Callable[[], Awaitable[None]], *, log_level: str = "info") -> None:
    """Send until the process is asked to end, then let what is on its way arrive."""
    logging.basicConfig(level=log_level.upper(), format="%(levelname)s %(name)s %(message)s")
    asyncio.run(_work(worker, finish))


async def _work(worker: Worker, finish: Callable[[], Awaitable[None]]) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await worker.start()
    try:
        await ended.wait()
    finally:
        await worker.stop()
        await finish()
