"""How fast announcements go: without limits, within limits that a platform enforces, at their time, by two workers.

Workers and the acting platform are processes of their own, each worker on one core where it is measured alone. What is
counted is what the platform received and what the database says.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from sqlalchemy import Engine

from adapters.sql.engine import open_engine, reading
from adapters.sql.migrating import migrate
from adapters.sql.sending import ROUNDS
from benchmarks.acting import Behaviour, described
from tests.databases import PostgresServer
from tests.sending.rounds import CARD, begin_round, counts, plan_round

Row = tuple[str, str, str]
WORKER_CORE = 0
UNLIMITED = 4_000
LIMITED = 50_000
#: What each of the two acting platforms allows in a second at most; Slack's and Teams' own are 4 and 49.
ALLOWED = 500
#: How much of what the machine can do at this moment that may be, because the limits are measured and not the machine.
OF_THE_MACHINE = 0.25
#: As in real workers: seconds between signs of life, of silence, between looks.
PULSE = (2.0, 24.0, 0.5)
WAITING = Behaviour(latency=0.3)


def rows() -> list[Row]:
    """Measure, and return the table's rows."""
    bare = _bare(UNLIMITED)
    alone = _alone(UNLIMITED)
    small, large = _alone(1_000), _alone(3 * UNLIMITED)
    allowed = min(ALLOWED, int(alone.rate * OF_THE_MACHINE))
    limited = _within_limits(allowed)
    return [
        ("Announcements: bare client", f"{bare:.0f} /s", "records nothing"),
        ("Announcements: one worker", f"{alone.rate:.0f} /s", f"{alone.rate / bare:.2f} of the bare client"),
        ("Announcements: its memory", f"{large.memory:.0f} MB", f"{large.memory / small.memory:.2f} of 12 times fewer"),
        (
            f"Announcements: {LIMITED:,} limited",
            f"{limited.seconds:.0f} s",
            f"{limited.ratio:.3f} of what limits of 2 × {allowed} /s allow; {limited.refused} refused",
        ),
        *_scheduled(),
        *_two_workers(),
    ]


@dataclass(frozen=True)
class Run:
    """What one worker did."""

    rate: float
    memory: float


@dataclass(frozen=True)
class Limited:
    """A send within limits; ``ratio`` is to the time that the limits themselves take."""

    seconds: float
    ratio: float
    refused: int


@contextlib.contextmanager
def _platform(behaviour: Behaviour) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.acting", described(behaviour)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'vejviser.db'}"


@contextlib.contextmanager
def _postgresql() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="vv-"))
    server = PostgresServer(folder)
    server.start()
    try:
        yield server.create()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _migrated(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    migrate(engine)
    yield engine
    engine.dispose()


@contextlib.contextmanager
def _worker(
    url: str, platforms: Mapping[str, str], *, core: int | None = None, **settings: object
) -> Iterator[subprocess.Popen[bytes]]:
    cores = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        process = _started({"database": url, "platforms": dict(platforms), "pulse": PULSE, **settings})
    finally:
        os.sched_setaffinity(0, cores)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _started(settings: Mapping[str, object]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.sending_worker", json.dumps(settings)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def _addresses(platform: str, count: int) -> list[str]:
    return [f"{platform}:C{number}" for number in range(count)]


def _alone(count: int) -> Run:
    """Send to ``count`` recipients by one worker on one core, recorded in a SQLite file."""
    with _sqlite() as url, _migrated(url) as engine, _platform(Behaviour()) as server:
        begin_round(engine, _addresses("slack", count))
        with _worker(url, {"slack": server}, core=WORKER_CORE) as worker:
            _wait(engine, ["r1"])
            memory = _resident(worker.pid)
        seen = _seen(server)
        _expect_all(engine, count, [seen])
        return Run(count / (seen["last"] - seen["first"]), memory)


def _bare(count: int) -> float:
    """Return the posts a second of a client that records nothing, on one core."""
    bodies = [json.dumps({"to": to, "key": "r1", "text": CARD.text}) for to in _addresses("slack", count)]
    with _platform(Behaviour()) as server:
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {WORKER_CORE})
        try:
            asyncio.run(_post_all(server, bodies))
        finally:
            os.sched_setaffinity(0, cores)
        seen = _seen(server)
        return count / (seen["last"] - seen["first"])


async def _post_all(server: str, bodies: Sequence[str]) -> None:
    left = iter(bodies)

    async def post(session: aiohttp.ClientSession) -> None:
        for body in left:
            async with session.post(f"{server}/post", data=body) as response:
                await response.json()

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(post(session) for _ in range(48)))


