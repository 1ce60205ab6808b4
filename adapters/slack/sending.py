"""Everything that goes out to Slack: paced by channel, and tried again for as long as Slack asks to wait."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import aiohttp
from cachetools import TTLCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from adapters.slack.place import Json, Place, Team
from adapters.slack.sheet import Drawn
from adapters.slack.workspaces import Workspaces

_LOG = logging.getLogger("vejviser.slack")
_SECONDS_BETWEEN_MESSAGES: Final = 1.0
_SECONDS_OF_A_QUEUE: Final = 3600.0
_MOST_CHANNELS: Final = 10_000
_SLACK: Final = URL("https://slack.com")
_RESPONSES: Final = "hooks"
_HEADERS: Final = {"Content-Type": "application/json;charset=utf-8"}
_TRIES_OF_A_BROKEN_CONNECTION: Final = 3
_TOO_MANY: Final = 429
_FINE: Final = 200
#: What Slack says where the bot may not post, or whom it asks is not there.
_NOT_IN: Final = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived"})

Content = Mapping[str, Any]  # any: JSON


class Pace:
    """Lets one message a second into each channel; what comes faster waits its turn, and nothing is dropped."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._free_at: TTLCache[str, float] = TTLCache(_MOST_CHANNELS, _SECONDS_OF_A_QUEUE, clock)

    async def turn(self, channel: str) -> None:
        """Wait until ``channel`` takes another message."""
        now = self._clock()
        begin = max(now, self._free_at.get(channel, 0.0))
        self._free_at[channel] = begin + _SECONDS_BETWEEN_MESSAGES
        if begin > now:
            await self._sleep(begin - now)


