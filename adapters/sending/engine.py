"""The engine that hands shares to workers and hands a dead worker's shares to the others: DBOS, inside our database.

What it is asked to remember is small on purpose: which share is whose. Who had the message is in our own records, so a
share that is run twice, or again after a crash, does no harm. Measured in docs/decisions/0050-sending-engine.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL

from adapters.sql.sending import DueShare

if TYPE_CHECKING:
    from dbos import DBOSConfig

#: All processes that share a database are one application to the engine, whatever version of ours they run.
_VERSION: Final = "1"
_ROUNDS: Final = "rounds"
_SHARES_AT_ONCE: Final = 4
_SECONDS_BETWEEN_LOOKS: Final = 0.25
_STEP: Final = {"retries_allowed": True, "max_attempts": 8, "interval_seconds": 1.0, "backoff_rate": 2.0}
_LOST: Final = frozenset({"ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})
_log = logging.getLogger(__name__)

SendShare = Callable[[str, int], Awaitable[None]]
SpreadRound = Callable[[str], Awaitable[None]]


def queue_of(share: DueShare) -> str:
    """Return the queue that ``share`` waits in, so that nothing slow stands before what could go."""
    if share.round.startswith("notice-"):
        return f"{share.platform}.notice"
    return f"{share.platform}.post" if share.action.is_posting else f"{share.platform}.change"


class Engine:
    """One process's part of the engine. There is one in a process, because the library keeps it in a global."""

    def __init__(self, url: URL, worker: str) -> None:
        self._database = url
        self._worker = worker
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self, platforms: Iterable[str], *, send: SendShare, spread: SpreadRound) -> None:
        """Begin to take shares of ``platforms``; ``send`` and ``spread`` are called on the loop that calls this."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._launch, tuple(platforms), send, spread)

    async def stop(self) -> None:
        """Take nothing more; what is under way is given a few seconds."""
        await asyncio.to_thread(self._destroy)

    async def hand_on(self, shares: Sequence[DueShare]) -> None:
        """Queue ``shares``; one that is queued already stays as it is."""
        if shares:
            await asyncio.to_thread(self._enqueue, shares)

    async def spread(self, round_: str, attempt: int) -> None:
        """Queue the writing down of a round's audience."""
        await asyncio.to_thread(self._enqueue_round, round_, attempt)

    async def recover(self, dead: Sequence[str]) -> None:
        """Give the work of ``dead`` workers back to the queues."""
        await asyncio.to_thread(self._recover, list(dead))

    async def holders(self) -> frozenset[str]:
        """Return the workers that hold something, whether or not they still live."""
        return await asyncio.to_thread(self._find_holders)

    async def lost(self, shares: Sequence[DueShare]) -> tuple[DueShare, ...]:
        """Return those of ``shares`` that the engine has given up, or never got."""
        return await asyncio.to_thread(self._find_lost, shares)

    def _launch(self, platforms: Sequence[str], send: SendShare, spread: SpreadRound) -> None:
        # Imported here, because it takes longer than a question takes to answer.
        from dbos import DBOS

        _quieten()
        DBOS(config=self._config())

        @DBOS.step(name="send", **_STEP)  # type: ignore[arg-type]  # the options are of several types
        async def send_step(round_: str, number: int) -> None:
            await self._here(send(round_, number))

        @DBOS.workflow(name="send-share", max_recovery_attempts=None)
        async def send_share(round_: str, number: int) -> None:
            await send_step(round_, number)

        @DBOS.step(name="spread", **_STEP)  # type: ignore[arg-type]  # as above
        async def spread_step(round_: str) -> None:
            await self._here(spread(round_))

        @DBOS.workflow(name="spread-round", max_recovery_attempts=None)
        async def spread_round(round_: str) -> None:
            await spread_step(round_)

        self._send_share, self._spread_round = send_share, spread_round
        DBOS.launch()
        names = [f"{platform}.{kind}" for platform in platforms for kind in ("post", "change", "notice")]
        for name in (_ROUNDS, *names):
            DBOS.register_queue(
                name,
                worker_concurrency=_SHARES_AT_ONCE,
                polling_interval_sec=_SECONDS_BETWEEN_LOOKS,
                on_conflict="always_update",
            )

    async def _here(self, work: Awaitable[None]) -> None:
        """Run ``work`` on our own loop, where the platforms' sessions live."""
        if self._loop is None:
            raise RuntimeError("the engine was not started")
        future: Future[None] = asyncio.run_coroutine_threadsafe(_awaited(work), self._loop)
        await asyncio.wrap_future(future)

    def _config(self) -> DBOSConfig:
        return {
            "name": "vejviser",
            "system_database_url": self._url(),
            "application_version": _VERSION,
            "executor_id": self._worker,
            "log_level": "ERROR",
            "enable_otlp": False,
        }

    def _url(self) -> str:
        """Return the engine's own part of the database: a schema on a server, a second file beside ours."""
        if self._database.get_backend_name() == "postgresql":
            return self._database.set(drivername="postgresql").render_as_string(hide_password=False)
        file = Path(self._database.database or "vejviser.db")
        return f"sqlite:///{file.with_name(f'{file.stem}-engine{file.suffix}')}"

    def _destroy(self) -> None:
        from dbos import DBOS

        DBOS.destroy(workflow_completion_timeout_sec=5, destroy_registry=True)

    def _enqueue(self, shares: Sequence[DueShare]) -> None:
        from dbos import DBOS, SetWorkflowID

        for share in shares:
            with SetWorkflowID(_name(share)):
                DBOS.enqueue_workflow(queue_of(share), self._send_share, share.round, share.number)

    def _enqueue_round(self, round_: str, attempt: int) -> None:
        from dbos import DBOS, SetWorkflowID

        with SetWorkflowID(f"{round_}:spread:{attempt}"):
            DBOS.enqueue_workflow(_ROUNDS, self._spread_round, round_)

    def _recover(self, dead: list[str]) -> None:
        from dbos import DBOS

        # The library's own way in for this, the recovery address of its administration server, is off.
        DBOS._recover_pending_workflows(dead)

    def _find_holders(self) -> frozenset[str]:
        from dbos import DBOS

        held = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        return frozenset(each.executor_id for each in held if each.executor_id)

    def _find_lost(self, shares: Sequence[DueShare]) -> tuple[DueShare, ...]:
        from dbos import DBOS

        names = {_name(share): share for share in shares}
        found = DBOS.list_workflows(workflow_ids=list(names), load_input=False, load_output=False) if names else []
        states = {status.workflow_id: status.status for status in found}
        return tuple(share for name, share in names.items() if states.get(name, "ERROR") in _LOST | {"SUCCESS"})


def _name(share: DueShare) -> str:
    return f"{share.round}:{share.number}:{share.run}"


async def _awaited(work: Awaitable[None]) -> None:
    await work


def _quieten() -> None:
    """Keep the library from writing to the terminal by itself; its errors still reach our log."""
    logging.getLogger("dbos").setLevel(logging.ERROR)
