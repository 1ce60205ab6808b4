"""The web application on a free port."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn

from adapters.memory import MemoryRegister
from adapters.web.app import WebOptions, create_app
from adapters.web.reports import ReportPages
from adapters.yaml_tools import read_tools
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE
from tests.one_report import LINKS, Reporting

SHIPPED = read_tools(SHIPPED_KNOWLEDGE / "tools.yaml")


@pytest.fixture(scope="module")
def address(advisor: Advisor) -> Iterator[str]:
    options = WebOptions(per_minute=1000, register=MemoryRegister(SHIPPED), reports=ReportPages(Reporting(), LINKS))
    server = uvicorn.Server(
        uvicorn.Config(
            create_app(advisor, options),
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
