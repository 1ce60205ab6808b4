"""Notices and announcements to Slack, and who can be reached there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from adapters.slack.cards import draw_card
from adapters.slack.wording import Wording
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
_MOST_LOOKED_THROUGH = 200
_TOO_MANY = 429
_SERVER_FAULT = 500


class SlackMessenger:
    """Satisfies ``bot.ports.Messenger``; a message's key stands in its metadata, so that it can be found again."""

    def __init__(self, client: AsyncWebClient, handler: Handler, language: Language) -> None:
        self._client = client
        self._handler = handler
        self._language = language

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        """Post ``message`` with its key."""
        channel = await self._channel(to)
        metadata = {"event_type": _EVENT, "event_payload": {"key": message.key}}
        content = self._content(message)
        posted = await self._call("chat.postMessage", channel, {"channel": channel, "metadata": metadata, **content})
        return Receipt(Address(f"{_PREFIX}{posted.get('channel', channel)}"), str(posted.get("ts", "")))

    async def update(self, receipt: Receipt, message: Outgoing) -> None:
        """Put ``message`` in the place of the one that was posted."""
        channel = await self._channel(receipt.to)
        metadata = {"event_type": _EVENT, "event_payload": {"key": message.key}}
        values = {"channel": channel, "ts": receipt.message, "metadata": metadata, **self._content(message)}
        await self._call("chat.update", channel, values)

    async def delete(self, receipt: Receipt) -> None:
        """Take the posted message away; one that is gone already is fine."""
        channel = await self._channel(receipt.to)
        try:
            await self._call("chat.delete", channel, {"channel": channel, "ts": receipt.message})
        except RecipientGone as error:
            if error.code != _GONE["message_not_found"]:
                raise

    async def find(self, to: Address, key: str) -> Receipt | None:
        """Return the message with this key, or None where it was never posted."""
        channel = await self._channel(to)
        values = {"channel": channel, "limit": _MOST_LOOKED_THROUGH, "include_all_metadata": True}
        found = await self._call("conversations.history", channel, values)
        for message in found.get("messages") or ():
            if ((message.get("metadata") or {}).get("event_payload") or {}).get("key") == key:
                return Receipt(Address(f"{_PREFIX}{channel}"), str(message["ts"]))
        return None

    def _content(self, message: Outgoing) -> dict[str, Any]:  # any: JSON
        return draw_card(message.card, Wording(self._handler.knowledge(), self._language)).content()

    async def _channel(self, to: Address) -> str:
        id_ = to.removeprefix(_PREFIX)
        if not id_.startswith(("U", "W")):
            return id_
        opened = await self._call("conversations.open", id_, {"users": id_})
        return str((opened.get("channel") or {}).get("id", ""))

    async def _call(self, method: str, scope: str, values: dict[str, Any]) -> dict[str, Any]:  # any: JSON
        try:
            answer = await self._client.api_call(method, json=values)
        except SlackApiError as error:
            raise _fault(error, scope) from error
        except (ClientError, TimeoutError) as error:
            raise OutcomeUnknown(f"{method} broke off", code="delivery-unknown") from error
        return dict(answer.data) if isinstance(answer.data, dict) else {}


class SlackDirectory:
    """Satisfies ``bot.ports.Directory``."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def conversations(self) -> tuple[Address, ...]:
        """Return every channel that the bot is in, and everyone who has a conversation with it."""
        pages = self._client.users_conversations(types=_KINDS, exclude_archived=True, limit=200)
        return await _collected(pages, _conversation)

    async def members(self, of: str) -> tuple[Address, ...]:
        """Return the people of a channel or user group."""
        if of.startswith(_GROUP):
            pages = self._client.usergroups_users_list(usergroup=of.removeprefix(_GROUP))
            return await _collected(pages, lambda page: page.get("users"))
        pages = self._client.conversations_members(channel=of.removeprefix(_PREFIX), limit=200)
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
