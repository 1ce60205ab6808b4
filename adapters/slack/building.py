"""Puts the adapter together: requests at ``/slack/events``, or Socket Mode where there is an app token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.slack.hearing import Hearing, Product
from adapters.slack.messenger import SlackDirectory, SlackMessenger
from adapters.slack.sending import Sender, web_client
from adapters.slack.socket import Socket
from bot.settings import SlackSettings

_SECONDS_TO_FINISH = 10.0
_SECONDS_FOR_A_CALL = 20.0


class SlackPart:
    """Satisfies ``adapters.web.parts.Part``."""

    def __init__(self, settings: SlackSettings, app: AsyncApp, hearing: Hearing, *clients: AsyncWebClient) -> None:
        self._handler = AsyncSlackRequestHandler(app)
        self._socket = Socket(app, settings.app_token) if settings.app_token else None
        self._hearing = hearing
        self._clients = clients

    def routes(self) -> Sequence[BaseRoute]:
        """Return the one route; none in Socket Mode, where nothing comes in by HTTP."""
        return () if self._socket else (Route("/slack/events", self._events, methods=["POST"]),)

    async def start(self) -> None:
        """Share one session for all calls, and begin to connect in Socket Mode."""
        # By itself the library opens a connection for every call.
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS_FOR_A_CALL))
        for client in self._clients:
            client.session = session
        if self._socket is not None:
            self._socket.start()

    async def stop(self) -> None:
        """Finish what is being answered and close the connection."""
        await self._hearing.finish(_SECONDS_TO_FINISH)
        if self._socket is not None:
            await self._socket.stop()
        for client in self._clients:
            if client.session is not None:
                await client.session.close()
                client.session = None

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong with the connection."""
        return {"slack": self._socket.fault if self._socket else ""}

    async def _events(self, request: Request) -> Response:
        return await self._handler.handle(request)


@dataclass(frozen=True, slots=True)
class Slack:
    """The adapter: what listens, what sends of its own accord, and who can be reached."""

    part: SlackPart
    messenger: SlackMessenger
    directory: SlackDirectory


def build(settings: SlackSettings, product: Product) -> Slack:
    """Return the adapter that ``settings`` describe; it connects when it is started."""
    client = web_client(settings.bot_token, settings.api_url)
    # The library would wait in steps of 10 ms for the acknowledgement; so it waits for the listener instead, which
    # acknowledges first and hands the work on.
    app = AsyncApp(
        client=client,
        signing_secret=settings.signing_secret or "socket-mode-has-none",
        process_before_response=True,
        request_verification_enabled=not settings.app_token,
    )
    hearing = Hearing(app, product, Sender(client, settings.api_url))
    # The library's retries would post again what may have arrived; whoever sends keeps count and asks first.
    once = AsyncWebClient(token=settings.bot_token, base_url=settings.api_url, retry_handlers=[])
    part = SlackPart(settings, app, hearing, client, once)
    messenger = SlackMessenger(once, product.handler, product.language)
    return Slack(part, messenger, SlackDirectory(client))
