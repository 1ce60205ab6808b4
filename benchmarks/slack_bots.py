"""The three that are measured beside each other: Slack's library as it comes, a bare signature check, and Vejviser."""

from __future__ import annotations

import os
import sys
import tempfile

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from benchmarks.teams_bots import CORE

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
PATH = "/slack/events"


def bolt(port: int) -> None:
    """Serve the library's own app, which answers hello."""
    from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
    from slack_bolt.app.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-1", bot_id="B1", bot_user_id="U1")

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)

    @app.command("/vejviser")
    async def hello(ack) -> None:  # type: ignore[no-untyped-def]
        await ack("hello")

    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    _serve(Starlette(routes=[Route(PATH, events, methods=["POST"])]), port)


def bare(port: int) -> None:
    """Serve a handler that checks the signature and says hello."""
    from slack_sdk.signature import SignatureVerifier

    verifier = SignatureVerifier(SECRET)

    async def events(request: Request) -> Response:
        body = await request.body()
        is_valid = verifier.is_valid_request(body, dict(request.headers))
        return JSONResponse({"text": "hello"}, 200 if is_valid else 401)

    _serve(Starlette(routes=[Route(PATH, events, methods=["POST"])]), port)


def vejviser(port: int) -> None:
    """Serve the whole web application with Slack in it, on a database of its own."""
    from adapters.web.app import WebOptions, create_app
    from bot.bootstrap import Workshop
    from bot.settings import Settings

    environment = {"VEJVISER_HOME": tempfile.mkdtemp(), "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": SECRET,
                   "VEJVISER_SLACK_API_URL": sys.argv[3]}  # fmt: skip
    workshop = Workshop(Settings.from_env(environment))
    _serve(create_app(workshop.advisor, WebOptions(), workshop.parts()), port)


def _serve(app: object, port: int) -> None:
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)  # type: ignore[arg-type]


if __name__ == "__main__":
    os.sched_setaffinity(0, {CORE})
    {"bolt": bolt, "bare": bare, "vejviser": vejviser}[sys.argv[1]](int(sys.argv[2]))
