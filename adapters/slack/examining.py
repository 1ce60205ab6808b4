"""What ``vejviser doctor`` looks at: the token, its scopes, and the way that Slack reaches the bot."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from adapters.slack.manifest import SCOPES
from bot.delivering import DeliveryError
from bot.settings import SlackSettings

_PATH: Final = "/slack/events"
_SECONDS: Final = 10
_SECRET: Final = re.compile(r"[0-9a-f]{32}")
_TOKEN_REMEDIES: Final[Mapping[str, str]] = {
    "invalid_auth": "copy the token again",
    "not_authed": "copy the token again",
    "account_inactive": "the app was removed from the workspace; install it again",
    "token_revoked": "the token was revoked; install the app again and copy the new one",
    "token_expired": "the token has expired; turn token rotation off, or install the app again",
    "not_allowed_token_type": "it is a token of another kind; copy the one that the name asks for",
    "missing_scope": "give it the scope connections:write",
}


class SlackFaulty(DeliveryError):  # noqa: N818 named by what is wrong
    """Slack cannot work; the text says what to do."""


def token(settings: SlackSettings) -> str:
    """Say who the bot is and where.

    Raises:
        SlackFaulty: the token is not taken; the text says what to do.

    """
    found = _called("SLACK_BOT_TOKEN", lambda: _client(settings).auth_test().data)
    return f"{found.get('user', '?')} in {found.get('team', '?')}"


def scopes(settings: SlackSettings) -> str:
    """Say whether the installed app has every scope of the manifest.

    Raises:
        SlackFaulty: some are missing, or the token is not taken.

    """
    headers = _called("SLACK_BOT_TOKEN", lambda: _client(settings).auth_test().headers)
    told = next((value for name, value in headers.items() if name.lower() == "x-oauth-scopes"), None)
    if told is None:
        return "Slack did not say"
    missing = sorted(set(SCOPES) - {scope.strip() for scope in str(told).split(",")})
    if missing:
        raise SlackFaulty(f"missing: {', '.join(missing)}; update the app with 'vejviser manifest slack', reinstall it")
    return f"all {len(SCOPES)} are there"


def entrance(settings: SlackSettings, public_url: str) -> str:
    """Say how Slack reaches the bot, after it was tried.

    Raises:
        SlackFaulty: it cannot; the text says what to do.

    """
    if settings.app_token:
        client = WebClient(base_url=settings.api_url, timeout=_SECONDS)
        _called("SLACK_APP_TOKEN", lambda: client.apps_connections_open(app_token=settings.app_token).data)
        return "Socket Mode: a connection may be opened"
    if not _SECRET.fullmatch(settings.signing_secret):
        raise SlackFaulty("SLACK_SIGNING_SECRET is not 32 characters 0-9 and a-f; copy it from Basic Information")
    if not public_url:
        return "HTTP: not asked; set VEJVISER_PUBLIC_URL to the address that Slack calls"
    return _refuses_strangers(public_url.rstrip("/") + _PATH)


def _refuses_strangers(url: str) -> str:
    try:
        request = Request(url, b"{}", {"Content-Type": "application/json"})  # noqa: S310 an operator's own address
        with urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 as above
            status = response.status
    except HTTPError as error:
        status = error.code
    except (URLError, OSError) as error:
        raise SlackFaulty(f"{url} cannot be reached; start 'vejviser serve' and look at the proxy") from error
    if status != 401:  # what a stranger is to be told
        raise SlackFaulty(f"{url} answered {status} to a stranger instead of 401; the proxy leads elsewhere")
    return f"HTTP: {url} refuses strangers"


def _client(settings: SlackSettings) -> WebClient:
    return WebClient(settings.bot_token, base_url=settings.api_url, timeout=_SECONDS)


def _called(name: str, call: Callable[[], object]) -> Mapping[str, object]:
    try:
        found = call()
    except SlackApiError as error:
        code = str(error.response.get("error"))
        raise SlackFaulty(f"Slack refuses {name} ({code}); {_TOKEN_REMEDIES.get(code, 'copy it again')}") from error
    except (SlackClientError, OSError) as error:
        raise SlackFaulty("Slack cannot be reached; let Vejviser out to slack.com over HTTPS") from error
    return found if isinstance(found, Mapping) else {}
