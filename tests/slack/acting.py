"""Acts as Slack: a Web API on a port of its own that writes down what it is asked, and signed requests to the bot.

It stands in because Slack's cloud cannot be reached from a test; requests are signed exactly as Slack signs them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


class WebApi:
    """Slack's Web API as far as the bot uses it, or a gateway to something else that acts as it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[tuple[str, str]] = []
        self.answers: dict[str, Any] = {}
        #: What the next calls of a method are answered with: an error by name, a status, text, or a cut connection.
        self.failures: dict[str, list[dict[str, Any]]] = {}
        self.scopes = ""
        self.sockets = ""
        self.throttled = 0
        self.gateway_to = ""
        self._stamps = count(1)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if outer.throttled > 0:
                    outer.throttled -= 1
                    self.send_response(429)
                    self.send_header("Retry-After", "0")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                answered = outer.answer(
                    self.path, self.headers.get("Content-Type", ""), body, self.headers.get("Authorization", "")
                )
                if answered.pop("cuts", False):
                    self.close_connection = True
                    return
                self.send_response(answered.pop("status", 200))
                for name, value in answered.pop("headers", {}).items():
                    self.send_header(name, value)
                answer = str(answered.get("text") if "text" in answered else json.dumps(answered)).encode()
                self.send_header("Content-Type", answered.get("kind", "application/json"))
                if outer.scopes:
                    self.send_header("X-OAuth-Scopes", outer.scopes)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST  # noqa: N815 named by the server

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, path: str, kind: str, body: bytes, authorization: str = "") -> dict[str, Any]:
        method = path.partition("?")[0].rpartition("/")[2]
        values = json.loads(body or b"{}") if "json" in kind else {k: v[0] for k, v in parse_qs(body.decode()).items()}
        if method != "auth.test":
            token = str(values.pop("token", "") or authorization.removeprefix("Bearer "))
            self.calls.append((method, values))
            self.tokens.append((method, token))
        usual = {"ok": True, "ts": f"{next(self._stamps)}.0", "channel": values.get("channel", "C1")}
        if method == "auth.test":
            usual |= {"user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1", "bot_user_id": "UBOT"}
        if method == "conversations.open":
            usual |= {"channel": {"id": "D1"}}
        if method == "usergroups.users.list":
            usual |= {"users": ["UBENT"]}
        if method == "apps.connections.open":
            usual |= {"url": self.sockets}
        if self.gateway_to and "/api/" in path:
            passed_on = httpx.post(
                f"{self.gateway_to}{path}", content=body, headers={"Content-Type": kind, "Authorization": authorization}
            )
            return dict(passed_on.json())
        failures = self.failures.get(method)
        failure = failures.pop(0) if failures else {}
        if "error" in failure or "status" in failure:
            usual |= {"ok": False}
        given = self.answers.get(method, {})
        return {**usual, **(given(values) if callable(given) else given), **failure}

    def begin(self) -> None:
        """Forget what happened and how to answer."""
        self.calls.clear()
        self.answers.clear()
        self.failures.clear()
        self.throttled = 0

    def wait_for(self, method: str, many: int = 1) -> list[dict[str, Any]]:
        """Return what ``method`` was called with, once it has been called ``many`` times."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = [values for name, values in list(self.calls) if name == method]
            if len(found) >= many:
                return found
            threading.Event().wait(0.01)
        raise AssertionError(f"{method} was not called {many} times; called were {[name for name, _ in self.calls]}")

    def wait_where(self, method: str, sign: str) -> dict[str, Any]:
        """Return the first call of ``method`` in which ``sign`` stands, once there is one."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = [values for name, values in list(self.calls) if name == method and sign in str(values)]
            if found:
                return found[0]
            threading.Event().wait(0.01)
        raise AssertionError(f"{method} was not called with {sign}; called were {[name for name, _ in self.calls]}")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def signed(body: bytes, *, secret: str = SECRET, age: float = 0.0, stamp: int = 0) -> dict[str, str]:
    """Return the headers with which Slack signs ``body``."""
    moment = str(stamp or int(time.time() - age))
    signature = hmac.new(secret.encode(), b"v0:%s:%s" % (moment.encode(), body), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={signature}"}


_NUMBERS = count(1)


class Workplace:
    """Sends what Slack would send; each one is about a person, a channel and a conversation of its own."""

    def __init__(self, address: str, api: WebApi) -> None:
        number = next(_NUMBERS)
        self.api = api
        self.user, self.channel, self.direct = f"UBO{number}", f"C{number}", f"D{number}"
        self.url = f"{address}/slack/events"
        self._ids = _NUMBERS

    def post(self, body: str, kind: str, *, secret: str = SECRET, age: float = 0, **headers: str) -> httpx.Response:
        all_headers = {**signed(body.encode(), secret=secret, age=age), "Content-Type": kind, **headers}
        return httpx.post(self.url, content=body.encode(), headers=all_headers, timeout=10)

    def event(
        self, event: Mapping[str, Any], *, event_id: str = "", event_time: int = 0, team: str = "T1"
    ) -> httpx.Response:
        body = {
            "type": "event_callback",
            "event_time": event_time,
            "authorizations": [{"team_id": team, "user_id": "UBOT", "is_bot": True}],
            "team_id": team,
            "event_id": event_id or f"Ev{next(self._ids)}",
            "event": event,
        }
        return self.post(json.dumps(body), "application/json")

    def message(self, text: str, *, user: str = "", channel: str = "", **more: Any) -> httpx.Response:
        user, channel = user or self.user, channel or self.direct
        kind = "im" if channel.startswith("D") else "channel"
        event = {"type": "message", "text": text, "user": user, "channel": channel, "channel_type": kind, "ts": "7.0"}
        return self.event({**event, **more})

    def command(self, command: str, text: str, *, user: str = "", **more: str) -> httpx.Response:
        user = user or self.user
        body = {"command": command, "text": text, "user_id": user, "channel_id": self.channel, "team_id": "T1",
                "trigger_id": f"t{next(self._ids)}", "response_url": f"{self.api.address}/response"}  # fmt: skip
        return self.post(urlencode(body | more), "application/x-www-form-urlencoded")

    def interact(self, payload: Mapping[str, Any]) -> httpx.Response:
        whole = {"team": {"id": "T1"}, "user": {"id": self.user}, "trigger_id": f"t{next(self._ids)}"} | dict(payload)
        return self.post(urlencode({"payload": json.dumps(whole)}), "application/x-www-form-urlencoded")

    def press(
        self, action: Mapping[str, Any], *, user: str = "", channel: str = "", ephemeral: bool = False, ts: str = "1.0"
    ) -> httpx.Response:
        user, channel = user or self.user, channel or self.direct
        container = {"type": "message", "channel_id": channel, "message_ts": ts, "is_ephemeral": ephemeral}
        payload = {"type": "block_actions", "user": {"id": user}, "channel": {"id": channel}, "container": container,
                   "response_url": f"{self.api.address}/response",
                   "actions": [{**action, "action_ts": f"{next(self._ids)}.0", "block_id": "b"}]}  # fmt: skip
        # Slack sends no message along with a press on an ephemeral one.
        return self.interact(payload if ephemeral else {**payload, "message": {"ts": ts}})

    def press_at_home(self, action: Mapping[str, Any], *, user: str = "") -> httpx.Response:
        user = user or self.user
        return self.interact({"type": "block_actions", "user": {"id": user}, "container": {"type": "view"},
                              "view": {"type": "home", "id": "V0"},
                              "actions": [{**action, "action_ts": f"{next(self._ids)}.0"}]})  # fmt: skip

    def submit(self, view: Mapping[str, Any], values: Mapping[str, Any], *, user: str = "") -> httpx.Response:
        user = user or self.user
        sent = {"id": f"V{next(self._ids)}", **view, "hash": "h", "state": {"values": values}}
        return self.interact({"type": "view_submission", "user": {"id": user}, "view": sent})


def buttons(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every button of a message."""
    blocks = content["blocks"]
    parsed = json.loads(blocks) if isinstance(blocks, str) else blocks
    return [element for block in parsed for element in block.get("elements", ()) if element.get("type") == "button"]
