"""The bot's own identity towards Teams: a token that every request of ours carries."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import aiohttp

from bot.delivering import DeliveryError, TemporaryFault
from bot.settings import TeamsSettings

SCOPE: Final = "https://api.botframework.com/.default"
_RESOURCE: Final = "https://api.botframework.com"
_SECONDS_BEFORE_EXPIRY: Final = 300.0
_SHARED_TENANT: Final = "botframework.com"


class CredentialsRefused(DeliveryError):  # noqa: N818 named by what happened
    """Entra gives the bot no token."""


class Credentials(Protocol):
    """Gives the token."""

    async def token(self) -> str:
        """Return a token that is good for some minutes yet; empty where none is needed.

        Raises:
            CredentialsRefused: the id, secret or tenant is wrong.
            TemporaryFault: Entra cannot be reached.

        """
        ...

    def withdraw(self, token: str) -> None:
        """Take notice that ``token`` is taken no more, so that the next one is new."""
        ...


class NoCredentials:
    """For a bot without an identity, on this machine alone."""

    async def token(self) -> str:
        """Return no token."""
        return ""

    def withdraw(self, token: str) -> None:
        """Do nothing: there is no token."""


class Kept:
    """Asks for a token once and keeps it until shortly before it ends, however many need it at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._token = ""
        self._until = float("-inf")
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """Return the kept token, or a new one."""
        if self._clock() < self._until:
            return self._token
        async with self._lock:
            if self._clock() >= self._until:
                self._token, seconds = await self._fetch()
                self._until = self._clock() + max(0.0, seconds - _SECONDS_BEFORE_EXPIRY)
        return self._token

    def withdraw(self, token: str) -> None:
        """Forget ``token``, unless another has taken its place already."""
        if token == self._token:
            self._until = float("-inf")

    async def _fetch(self) -> tuple[str, float]:
        raise NotImplementedError


class ClientSecret(Kept):
    """A secret of the app's registration."""

    def __init__(self, settings: TeamsSettings, session: Callable[[], aiohttp.ClientSession]) -> None:
        super().__init__()
        self._settings = settings
        self._session = session

    async def _fetch(self) -> tuple[str, float]:
        tenant = self._settings.tenant or _SHARED_TENANT
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.app_id,
            "client_secret": self._settings.password,
            "scope": self._settings.scope,
        }
        url = f"{self._settings.login_url.rstrip('/')}/{tenant}/oauth2/v2.0/token"
        try:
            async with self._session().post(url, data=form) as response:
                answer = await response.json(content_type=None)
                status = response.status
        except (OSError, ValueError, TimeoutError, aiohttp.ClientError) as error:
            raise TemporaryFault("Entra cannot be reached; check the way out to login.microsoftonline.com") from error
        return _read(answer, status)


class ManagedIdentity(Kept):
    """An identity that Azure gives the machine; no secret is kept anywhere."""

    def __init__(self, settings: TeamsSettings) -> None:
        super().__init__()
        self._settings = settings

    async def _fetch(self) -> tuple[str, float]:
        return _read(await asyncio.to_thread(self._ask), 200)

    def _ask(self) -> object:
        # Only such a bot needs them, and they cost a third of a second.
        import requests
        from msal import ManagedIdentityClient, UserAssignedManagedIdentity

        identity = UserAssignedManagedIdentity(client_id=self._settings.app_id)
        try:
            return ManagedIdentityClient(identity, http_client=requests.Session()).acquire_token_for_client(
                resource=_RESOURCE
            )
        except (OSError, ValueError) as error:
            raise TemporaryFault("the managed identity's service cannot be reached from this machine") from error


def credentials_for(settings: TeamsSettings, session: Callable[[], aiohttp.ClientSession]) -> Credentials:
    """Return the bot's identity as it is set."""
    if not settings.app_id:
        return NoCredentials()
    return ManagedIdentity(settings) if settings.type == "UserAssignedMSI" else ClientSecret(settings, session)


def _read(answer: Any, status: int) -> tuple[str, float]:
    token = answer.get("access_token") if isinstance(answer, dict) else None
    if isinstance(token, str):
        return token, float(answer.get("expires_in") or 0)
    if status >= 500:
        raise TemporaryFault("Entra failed", status=status)
    code = str(answer.get("error", "")) if isinstance(answer, dict) else ""
    raise CredentialsRefused(
        f"Entra refused the bot ({code or status}); check MicrosoftAppId, MicrosoftAppPassword, MicrosoftAppTenantId",
        status=status,
    )
