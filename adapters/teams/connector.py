"""Talks to Teams' Bot Connector over one shared session.

The bot library's own client opens a session for each reply, compares half a million status codes for it and never tries
again (docs/decisions/0040-teams-library.md); it sends through this one instead.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt, wait_random_exponential
from yarl import URL

from adapters.teams.activities import Json
from adapters.teams.credentials import Credentials
from adapters.teams.pacing import Pace
from bot.delivering import DeliveryError, OutcomeUnknown, RecipientGone, TemporaryFault, Throttled

#: What Teams asks to be tried again, and the server errors that are its own fault just as well.
_TEMPORARY: Final = frozenset({408, 412, 500, 502, 503, 504})
_ATTEMPTS: Final = 6
_LONGEST_RETRY_AFTER: Final = 600.0
_DEFAULT_RETRY_AFTER: Final = 2.0
_PAGE: Final = 500
_JSON: Final = {"Content-Type": "application/json"}


class MessageGone(DeliveryError):  # noqa: N818 named by what happened
    """The message that was to be changed is not there any more."""


@dataclass(frozen=True, slots=True)
class Place:
    """A conversation, with its thread where it has one, at the service that it is reached by."""

    service_url: str
    conversation: str

    def activities(self, activity: str = "", *, is_private: bool = False) -> str:
        """Return the address of its messages, or of one of them."""
        url = f"{self._root()}/activities" + (f"/{quote(activity, safe='')}" if activity else "")
        return url + ("?isTargetedActivity=true" if is_private else "")

    def members(self, token: str) -> str:
        """Return the address of the people in it, one page."""
        more = f"&continuationToken={quote(token, safe='')}" if token else ""
        return f"{self._root()}/pagedmembers?pageSize={_PAGE}{more}"

    def _root(self) -> str:
        return f"{self.service_url.rstrip('/')}/v3/conversations/{quote(self.conversation, safe='')}"


@dataclass(frozen=True, slots=True)
class _Answered:
    status: int
    body: Mapping[str, Any]
    retry_after: str


class Connector:
    """Posts, updates and deletes messages, and asks who is in a conversation.

    What is called ``patiently`` waits for its turn and tries again; everything else tries once and raises an error of
    ``bot.delivering``, for callers that keep count themselves.
    """

    def __init__(
        self,
        credentials: Credentials,
        session: Callable[[], aiohttp.ClientSession],
        *,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._credentials = credentials
        self._session = session
        self._pace = pace or Pace()
        self._sleep = sleep

    async def post(self, place: Place, body: Json, *, reply_to: str = "", is_private: bool = False) -> str:
        """Post ``body`` and return the message's id.

        Raises:
            DeliveryError: it did not arrive, or nobody knows.

        """
        if seconds := self._pace.take(place.conversation):
            raise Throttled("this conversation has had its share", retry_after=seconds, scope=place.conversation)
        answer = await self._call("POST", place.activities(reply_to, is_private=is_private), body, place.conversation)
        return str(answer.get("id", ""))

    async def post_patiently(self, place: Place, body: Json, *, reply_to: str = "", is_private: bool = False) -> str:
        """Post ``body`` as soon as the conversation may have it, again where Teams says so; return its id."""
        url = place.activities(reply_to, is_private=is_private)
        async for attempt in self._attempts():
            with attempt:
                await self._pace.wait(place.conversation)
                return str((await self._call("POST", url, body, place.conversation)).get("id", ""))
        raise AssertionError

    async def update(self, place: Place, activity: str, body: Json, *, is_private: bool = False) -> None:
        """Put ``body`` in the place of a message."""
        await self._call("PUT", place.activities(activity, is_private=is_private), body, place.conversation)

    async def update_patiently(self, place: Place, activity: str, body: Json) -> None:
        """Put ``body`` in the place of a message, again where Teams says so."""
        async for attempt in self._attempts():
            with attempt:
                await self.update(place, activity, body)

    async def delete(self, place: Place, activity: str) -> None:
        """Take a message away; one that is gone already is fine."""
        try:
            await self._call("DELETE", place.activities(activity), None, place.conversation)
        except MessageGone:
            return

    async def open_chat(self, service_url: str, body: Json) -> str:
        """Return the personal chat that ``body`` describes."""
        answer = await self._call("POST", f"{service_url.rstrip('/')}/v3/conversations", body, "new conversations")
        return str(answer.get("id", ""))

    async def members(self, place: Place) -> AsyncIterator[Json]:
        """Yield everybody in a conversation."""
        token = ""
        while True:
            page = await self._call("GET", place.members(token), None, place.conversation)
            for member in page.get("members") or ():
                yield member
            token = str(page.get("continuationToken") or "")
            if not token:
                return

    async def channels(self, service_url: str, team: str) -> Sequence[Json]:
        """Return every channel of a team that the bot is in; the first one has no name."""
        url = f"{service_url.rstrip('/')}/v3/teams/{quote(team, safe='')}/conversations"
        found = (await self._call("GET", url, None, team)).get("conversations")
        return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []

    def _attempts(self) -> AsyncRetrying:
        return AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_wait,
            retry=retry_if_exception_type((Throttled, TemporaryFault)),
            sleep=self._sleep,
            reraise=True,
        )

    async def _call(self, method: str, url: str, body: Json | None, scope: str) -> Mapping[str, Any]:
        token = await self._credentials.token()
        answered = await self._request(method, url, body, token)
        if answered.status == 401 and token:
            # It may have been withdrawn before its time; one that is new is refused for a reason.
            self._credentials.withdraw(token)
            answered = await self._request(method, url, body, await self._credentials.token())
        if answered.status >= 300:
            raise _fault(answered, scope)
        return answered.body

    async def _request(self, method: str, url: str, body: Json | None, token: str) -> _Answered:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # What no text may hold, half a character, travels escaped.
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
        try:
            async with self._session().request(
                method,
                URL(url, encoded=True),
                data=data,
                headers=headers | _JSON if data else headers,
                allow_redirects=False,
            ) as response:
                text = await response.text(errors="replace")
                return _Answered(response.status, _read(text), response.headers.get("Retry-After", ""))
        except aiohttp.ClientConnectorError as error:
            raise TemporaryFault("Teams cannot be reached; check the way out to its service address") from error
        except (aiohttp.InvalidURL, ValueError) as error:
            raise DeliveryError("the service address is none") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if method == "POST":
                raise OutcomeUnknown("the connection broke before Teams answered") from error
            raise TemporaryFault("the connection broke before Teams answered") from error


_random = wait_random_exponential(multiplier=0.5, max=20.0)


def _wait(state: RetryCallState) -> float:
    """Wait as long as Teams says, and a little more so that not everybody comes back at once."""
    error = state.outcome.exception() if state.outcome else None
    jittered = _random(state)
    return error.retry_after + jittered / 4 if isinstance(error, Throttled) else jittered


def _fault(answered: _Answered, scope: str) -> DeliveryError:
    status, error = answered.status, answered.body.get("error")
    code = str(error.get("code", "")) if isinstance(error, Mapping) else ""
    said = f"Teams answered {status} {code}".rstrip()
    if status == 429:
        return Throttled(said, retry_after=_seconds(answered.retry_after), scope=scope)
    if status in _TEMPORARY:
        return TemporaryFault(said, status=status)
    if status == 404 and "Activity" in code:
        return MessageGone(said, code="delivery-message-gone", status=status)
    if status in (403, 404, 410):
        return RecipientGone(said, code="delivery-recipient-gone", status=status)
    return DeliveryError(said, status=status)


def _seconds(retry_after: str) -> float:
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - time.time()
        except ValueError:
            return _DEFAULT_RETRY_AFTER
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


def _read(text: str) -> Mapping[str, Any]:
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
