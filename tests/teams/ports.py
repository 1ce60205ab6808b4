"""The adapter behind a real port."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from adapters.web.parts import Part


@contextmanager
def served(*parts: Part, app: Any = None) -> Iterator[httpx.Client]:
    """Serve ``parts``, or a whole application, on a free port."""
    application = app or Starlette(
        routes=[route for part in parts for route in part.routes()], lifespan=_running(parts)
    )
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    with httpx.Client(
        base_url=f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", timeout=20
    ) as client:
        yield client
    server.should_exit = True
    thread.join()


def _running(parts: tuple[Part, ...]) -> Any:
    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        for part in parts:
            await part.start()
        yield
        for part in parts:
            await part.stop()

    return running
