"""Acts as the far end of Socket Mode: greets, sends envelopes, and waits for them to be acknowledged."""

from __future__ import annotations

import asyncio
import json
import threading
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

import httpx
from aiohttp import WSMsgType, web

from tests.slack.acting import WebApi, Workplace


class SocketServer:
    """A WebSocket server in a thread of its own; while ``is_deaf`` it takes everything in and answers nothing."""

    def __init__(self) -> None:
        self.is_deaf = False
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.opened = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self.url = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()

    async def _start(self) -> str:
        app = web.Application()
        app.router.add_get("/link", self._link)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._runner = runner
        return f"ws://127.0.0.1:{runner.addresses[0][1]}/link"

    async def _link(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        with self._changed:
            self._sockets.append(socket)
            self.opened += 1
            self._changed.notify_all()
        async for message in socket:
            if self.is_deaf:
                continue
            if message.type is WSMsgType.PING:
                await socket.pong(message.data)
            elif message.type is WSMsgType.TEXT and message.data.startswith("{"):
                told = json.loads(message.data)
                with self._changed:
                    self.acknowledged[told["envelope_id"]] = told
                    self._changed.notify_all()
        return socket

    def wait_for_links(self, many: int) -> None:
        """Return once that many connections have been opened."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.opened >= many, 15), f"{self.opened} connections were opened"

    def send(self, envelope: dict[str, Any]) -> dict[str, Any]:
        """Send over the newest connection and return the acknowledgement."""
        self.wait_for_links(1)
        asyncio.run_coroutine_threadsafe(self._sockets[-1].send_json(envelope), self._loop).result(5)
        id_ = envelope["envelope_id"]
        with self._changed:
            assert self._changed.wait_for(lambda: id_ in self.acknowledged, 5), "it was not acknowledged"
        return self.acknowledged[id_]

    def ask_to_leave(self) -> None:
        """Tell the newest connection that it is about to be closed, as Slack does every few hours."""
        told = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}
        asyncio.run_coroutine_threadsafe(self._sockets[-1].send_json(told), self._loop).result(5)

    def drop(self) -> None:
        """Close the newest connection without a word."""
        transport = self._sockets[-1]._req.transport  # type: ignore[union-attr]  # as when a network breaks
        self._loop.call_soon_threadsafe(transport.abort)  # type: ignore[union-attr]

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)


_ENVELOPES = count(1)


class SocketWorkplace(Workplace):
    """Sends the same over Socket Mode."""

    def __init__(self, server: SocketServer, api: WebApi) -> None:
        super().__init__("", api)
        self._server = server
        self._envelopes = _ENVELOPES

    def post(self, body: str, kind: str, **more: Any) -> httpx.Response:
        values = json.loads(body) if "json" in kind else dict(parse_qsl(body, keep_blank_values=True))
        name = "events_api" if "json" in kind else "interactive" if "payload" in values else "slash_commands"
        payload = json.loads(values["payload"]) if "payload" in values else values
        id_ = f"envelope-{next(self._envelopes)}"
        told = self._server.send(
            {"type": name, "envelope_id": id_, "payload": payload, "accepts_response_payload": name != "events_api"}
        )
        return httpx.Response(200, json=told.get("payload") or {})
