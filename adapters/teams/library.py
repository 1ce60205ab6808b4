"""The bot library, botbuilder-core, and nothing else; no other module imports it.

The library gives the turn and its pipeline, and addresses the activities that go back. It is given requests that are
let in already, and a client for the Bot Connector that is ours. Nothing goes through its own reading, writing and
copying of JSON, which took longer than everything else in a turn. What a successor would have to bring stands in
docs/decisions/0040-teams-library.md.
"""

from __future__ import annotations

import copy

from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.core.cloud_adapter_base import CloudAdapterBase
from botbuilder.schema import Activity as WireActivity
from botbuilder.schema import ActivityTypes, ChannelAccount, ConversationAccount, ResourceResponse
from botframework.connector.auth import BotFrameworkAuthentication, ClaimsIdentity
from botframework.connector.auth.authenticate_request_result import AuthenticateRequestResult
from botframework.connector.auth.connector_factory import ConnectorFactory

from adapters.teams.activities import Account, Activity, Json, Message, Reply, to_body
from adapters.teams.connector import Connector, Place
from adapters.teams.turns import Listener


class Turns:
    """Runs a turn of the library for each activity that comes in, and lets ``listener`` say what follows."""

    def __init__(self, connector: Connector, listener: Listener) -> None:
        self._adapter = CloudAdapterBase(_Unused())
        self._admitted = AuthenticateRequestResult()
        self._admitted.claims_identity = ClaimsIdentity({}, is_authenticated=True)
        self._admitted.connector_factory = _Factory(connector)
        self._listener = listener

    async def run(self, activity: Activity) -> Reply | None:
        """Take ``activity``; return what an invoke is answered with."""

        async def logic(context: TurnContext) -> None:
            reply = await self._listener.hear(_Turn(context, activity))
            if reply is not None:
                answer = InvokeResponse(status=reply.status, body=reply.body)
                await context.send_activity(WireActivity(type=ActivityTypes.invoke_response, value=answer))

        answer = await self._adapter.process_activity(self._admitted, _heard(activity), logic)
        return Reply(answer.body, int(answer.status)) if answer else None


class _Turn:
    """Satisfies ``adapters.teams.turns.Turn``."""

    def __init__(self, context: TurnContext, activity: Activity) -> None:
        self._context = context
        self.activity = activity

    async def say(self, message: Message) -> str:
        response = await self._context.send_activity(_wired(message))
        return response.id or "" if response else ""

    async def change(self, message_id: str, message: Message) -> None:
        wired = _wired(message)
        wired.id = message_id
        await self._context.update_activity(wired)


def _heard(activity: Activity) -> WireActivity:
    """Return ``activity`` as the library and whatever is plugged into its pipeline know it."""
    return WireActivity(
        type=activity.kind,
        id=activity.id or None,
        name=activity.name or None,
        channel_id=activity.channel_id,
        service_url=activity.service_url,
        conversation=ConversationAccount(
            id=activity.conversation,
            conversation_type=str(activity.scope),
            tenant_id=next(iter(sorted(activity.tenants)), None),
        ),
        from_property=_account(activity.sender),
        recipient=_account(activity.recipient),
        text=activity.text,
        value=activity.value,
        locale=activity.locale or None,
        reply_to_id=activity.reply_to or None,
    )


def _account(account: Account) -> ChannelAccount:
    return ChannelAccount(id=account.id, name=account.name or None, aad_object_id=account.object_id or None)


class _OurActivity(WireActivity):  # type: ignore[misc]  # the library has no types
    """A message on its way out; the library copies every part of what it is given, and this is nobody else's."""

    message: Message

    def __deepcopy__(self, _: object) -> _OurActivity:
        return copy.copy(self)


def _wired(message: Message) -> WireActivity:
    wired = _OurActivity(type=ActivityTypes.message)
    wired.message = message
    return wired


def _body(activity: _OurActivity) -> Json:
    """Return the message, addressed as the library has addressed it."""
    addressed = {
        "from": _named(activity.from_property),
        "recipient": _named(activity.recipient),
        "conversation": {"id": activity.conversation.id},
    }
    optional = {"replyToId": activity.reply_to_id, "locale": activity.locale}
    return {**to_body(activity.message), **addressed, **{key: value for key, value in optional.items() if value}}


def _named(account: ChannelAccount) -> Json:
    return {"id": account.id, "name": account.name} if account.name else {"id": account.id}


class _Conversations:
    """What the library calls to send, in its own words, over our own session."""

    def __init__(self, connector: Connector, service_url: str) -> None:
        self._connector = connector
        self._service_url = service_url

    async def send_to_conversation(self, conversation: str, activity: _OurActivity) -> ResourceResponse:
        return await self.reply_to_activity(conversation, "", activity)

    async def reply_to_activity(self, conversation: str, reply_to: str, activity: _OurActivity) -> ResourceResponse:
        place = Place(self._service_url, conversation)
        is_private = activity.message.is_private
        # A private message stands beside the thread's messages, not under one of them.
        thread = "" if is_private else reply_to
        sent = await self._connector.post_patiently(place, _body(activity), reply_to=thread, is_private=is_private)
        return ResourceResponse(id=sent)

    async def update_activity(self, conversation: str, activity_id: str, activity: _OurActivity) -> ResourceResponse:
        await self._connector.update_patiently(Place(self._service_url, conversation), activity_id, _body(activity))
        return ResourceResponse(id=activity_id)


class _Client:
    def __init__(self, connector: Connector, service_url: str) -> None:
        self.conversations = _Conversations(connector, service_url)


class _Factory(ConnectorFactory):  # type: ignore[misc]  # the library has no types
    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    async def create(self, service_url: str, *_: object) -> _Client:
        return _Client(self._connector, service_url)


class _Unused(BotFrameworkAuthentication):  # type: ignore[misc]  # the library has no types
    """The library's check of requests, which ours in ``tokens`` stands in for; nothing here lets anybody in."""

    async def authenticate_request(self, *_: object) -> AuthenticateRequestResult:
        raise PermissionError("requests are let in before the library sees them")

    async def authenticate_streaming_request(self, *_: object) -> AuthenticateRequestResult:
        raise PermissionError("requests are let in before the library sees them")

    def create_connector_factory(self, *_: object) -> ConnectorFactory:
        raise PermissionError("messages of our own accord go through adapters.teams.messenger")

    async def create_user_token_client(self, *_: object) -> None:
        return None
