"""Puts the adapter together: requests at ``/slack/events``, or Socket Mode where there is an app token."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.slack.hearing import Hearing, Product
from adapters.slack.messenger import SlackDirectory, SlackMessenger
from adapters.slack.sending import Sender, web_client
from bot.settings import SlackSettings

_SECONDS_TO_FINISH = 10.0
_LOG = logging.getLogger("vejviser.slack")


class SlackPart:
    """Satisfies ``adapters.web.parts.Part``."""

    def __init__(self, settings: SlackSettings, app: AsyncApp, hearing: Hearing) -> None:
        self._handler = AsyncSlackRequestHandler(app)
        self._socket = AsyncSocketModeHandler(app, settings.app_token) if settings.app_token else None
        self._hearing = hearing
        self._fault = ""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the one route; none in Socket Mode, where nothing comes in by HTTP."""
        return () if self._socket else (Route("/slack/events", self._events, methods=["POST"]),)

    async def start(self) -> None:
        """Connect in Socket Mode; the library reconnects by itself from then on."""
        if self._socket is None:
            return
        try:
            await self._socket.connect_async()  # type: ignore[no-untyped-call]  # the library has no types
        except Exception as error:  # noqa: BLE001 the boundary: Slack that is away must not keep the rest from starting
            self._fault = "cannot connect; check SLACK_APP_TOKEN and the network"
            _LOG.error("slack socket failed error=%s", type(error).__name__)

    async def stop(self) -> None:
        """Finish what is being answered and close the connection."""
        await self._hearing.finish(_SECONDS_TO_FINISH)
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]  # as above

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong with the connection."""
        return {"slack": self._fault}

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
    part = SlackPart(settings, app, hearing)
    messenger = SlackMessenger(client, product.handler, product.language)
    return Slack(part, messenger, SlackDirectory(client))
