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
    """Slack's Web API as far as the bot uses it."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        #: What the next calls of a method are answered with: an error by name, a status, text, or a cut connection.
        self.failures: dict[str, list[dict[str, Any]]] = {}
        self.scopes = ""
        self.sockets = ""
        self._stamps = count(1)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answered = outer.answer(self.path, self.headers.get("Content-Type", ""), body)
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

    def answer(self, path: str, kind: str, body: bytes) -> dict[str, Any]:
        method = path.partition("?")[0].rpartition("/")[2]
        values = json.loads(body or b"{}") if "json" in kind else {k: v[0] for k, v in parse_qs(body.decode()).items()}
        if method != "auth.test":
            self.calls.append((method, values))
        usual = {"ok": True, "ts": f"{next(self._stamps)}.0", "channel": values.get("channel", "C1")}
        if method == "auth.test":
            usual |= {"user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1", "bot_user_id": "UBOT"}
        if method == "conversations.open":
            usual |= {"channel": {"id": "D1"}}
        if method == "apps.connections.open":
            usual |= {"url": self.sockets}
        failures = self.failures.get(method)
        failure = failures.pop(0) if failures else {}
        if "error" in failure or "status" in failure:
            usual |= {"ok": False}
        return {**usual, **self.answers.get(method, {}), **failure}

    def wait_for(self, method: str, many: int = 1) -> list[dict[str, Any]]:
        """Return what ``method`` was called with, once it has been called ``many`` times."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            found = [values for name, values in list(self.calls) if name == method]
            if len(found) >= many:
                return found
            threading.Event().wait(0.01)
        raise AssertionError(f"{method} was not called {many} times; called were {[name for name, _ in self.calls]}")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Workplace:
    """Sends what Slack would send."""

    def __init__(self, address: str, api: WebApi) -> None:
        self.api = api
        self._url = f"{address}/slack/events"
        self._ids = count(1)

    def post(self, body: str, kind: str, *, secret: str = SECRET, age: float = 0, **headers: str) -> httpx.Response:
        stamp = str(int(time.time() - age))
        signature = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        signed = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}", "Content-Type": kind}
        return httpx.post(self._url, content=body.encode(), headers=signed | headers, timeout=10)

    def event(self, event: Mapping[str, Any], *, event_id: str = "") -> httpx.Response:
        body = {
            "type": "event_callback",
            "team_id": "T1",
            "event_id": event_id or f"Ev{next(self._ids)}",
            "event": event,
        }
        return self.post(json.dumps(body), "application/json")

    def message(self, text: str, *, user: str = "UBO", channel: str = "D1", **more: str) -> httpx.Response:
        kind = "im" if channel.startswith("D") else "channel"
        event = {"type": "message", "text": text, "user": user, "channel": channel, "channel_type": kind, "ts": "7.0"}
        return self.event({**event, **more})

    def command(self, command: str, text: str, *, user: str = "UBO", **more: str) -> httpx.Response:
        body = {"command": command, "text": text, "user_id": user, "channel_id": "C1", "team_id": "T1",
                "trigger_id": f"t{next(self._ids)}", "response_url": f"{self.api.address}/response"}  # fmt: skip
        return self.post(urlencode(body | more), "application/x-www-form-urlencoded")

    def interact(self, payload: Mapping[str, Any]) -> httpx.Response:
        whole = {"team": {"id": "T1"}, "user": {"id": "UBO"}, "trigger_id": f"t{next(self._ids)}"} | dict(payload)
        return self.post(urlencode({"payload": json.dumps(whole)}), "application/x-www-form-urlencoded")

    def press(self, action: Mapping[str, Any], *, user: str = "UBO", channel: str = "D1") -> httpx.Response:
        return self.interact(
            {
                "type": "block_actions",
                "user": {"id": user},
                "channel": {"id": channel},
                "container": {"type": "message", "channel_id": channel, "message_ts": "1.0"},
                "message": {"ts": "1.0"},
                "actions": [{**action, "action_ts": f"{next(self._ids)}.0", "block_id": "b"}],
            }
        )

    def submit(self, view: Mapping[str, Any], values: Mapping[str, Any], *, user: str = "UBO") -> httpx.Response:
        sent = {**view, "id": f"V{next(self._ids)}", "hash": "h", "state": {"values": values}}
        return self.interact({"type": "view_submission", "user": {"id": user}, "view": sent})


def buttons(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every button of a message."""
    blocks = content["blocks"]
    parsed = json.loads(blocks) if isinstance(blocks, str) else blocks
    return [element for block in parsed for element in block.get("elements", ()) if element.get("type") == "button"]
