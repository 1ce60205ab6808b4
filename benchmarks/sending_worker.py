"""A worker in a process of its own, for fault tests and measurements: sends to acting platforms until it is ended."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import sys
import time
from collections.abc import Sequence

import aiohttp

from adapters.sending.limits import Limits, Whole
from adapters.sending.worker import Options, Pulse, Worker
from adapters.sql.engine import open_engine
from adapters.sql.sending import Interval, SendingStore
from benchmarks.acting import HttpMessenger
from bot.delivering import Address
from bot.sending import Action, Patience


def limits_of(platform: str, described: dict[str, object]) -> Limits:
    """Return a platform's limits from ``{"app": 2500.0, "each": [1.0, 1]}``."""
    app, each = described.get("app"), described.get("each")
    whole = Whole(platform, float(app)) if isinstance(app, int | float) else None
    interval = Interval(float(each[0]), int(each[1])) if isinstance(each, list) else None
    actions = ("post", "remind", "update", "delete")
    return Limits(
        whole=dict.fromkeys(actions, whole) if whole else {},
        each=dict.fromkeys(actions, interval) if interval else {},
    )


class Spreader:
    """Writes down the same audience for every round."""

    def __init__(self, store: SendingStore, audience: Sequence[str]) -> None:
        self._store = store
        self._audience = [(Address(address), "") for address in audience]

    async def spread(self, round_: str) -> None:
        """Write down everyone whom ``round_`` concerns."""
        if not self._audience:
            raise AssertionError("these rounds are spread beforehand")
        now = time.time()
        await asyncio.to_thread(self._store.spread, round_, self._audience, action=Action.POST, now=now)
        await asyncio.to_thread(self._store.end_spreading, round_, now)


async def run(settings: dict[str, object]) -> None:
    """Send until the process is ended."""
    pulse = Pulse(*settings.get("pulse", (0.3, 2.0, 0.1)))  # type: ignore[misc]
    options = Options(
        limits={name: limits_of(name, each) for name, each in settings.get("limits", {}).items()},  # type: ignore[attr-defined]
        patience=Patience(lambda count: random.uniform(0, 0.05 * 2**count), settling=0.3, longest_call=0.3),
        pulse=pulse,
    )
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=200)) as session:
        messengers = {name: HttpMessenger(url, session) for name, url in settings["platforms"].items()}  # type: ignore[attr-defined]
        engine = open_engine(str(settings["database"]))
        spreader = Spreader(SendingStore(engine), settings.get("audience", ()))  # type: ignore[arg-type]
        worker = Worker(engine, messengers, spreader.spread, options=options)
        await worker.start()
        sys.stdout.write("started\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main(settings: dict[str, object]) -> None:
    """Send until the process is ended."""
    logging.basicConfig(level="WARNING")
    asyncio.run(run(settings))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
