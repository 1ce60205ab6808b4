"""Where something happened in Slack, and how it is answered there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

Json = Mapping[str, Any]  # any: what Slack sends


@dataclass(frozen=True, slots=True)
class Team:
    """Where the app is installed: a workspace, or a whole organisation with many."""

    id: str = ""
    enterprise: str = ""
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, perhaps a thread in it, and the person who is answered."""

    channel: str
    user: str
    thread: str = ""
    message: str = ""
    response_url: str = ""
    is_private: bool = False
    is_home: bool = False
    team: Team = Team()

    @property
    def is_direct(self) -> bool:
        """Say whether only the person and the bot are here."""
        return self.channel.startswith("D")

    @property
    def address(self) -> str:
        """Return the conversation as the rest of the product writes it."""
        return f"slack:{self.channel}"

    @property
    def memory(self) -> str:
        """Return what follow-ups in this place are remembered under."""
        if self.is_private:
            return f"slack:{self.channel}:{self.user}"
        return f"slack:{self.channel}:{self.thread or self.user}"

    def seen_by_all(self) -> Place:
        """Return the same place, where what is said is said to everyone in it."""
        return replace(self, is_private=False)


def of_event(event: Json, team: Team) -> Place:
    """Return the place of a message; a mention in a channel is answered in its thread."""
    channel, stamp = str(event.get("channel", "")), str(event.get("ts", ""))
    thread = str(event.get("thread_ts", "") or ("" if channel.startswith("D") else stamp))
    return Place(channel, str(event.get("user", "")), thread, stamp, team=team)


def of_assistant(event: Json, team: Team) -> Place:
    """Return the place of a thread that was opened in the assistant container."""
    thread = event.get("assistant_thread") or {}
    channel, user, stamp = (str(thread.get(key, "")) for key in ("channel_id", "user_id", "thread_ts"))
    return Place(channel, user, stamp, team=team)


def of_command(body: Json, team: Team) -> Place:
    """Return the place of a slash command, which is answered privately."""
    channel, user = str(body.get("channel_id", "")), str(body.get("user_id", ""))
    return Place(channel, user, response_url=str(body.get("response_url", "")), is_private=True, team=team)


def of_shortcut(body: Json, team: Team) -> Place:
    """Return the place of a message shortcut, which is answered privately."""
    channel, user = (str((body.get(key) or {}).get("id", "")) for key in ("channel", "user"))
    return Place(channel, user, response_url=str(body.get("response_url", "")), is_private=True, team=team)


def of_view(body: Json, team: Team) -> Place:
    """Return the person's own conversation: a form stands in no channel."""
    return Place("", str((body.get("user") or {}).get("id", "")), team=team)


def of_action(body: Json, team: Team) -> Place:
    """Return the place of a pressed button; in the Home tab that is the person's own conversation."""
    container = body.get("container") or {}
    message = body.get("message") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id") or ""
    stamp = str(message.get("ts") or container.get("message_ts") or "")
    thread = str(message.get("thread_ts") or container.get("thread_ts") or "")
    return Place(
        str(channel),
        str((body.get("user") or {}).get("id", "")),
        thread,
        stamp,
        str(body.get("response_url", "")),
        is_private=bool(container.get("is_ephemeral")),
        is_home=(body.get("view") or {}).get("type") == "home",
        team=team,
    )
