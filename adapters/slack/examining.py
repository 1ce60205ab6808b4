"""What ``vejviser doctor`` looks at: the token, its scopes, and the way that Slack reaches the bot."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.signature import SignatureVerifier

from adapters.slack.manifest import INSTALL, SCOPES
from bot.delivering import DeliveryError
from bot.settings import SlackSettings

_PATH: Final = "/slack/events"
_SECONDS: Final = 10
_LONGEST: Final = 1000
_CHALLENGE: Final = "doctor"
_GREETING: Final = json.dumps({"type": "url_verification", "challenge": _CHALLENGE}).encode()
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


def workspaces(settings: SlackSettings, bots: Sequence[Bot]) -> str:
    """Say in how many workspaces the app is installed, after each one's token was tried.

    Raises:
        SlackFaulty: a token is not taken, or nobody has installed the app yet.

    """
    if not bots:
        raise SlackFaulty(f"nobody has installed the app; open {INSTALL} at its address")
    for bot in bots:
        name = bot.team_name or bot.team_id or bot.enterprise_id
        _tried(f"the token of {name}", WebClient(bot.bot_token, base_url=settings.api_url, timeout=_SECONDS))
    if not settings.workspaces:
        return f"{len(bots)} installed; any other can too, so name yours in VEJVISER_SLACK_WORKSPACES"
    return f"{len(bots)} installed, {len(settings.workspaces)} allowed"


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
    url = public_url.rstrip("/") + _PATH
    if (status := _asked(url, {})[0]) != HTTPStatus.UNAUTHORIZED:
        raise SlackFaulty(f"{url} answered {status} to a stranger instead of 401; the proxy leads elsewhere")
    status, said = _asked(url, _signed(settings.signing_secret))
    if status != HTTPStatus.OK or _CHALLENGE not in said:
        raise SlackFaulty(
            f"{url} answered {status} to what is signed with SLACK_SIGNING_SECRET; restart what serves it"
        )
    return f"HTTP: {url} refuses strangers and answers Slack"


def _asked(url: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """Return the status and the text with which ``url`` answers Slack's first question."""
    try:
        request = Request(url, _GREETING, {"Content-Type": "application/json", **headers})  # noqa: S310 the operator's own
        with urlopen(request, timeout=_SECONDS) as response:  # noqa: S310 as above
            return int(response.status), response.read(_LONGEST).decode("utf-8", "replace")
    except HTTPError as error:
        return error.code, ""
    except (URLError, OSError) as error:
        raise SlackFaulty(f"{url} cannot be reached; start 'vejviser serve' and look at the proxy") from error


def _signed(secret: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    signature = SignatureVerifier(secret).generate_signature(timestamp=stamp, body=_GREETING)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": str(signature)}


def _tried(name: str, client: WebClient) -> None:
    _called(name, lambda: client.auth_test().data)


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
