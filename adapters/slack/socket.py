"""Socket Mode: a connection out to Slack that is kept up, whatever happens to it."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential

if TYPE_CHECKING:
    from aiohttp import WSMessage

_log = logging.getLogger(__name__)
_FAULTS: Final = (SlackClientError, aiohttp.ClientError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Watch:
    """How a connection is watched, in seconds: between pings, and of silence before it counts as dead.

    Slack answers each ping, so silence means that the connection is gone although nobody closed it.
    """

    ping: float = 10.0
    silence: float = 60.0
    longest_wait: float = 60.0


class Socket:
    """One connection; it is made inside the event loop, and made anew whenever it is lost."""

    def __init__(self, app: AsyncApp, app_token: str, watch: Watch | None = None) -> None:
        self._app = app
        self._app_token = app_token
        self._watch = watch or Watch()
        self._client: SocketModeClient | None = None
        self._heard = 0.0
        self._task: asyncio.Task[None] | None = None
        self.fault = "not connected yet"

    def start(self) -> None:
        """Begin to connect, without waiting for it: Slack that is away must not keep the rest from starting."""
        handler = AsyncSocketModeHandler(self._app, self._app_token, ping_interval=self._watch.ping)
        self._client = handler.client
        self._client.on_message_listeners.append(self._hear)
        self._task = asyncio.create_task(self._keep(self._client))

    async def stop(self) -> None:
        """Close the connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._client is not None:
            await self._client.close()  # type: ignore[no-untyped-call]  # the library has no types

    async def _hear(self, _message: WSMessage) -> None:
        self._heard = time.time()

    async def _keep(self, client: SocketModeClient) -> None:
        await self._connect(client)
        while True:
            await asyncio.sleep(self._watch.ping)
            if time.time() - max(self._heard, client.last_ping_pong_time or 0.0) > self._watch.silence:
                _log.warning("slack_socket_silent seconds=%d", self._watch.silence)
                self.fault = "the connection fell silent; it is being replaced"
                await self._connect(client)

    async def _connect(self, client: SocketModeClient) -> None:
        """Connect, again and again until it works."""
        tries = AsyncRetrying(
            retry=retry_if_exception_type(_FAULTS),
            wait=wait_random_exponential(multiplier=0.5, max=self._watch.longest_wait),
            before_sleep=self._note,
        )
        async for attempt in tries:
            with attempt:
                # By itself the library would try the same address for ever; Slack's serve for one connection.
                # (And not ``wait_for``, which may lose a cancellation that comes in the moment of success.)
                async with asyncio.timeout(self._watch.silence):
                    await client.connect_to_new_endpoint(force=True)
        self._heard = time.time()
        self.fault = ""

    def _note(self, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        self.fault = "cannot connect; check SLACK_APP_TOKEN and the network"
        _log.warning("slack_socket_failed error=%s", type(error).__name__)
