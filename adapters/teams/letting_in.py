"""Puts together who is let in, from what the operator has set."""

from __future__ import annotations

import ipaddress
import logging
from typing import Final
from urllib.parse import urlsplit

from adapters.teams.activities import Activity
from adapters.teams.tokens import Admission, Fetch, Issuer, Refused, Sender, TokenCheck
from bot.settings import TeamsSettings

_log = logging.getLogger(__name__)

_LOUD: Final = (
    "TEAMS RUNS WITHOUT AN IDENTITY: whoever reaches this port may say that they are anybody, curators included. "
    "This is for a test client on this machine; set MicrosoftAppId before anybody else can reach it."
)


def check_for(settings: TeamsSettings, fetch: Fetch) -> TokenCheck:
    """Return the check of requests to the bot that ``settings`` describe."""
    issuers = [Issuer(frozenset({settings.issuer}), settings.keys_url)]
    if settings.tenant:
        # A test client with the bot's own secret signs in at Entra, in either of its two ways.
        login = settings.login_url.rstrip("/")
        names = frozenset({f"https://sts.windows.net/{settings.tenant}/", f"{login}/{settings.tenant}/v2.0"})
        keys = f"{login}/{settings.tenant}/v2.0/.well-known/openid-configuration"
        issuers.append(Issuer(names, keys, by_app=settings.app_id))
    return TokenCheck(settings.app_id, tuple(issuers), fetch)


def admission_for(settings: TeamsSettings) -> Admission:
    """Return which organisations are let in: our own and those that were listed; all of them where none is known."""
    return Admission(settings.tenants | ({settings.tenant} if settings.tenant else frozenset()))


class LocalCheck:
    """Lets in whoever is on this machine, and says loudly that it does."""

    def __init__(self) -> None:
        _log.warning(_LOUD)

    async def check(self, header: str, client: str) -> Sender:  # noqa: ARG002 nobody is asked who they are
        """Return nobody in particular.

        Raises:
            Refused: the request comes from elsewhere.

        """
        if not is_loopback(client):
            raise Refused("a request from elsewhere", 403)
        return Sender(Issuer(frozenset(), "", by_app="local"))


class LocalAdmission(Admission):
    """Lets in what answers to this machine, so that no page in a browser can have the bot call somebody else."""

    def __init__(self) -> None:
        super().__init__(frozenset())

    def admit(self, sender: Sender, activity: Activity) -> None:
        """Let ``activity`` in.

        Raises:
            Refused: its replies would leave this machine.

        """
        super().admit(sender, activity)
        if not is_loopback(urlsplit(activity.service_url).hostname or ""):
            raise Refused("a service address elsewhere", 403)


def is_loopback(host: str) -> bool:
    """Say whether ``host`` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
