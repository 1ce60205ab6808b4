"""Installing the app in several workspaces: the library's own flow, on our database and our addresses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackClientError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from yarl import URL

from adapters.slack.manifest import INSTALL, REDIRECT, SCOPES
from adapters.slack.workspaces import Installations, web_client
from bot.settings import SlackSettings

_AUTHORIZE: Final = "/oauth/v2/authorize"
_LOG = logging.getLogger("vejviser.slack")


class Installing:
    """The two pages that an administrator goes through."""

    def __init__(self, settings: SlackSettings, installations: Installations, public_url: str) -> None:
        self._flow = _Flow(
            allowed=settings.workspaces,
            client=web_client("", settings.api_url),
            settings=AsyncOAuthSettings(
                client_id=settings.client_id,
                client_secret=settings.client_secret,
                scopes=list(SCOPES),
                install_path=INSTALL,
                redirect_uri=f"{public_url.rstrip('/')}{REDIRECT}" if public_url else None,
                redirect_uri_path=REDIRECT,
                authorization_url=str(URL(settings.api_url).origin().with_path(_AUTHORIZE)),
                installation_store=_Store(installations),
                installation_store_bot_only=True,
                state_store=_States(installations),
            ),
        )

    def routes(self) -> Sequence[BaseRoute]:
        """Return the page to begin at, and the one that Slack leads back to."""
        return (Route(INSTALL, self._begin), Route(REDIRECT, self._end))

    async def _begin(self, request: Request) -> Response:
        return to_starlette_response(await self._flow.handle_installation(to_async_bolt_request(request, b"")))

    async def _end(self, request: Request) -> Response:
        return to_starlette_response(await self._flow.handle_callback(to_async_bolt_request(request, b"")))


class _Flow(AsyncOAuthFlow):
    """The library's flow, which turns away workspaces that are not named."""

    def __init__(self, *, allowed: frozenset[str], client: AsyncWebClient, settings: AsyncOAuthSettings) -> None:
        super().__init__(client=client, settings=settings, logger=logging.getLogger("slack_bolt"))
        self._allowed = allowed

    async def store_installation(self, request: AsyncBoltRequest, installation: Installation) -> None:
        """Keep the installation, or give its token back where the workspace is none of ours."""
        if self._allowed and not self._allowed & {installation.team_id, installation.enterprise_id}:
            _LOG.warning("slack_installation_refused team=%s", installation.team_id or installation.enterprise_id)
            try:
                await self.client.auth_revoke(token=installation.bot_token)
            except SlackClientError as error:
                _LOG.warning("slack_token_not_revoked error=%s", type(error).__name__)
            raise BoltError("this workspace is not on the list in VEJVISER_SLACK_WORKSPACES")
        await super().store_installation(request, installation)
        _LOG.info("slack_installed team=%s", installation.team_id or installation.enterprise_id)


class _Store(AsyncInstallationStore):
    """Our database in the library's shape."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    @property
    def logger(self) -> logging.Logger:
        """Return what it logs to."""
        return _LOG

    async def async_save(self, installation: Installation) -> None:
        """Keep ``installation``."""
        await asyncio.to_thread(self._installations.save, installation)


class _States(AsyncOAuthStateStore):
    """The words that an installation is begun and ended with, in our database."""

    def __init__(self, installations: Installations) -> None:
        self._installations = installations

    @property
    def logger(self) -> logging.Logger:
        """Return what it logs to."""
        return _LOG

    async def async_issue(self, *_args: object, **_kwargs: object) -> str:
        """Return a new one."""
        return await asyncio.to_thread(self._installations.issue_state)

    async def async_consume(self, state: str) -> bool:
        """Say whether it was issued and not used."""
        return await asyncio.to_thread(self._installations.consume_state, state)
