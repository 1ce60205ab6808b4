"""The web application on a free port."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn

from adapters.memory import MemoryRegister
from adapters.web.app import WebOptions, create_app
from adapters.yaml_tools import read_tools
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE

SHIPPED = read_tools(SHIPPED_KNOWLEDGE / "tools.yaml")


@pytest.fixture(scope="module")
def address(advisor: Advisor) -> Iterator[str]:
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(advisor, WebOptions(per_minute=1000, register=MemoryRegister(SHIPPED))),
            port=0,
            log_level="error",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()
