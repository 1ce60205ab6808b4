"""Notices and announcements to Slack, and who can be reached there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from aiohttp import ClientConnectorError, ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.cards import draw_card
from adapters.slack.wording import Wording
from adapters.slack.workspaces import NotInstalled, Workspaces
from bot.delivering import (
    Address,
    DeliveryError,
    OutcomeUnknown,
    Outgoing,
    Receipt,
    RecipientGone,
    TemporaryFault,
    Throttled,
)
from bot.model import Language
from bot.ports import Handler

Page: TypeAlias = Mapping[str, Any]  # any: JSON
Result = TypeVar("Result")
_EVENT = "vejviser_message"
_PREFIX = "slack:"
_GROUP = "slack-group:"
_KINDS = "public_channel,private_channel,mpim,im"
#: What Slack says of a recipient that no further try will reach, and the reason that a manager is told.
_GONE = {
    "channel_not_found": "delivery-not-found",
    "is_archived": "delivery-archived",
    "not_in_channel": "delivery-not-invited",
    "user_not_found": "delivery-person-gone",
    "users_not_found": "delivery-person-gone",
    "user_disabled": "delivery-person-gone",
    "account_inactive": "delivery-person-gone",
    "cannot_dm_bot": "delivery-no-person",
    "restricted_action": "delivery-not-allowed",
    "no_permission": "delivery-not-allowed",
    "message_not_found": "delivery-message-gone",
}
#: Slack's words for its own faults, and for limits on more than one channel; it says them with status 200.
_TEMPORARY = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
_LIMITED = frozenset({"rate_limited", "message_limit_exceeded", "team_quota_exceeded"})
_SECONDS_OF_PATIENCE = 30.0
_PEOPLE = ("U", "W")
_PAGE = 200
_MOST_PAGES = 10
#: What a workspace says of somebody else's recipients.
_ELSEWHERE = frozenset({"delivery-not-found", "delivery-person-gone", "delivery-not-invited"})
_TOO_MANY = 429
_SERVER_FAULT = 500


class SlackMessenger:
    """Satisfies ``bot.ports.Messenger``; a message's key stands in its metadata, so that it can be found again.

    An address names no workspace, because Slack's ids are unique: where there are several, each is tried until one
    knows the recipient, the last time's first.
    """

    def __init__(self, workspaces: Workspaces, handler: Handler, language: Language) -> None:
        self._workspaces = workspaces
        self._handler = handler
        self._language = language

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        """Post ``message`` with its key."""
        metadata = {"event_type": _EVENT, "event_payload": {"key": message.key}}
        values = {"metadata": metadata, **self._content(message)}
        channel = to.removeprefix(_PREFIX)

        async def post(client: AsyncWebClient) -> Receipt:
            try:
                posted = await _call(client, "chat.postMessage", channel, {"channel": channel, **values})
            except RecipientGone as error:
                if error.code != _GONE["channel_not_found"] or not channel.startswith(_PEOPLE):
                    raise
                # Usually Slack opens a person's conversation with the first message.
                opened = await _channel(client, to)
                posted = await _call(client, "chat.postMessage", channel, {"channel": opened, **values})
            return Receipt(to, str(posted.get("ts", "")))

        return await self._reaching(to, post)

    async def update(self, receipt: Receipt, message: Outgoing) -> None:
        """Put ``message`` in the place of the one that was posted."""
        metadata = {"event_type": _EVENT, "event_payload": {"key": message.key}}
        content = self._content(message)

        async def update(client: AsyncWebClient) -> None:
            channel = await _channel(client, receipt.to)
            values = {"channel": channel, "ts": receipt.message, "metadata": metadata, **content}
            await _call(client, "chat.update", channel, values)

        await self._reaching(receipt.to, update)

    async def delete(self, receipt: Receipt) -> None:
        """Take the posted message away; one that is gone already is fine."""

        async def delete(client: AsyncWebClient) -> None:
            channel = await _channel(client, receipt.to)
            await _call(client, "chat.delete", channel, {"channel": channel, "ts": receipt.message})

        try:
            await self._reaching(receipt.to, delete)
        except RecipientGone as error:
            if error.code != _GONE["message_not_found"]:
                raise

    async def find(self, to: Address, key: str) -> Receipt | None:
        """Return the message with this key, or None where it was never posted.

        Raises:
            DeliveryError: so much was written there since that the message may be further back.

        """

        async def find(client: AsyncWebClient) -> Receipt | None:
            channel = await _channel(client, to)
            values: dict[str, Any] = {"channel": channel, "limit": _PAGE, "include_all_metadata": True}  # any: JSON
            for _ in range(_MOST_PAGES):
                found = await _read(client, "conversations.history", channel, values)
                for message in found.get("messages") or ():
                    if ((message.get("metadata") or {}).get("event_payload") or {}).get("key") == key:
                        return Receipt(to, str(message["ts"]))
                values["cursor"] = (found.get("response_metadata") or {}).get("next_cursor")
                if not values["cursor"]:
                    return None
            raise DeliveryError("the conversation is too long to look through", code="delivery-unknown")

        return await self._reaching(to, find)

    async def _reaching(self, to: Address, act: Callable[[AsyncWebClient], Awaitable[Result]]) -> Result:
        """Return what ``act`` returns with the client of the workspace that knows ``to``."""
        unknown: RecipientGone | None = None
        for client in await self._workspaces.clients(to):
            try:
                result = await act(_once(client))
            except RecipientGone as error:
                if error.code not in _ELSEWHERE:
                    raise
                unknown = error
            else:
                self._workspaces.reached(to, client)
                return result
        raise unknown or NotInstalled("the app is installed in no workspace", code="delivery-not-found")

    def _content(self, message: Outgoing) -> dict[str, Any]:  # any: JSON
        return draw_card(message.card, Wording(self._handler.knowledge(), self._language)).content()


def _once(client: AsyncWebClient) -> AsyncWebClient:
    """Return ``client`` without retries, which would post again what may have arrived; whoever sends keeps count."""
    return AsyncWebClient(token=client.token, base_url=client.base_url, session=client.session, retry_handlers=[])


async def _channel(client: AsyncWebClient, to: Address) -> str:
    id_ = to.removeprefix(_PREFIX)
    if not id_.startswith(_PEOPLE):
        return id_
    opened = await _call(client, "conversations.open", "conversations.open", {"users": id_})
    return str((opened.get("channel") or {}).get("id", ""))


async def _call(client: AsyncWebClient, method: str, scope: str, values: dict[str, Any]) -> dict[str, Any]:  # any: JSON
    return await _answer_of(client.api_call(method, json=values), method, scope)


async def _read(client: AsyncWebClient, method: str, scope: str, values: dict[str, Any]) -> dict[str, Any]:  # any: JSON
    # What only reads takes no JSON.
    return await _answer_of(client.api_call(method, data=values), method, scope)


async def _answer_of(call: Awaitable[AsyncSlackResponse], method: str, scope: str) -> dict[str, Any]:  # any: JSON
    try:
        answer = await call
    except SlackApiError as error:
        raise _fault(error, scope) from error
    except ClientConnectorError as error:
        raise TemporaryFault("Slack cannot be reached") from error
    except (ClientError, TimeoutError) as error:
        raise OutcomeUnknown(f"{method} broke off", code="delivery-unknown") from error
    if not isinstance(answer.data, dict) or not answer.data:
        raise OutcomeUnknown("what answered was not Slack", code="delivery-unknown")
    return dict(answer.data)


class SlackDirectory:
    """Satisfies ``bot.ports.Directory``."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def conversations(self) -> tuple[Address, ...]:
        """Return every channel that the bot is in, and everyone who has a conversation with it.

        A person is named as such, so that nobody is reached twice who is in a chosen channel too.
        """
        found: list[Address] = []
        for client in await self._workspaces.clients():
            pages = client.users_conversations(types=_KINDS, exclude_archived=True, limit=200)
            addresses = await _collected(pages, _conversation)
            for address in addresses:
                self._workspaces.reached(address, client)
            found += addresses
        return tuple(dict.fromkeys(found))

    async def members(self, of: str) -> tuple[Address, ...]:
        """Return the people of a channel or user group, from the workspace that knows it."""
        unknown: DeliveryError | None = None
        for client in await self._workspaces.clients(of):
            try:
                found = await _members(client, of)
            except DeliveryError as error:
                unknown = unknown or error
            else:
                self._workspaces.reached(of, client)
                return found
        raise unknown or NotInstalled("the app is installed in no workspace", code="delivery-not-found")


