"""Teams as a part of the one port: opens what it needs, and says what is wrong with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute

from adapters.teams.connector import Connector
from adapters.teams.credentials import Credentials, credentials_for
from adapters.teams.endpoint import Endpoint
from adapters.teams.later import Later
from adapters.teams.letting_in import LocalAdmission, LocalCheck, admission_for, check_for
from adapters.teams.library import Turns
from adapters.teams.session import Session
from adapters.teams.tokens import TokenCheck
from adapters.teams.turns import Listener
from bot.settings import TeamsSettings

_SECONDS_TO_FINISH = 10.0


@dataclass(frozen=True, slots=True)
class Line:
    """The way out to Teams: one session, the bot's identity and the client that use it."""

    session: Session
    credentials: Credentials
    connector: Connector

    @classmethod
    def open(cls, settings: TeamsSettings) -> Line:
        """Return a line that connects when it is first used."""
        session = Session()
        credentials = credentials_for(settings, session)
        return cls(session, credentials, Connector(credentials, session))


class TeamsPart:
    """Satisfies ``adapters.web.parts.Part``."""

    def __init__(self, settings: TeamsSettings, line: Line, listener: Listener, later: Later | None = None) -> None:
        self._line = line
        self._later = later or Later()
        self._check: TokenCheck | None = check_for(settings, line.session.fetch) if settings.app_id else None
        self._fetching: asyncio.Task[None] | None = None
        self._endpoint = Endpoint(
            self._check or LocalCheck(),
            admission_for(settings) if self._check else LocalAdmission(),
            Turns(line.connector, listener),
        )

    def routes(self) -> Sequence[BaseRoute]:
        """Return the one route."""
        return self._endpoint.routes()

    async def start(self) -> None:
        """Begin to fetch the issuer's keys, so that no request need wait for them."""
        if self._check is not None:
            self._fetching = asyncio.create_task(self._check.keep_fresh())

    async def stop(self) -> None:
        """Finish what is being answered, and close the session."""
        if self._fetching is not None:
            self._fetching.cancel()
        await self._endpoint.finish()
        await self._later.finish(_SECONDS_TO_FINISH)
        await self._line.session.close()

    def checks(self) -> Mapping[str, str]:
        """Return what is wrong with the keys."""
        return {"teams": self._check.fault() if self._check else ""}
