"""Notices and announcements to Slack, and who can be reached there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias, TypeVar

from aiohttp import ClientError
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
#: What a workspace says of somebody else's recipients.
_ELSEWHERE = frozenset({"delivery-not-found", "delivery-person-gone", "delivery-not-invited"})
_MOST_LOOKED_THROUGH = 200
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
        content = self._content(message)

        async def post(client: AsyncWebClient) -> Receipt:
            channel = await _channel(client, to)
            values = {"channel": channel, "metadata": metadata, **content}
            posted = await _call(client, "chat.postMessage", channel, values)
            return Receipt(Address(f"{_PREFIX}{posted.get('channel', channel)}"), str(posted.get("ts", "")))

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
        """Return the message with this key, or None where it was never posted."""

        async def find(client: AsyncWebClient) -> Receipt | None:
            channel = await _channel(client, to)
            values = {"channel": channel, "limit": _MOST_LOOKED_THROUGH, "include_all_metadata": True}
            found = await _read(client, "conversations.history", channel, values)
            for message in found.get("messages") or ():
                if ((message.get("metadata") or {}).get("event_payload") or {}).get("key") == key:
                    return Receipt(Address(f"{_PREFIX}{channel}"), str(message["ts"]))
            return None

        return await self._reaching(to, find)

    async def _reaching(self, to: Address, act: Callable[[AsyncWebClient], Awaitable[Result]]) -> Result:
        """Return what ``act`` returns with the client of the workspace that knows ``to``."""
        unknown: RecipientGone | None = None
        for client in await self._workspaces.clients(to):
            try:
                result = await act(client)
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


async def _channel(client: AsyncWebClient, to: Address) -> str:
    id_ = to.removeprefix(_PREFIX)
    if not id_.startswith(("U", "W")):
        return id_
    opened = await _call(client, "conversations.open", id_, {"users": id_})
    return str((opened.get("channel") or {}).get("id", ""))


async def _call(client: AsyncWebClient, method: str, scope: str, values: dict[str, Any]) -> dict[str, Any]:  # any: JSON
    return await _answered(client.api_call(method, json=values), method, scope)


async def _read(client: AsyncWebClient, method: str, scope: str, values: dict[str, Any]) -> dict[str, Any]:  # any: JSON
    # What only reads takes no JSON.
    return await _answered(client.api_call(method, data=values), method, scope)


async def _answered(call: Awaitable[AsyncSlackResponse], method: str, scope: str) -> dict[str, Any]:  # any: JSON
    try:
        answer = await call
    except SlackApiError as error:
        raise _fault(error, scope) from error
    except (ClientError, TimeoutError) as error:
        raise OutcomeUnknown(f"{method} broke off", code="delivery-unknown") from error
    return dict(answer.data) if isinstance(answer.data, dict) else {}


class SlackDirectory:
    """Satisfies ``bot.ports.Directory``."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def conversations(self) -> tuple[Address, ...]:
        """Return every channel that the bot is in, and everyone who has a conversation with it."""
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
    return [channel["id"] for channel in page.get("channels") or () if not channel.get("is_user_deleted")]


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
    response = error.response
    status = int(getattr(response, "status_code", 0) or 0)
    said = str(response.get("error", "")) if hasattr(response, "get") else ""
    if status == _TOO_MANY or said == "ratelimited":
        wait = response.headers.get("Retry-After", "1") if hasattr(response, "headers") else "1"
        return Throttled(f"Slack asks to slow down: {said}", retry_after=float(wait), scope=f"{_PREFIX}{scope}")
    if said in _GONE:
        return RecipientGone(f"Slack says {said}", code=_GONE[said], status=status)
    if status >= _SERVER_FAULT:
        return TemporaryFault(f"Slack failed with {status}", status=status)
    return DeliveryError(f"Slack says {said or status}", status=status)
