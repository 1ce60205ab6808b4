"""Questions answered in Teams a second, beside a bare echo bot of the library as it comes.

Each bot is one process on the first core, without tokens; the load and the Bot Connector that takes the replies run on
the second. A question counts when its request has been answered, which in both bots is after its reply was delivered.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aiohttp

from benchmarks.far_end import Line, Replies, free_port, ready
from benchmarks.teams_bots import CORE

AT_ONCE = 16
SECONDS = 8.0
ROUNDS = 2
PEOPLE = 400
Row = tuple[str, str, str]


@dataclass(frozen=True)
class Run:
    """What one bot did: questions a second, and how long they took in milliseconds."""

    rate: float
    times: tuple[float, ...]
    replies: int

    @property
    def late(self) -> float:
        """The 99th percentile."""
        return sorted(self.times)[int(len(self.times) * 0.99)]


def rows(questions: Sequence[str]) -> list[Row]:
    """Measure both bots in turn, twice, and return the table's rows from each one's better round."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores - {CORE} or cores)
    try:
        runs = {name: [_measure(name, questions) for _ in range(ROUNDS)] for name in ("echo", "vejviser")}
    finally:
        os.sched_setaffinity(0, cores)
    echo, ours = (max(runs[name], key=lambda run: run.rate) for name in ("echo", "vejviser"))
    return [
        ("Teams: bare echo bot", f"{echo.rate:.0f} /s", f"median {statistics.median(echo.times):.1f} ms"),
        ("Teams: questions", f"{ours.rate:.0f} /s", f"{ours.rate / echo.rate:.1f} times the echo bot"),
        ("Teams: 99th percentile", f"{ours.late:.1f} ms", f"{ours.late / echo.late:.2f} of the echo bot's"),
    ]


def _measure(name: str, questions: Sequence[str]) -> Run:
    port = free_port()
    bot = subprocess.Popen([sys.executable, "-m", "benchmarks.teams_bots", name, str(port)], stderr=subprocess.DEVNULL)
    try:
        return asyncio.run(_load(port, questions))
    finally:
        bot.terminate()
        bot.wait()


async def _load(port: int, questions: Sequence[str]) -> Run:
    replies = Replies()
    server = await asyncio.get_running_loop().create_server(lambda: Line(replies), "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    bodies = (_body(address, number, questions) for number in itertools.count())
    async with aiohttp.ClientSession() as session:
        await ready(session, f"http://127.0.0.1:{port}/api/messages")
        await _press_on(session, port, bodies, 1.0)
        replies.count = 0
        began = time.perf_counter()
        times = await _press_on(session, port, bodies, SECONDS)
        seconds = time.perf_counter() - began
    server.close()
    if replies.count < len(times):
        raise RuntimeError(f"{len(times)} questions were answered with {replies.count} replies")
    return Run(len(times) / seconds, tuple(times), replies.count)


async def _press_on(session: aiohttp.ClientSession, port: int, bodies: Iterator[bytes], seconds: float) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def ask() -> None:
        while time.perf_counter() < end:
            began = time.perf_counter()
            await _post(session, port, next(bodies))
            times.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    return times


async def _post(session: aiohttp.ClientSession, port: int, body: bytes) -> None:
    url = f"http://127.0.0.1:{port}/api/messages"
    async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as response:
        if response.status not in (200, 201):
            raise RuntimeError(f"the bot answered {response.status}")
        await response.read()


def _body(address: str, number: int, questions: Sequence[str]) -> bytes:
    """Return a question of one of some hundred people, each in a chat of their own."""
    person = number % PEOPLE
    return json.dumps(
        {
            "type": "message",
            "id": f"{number}",
            "timestamp": "2026-11-23T12:00:00.000Z",
            "serviceUrl": address,
            "channelId": "msteams",
            "from": {"id": f"29:{person}", "name": "Bo", "aadObjectId": f"00000000-0000-0000-0000-{person:012}"},
            "conversation": {"conversationType": "personal", "tenantId": "t", "id": f"a:{person}"},
            "recipient": {"id": "28:bot", "name": "Vejviser"},
            "channelData": {"tenant": {"id": "t"}},
            "locale": "da-DK",
            "text": questions[number % len(questions)],
        }
    ).encode()
