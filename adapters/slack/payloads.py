"""Slack's payloads read into plain values; what is missing is left empty, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, Final

PREFIX: Final = "slack:"
_MARK: Final = re.compile(r"<([@#!]?)([^>|]*)(?:\|([^>]*))?>")

Payload = Mapping[str, Any]  # any: JSON


@dataclass(frozen=True, slots=True)
class Where:
    """Who did something, where, and how they can be answered."""

    user: str
    channel: str = ""
    thread: str = ""
    message: str = ""
    response_url: str = ""
    trigger: str = ""
    is_hidden: bool = False

    @property
    def is_direct(self) -> bool:
        """Say whether this is a conversation of the person's and the bot's own."""
        return self.channel.startswith("D")

    @property
    def conversation(self) -> str:
        """Return what a conversation is remembered under."""
        if self.thread or self.is_direct:
            return f"{PREFIX}{self.channel}:{self.thread}".rstrip(":")
        return f"{PREFIX}{self.channel}:{self.user}"

    @property
    def place(self) -> str:
        """Return the address of the channel."""
        return f"{PREFIX}{self.channel}" if self.channel else ""


def of_command(body: Payload) -> Where:
    """Return where a slash command was typed."""
    return Where(
        user=text_of(body, "user_id"),
        channel=text_of(body, "channel_id"),
        response_url=text_of(body, "response_url"),
        trigger=text_of(body, "trigger_id"),
        is_hidden=True,
    )


def of_event(event: Payload) -> Where:
    """Return where a message was written; one in a channel is answered in a thread under it."""
    channel, own = text_of(event, "channel"), text_of(event, "ts")
    thread = text_of(event, "thread_ts") or ("" if channel.startswith("D") else own)
    return Where(text_of(event, "user"), channel, thread, own)


def of_interaction(body: Payload) -> Where:
    """Return where a button was pressed, a shortcut taken or a form opened."""
    message, container = part(body, "message"), part(body, "container")
    return Where(
        user=text_of(part(body, "user"), "id") or text_of(body, "user_id"),
        channel=text_of(part(body, "channel"), "id") or text_of(container, "channel_id"),
        thread=text_of(message, "thread_ts") or text_of(container, "thread_ts"),
        message=text_of(message, "ts") or text_of(container, "message_ts"),
        response_url=text_of(body, "response_url"),
        trigger=text_of(body, "trigger_id"),
        is_hidden=bool(container.get("is_ephemeral") or message.get("is_ephemeral")),
    )


def typed(text: str) -> str:
    """Return what somebody typed: mentions left out, links as they were read, no entities."""
    return unescape(_MARK.sub(_read, text)).strip()


def _read(mark: re.Match[str]) -> str:
    kind, target, label = mark.groups()
    if kind == "@" or kind == "!":
        return ""
    return f"#{label or target}" if kind == "#" else (label or target.removeprefix("mailto:"))


def part(body: Payload, key: str) -> Payload:
    """Return an inner object, empty where there is none."""
    found = body.get(key)
    return found if isinstance(found, Mapping) else {}


def text_of(body: Payload, key: str) -> str:
    """Return a text, empty where there is none."""
    found = body.get(key)
    return str(found) if isinstance(found, str | int | float) else ""
