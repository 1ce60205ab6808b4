"""Workers are killed at random points of a send, on a platform that fails in every way that platforms fail."""

from __future__ import annotations

import random
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from benchmarks.acting import Behaviour, Running
from tests.sending.rounds import begin_round, counts, start_worker, state_of

RECIPIENTS = 1000
KILLS = 20
#: Slow enough that twenty kills, with a new worker after each, fall within the send.
PER_SECOND = 45
FAULTS = Behaviour(latency=0.2, throttled=0.05, failed=0.02, lost=0.01, posted_yet_throttled=0.01)


@pytest.fixture
def workers() -> Iterator[list[subprocess.Popen[bytes]]]:
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for worker in running:
        kill(worker)


def test_twenty_killed_workers_lose_nothing_and_double_nothing(
    engine: Engine, database_url: str, workers: list[subprocess.Popen[bytes]]
) -> None:
    dice = random.Random()
    begin_round(engine, [f"slack:C{number}" for number in range(RECIPIENTS)])
    with Running(FAULTS) as server:

        def start() -> None:
            workers.append(start_worker(database_url, {"slack": server.url}, limits={"slack": {"app": PER_SECOND}}))

        start()
        start()
        for _ in range(KILLS):
            asked = server.platform.seen.requests + dice.randint(1, RECIPIENTS // KILLS // 2)
            assert server.platform.wait_for(asked, seconds=30), "the send ended before the last kill"
            kill(workers.pop(dice.randrange(len(workers))))
            start()
        wait_until_done(engine, seconds=60)

    assert counts(engine) == {"delivered": RECIPIENTS}
    assert Counter(server.platform.seen.posted.values()) == {1: RECIPIENTS}


def kill(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.communicate()


def wait_until_done(engine: Engine, seconds: float) -> None:
    pause = threading.Event()
    for _ in range(int(seconds * 10)):
        if state_of(engine) == "done":
            return
        pause.wait(0.1)
    pytest.fail(f"the round did not end: {counts(engine)}")