async def _members(client: AsyncWebClient, of: str) -> tuple[Address, ...]:
    if of.startswith(_GROUP):
        pages = client.usergroups_users_list(usergroup=of.removeprefix(_GROUP))
        return await _collected(pages, lambda page: page.get("users"))
    pages = client.conversations_members(channel=of.removeprefix(_PREFIX), limit=200)
    return await _collected(pages, lambda page: page.get("members"))


def _conversation(page: Page) -> list[str]:
    channels = (channel for channel in page.get("channels") or () if not channel.get("is_user_deleted"))
    return [channel.get("user") or channel["id"] for channel in channels]


async def _collected(
    pages: Awaitable[AsyncSlackResponse], ids: Callable[[Page], Iterable[str] | None]
) -> tuple[Address, ...]:
    """Return the ids on all pages as addresses.

    Raises:
        DeliveryError: Slack did not say.

    """
    found: list[Address] = []
    try:
        async for page in await pages:
            found += [Address(f"{_PREFIX}{id_}") for id_ in ids(page) or ()]
    except SlackApiError as error:
        raise _fault(error, "directory") from error
    except (ClientError, TimeoutError) as error:
        raise TemporaryFault("Slack cannot be reached") from error
    return tuple(found)


def _fault(error: SlackApiError, scope: str) -> DeliveryError:
    status, said = _answered(error.response)
    if status == _TOO_MANY or said == "ratelimited":
        wait = _patience(error.response)
        return Throttled(f"Slack asks to slow down: {said}", retry_after=wait, scope=f"{_PREFIX}{scope}")
    if said in _LIMITED:
        wait = _patience(error.response)
        return Throttled(f"Slack asks to slow down: {said}", retry_after=wait, scope="workspace")
    if said in _GONE:
        return RecipientGone(f"Slack says {said}", code=_GONE[said], status=status)
    if status >= _SERVER_FAULT or said in _TEMPORARY:
        return TemporaryFault(f"Slack failed with {said or status}", status=status)
    if not said:
        return OutcomeUnknown("what answered was not Slack", code="delivery-unknown")
    return DeliveryError(f"Slack says {said}", status=status)


def _answered(response: Any) -> tuple[int, str]:  # any: the library's response, or aiohttp's where it was no JSON
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    data = getattr(response, "data", None)
    return int(status), str(data.get("error", "")) if isinstance(data, Mapping) else ""


def _patience(response: Any) -> float:  # any: as above
    try:
        return max(0.0, float((getattr(response, "headers", None) or {}).get("Retry-After", "")))
    except ValueError:
        return _SECONDS_OF_PATIENCE
