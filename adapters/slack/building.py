"""Puts the adapter together: requests at ``/slack/events``, or Socket Mode where there is an app token."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from slack_bolt.adapter.starlette.async_handler import to_starlette_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.slack.acting import Acting, Product
from adapters.slack.hearing import Claims, Hearing
from adapters.slack.installing import Installing
from adapters.slack.letting_in import Door, read
from adapters.slack.messenger import SlackDirectory, SlackMessenger
from adapters.slack.people import People
from adapters.slack.sending import Sender
from adapters.slack.socket import Socket
from adapters.slack.workspaces import Installations, ManyWorkspaces, OneWorkspace, Workspaces
from bot.settings import SlackSettings

_SECONDS_TO_FINISH: Final = 10.0
_SECONDS_OF_A_TURN: Final = 0.0005
_LIBRARIES: Final = ("slack_sdk", "slack_bolt")


class SlackPart:
    """Satisfies ``adapters.web.parts.Part``."""

    def __init__(
        self,
        settings: SlackSettings,
        app: AsyncApp,
        hearing: Hearing,
        workspaces: Workspaces,
        installing: Installing | None = None,
    ) -> None:
        self._app = app
        self._door = Door(settings.signing_secret)
        self._socket = Socket(app, settings.app_token) if settings.app_token else None
        self._hearing = hearing
        self._workspaces = workspaces
        self._installing = installing

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes; in Socket Mode only those of installing, for nothing else comes in by HTTP."""
        events = () if self._socket else (Route("/slack/events", self._events, methods=["POST"]),)
        return (*events, *(self._installing.routes() if self._installing else ()))

    async def start(self) -> None:
        """Share one session for all calls, and begin to connect in Socket Mode."""
        # A thought would keep the interpreter for five milliseconds before an acknowledgement gets its turn.
        sys.setswitchinterval(_SECONDS_OF_A_TURN)
        await self._workspaces.open()
        if self._socket is not None:
            self._socket.start()

    async def stop(self) -> None:
        """Finish what is being answered and close the connection."""
        await self._hearing.finish(_SECONDS_TO_FINISH)
        if self._socket is not None:
            await self._socket.stop()
        await self._workspaces.close()

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong with the connection."""
        return {"slack": self._socket.fault if self._socket else ""}

    async def _events(self, request: Request) -> Response:
        if self._door.is_late(request.headers):
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        body = await read(request)
        if body is None:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if not self._door.admits(request.headers, body):
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        heard = _read(request, body)
        if heard is None:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        return to_starlette_response(await self._app.async_dispatch(heard))


@dataclass(frozen=True, slots=True)
class Slack:
    """The adapter: what listens, what sends of its own accord, and who can be reached."""

    part: SlackPart
    messenger: SlackMessenger
    directory: SlackDirectory


def build(
    settings: SlackSettings,
    product: Product,
    claims: Claims,
    installations: Installations | None = None,
    *,
    public_url: str = "",
) -> Slack:
    """Return the adapter that ``settings`` describe; it connects when it is started."""
    for name in _LIBRARIES:
        # At the level debug, and in one place at info, they log whole requests.
        logging.getLogger(name).setLevel(logging.WARNING)
    workspaces: Workspaces = OneWorkspace(settings)
    installing = None
    if settings.client_id and installations is not None:
        workspaces = ManyWorkspaces(settings, installations)
        installing = Installing(settings, installations, public_url)
    acting = Acting(product, Sender(workspaces, settings.api_url), People(workspaces, product.roles))
    hearing = Hearing(acting, claims, workspaces.forget)
    part = SlackPart(settings, application(hearing, settings.api_url), hearing, workspaces, installing)
    messenger = SlackMessenger(workspaces, product.handler, product.language)
    return Slack(part, messenger, SlackDirectory(workspaces))


def application(hearing: Hearing, api_url: str) -> AsyncApp:
    """Return the library's application, which reads requests and hands them to ``hearing``.

    What it would do beside is switched off: signatures are checked on the raw bytes before anything reads them, and
    looking up a workspace's token, which may take a call to Slack, comes after the acknowledgement.
    """
    return AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=AsyncWebClient(base_url=api_url),
        before_authorize=hearing,
        authorize=_nobody,
        signing_secret="",
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
    )


async def _nobody(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
    return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)


def _read(request: Request, body: bytes) -> AsyncBoltRequest | None:
    try:
        return AsyncBoltRequest(
            body=body.decode("utf-8", "replace"),
            headers={name: value for name, value in request.headers.items() if name in {"content-type"}},
        )
    except (ValueError, TypeError, AttributeError, KeyError):
        return None
