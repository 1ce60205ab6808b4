"""The app manifest that an administrator pastes into Slack."""

from __future__ import annotations

from typing import Any

SCOPES = ("app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write", "commands",
           "groups:history", "groups:read", "im:history", "im:read", "im:write", "mpim:read",
           "usergroups:read")  # fmt: skip
_EVENTS = ("app_home_opened", "app_mention", "app_uninstalled", "assistant_thread_started", "message.channels",
           "message.groups", "message.im", "tokens_revoked")  # fmt: skip
_COMMANDS = {
    "/vejviser": ("Ask what you may do with AI / Spørg, hvad du må med AI", "må jeg lægge et referat i Copilot?"),
    "/ai-status": ("Where a tool stands / Hvor et værktøj står", "ChatGPT"),
    "/ai-tools": ("The approved tools / De godkendte værktøjer", ""),
    "/ai-request": ("Ask for a tool / Ønsk et værktøj", "Suno"),
    "/ai-announce": ("Write an announcement / Skriv en meddelelse", ""),
}
#: Where an administrator begins to install the app in a workspace.
INSTALL = "/slack/install"
#: Where Slack leads back to when a workspace has installed the app.
REDIRECT = "/slack/oauth_redirect"
_ABOUT = (
    "Ask Vejviser in your own words whether you may use generative AI for a task at work. The answer is yes, no or on "
    "which conditions, with the reason and the place in the national guide. It rests on rules, not on a language "
    "model, knows your list of approved tools, and masks personal data before anything else sees it."
)


def manifest(url: str, *, rotates: bool = False) -> dict[str, Any]:  # any: JSON
    """Return the manifest; without ``url`` it is one for Socket Mode.

    ``rotates`` makes Slack's tokens end after twelve hours, which only the installation store renews.
    """
    events = f"{url.rstrip('/')}/slack/events" if url else ""
    address = {"request_url": events} if events else {}
    commands = [_command(name, about, hint, events) for name, (about, hint) in _COMMANDS.items()]
    shortcut = {"name": "May I use this with AI?", "type": "message", "callback_id": "check",
                "description": "See whether a message may go into an AI tool"}  # fmt: skip
    redirect = {"redirect_urls": [f"{url.rstrip('/')}{REDIRECT}"]} if url else {}
    options = {"message_menu_options_url": events} if events else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {"name": "Vejviser", "description": "What may I use AI for at work?",
                                "long_description": _ABOUT, "background_color": "#0b4f5c"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True,
                         "messages_tab_read_only_enabled": False},
            "assistant_view": {"assistant_description": "What may I use AI for at work?"},
            "bot_user": {"display_name": "Vejviser", "always_online": True},
            "shortcuts": [shortcut],
            "slash_commands": commands,
        },
        "oauth_config": {**redirect, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": list(_EVENTS)},
            "interactivity": {"is_enabled": True, **address, **options},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not events,
            "token_rotation_enabled": rotates,
        },
    }  # fmt: skip


def _command(name: str, about: str, hint: str, url: str) -> dict[str, Any]:  # any: JSON
    command: dict[str, Any] = {"command": name, "description": about, "should_escape": False}  # any: as above
    if hint:
        command["usage_hint"] = hint
    return {**command, "url": url} if url else command
