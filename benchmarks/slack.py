"""Signed ``/vejviser`` questions a second, beside Slack's library as it comes and a bare signature check.

Each bot is one process on the first core, on the same server; the load and the far end that takes the answers run on
the second. A question counts once its answer has been taken: from the request for the two that say hello in it, at the
``response_url`` for Vejviser.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

import aiohttp

from benchmarks.far_end import Line, Replies, free_port, ready
from benchmarks.slack_bots import PATH, SECRET
from benchmarks.teams_bots import CORE

AT_ONCE = 64
SECONDS = 5.0
ROUNDS = 2
BOTS = ("bolt", "bare", "vejviser")
Row = tuple[str, str, str]
_SLACK_SAYS = b'{"ok": true, "user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1"}'


@dataclass(frozen=True)
class Run:
    """What one bot did: questions a second at 64 at once, and the median of a lone request in milliseconds."""

    rate: float
    alone: float


def rows(questions: Sequence[str]) -> list[Row]:
    """Measure the bots in turn, twice, and return the table's rows from each one's better round."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores - {CORE} or cores)
    try:
        runs = {name: [_measure(name, questions) for _ in range(ROUNDS)] for name in BOTS}
    finally:
        os.sched_setaffinity(0, cores)
    rate = {name: max(run.rate for run in runs[name]) for name in BOTS}
    alone = {name: min(run.alone for run in runs[name]) for name in BOTS}
    return [
        ("Slack: bare slack-bolt", f"{rate['bolt']:.0f} /s", f"alone {alone['bolt']:.2f} ms"),
        ("Slack: signature alone", f"{rate['bare']:.0f} /s", f"alone {alone['bare']:.2f} ms"),
        ("Slack: questions", f"{rate['vejviser']:.0f} /s", _shares(rate)),
        ("Slack: acknowledged alone", f"{alone['vejviser']:.2f} ms", _shares(alone)),
    ]


def _shares(of: dict[str, float]) -> str:
    return f"{of['vejviser'] / of['bolt']:.2f} of bare slack-bolt, {of['vejviser'] / of['bare']:.2f} of signature alone"


def _measure(name: str, questions: Sequence[str]) -> Run:
    return asyncio.run(_load(name, questions))


async def _load(name: str, questions: Sequence[str]) -> Run:
    replies = Replies()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(replies, _SLACK_SAYS), "127.0.0.1", 0)
    far = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.slack_bots", name, str(port), f"{far}/api/"]
    bot = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}{PATH}"
    bodies = (_body(far, number, questions) for number in itertools.count())
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
            await ready(session, url)
            await _press_on(session, url, bodies, 1, 1.0)
            alone = statistics.median(await _press_on(session, url, bodies, 1, 2.0))
            await _press_on(session, url, bodies, AT_ONCE, 1.0)
            await _settled(replies)
            rate = await _rate(session, url, bodies, replies if name == "vejviser" else None)
    finally:
        bot.terminate()
        bot.wait()
        server.close()
    return Run(rate, alone)


async def _rate(session: aiohttp.ClientSession, url: str, bodies: Iterator[bytes], replies: Replies | None) -> float:
    before = replies.count if replies else 0
    began = time.perf_counter()
    asked = len(await _press_on(session, url, bodies, AT_ONCE, SECONDS))
    while replies and replies.count - before < asked:
        await asyncio.sleep(0.005)
        if time.perf_counter() - began > SECONDS * 10:
            raise RuntimeError(f"{asked} questions were answered with {replies.count - before} replies")
    return asked / (time.perf_counter() - began)


async def _settled(replies: Replies) -> None:
    """Return once no more replies come."""
    count = -1
    while count != replies.count:
        count = replies.count
        await asyncio.sleep(0.3)


async def _press_on(
    session: aiohttp.ClientSession, url: str, bodies: Iterator[bytes], at_once: int, seconds: float
) -> list[float]:
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def ask() -> None:
        while time.perf_counter() < end:
            began = time.perf_counter()
            await _post(session, url, next(bodies))
            times.append((time.perf_counter() - began) * 1000)

    await asyncio.gather(*(ask() for _ in range(at_once)))
    return times


async def _post(session: aiohttp.ClientSession, url: str, body: bytes) -> None:
    headers = {**signed(body), "Content-Type": "application/x-www-form-urlencoded"}
    async with session.post(url, data=body, headers=headers) as response:
        if response.status != 200:
            raise RuntimeError(f"the bot answered {response.status}")
        await response.read()


def signed(body: bytes) -> dict[str, str]:
    """Return the headers with which Slack signs ``body``."""
    stamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={signature}"}


def _body(far: str, number: int, questions: Sequence[str]) -> bytes:
    values = {"command": "/vejviser", "text": questions[number % len(questions)], "user_id": f"U{number % 400}",
              "channel_id": f"C{number % 100}", "team_id": "T1", "trigger_id": f"t{number}",
              "response_url": f"{far}/response/{number}"}  # fmt: skip
    return urlencode(values).encode()
