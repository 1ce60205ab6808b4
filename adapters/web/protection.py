"""What stands between the network and the routes: limits, headers, a log without content."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import Request, Response
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.faults import AnswerFailed, BodyTooLarge, WrongContentType
from bot.errors import RequestError, TooManyRequests

LARGEST_BODY: Final = 64 * 1024

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_log = logging.getLogger(__name__)


async def read_body(request: Request, content_type: str) -> bytes:
    """Return the body, of which no more than ``LARGEST_BODY`` is ever held.

    Raises:
        WrongContentType: the body is not declared as ``content_type``.
        BodyTooLarge: the body is, or says it is, larger.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != content_type:
        raise WrongContentType(f"the body must be {content_type}")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        raise BodyTooLarge(f"the body must not be larger than {LARGEST_BODY} bytes")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise BodyTooLarge(f"the body must not be larger than {LARGEST_BODY} bytes")
    return bytes(body)


class Gate:
    """Counts questions by client address, in this process."""

    def __init__(self, per_minute: int, *, trust_proxy: bool) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._trust_proxy = trust_proxy

    def admit(self, request: Request) -> None:
        """Count one question of this client.

        Raises:
            TooManyRequests: the client has asked too often.
        """
        client = self._client(request)
        if not self._limiter.hit(self._limit, client):
            reset = self._limiter.get_window_stats(self._limit, client).reset_time
            raise TooManyRequests(max(1, math.ceil(reset - time.time())))

    def _client(self, request: Request) -> str:
        # The last entry is the one that our own proxy wrote; those before it are the client's to invent.
        forwarded = ",".join(request.headers.getlist("x-forwarded-for")) if self._trust_proxy else ""
        return forwarded.rpartition(",")[2].strip() or (request.client.host if request.client else "")


class Boundary:
    """Adds the headers, logs each request by its route alone, and turns what breaks into a polite reply."""

    def __init__(self, app: ASGIApp, refuse: Callable[[Request, RequestError], Awaitable[Response]]) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0

        async def send_safely(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_safely)
        except Exception as error:  # noqa: BLE001 the message boundary; the error's text may quote the question
            _log.error("request_failed route=%s error=%s at=%s", _route(scope), type(error).__name__, _place(error))
            if status == 0:
                response = await self._refuse(Request(scope), AnswerFailed("an error of ours"))
                await response(scope, receive, send_safely)
        milliseconds = (time.perf_counter() - began) * 1000
        _log.info("request method=%s route=%s status=%d ms=%.1f", scope["method"], _route(scope), status, milliseconds)


def _route(scope: Scope) -> str:
    """Return the route as it is declared; an address as typed could hold anything."""
    return str(getattr(scope.get("route"), "path", "-"))


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "-"
