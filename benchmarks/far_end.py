"""The far end of a bot under load: takes its replies, and knows when it listens."""

from __future__ import annotations

import asyncio
import socket

import aiohttp


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ready(session: aiohttp.ClientSession, url: str) -> None:
    """Return once something answers at ``url``."""
    for _ in range(200):
        try:
            async with session.get(url):
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.1)
    raise RuntimeError("the bot did not start")


class Replies:
    """How many replies the bot has sent."""

    count = 0


class Line(asyncio.Protocol):
    """Answers each reply at once, with as little work as there can be, so that it is never what is measured."""

    def __init__(self, replies: Replies, answer: bytes = b'{"id": "1"}') -> None:
        self._replies = replies
        self._answer = answer
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer as soon as a whole request is there."""
        self._received += data
        head, separator, body = self._received.partition(b"\r\n\r\n")
        if not separator:
            return
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if len(body) < length:
            return
        self._received = body[length:]
        self._replies.count += 1
        answer = self._answer
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
        self._transport.write(start + answer)  # type: ignore[attr-defined]  # a stream's transport
