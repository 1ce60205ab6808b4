"""Runs the web application."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Mapping, Sequence

import uvicorn
from fastapi import FastAPI

from adapters.web.app import WebOptions, create_app
from adapters.web.parts import Part
from adapters.web.reports import ReportPages
from bot.ports import Handler, Register
from bot.settings import Settings


def serve(
    handler: Handler,
    settings: Settings,
    host: str,
    port: int,
    parts: Sequence[Part] = (),
    *,
    register: Register | None = None,
    reports: ReportPages | None = None,
    checks: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Serve until interrupted, the chat platforms of ``parts`` included.

    The server's own access log is off, because it holds whole addresses; ``protection`` logs the routes.
    """
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s")
    options = WebOptions(
        settings.language, trust_proxy=settings.trust_proxy, register=register, reports=reports, checks=checks
    )
    run(create_app(handler, options, parts), host, port)


def run(app: FastAPI, host: str, port: int) -> None:
    """Serve ``app`` until interrupted.

    What was built up to here stays as long as the process, so the collector need not look through it again and again:
    that would hold up one question in a hundred for 150 ms.
    """
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
