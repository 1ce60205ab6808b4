"""What ``vejviser doctor`` looks at: the bot's identity, the channel's keys, and the endpoint from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp

from adapters.teams.credentials import credentials_for
from adapters.teams.endpoint import PATH
from adapters.teams.letting_in import check_for
from adapters.teams.session import Session
from bot.delivering import DeliveryError
from bot.settings import TeamsSettings

Found = TypeVar("Found")

_LOCAL = "no identity: for a test client on this machine alone"


class TeamsFaulty(DeliveryError):  # noqa: N818 named by what is wrong
    """Teams cannot work; the text says what to do."""


def identity(settings: TeamsSettings) -> str:
    """Say who the bot is, after it has signed in.

    Raises:
        DeliveryError: it cannot; the text says what to do.

    """
    if not settings.app_id:
        return _LOCAL

    async def sign_in(session: Session) -> str:
        await credentials_for(settings, session).token()
        return f"{settings.type} {settings.app_id}"

    return _run(sign_in)


def keys(settings: TeamsSettings) -> str:
    """Say whose requests are let in, after their keys were fetched.

    Raises:
        DeliveryError: they cannot be fetched; the text says what to do.

    """
    if not settings.app_id:
        return _LOCAL

    async def fetch(session: Session) -> str:
        check = check_for(settings, session.fetch)
        await check.warm_up()
        if fault := check.fault():
            raise TeamsFaulty(f"{fault}; let Vejviser reach that address, or requests of Teams are refused")
        tenants = sorted(settings.tenants | ({settings.tenant} if settings.tenant else set()))
        return f"let in: {', '.join(tenants)}" if tenants else "EVERY ORGANISATION is let in; set MicrosoftAppTenantId"

    return _run(fetch)


def endpoint(settings: TeamsSettings, public_url: str) -> str:
    """Say where Teams reaches the bot, after a stranger was refused there.

    Raises:
        DeliveryError: it does not answer as it should; the text says what to do.

    """
    if not settings.app_id:
        return _LOCAL
    if not public_url:
        return "not asked: set VEJVISER_PUBLIC_URL to the address that Teams calls"
    url = public_url.rstrip("/") + PATH

    async def ask(session: Session) -> str:
        try:
            async with session().post(url, json={}) as response:
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise TeamsFaulty(f"{url} cannot be reached; start 'vejviser serve' and look at the proxy") from error
        if status != 401:  # what a stranger is to be told
            raise TeamsFaulty(f"{url} answered {status} to a stranger instead of 401; the proxy leads elsewhere")
        return f"{url} refuses strangers"

    return _run(ask)


def _run(story: Callable[[Session], Awaitable[Found]]) -> Found:
    async def told() -> Found:
        session = Session()
        try:
            return await story(session)
        finally:
            await session.close()

    return asyncio.run(told())
