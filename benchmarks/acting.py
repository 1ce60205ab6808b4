"""A server that acts as a chat platform and enforces its limits, and a messenger that talks to it over HTTP.

It refuses what comes too fast with 429 and ``Retry-After``, and fails on purpose as often as it is told: errors,
answers that never come, and messages that are posted although the answer is 429, as has been seen with Slack. It takes
and answers no more than it is allowed, for as long as a test wants it to stand still. It keeps a count of what it
received, which is what tests and measurements go by.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

import aiohttp
from aiohttp import web

from bot.delivering import (
    Address,
    OutcomeUnknown,
    Outgoing,
    Receipt,
    RecipientGone,
    TemporaryFault,
    Throttled,
)


@dataclass(frozen=True)
class Behaviour:
    """How the server behaves: limits as (messages, seconds), faults as shares of all posts."""

    app_limit: tuple[int, float] | None = None
    channel_limits: tuple[tuple[int, float], ...] = ()
    latency: float = 0.0
    throttled: float = 0.0
    failed: float = 0.0
    lost: float = 0.0
    posted_yet_throttled: float = 0.0
    retry_after: float = 0.2
    can_find: bool = True
    gone: tuple[str, ...] = ()
    seed: int = 1


@dataclass
class Seen:
    """What the server received."""

    posted: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    messages: dict[str, str] = field(default_factory=dict)
    updated: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    requests: int = 0


class ActingPlatform:
    """The server; ``seen`` may be read from the thread that started it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.seen = Seen()
        self._dice = random.Random(behaviour.seed)
        self._app: deque[float] = deque()
        self._channels: dict[str, deque[float]] = {}
        self._numbers = 0
        self._changed = threading.Condition()
        self._allowed = asyncio.Condition()
        self._most_kept = self._most_answered = math.inf
        self._held: Counter[str] = Counter()

    async def allow(self, *, kept: float = math.inf, answered: float = math.inf) -> None:
        """Hold what comes after this many messages: before it is kept, or kept already and before its answer."""
        async with self._allowed:
            self._most_kept, self._most_answered = kept, answered
            self._allowed.notify_all()

    def wait_until_kept(self, messages: int, seconds: float) -> bool:
        """Wait in another thread until that many messages were kept; say whether they were within ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self._numbers >= messages, seconds)

    def application(self) -> web.Application:
        """Return the routes."""
        app = web.Application()
        app.add_routes(
            [
                web.post("/post", self._post),
                web.post("/find", self._find),
                web.post("/update", self._update),
                web.post("/delete", self._delete),
                web.get("/seen", self._report),
            ]
        )
        return app

    async def _post(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.seen.requests += 1
        to, key = body["to"], body["key"]
        behaviour = self.behaviour
        if to in behaviour.gone:
            return web.json_response({"error": "is_archived"}, status=403)
        if wait := self._refused(to):
            self.seen.refused += 1
            return _throttled(wait, self._scope(to))
        dice = self._dice.random()
        if dice < behaviour.throttled:
            return _throttled(behaviour.retry_after, to)
        dice -= behaviour.throttled
        if dice < behaviour.failed:
            return web.json_response({"error": "internal"}, status=500)
        dice -= behaviour.failed
        if behaviour.latency:
            await asyncio.sleep(behaviour.latency)
        message = await self._keep_when_allowed(request, to, key)
        if dice < behaviour.lost:
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        dice -= behaviour.lost
        if dice < behaviour.posted_yet_throttled:
            return _throttled(behaviour.retry_after, to)
        return web.json_response({"id": message})

    async def _keep_when_allowed(self, request: web.Request, to: str, key: str) -> str:
        """Keep the message and return once it may be answered; one whose sender is gone by then is not kept."""
        self._held[f"{to} {key}"] += 1
        await self._until(lambda: _is_gone(request) or self._numbers < self._most_kept)
        self._held[f"{to} {key}"] -= 1
        if _is_gone(request):
            return ""
        message = self._keep(to, key)
        number = self._numbers
        await self._until(lambda: _is_gone(request) or number <= self._most_answered)
        return message

    async def _until(self, is_allowed: Callable[[], bool]) -> None:
        if not is_allowed():
            async with self._allowed:
                await self._allowed.wait_for(is_allowed)

    def _keep(self, to: str, key: str) -> str:
        with self._changed:
            self._numbers += 1
            self._changed.notify_all()
        message = f"m{self._numbers}"
        self.seen.posted[f"{to} {key}"] += 1
        self.seen.times.append(time.time())
        self.seen.messages[f"{to} {key}"] = message
        return message

    def _refused(self, to: str) -> float:
        now = time.monotonic()
        waits = [self._too_fast(self._app, (self.behaviour.app_limit,) if self.behaviour.app_limit else (), now)]
        if self.behaviour.channel_limits:
            sent = self._channels.setdefault(to, deque(maxlen=2000))
            waits.append(self._too_fast(sent, self.behaviour.channel_limits, now))
        self._last = waits
        if wait := max(waits):
            return wait
        self._app.append(now)
        if self.behaviour.channel_limits:
            self._channels[to].append(now)
        return 0.0

    def _too_fast(self, sent: deque[float], limits: tuple[tuple[int, float], ...], now: float) -> float:
        longest = max((seconds for _, seconds in limits), default=0.0)
        while sent and sent[0] < now - longest:
            sent.popleft()
        return max(
            (
                sent[-count] + seconds - now
                for count, seconds in limits
                if len(sent) >= count and sent[-count] > now - seconds
            ),
            default=0.0,
        )

    def _scope(self, to: str) -> str:
        return "app" if self._last[0] else to

    async def _find(self, request: web.Request) -> web.Response:
        body = await request.json()
        if not self.behaviour.can_find:
            return web.json_response({"error": "cannot tell"}, status=501)
        message = f"{body['to']} {body['key']}"
        # What reached the server before the question is settled before the answer.
        await self._until(lambda: not self._held[message])
        return web.json_response({"id": self.seen.messages.get(message)})

    async def _update(self, request: web.Request) -> web.Response:
        self.seen.updated[(await request.json())["id"]] += 1
        return web.json_response({})

    async def _delete(self, request: web.Request) -> web.Response:
        self.seen.deleted[(await request.json())["id"]] += 1
        return web.json_response({})

    async def _report(self, _request: web.Request) -> web.Response:
        seen = self.seen
        times = seen.times
        return web.json_response(
            {
                "posted": len(seen.posted),
                "doubled": sum(1 for count in seen.posted.values() if count > 1),
                "refused": seen.refused,
                "requests": seen.requests,
                "first": times[0] if times else 0,
                "last": times[-1] if times else 0,
            }
        )


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _throttled(seconds: float, scope: str) -> web.Response:
    return web.json_response(
        {"error": "ratelimited", "scope": scope}, status=429, headers={"Retry-After": f"{seconds:.3f}"}
    )


class Running:
    """The server on a free port, in a thread of its own."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.platform = ActingPlatform(behaviour)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._loop = asyncio.new_event_loop()
        self.url = ""

    def __enter__(self) -> Running:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def allow(self, *, kept: float = math.inf, answered: float = math.inf) -> None:
        """Let the platform take and answer messages up to these numbers."""
        asyncio.run_coroutine_threadsafe(self.platform.allow(kept=kept, answered=answered), self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._ready.set()
        self._loop.run_forever()

    async def _start(self) -> None:
        self._runner = web.AppRunner(self.platform.application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"


class HttpMessenger:
    """Satisfies ``bot.ports.Messenger`` against the acting platform."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._session = session

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        """Post ``message``."""
        body = {"to": to, "key": message.key, "text": message.card.text}
        return Receipt(to, str((await self._call("post", body, to))["id"]))

    async def update(self, receipt: Receipt, message: Outgoing) -> None:
        """Change a message."""
        await self._call("update", {"id": receipt.message, "text": message.card.text}, receipt.to)

    async def delete(self, receipt: Receipt) -> None:
        """Take a message away."""
        await self._call("delete", {"id": receipt.message}, receipt.to)

    async def find(self, to: Address, key: str) -> Receipt | None:
        """Ask whether a message arrived."""
        found = (await self._call("find", {"to": to, "key": key}, to)).get("id")
        return Receipt(to, str(found)) if found else None

    async def _call(self, name: str, body: Mapping[str, object], to: str) -> Mapping[str, object]:
        try:
            async with self._session.post(f"{self._url}/{name}", data=json.dumps(body)) as response:
                answer: Mapping[str, object] = await response.json(content_type=None) or {}
                status, headers = response.status, response.headers
        except aiohttp.ClientConnectorError as error:
            raise TemporaryFault("no connection") from error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise OutcomeUnknown("the connection broke") from error
        if status == 429:
            raise Throttled("too fast", retry_after=float(headers["Retry-After"]), scope=str(answer.get("scope", to)))
        if status == 501:
            raise OutcomeUnknown("this platform cannot tell", status=status)
        if status >= 500:
            raise TemporaryFault("the platform failed", status=status)
        if status >= 400:
            raise RecipientGone("archived", code="delivery-recipient-gone", status=status)
        return answer


def main() -> None:
    """Serve in a process of its own; prints the port, and takes the behaviour as JSON."""
    settings = json.loads(sys.argv[1])
    for key in ("app_limit", "channel_limits", "gone"):
        if settings.get(key):
            settings[key] = tuple(tuple(each) if isinstance(each, list) else each for each in settings[key])
    platform = ActingPlatform(Behaviour(**settings))

    async def serve() -> None:
        runner = web.AppRunner(platform.application(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    asyncio.run(serve())


def described(behaviour: Behaviour) -> str:
    """Return ``behaviour`` as ``main`` takes it."""
    return json.dumps(asdict(behaviour))


if __name__ == "__main__":
    main()