class Sender:
    """Posts and replaces messages, where everyone sees them or only the one who asked."""

    def __init__(self, workspaces: Workspaces, api_url: str, pace: Pace | None = None) -> None:
        self._workspaces = workspaces
        self._pace = pace or Pace()
        self._names: TTLCache[Team, str] = TTLCache(_MOST_CHANNELS, _SECONDS_OF_A_QUEUE)
        self._bases = (_SLACK, URL(api_url).origin())

    async def client(self, place: Place) -> AsyncWebClient:
        """Return what speaks for the workspace of ``place``."""
        return await self._workspaces.client(place.team)

    async def post(self, place: Place, drawn: Drawn) -> None:
        """Post where everyone in the conversation sees it; also in a channel that the bot is not in, where it can."""
        client = await self.client(place)
        await self._pace.turn(place.channel)
        try:
            await client.chat_postMessage(channel=place.channel, **drawn.content(), **_thread(place))
        except SlackApiError as error:
            if not (_says(error) in _NOT_IN and self._may_respond(place)):
                raise
            # The address that came with the press reaches every channel; without it only those the bot is in.
            await self._respond(place, drawn, response_type="in_channel", replace_original=False)

    async def tell(self, place: Place, drawn: Drawn) -> None:
        """Answer the person alone; where the conversation is theirs anyway, as a message."""
        if place.is_private and self._may_respond(place):
            await self._respond(place, drawn, response_type="ephemeral", replace_original=False)
        elif place.is_direct or not place.channel:
            await self.post(place if place.channel else _own(place), drawn)
        else:
            await self._whisper(place, drawn)

    async def replace(self, place: Place, drawn: Drawn) -> None:
        """Put a message in the place of the one whose button was pressed."""
        if place.is_private and self._may_respond(place):
            await self._respond(place, drawn, replace_original=True)
        elif place.message and place.channel:
            client = await self.client(place)
            await client.chat_update(channel=place.channel, ts=place.message, **drawn.content())
        else:
            await self.tell(place, drawn)

    async def open_form(self, place: Place, trigger: str, view: Content) -> None:
        """Open a modal for whoever clicked."""
        await (await self.client(place)).views_open(trigger_id=trigger, view=dict(view))

    async def publish(self, place: Place, view: Content) -> None:
        """Put ``view`` into the person's Home tab."""
        await (await self.client(place)).views_publish(user_id=place.user, view=dict(view))

    async def suggest(self, place: Place, title: str, prompts: Sequence[str]) -> None:
        """Offer questions in the assistant container."""
        listed = [{"title": prompt[:70], "message": prompt} for prompt in prompts]
        await (await self.client(place)).assistant_threads_setSuggestedPrompts(
            channel_id=place.channel, thread_ts=place.thread, title=title, prompts=listed
        )

    async def own_name(self, place: Place) -> str:
        """Return what mentions call the bot in this workspace."""
        name = self._names.get(place.team)
        if name is None:
            found = await (await self.client(place)).auth_test()
            name = self._names[place.team] = str(found.get("user_id", ""))
        return name

    async def root(self, place: Place) -> Json:
        """Return the message that the thread hangs on."""
        client = await self.client(place)
        values = {"channel": place.channel, "ts": place.thread, "limit": 1, "include_all_metadata": True}
        found = await client.api_call("conversations.replies", data=values)
        messages: Sequence[Json] = found.get("messages") or ({},)
        return messages[0]

    async def _whisper(self, place: Place, drawn: Drawn) -> None:
        client = await self.client(place)
        await self._pace.turn(place.channel)
        try:
            await client.chat_postEphemeral(channel=place.channel, user=place.user, **drawn.content(), **_thread(place))
        except SlackApiError as error:
            if _says(error) not in _NOT_IN:
                raise
            await self.post(_own(place), drawn)

    def _may_respond(self, place: Place) -> bool:
        """Say whether the address that came with the request leads to Slack; it is used nowhere else."""
        try:
            address = URL(place.response_url)
        except ValueError:
            return False
        return any(_is_of(address, base) for base in self._bases) and address.user is None

    async def _respond(self, place: Place, drawn: Drawn, **how: Any) -> None:  # any: JSON
        body = json.dumps({**drawn.content(), **how}, ensure_ascii=False, separators=(",", ":")).encode()
        status = await self._put(URL(place.response_url), body)
        if status != _FINE:
            # Used up or run out: it serves five times and half an hour.
            _LOG.info("slack_response_refused status=%d", status)
            await (self._whisper(place, drawn) if place.channel else self.post(_own(place), drawn))

    async def _put(self, address: URL, body: bytes) -> int:
        """Post ``body``, as often as Slack asks to wait."""
        broken = 0
        while True:
            try:
                status, wait = await self._put_once(address, body)
            except (aiohttp.ClientConnectionError, TimeoutError):
                broken += 1
                if broken >= _TRIES_OF_A_BROKEN_CONNECTION:
                    raise
                status, wait = _TOO_MANY, float(broken)
            if status != _TOO_MANY:
                return status
            await asyncio.sleep(wait)

    async def _put_once(self, address: URL, body: bytes) -> tuple[int, float]:
        session = self._workspaces.session
        if session is None:
            async with aiohttp.ClientSession() as alone:
                return await _posted(alone, address, body)
        return await _posted(session, address, body)


async def _posted(session: aiohttp.ClientSession, address: URL, body: bytes) -> tuple[int, float]:
    async with session.post(address, data=body, headers=_HEADERS, allow_redirects=False) as response:
        return response.status, _seconds(response.headers.get("Retry-After", ""))


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 1.0


def _is_of(address: URL, base: URL) -> bool:
    """Say whether ``address`` is on ``base``, or on the host beside it that Slack takes responses at."""
    if address.scheme != base.scheme or not base.host:
        return False
    return address.host in {base.host, f"{_RESPONSES}.{base.host}"}


def _thread(place: Place) -> dict[str, Any]:  # any: the client's own
    return {"thread_ts": place.thread} if place.thread else {}


def _own(place: Place) -> Place:
    """Return the person's own conversation with the bot."""
    return Place(place.user, place.user, team=place.team)


def _says(error: SlackApiError) -> str:
    return str(error.response.get("error", "")) if hasattr(error.response, "get") else ""
