"""Runs the web application."""

from __future__ import annotations

import uvicorn

from adapters.web.app import WebOptions, create_app
from bot.ports import Handler
from bot.settings import Settings


def serve(handler: Handler, settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted; the access log holds paths only."""
    options = WebOptions(language=settings.language, trust_proxy=settings.trust_proxy)
    uvicorn.run(create_app(handler, options), host=host, port=port, log_level=settings.log_level, server_header=False)