def _within_limits(allowed: int) -> Limited:
    """Send on two platforms at once that refuse whatever comes faster than they allow, by one worker."""
    behaviour = Behaviour(app_limit=(allowed, 1.0), channel_limits=((1, 1.0),))
    each = LIMITED // 2
    limits = {name: {"app": allowed * 0.97, "each": [1.02, 1]} for name in ("slack", "teams")}
    with _sqlite() as url, _migrated(url) as engine, _platform(behaviour) as slack, _platform(behaviour) as teams:
        begin_round(engine, _addresses("slack", each) + _addresses("teams", each))
        with _worker(url, {"slack": slack, "teams": teams}, limits=limits):
            _wait(engine, ["r1"])
        seen = [_seen(slack), _seen(teams)]
        _expect_all(engine, LIMITED, seen)
        seconds = max(one["last"] for one in seen) - min(one["first"] for one in seen)
        return Limited(seconds, seconds / (each / allowed), int(sum(one["refused"] for one in seen)))


def _scheduled() -> list[Row]:
    """Return how late three announcements were, whose time came while the worker was idle."""
    late = []
    with _sqlite() as url, _migrated(url) as engine:
        for number in range(3):
            with _platform(Behaviour()) as server, _worker(url, {"slack": server}, audience=_addresses("slack", 20)):
                due = time.time() + 2.3 + number / 3
                plan_round(engine, id_=f"r{number}", due=due)
                _wait(engine, [f"r{number}"])
                late.append(_seen(server)["first"] - due)
    return [("Announcements: late at start", f"{max(late):.2f} s", "at most, of three")]


def _two_workers() -> list[Row]:
    """Return what a second worker adds on PostgreSQL where each message takes the platform 0.3 s."""
    with _postgresql() as url, _migrated(url) as engine, _platform(WAITING) as server:
        rates = []
        for number, workers in ((1, 1), (2, 2)):
            id_ = f"r{number}"
            with contextlib.ExitStack() as stack:
                for _ in range(workers):
                    stack.enter_context(_worker(url, {"slack": server}))
                begin_round(engine, _addresses("slack", UNLIMITED), id_=id_)
                _wait(engine, [id_])
            rates.append(UNLIMITED / _lasted(engine, id_))
    return [("Announcements: two workers", f"{rates[1]:.0f} /s", f"{rates[1] / rates[0]:.2f} times one")]


def _lasted(engine: Engine, round_: str) -> float:
    with reading(engine) as connection:
        began, ended = connection.execute(sa.select(ROUNDS.c.began, ROUNDS.c.ended).where(ROUNDS.c.id == round_)).one()
    return float(ended - began)


def _wait(engine: Engine, rounds: Sequence[str]) -> None:
    open_ = sa.select(sa.func.count()).where(ROUNDS.c.id.in_(rounds), ROUNDS.c.state != "done")
    while True:
        with reading(engine) as connection:
            if not connection.execute(open_).scalar():
                return
        time.sleep(0.2)


def _resident(process: int) -> float:
    """Return the most memory that ``process`` has held, in MB."""
    lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _seen(server: str) -> dict[str, float]:
    async def ask() -> dict[str, float]:
        async with aiohttp.ClientSession() as session, session.get(f"{server}/seen") as response:
            seen: dict[str, float] = await response.json()
            return seen

    return asyncio.run(ask())


def _expect_all(engine: Engine, count: int, seen: Sequence[Mapping[str, float]]) -> None:
    found = counts(engine)
    if found != {"delivered": count} or any(one["doubled"] for one in seen):
        raise AssertionError(f"the send lost or doubled something: {found} {seen}")
