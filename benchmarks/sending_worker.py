"""A worker in a process of its own, for fault tests and measurements: sends to acting platforms until it is ended."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys

import aiohttp

from adapters.sending.limits import Limits, Whole
from adapters.sending.worker import Options, Pulse, Worker
from adapters.sql.engine import open_engine
from adapters.sql.sending import Interval
from benchmarks.acting import HttpMessenger
from bot.sending import Patience


def limits_of(described: dict[str, object]) -> Limits:
    """Return limits from ``{"app": 2500.0, "each": [1.0, 1]}``."""
    app, each = described.get("app"), described.get("each")
    whole = Whole("app", float(app)) if isinstance(app, int | float) else None
    interval = Interval(float(each[0]), int(each[1])) if isinstance(each, list) else None
    actions = ("post", "remind", "update", "delete")
    return Limits(
        whole=dict.fromkeys(actions, whole) if whole else {},
        each=dict.fromkeys(actions, interval) if interval else {},
    )


async def _never(_round: str) -> None:
    raise AssertionError("these rounds are spread beforehand")


async def run(settings: dict[str, object]) -> None:
    """Send until the process is ended."""
    pulse = Pulse(*settings.get("pulse", (0.3, 2.0, 0.1)))  # type: ignore[misc]
    options = Options(
        limits={name: limits_of(each) for name, each in settings.get("limits", {}).items()},  # type: ignore[attr-defined]
        patience=Patience(
            lambda count: random.uniform(0, 0.05 * 2**count), settling=float(settings.get("settling", 0.3))
        ),  # type: ignore[arg-type]
        pulse=pulse,
    )
    timeout = aiohttp.ClientTimeout(total=10)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=200)) as session:
        messengers = {name: HttpMessenger(url, session) for name, url in settings["platforms"].items()}  # type: ignore[attr-defined]
        worker = Worker(open_engine(str(settings["database"])), messengers, _never, options=options)
        await worker.start()
        sys.stdout.write("started\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    logging.basicConfig(level="WARNING")
    asyncio.run(run(json.loads(sys.argv[1])))
