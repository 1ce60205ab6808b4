"""Workers are killed at random points of a send, on a platform that fails in every way that platforms fail.

The platform stands still while they are killed, so each death falls within the send however fast the machine is.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import Engine, delete

from adapters.sql.engine import writing
from adapters.sql.sending import WORKERS
from benchmarks import sending_worker
from benchmarks.acting import Behaviour, Running
from tests.sending.rounds import begin_round, counts, state_of

RECIPIENTS = 1000
KILLS = 20
#: Messages between two kills at most, and those among them that arrived and were never answered.
BETWEEN = 40
UNANSWERED = 5
PATIENCE = 90
FAULTS = Behaviour(throttled=0.05, failed=0.02, lost=0.01, posted_yet_throttled=0.01)

Start = Callable[[str, str], BaseProcess]


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Return what starts a worker for a platform's address; all of them begin as copies of a process that is warm."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.sending_worker", "dbos"])
    running: list[BaseProcess] = []

    def begin(database: str, platform: str) -> BaseProcess:
        settings = {"database": database, "platforms": {"slack": platform}}
        worker = context.Process(target=sending_worker.main, args=(settings,), daemon=True)
        worker.start()
        running.append(worker)
        return worker

    yield begin
    for worker in running:
        kill(worker)


def test_twenty_killed_workers_lose_nothing_and_double_nothing(engine: Engine, database_url: str, start: Start) -> None:
    dice = random.Random()
    begin_round(engine, [f"slack:C{number}" for number in range(RECIPIENTS)])
    with Running(FAULTS) as server:
        workers = [start(database_url, server.url), start(database_url, server.url)]
        kept = 0
        for _ in range(KILLS):
            answered = kept + dice.randint(0, BETWEEN - UNANSWERED)
            kept = answered + UNANSWERED
            server.allow(kept=kept, answered=answered)
            assert server.platform.wait_until_kept(kept, seconds=PATIENCE), f"the send stopped: {counts(engine)}"
            for dead in dice.sample(workers, dice.choice([1, 1, 1, len(workers)])):
                kill(dead)
                workers.remove(dead)
                workers.append(start(database_url, server.url))
        server.allow()
        wait_until_done(engine)

    assert counts(engine) == {"delivered": RECIPIENTS}
    assert Counter(server.platform.seen.posted.values()) == {1: RECIPIENTS}


def test_a_share_is_taken_over_from_a_worker_that_nobody_knows_any_more(
    engine: Engine, database_url: str, start: Start
) -> None:
    begin_round(engine, [f"slack:C{number}" for number in range(20)])
    with Running(Behaviour()) as server:
        server.allow(kept=5, answered=3)
        dead = start(database_url, server.url)
        assert server.platform.wait_until_kept(5, seconds=PATIENCE)
        kill(dead)
        strike_off_everyone(engine)

        server.allow()
        start(database_url, server.url)
        wait_until_done(engine)

    assert counts(engine) == {"delivered": 20}
    assert Counter(server.platform.seen.posted.values()) == {1: 20}


def strike_off_everyone(engine: Engine) -> None:
    """As when the others took a worker for dead that took one more share and then died."""
    with writing(engine) as connection:
        connection.execute(delete(WORKERS))


def kill(worker: BaseProcess) -> None:
    worker.kill()
    worker.join()


def wait_until_done(engine: Engine) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE * 10):
        if state_of(engine) == "done":
            return
        pause.wait(0.1)
    pytest.fail(f"the round did not end: {counts(engine)}")
