"""What Microsoft runs, small and on this machine: the Bot Connector, the tokens of the channel, the bot's own login."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

APP = "11111111-2222-3333-4444-555555555555"
SECRET = "the bot's secret"
TENANT = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
ISSUER = "https://api.botframework.com"


@dataclass(frozen=True)
class Call:
    """A request that reached the connector."""

    method: str
    path: str
    body: Any
    authorization: str
    query: str
    at: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Failure:
    """What the connector answers instead, once."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    code: str = ""
    cuts: bool = False


class Cloud:
    """Answers at ``url``; keeps every call, fails where it is told to, and signs tokens."""

    def __init__(self) -> None:
        self.keys = {"first": make_key()}
        self.endorsements = ["msteams"]
        self.calls: list[Call] = []
        self.failures: list[Failure] = []
        self.members: list[dict[str, str]] = []
        self.channels: list[dict[str, str]] = []
        self.fetches = 0
        self.logins = 0
        self.url = ""
        self.numbers = itertools.count()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Cloud:
        started = threading.Event()
        self._started = started
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def reset(self) -> None:
        self.calls.clear()
        self.failures.clear()
        self.members = []
        self.channels = []

    @property
    def sent(self) -> list[Call]:
        """What was posted, changed and deleted in conversations."""
        return [call for call in self.calls if call.method != "GET"]

    def wait(self, enough: Callable[[list[Call]], bool], seconds: float = 10) -> list[Call]:
        """Wait until what was sent is ``enough``, and return it."""
        with self._changed:
            assert self._changed.wait_for(lambda: enough(self.sent), seconds), [call.body for call in self.sent]
        return self.sent

    def token(self, *, kid: str = "first", key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        """Return a token of the channel, as good as ``claims`` let it be; None leaves one out."""
        now = int(time.time())
        good = {"iss": ISSUER, "aud": APP, "serviceurl": self.url, "nbf": now - 60, "exp": now + 3600}
        kept = {name: value for name, value in {**good, **claims}.items() if value is not None}
        return jwt.encode(kept, key or self.keys[kid], algorithm=algorithm, headers={"kid": kid})

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._runner.cleanup())

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/meta", self._metadata)
        app.router.add_get("/keys", self._keys)
        app.router.add_get(f"/{TENANT}/v2.0/.well-known/openid-configuration", self._metadata)
        app.router.add_post(f"/{TENANT}/oauth2/v2.0/token", self._login)
        app.router.add_route("*", "/v3/{rest:.*}", self._connector)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"

    async def _metadata(self, _: web.Request) -> web.Response:
        self.fetches += 1
        return web.json_response({"issuer": ISSUER, "jwks_uri": f"{self.url}/keys"})

    async def _keys(self, _: web.Request) -> web.Response:
        keys = [public(kid, key) | {"endorsements": self.endorsements} for kid, key in self.keys.items()]
        return web.json_response({"keys": keys})

    async def _login(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.logins += 1
        if form["client_id"] != APP or form["client_secret"] != SECRET:
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"access_token": f"bot-{self.logins}", "expires_in": 3600})

    async def _connector(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        body = json.loads(text) if text else None
        call = Call(
            request.method,
            request.raw_path.partition("?")[0],
            body,
            request.headers.get("Authorization", ""),
            request.query_string,
        )
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        if self.failures:
            failure = self.failures.pop(0)
            if failure.cuts:
                assert request.transport is not None
                request.transport.close()
                return web.Response()
            return web.json_response({"error": {"code": failure.code}}, status=failure.status, headers=failure.headers)
        if request.path.endswith("/pagedmembers"):
            return self._page(request)
        if request.path.startswith("/v3/teams/"):
            return web.json_response({"conversations": self.channels})
        return web.json_response({"id": f"message-{next(self.numbers)}"}, status=201)

    def _page(self, request: web.Request) -> web.Response:
        first = int(request.query.get("continuationToken", 0))
        page = {"members": self.members[first : first + 2]}
        more = {"continuationToken": str(first + 2)} if first + 2 < len(self.members) else {}
        return web.json_response(page | more)


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(kid: str, key: rsa.RSAPrivateKey) -> dict[str, Any]:
    return {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": kid}


def activity(cloud: Cloud, text: str = "", **changes: Any) -> dict[str, Any]:
    """Return a message in a personal chat, as Teams sends it."""
    number = next(cloud.numbers)
    usual = {
        "type": "message",
        "id": f"activity-{number}",
        "timestamp": f"2026-11-23T12:00:{number % 60:02}.{number:06}Z",
        "serviceUrl": cloud.url,
        "channelId": "msteams",
        "from": {"id": "29:bo", "name": "Bo", "aadObjectId": "00000000-0000-0000-0000-0000000000b0"},
        "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": "a:bo"},
        "recipient": {"id": f"28:{APP}", "name": "Vejviser"},
        "channelData": {"tenant": {"id": TENANT}},
        "entities": [{"type": "clientInfo", "locale": "da-DK", "country": "DK", "platform": "Windows"}],
        "locale": "da-DK",
        "localTimezone": "Europe/Copenhagen",
        "textFormat": "plain",
        "text": text,
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}
