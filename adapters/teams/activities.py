"""What Teams sends and is sent, in types of our own: the successor of any bot library would be given the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

#: JSON as it came in or goes out; parsing is the one place where anything may be in it.
Json = Mapping[str, Any]

CARD_TYPE = "application/vnd.microsoft.card.adaptive"


class Scope(StrEnum):
    """Where a conversation takes place, in Teams' own words."""

    PERSONAL = "personal"
    GROUP = "groupChat"
    CHANNEL = "channel"


class ActivityFaulty(ValueError):  # noqa: N818 named by what is wrong
    """The body is no activity that anything could be done with."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody in a conversation; ``object_id`` is the person's id in Entra, empty for a bot."""

    id: str
    name: str = ""
    object_id: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that hangs on a message."""

    kind: str
    content: object = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A name that was mentioned, and the words that stand for it in the text."""

    id: str
    words: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One thing that happened in Teams.

    ``conversation`` is the whole id, with the thread where it has one. ``title`` is what the channel or chat is
    called, ``team`` the id of the team around a channel. ``zone`` is the sender's time zone by its IANA name.
    ``stamp`` tells one change of a message from the next, which has the same id.
    """

    kind: str
    id: str
    name: str
    service_url: str
    channel_id: str
    conversation: str
    scope: Scope
    sender: Account
    recipient: Account
    tenants: frozenset[str] = frozenset()
    stamp: str = ""
    text: str = ""
    locale: str = ""
    zone: str = ""
    reply_to: str = ""
    value: Json = field(default_factory=dict)
    action: str = ""
    event: str = ""
    title: str = ""
    team: str = ""
    is_targeted: bool = False
    mentions: tuple[Mention, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    joined: tuple[Account, ...] = ()
    left: tuple[Account, ...] = ()
    reactions: tuple[str, ...] = ()

    @property
    def base(self) -> str:
        """The conversation without its thread: what a channel or chat is known by."""
        return self.conversation.partition(";messageid=")[0]


@dataclass(frozen=True, slots=True)
class Message:
    """What the bot says: a card, or plain words where there is none.

    ``summary`` is what notifications and screen readers of lists show. ``is_private`` shows it in a shared
    conversation to the one who acted alone; ``answers`` is then the private message that it answers.
    """

    card: Json | None = None
    text: str = ""
    summary: str = ""
    is_private: bool = False
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What an invoke is answered with in the same request."""

    body: Json | None = None
    status: int = 200


def to_body(message: Message) -> Json:
    """Return ``message`` as the connector takes it."""
    body: dict[str, Any] = {"type": "message"}
    if message.summary:
        body["summary"] = message.summary
    if message.text:
        body |= {"text": message.text, "textFormat": "plain"}
    if message.card is not None:
        body["attachments"] = [{"contentType": CARD_TYPE, "content": message.card}]
    if message.answers:
        body["entities"] = [{"type": "targetedMessageInfo", "messageId": message.answers}]
    return body


def read_activity(body: object) -> Activity:
    """Return the activity in ``body``.

    Raises:
        ActivityFaulty: it is none.

    """
    source = _mapping(body)
    kind = _text(source, "type")
    conversation = _mapping(source.get("conversation"))
    if not kind or not _text(conversation, "id"):
        raise ActivityFaulty("an activity needs a type and a conversation")
    channel_data = _mapping(source.get("channelData"))
    team, channel = _mapping(channel_data.get("team")), _mapping(channel_data.get("channel"))
    recipient = _mapping(source.get("recipient"))
    return Activity(
        kind=kind,
        id=_text(source, "id"),
        name=_text(source, "name"),
        service_url=_text(source, "serviceUrl"),
        channel_id=_text(source, "channelId"),
        conversation=_text(conversation, "id"),
        scope=_scope(conversation, team),
        sender=_account(source.get("from")),
        recipient=_account(recipient),
        tenants=frozenset(_tenants(conversation, channel_data)),
        stamp=_text(source, "timestamp"),
        text=_text(source, "text"),
        locale=_locale(source),
        zone=_text(source, "localTimezone"),
        reply_to=_text(source, "replyToId"),
        value=_mapping(source.get("value")),
        action=_text(source, "action"),
        event=_text(channel_data, "eventType"),
        title=" › ".join(filter(None, (_text(team, "name"), _text(channel, "name")))) or _text(conversation, "name"),
        team=_text(team, "id"),
        is_targeted=recipient.get("isTargeted") is True,
        mentions=tuple(_mentions(source)),
        attachments=tuple(
            Attachment(_text(item, "contentType"), item.get("content")) for item in _mappings(source, "attachments")
        ),
        joined=tuple(_account(item) for item in _mappings(source, "membersAdded")),
        left=tuple(_account(item) for item in _mappings(source, "membersRemoved")),
        reactions=tuple(_text(item, "type") for item in _mappings(source, "reactionsAdded")),
    )


def _scope(conversation: Json, team: Json) -> Scope:
    kind = _text(conversation, "conversationType")
    if kind in set(Scope):
        return Scope(kind)
    if team:
        return Scope.CHANNEL
    return Scope.GROUP if conversation.get("isGroup") is True else Scope.PERSONAL


def _account(source: object) -> Account:
    account = _mapping(source)
    return Account(_text(account, "id"), _text(account, "name"), _text(account, "aadObjectId"))


def _tenants(conversation: Json, channel_data: Json) -> Iterator[str]:
    yield from filter(None, (_text(conversation, "tenantId"), _text(_mapping(channel_data.get("tenant")), "id")))


def _locale(source: Json) -> str:
    info = (_text(entity, "locale") for entity in _mappings(source, "entities") if entity.get("type") == "clientInfo")
    return _text(source, "locale") or next(info, "")


def _mentions(source: Json) -> Iterator[Mention]:
    for entity in _mappings(source, "entities"):
        if entity.get("type") == "mention":
            yield Mention(_text(_mapping(entity.get("mentioned")), "id"), _text(entity, "text"))


def _mapping(source: object) -> Json:
    return source if isinstance(source, Mapping) else {}


def _mappings(source: Json, key: str) -> Sequence[Json]:
    items = source.get(key)
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _text(source: Json, key: str) -> str:
    value = source.get(key)
    return value if isinstance(value, str) else ""
