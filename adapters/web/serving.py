"""Runs the web application."""

from __future__ import annotations

import logging

import uvicorn

from adapters.web.app import WebOptions, create_app
from bot.ports import Handler
from bot.settings import Settings


def serve(handler: Handler, settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted.

    The server's own access log is off, because it holds whole addresses; ``protection`` logs the routes.
    """
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s %(message)s")
    options = WebOptions(language=settings.language, trust_proxy=settings.trust_proxy)
    uvicorn.run(
        create_app(handler, options),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
