"""The way out to Slack: one session, one token, and one message a second in a channel."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from cachetools import TTLCache
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SlackSettings

_SECONDS_BETWEEN: Final = 1.0
_SECONDS_TO_ANSWER: Final = 20
_MOST_CHANNELS: Final = 20_000
_MOST_TRIES: Final = 5
_SLACK: Final = "slack.com"


class Pace:
    """Holds Slack's rate of one message a second in a channel."""

    def __init__(self) -> None:
        self._next: TTLCache[str, float] = TTLCache(_MOST_CHANNELS, 600)

    async def wait(self, channel: str) -> None:
        """Return when ``channel`` may have its next message."""
        now = time.monotonic()
        turn = max(now, self._next.get(channel, 0.0))
        self._next[channel] = turn + _SECONDS_BETWEEN
        if turn > now:
            await asyncio.sleep(turn - now)


class Line:
    """Calls the Web API; opened inside the event loop."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None
        self._pace = Pace()
        # Slack refuses a token in so many words; the retries are for 429 alone, so that nothing is posted twice.
        self.patient = self._client(AsyncRateLimitErrorRetryHandler(max_retry_count=_MOST_TRIES))
        self.plain = self._client()

    def open(self) -> None:
        """Share one session from now on."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS_TO_ANSWER))
        self.patient.session = self.plain.session = self._session

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()

    async def post(self, channel: str, content: Mapping[str, Any], thread: str = "") -> None:  # any: JSON
        """Post to ``channel``, in its turn."""
        await self._pace.wait(channel)
        await self.patient.chat_postMessage(channel=channel, thread_ts=thread or None, **content)

    async def whisper(self, channel: str, user: str, content: Mapping[str, Any], thread: str = "") -> None:
        """Post to ``channel`` so that only ``user`` sees it."""
        blocks, text = content["blocks"], content["text"]
        await self.patient.chat_postEphemeral(
            channel=channel, user=user, text=text, blocks=blocks, thread_ts=thread or None
        )

    def may_respond(self, address: str) -> bool:
        """Say whether ``address`` is one that Slack gave out, or the set Web API's host."""
        parts = urlsplit(address)
        host = parts.hostname or ""
        is_slack = parts.scheme == "https" and (host == _SLACK or host.endswith(f".{_SLACK}"))
        base = urlsplit(self._settings.api_url)
        return is_slack or (parts.scheme, host, parts.port) == (base.scheme, base.hostname, base.port)

    async def respond(self, address: str, content: Mapping[str, Any]) -> bool:  # any: JSON
        """Answer at the address that came with a command or a press; say whether it was taken."""
        if self._session is None or not self.may_respond(address):
            return False
        async with self._session.post(address, json=dict(content), allow_redirects=False) as response:
            return response.status < 300

    def _client(self, *handlers: AsyncRateLimitErrorRetryHandler) -> AsyncWebClient:
        client = AsyncWebClient(
            token=self._settings.bot_token, base_url=self._settings.api_url, timeout=_SECONDS_TO_ANSWER
        )
        client.retry_handlers = list(handlers)
        return client
