"""Everything that goes out to Slack: paced by channel, and retried where Slack asks for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from cachetools import TTLCache
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from adapters.slack.place import Place
from adapters.slack.sheet import Drawn

_SECONDS_BETWEEN_MESSAGES = 1.0
_MOST_CHANNELS = 10_000
_MOST_RETRIES = 3
_HOST_OF_RESPONSES = "hooks.slack.com"


def web_client(token: str, api_url: str) -> AsyncWebClient:
    """Return a client that waits as long as Slack asks when it is told to slow down."""
    client = AsyncWebClient(token=token, base_url=api_url)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=_MOST_RETRIES))
    return client


class Pace:
    """Lets one message a second into each channel; what comes faster waits its turn, and nothing is dropped."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at: TTLCache[str, float] = TTLCache(_MOST_CHANNELS, 60.0)

    async def turn(self, channel: str) -> None:
        """Wait until ``channel`` takes another message."""
        now = self._clock()
        begin = max(now, self._free_at.get(channel, 0.0))
        self._free_at[channel] = begin + _SECONDS_BETWEEN_MESSAGES
        if begin > now:
            await asyncio.sleep(begin - now)


class Sender:
    """Posts and replaces messages, where everyone sees them or only the one who asked."""

    def __init__(self, client: AsyncWebClient, api_url: str) -> None:
        self.client = client
        self._pace = Pace()
        self._hosts = {_HOST_OF_RESPONSES, urlsplit(api_url).hostname}

    async def post(self, place: Place, drawn: Drawn) -> None:
        """Post where everyone in the conversation sees it."""
        await self._pace.turn(place.channel)
        thread: dict[str, Any] = {"thread_ts": place.thread} if place.thread else {}  # any: the client's own
        await self.client.chat_postMessage(channel=place.channel, **drawn.content(), **thread)

    async def tell(self, place: Place, drawn: Drawn) -> None:
        """Answer the person alone; where the conversation is theirs anyway, as a message."""
        if place.response_url and place.is_private:
            await self._respond(place, {**drawn.content(), "response_type": "ephemeral"})
        elif place.is_direct or not place.channel:
            direct = place if place.channel else Place(place.user, place.user)
            await self.post(direct, drawn)
        else:
            await self._pace.turn(place.channel)
            thread: dict[str, Any] = {"thread_ts": place.thread} if place.thread else {}  # any: as above
            await self.client.chat_postEphemeral(channel=place.channel, user=place.user, **drawn.content(), **thread)

    async def replace(self, place: Place, drawn: Drawn) -> None:
        """Put a message in the place of the one whose button was pressed."""
        if place.response_url and place.is_private:
            await self._respond(place, {**drawn.content(), "replace_original": True})
        elif place.message:
            await self.client.chat_update(channel=place.channel, ts=place.message, **drawn.content())
        else:
            await self.tell(place, drawn)

    async def _respond(self, place: Place, content: dict[str, Any]) -> None:  # any: JSON
        # The address comes with the request, so it is used only where it leads to Slack.
        if urlsplit(place.response_url).hostname not in self._hosts:
            return
        await AsyncWebhookClient(place.response_url, session=self.client.session).send_dict(content)
