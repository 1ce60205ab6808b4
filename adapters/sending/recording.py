"""Records many attempts in one transaction, without any of them being handed on before its record is safe.

Each delivery is written down twice, before and after it is handed to its platform. A transaction for each would be the
slowest part of sending by far, so those that come together are written together: a delivery waits for the transaction
that is under way, and shares the next one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from adapters.sql.sending import Beginning, SendingStore
from bot.sending import Settled

Entry = TypeVar("Entry")
Result = TypeVar("Result")


class Together(Generic[Entry, Result]):
    """Collects entries while a call is under way, and makes the next call with all of them."""

    def __init__(self, call: Callable[[Sequence[Entry]], Sequence[Result]], *, most: int = 200) -> None:
        self._call = call
        self._most = most
        self._waiting: list[tuple[Entry, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, entry: Entry) -> Result:
        """Return what the call says of ``entry``, once it has been made."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                results = await asyncio.to_thread(self._call, [entry for entry, _ in batch])
            except Exception as error:  # noqa: BLE001 handed to everyone who waits for it
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)


class Records:
    """Writes the beginnings and the ends of deliveries, each kind together."""

    def __init__(self, store: SendingStore) -> None:
        self._store = store
        self._beginnings: Together[tuple[Beginning, str], float | None] = Together(self._begin)
        self._ends: Together[Settled, None] = Together(self._settle)

    async def begin(self, beginning: Beginning, holder: str) -> float | None:
        """Return 0 once the delivery is marked, seconds to wait where it is not its turn, None where it is lost."""
        return await self._beginnings.add((beginning, holder))

    async def settle(self, settled: Settled) -> None:
        """Return once ``settled`` is stored."""
        await self._ends.add(settled)

    def _begin(self, entries: Sequence[tuple[Beginning, str]]) -> Sequence[float | None]:
        holders: Mapping[int, str] = {beginning.id: holder for beginning, holder in entries}
        waits = self._store.begin([beginning for beginning, _ in entries], holders)
        return [waits.get(beginning.id) for beginning, _ in entries]

    def _settle(self, entries: Sequence[Settled]) -> Sequence[None]:
        self._store.settle(entries)
        return [None] * len(entries)
