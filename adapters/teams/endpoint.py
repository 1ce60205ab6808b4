"""``POST /api/messages``: lets requests in, answers each once, and never keeps the channel waiting."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from cachetools import TTLCache
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.teams.activities import Activity, ActivityFaulty, Reply, read_activity
from adapters.teams.tokens import Admission, Refused, Sender

PATH: Final = "/api/messages"
_LARGEST_BODY: Final = 256 * 1024
#: Teams gives up after ten to fifteen seconds; whatever takes longer is answered on our own accord.
_PATIENCE: Final = 8.0
_SECONDS_REMEMBERED: Final = 900
_MOST_REMEMBERED: Final = 50_000
#: Changes nothing, so that it is done again rather than kept.
_LOOKED_UP: Final = frozenset({"composeExtension/query", "application/search"})
_SECONDS_OF_REPLIES: Final = 60
_MOST_REPLIES: Final = 500
_SECONDS_TO_FINISH: Final = 10.0
_HALF_CHARACTER: Final = re.compile(rb"\\u[dD][89a-fA-F]")

_log = logging.getLogger(__name__)


class Check(Protocol):
    """Says who sent a request."""

    async def check(self, header: str, client: str) -> Sender:
        """Return who sent the request with this ``Authorization`` from the address ``client``.

        Raises:
            Refused: nobody that we know.

        """
        ...


class Runner(Protocol):
    """Does what an activity asks for."""

    async def run(self, activity: Activity) -> Reply | None:
        """Take ``activity``; return what an invoke is answered with."""
        ...


class Endpoint:
    """The one address that Teams sends everything to."""

    def __init__(self, check: Check, admission: Admission, runner: Runner, *, patience: float = _PATIENCE) -> None:
        self._check = check
        self._admission = admission
        self._runner = runner
        self._patience = patience
        self._route = Route(PATH, self._take, methods=["POST"])
        self._taken: TTLCache[tuple[str, ...], None] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)
        # What was invoked is answered in the reply itself, so that one is kept for as long as a client tries again.
        self._replies: TTLCache[tuple[str, ...], Reply | None] = TTLCache(_MOST_REPLIES, _SECONDS_OF_REPLIES)
        self._running: dict[tuple[str, ...], asyncio.Task[Reply | None]] = {}

    def routes(self) -> Sequence[BaseRoute]:
        """Return the route."""
        return [self._route]

    async def finish(self) -> None:
        """Wait for what is still being answered, for some seconds."""
        if self._running:
            await asyncio.wait(set(self._running.values()), timeout=_SECONDS_TO_FINISH)

    async def _take(self, request: Request) -> Response:
        request.scope["route"] = self._route  # for the log, which names routes and no addresses
        try:
            # Nothing of the body is read before the token is known to be good.
            sender = await self._check.check(request.headers.get("authorization", ""), _client(request))
            activity = read_activity(await _read_body(request))
            self._admission.admit(sender, activity)
            return await self._answer(activity)
        except Refused as refused:
            _log.info("teams_refused reason=%r status=%d", refused.reason, refused.status)
            return Response(status_code=refused.status)
        except ActivityFaulty:
            return Response(status_code=400)
        except _TooLarge:
            return Response(status_code=413)

    async def _answer(self, activity: Activity) -> Response:
        """Answer ``activity`` once: Teams sends again what it did not hear about in time."""
        key = _key(activity)
        if key not in self._running:
            if key in self._taken:
                return _response(self._replies.get(key))
            self._begin(key, activity)
        task = self._running[key]
        finished, _ = await asyncio.wait({task}, timeout=self._patience)
        if not finished:
            _log.info("teams_slow kind=%s", activity.kind)
            return Response(status_code=202)
        return _response(task.result())

    def _begin(self, key: tuple[str, ...], activity: Activity) -> None:
        task = asyncio.create_task(self._runner.run(activity))
        self._running[key] = task
        task.add_done_callback(lambda done: self._end(key, done))
        if activity.id and activity.name not in _LOOKED_UP:
            self._taken[key] = None

    def _end(self, key: tuple[str, ...], task: asyncio.Task[Reply | None]) -> None:
        self._running.pop(key, None)
        error = None if task.cancelled() else task.exception()
        if error is None and not task.cancelled() and task.result() is not None and key in self._taken:
            self._replies[key] = task.result()
        elif error is not None:
            _log.error("teams_turn_failed error=%s", type(error).__name__)


def _read_json(body: bytes) -> object:
    parsed = json.loads(body)
    if not _HALF_CHARACTER.search(body):
        return parsed
    # JSON may hold half a character, which no text, address or database takes.
    return json.loads(json.dumps(parsed, ensure_ascii=False).encode("utf-8", "replace"))


def _response(reply: Reply | None) -> Response:
    if reply is None:
        return Response(status_code=200)
    return Response(status_code=reply.status) if reply.body is None else JSONResponse(reply.body, reply.status)


def _client(request: Request) -> str:
    """Return where the request came from; behind a proxy that is never this machine."""
    if "forwarded" in request.headers or "x-forwarded-for" in request.headers:
        return "forwarded"
    return request.client.host if request.client else ""


def _key(activity: Activity) -> tuple[str, ...]:
    """Return what is the same for an activity that is sent again."""
    if not activity.id:
        return (str(id(activity)),)
    stamp = "" if activity.kind == "message" else activity.stamp
    return (activity.conversation, activity.kind, activity.id, activity.name, stamp)


class _TooLarge(ValueError):  # noqa: N818 named by what is wrong
    pass


async def _read_body(request: Request) -> Mapping[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise ActivityFaulty("the body must be JSON")
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST_BODY:
                raise _TooLarge
        parsed = _read_json(bytes(body))
    except (ClientDisconnect, ValueError, RecursionError) as error:
        if isinstance(error, _TooLarge):
            raise
        raise ActivityFaulty("the body must be JSON") from error
    if not isinstance(parsed, dict):
        raise ActivityFaulty("the body must be an object")
    return parsed
