"""Sends what waits in the outbox: notices to those who asked, to curators and to experts."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from starlette.routing import BaseRoute

from adapters.sql.notices import SqlNotices, Waiting
from bot.delivering import DeliveryError, OutcomeUnknown, RecipientGone, Throttled
from bot.errors import StoreError
from bot.ports import Messenger

_LOG = logging.getLogger("vejviser.notices")
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_BETWEEN_REMINDERS = 3600.0
_AT_ONCE = 20
_LEASE = timedelta(minutes=2)
_MOST_ATTEMPTS = 8
_LONGEST_WAIT = 600.0


class NoticePart:
    """Satisfies ``adapters.web.parts.Part``: no routes, and a task that runs as long as the server."""

    def __init__(
        self,
        notices: SqlNotices,
        messengers: Mapping[str, Messenger],
        clock: Callable[[], datetime],
        remind: Callable[[], object],
    ) -> None:
        self._notices = notices
        self._messengers = messengers
        self._clock = clock
        self._remind = remind
        self._task: asyncio.Task[None] | None = None
        self._fault = ""

    def routes(self) -> Sequence[BaseRoute]:
        """Return no routes."""
        return ()

    async def start(self) -> None:
        """Begin to send."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop; what is on its way is tried again by the next process, and found where it had arrived."""
        if self._task is not None:
            self._task.cancel()

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong with the store."""
        return {"notices": self._fault}

    async def send_waiting(self) -> int:
        """Send what waits now and return how much of it there was."""
        waiting = await asyncio.to_thread(self._notices.take, self._clock(), most=_AT_ONCE, lease=_LEASE)
        for notice in waiting:
            await asyncio.to_thread(self._notices.settle, notice.number, await self._send(notice))
        return len(waiting)

    async def _run(self) -> None:
        reminded_at = float("-inf")
        while True:
            try:
                if asyncio.get_running_loop().time() - reminded_at > _SECONDS_BETWEEN_REMINDERS:
                    await asyncio.to_thread(self._remind)
                    reminded_at = asyncio.get_running_loop().time()
                found = await self.send_waiting()
                self._fault = ""
            except StoreError as error:
                found, self._fault = 0, str(error)
            if not found:
                await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)

    async def _send(self, notice: Waiting) -> dict[str, object]:
        """Return what to write down after one attempt."""
        messenger = self._messengers.get(notice.to.partition(":")[0])
        if messenger is None:
            return {"failure": "platform-not-set-up"}
        try:
            # Only a first attempt can be sure that nothing of an earlier one arrived.
            if notice.attempts == 1 or not await _has_arrived(messenger, notice):
                await messenger.post(notice.to, notice.message)
        except RecipientGone as error:
            return {"failure": error.code}
        except Throttled as error:
            return {"next_at": self._clock() + timedelta(seconds=error.retry_after), "attempts": notice.attempts - 1}
        except DeliveryError as error:
            _LOG.warning("notice failed attempt=%d code=%s", notice.attempts, error.code)
            if notice.attempts >= _MOST_ATTEMPTS:
                return {"failure": error.code}
            return {"next_at": self._clock() + timedelta(seconds=_wait(notice.attempts))}
        return {"sent_at": self._clock()}


async def _has_arrived(messenger: Messenger, notice: Waiting) -> bool:
    try:
        return await messenger.find(notice.to, notice.message.key) is not None
    except OutcomeUnknown:
        return False  # this platform cannot tell; a notice twice is better than none


def _wait(attempts: int) -> float:
    return min(_LONGEST_WAIT, float(2**attempts)) * random.uniform(0.5, 1.0)  # noqa: S311 spreads load, guards nothing
