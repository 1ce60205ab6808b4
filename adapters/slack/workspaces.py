"""Which client speaks for which workspace: one with a plain token, or several that installed the app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import aiohttp
from cachetools import TTLCache
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.place import Team
from bot.delivering import DeliveryError
from bot.settings import SlackSettings

_SECONDS_FOR_A_CALL: Final = 20.0
_SECONDS_BETWEEN_LOOKS: Final = 60.0
_SECONDS_LEFT: Final = 7200
#: So often that nothing is dropped: each time as long is waited as Slack asks for.
_MOST_RETRIES: Final = 10_000


class NotInstalled(DeliveryError):  # noqa: N818 named by what is wrong
    """The app is not installed in a workspace, or not any more."""


class Installations(Protocol):
    """Where it is kept who installed the app, and the tokens of each workspace."""

    def find(self, team: Team) -> Bot | None:
        """Return the bot of ``team``, or None where the app is not installed."""
        ...

    def all(self) -> Sequence[Bot]:
        """Return the bot of every workspace, the first installed first."""
        ...

    def save(self, installation: Installation) -> None:
        """Keep a new installation."""
        ...

    def renew(self, bot: Bot) -> None:
        """Keep the new tokens of a bot."""
        ...

    def forget(self, team: Team) -> None:
        """Forget the tokens of ``team``."""
        ...

    def issue_state(self) -> str:
        """Return a word that an installation is begun with, and ends with within ten minutes."""
        ...

    def consume_state(self, state: str) -> bool:
        """Say whether ``state`` was issued and not used yet; it cannot be used again."""
        ...


class Workspaces(Protocol):
    """Gives the client that speaks for a workspace."""

    async def open(self) -> None:
        """Share one session for all calls."""
        ...

    async def close(self) -> None:
        """Close the session."""
        ...

    @property
    def session(self) -> aiohttp.ClientSession | None:
        """Return the shared session."""
        ...

    async def client(self, team: Team) -> AsyncWebClient:
        """Return the client of ``team``.

        Raises:
            NotInstalled: the app is not installed there.

        """
        ...

    async def clients(self, id_: str = "") -> Sequence[AsyncWebClient]:
        """Return every client, the one first that last reached the channel or person ``id_``."""
        ...

    def reached(self, id_: str, client: AsyncWebClient) -> None:
        """Remember which client reached ``id_``."""
        ...

    async def forget(self, team: Team) -> None:
        """Forget a workspace where the app was taken away."""
        ...


def web_client(token: str, api_url: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """Return a client that waits as long as Slack asks when it is told to slow down."""
    client = AsyncWebClient(token=token, base_url=api_url, session=session)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=_MOST_RETRIES))
    return client


class _Shared:
    """One session for all calls; by itself the library opens a connection for each."""

    def __init__(self) -> None:
        self.session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Share one session for all calls."""
        self.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_SECONDS_FOR_A_CALL), connector=aiohttp.TCPConnector(limit=100)
        )

    async def close(self) -> None:
        """Close the session."""
        if self.session is not None:
            await self.session.close()
            self.session = None


class OneWorkspace(_Shared):
    """Satisfies ``Workspaces`` with a plain token: the easy default."""

    def __init__(self, settings: SlackSettings) -> None:
        super().__init__()
        self._client = web_client(settings.bot_token, settings.api_url)

    async def client(self, team: Team) -> AsyncWebClient:  # noqa: ARG002 there is only one
        """Return the one client."""
        self._client.session = self.session
        return self._client

    async def clients(self, id_: str = "") -> Sequence[AsyncWebClient]:  # noqa: ARG002 as above
        """Return the one client."""
        return (await self.client(Team()),)

    def reached(self, id_: str, client: AsyncWebClient) -> None:
        """Remember nothing."""

    async def forget(self, team: Team) -> None:
        """Forget nothing: the token is the operator's."""


class ManyWorkspaces(_Shared):
    """Satisfies ``Workspaces`` from the installation store, and renews tokens that run out."""

    def __init__(
        self, settings: SlackSettings, installations: Installations, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self._settings = settings
        self._installations = installations
        self._clock = clock
        self._bots: TTLCache[Team, Bot] = TTLCache(10_000, _SECONDS_BETWEEN_LOOKS)
        self._turns: dict[Team, asyncio.Lock] = {}
        self._homes: TTLCache[str, Team] = TTLCache(100_000, 86_400.0)
        self._teams: dict[str, Team] = {}

    async def client(self, team: Team) -> AsyncWebClient:
        """Return the client of ``team``.

        Raises:
            NotInstalled: the app is not installed there.

        """
        return self._of(await self._bot(team))

    async def clients(self, id_: str = "") -> Sequence[AsyncWebClient]:
        """Return every client, the one first that last reached ``id_``."""
        found = await asyncio.to_thread(self._installations.all)
        teams = [_team_of(bot) for bot in found]
        home = self._homes.get(id_)
        teams.sort(key=lambda team: team != home)
        return [await self.client(team) for team in teams]

    def reached(self, id_: str, client: AsyncWebClient) -> None:
        """Remember which client reached ``id_``."""
        team = self._teams.get(client.token or "")
        if team is not None:
            self._homes[id_] = team

    async def forget(self, team: Team) -> None:
        """Forget a workspace where the app was taken away."""
        self._bots.pop(team, None)
        await asyncio.to_thread(self._installations.forget, team)

    def _of(self, bot: Bot) -> AsyncWebClient:
        return web_client(bot.bot_token, self._settings.api_url, self.session)

    async def _bot(self, team: Team) -> Bot:
        if known := self._known(team):
            return known
        async with self._turns.setdefault(team, asyncio.Lock()):
            bot = self._known(team) or await self._fresh(team)
            self._bots[team] = bot
            self._teams = {token: of for token, of in self._teams.items() if of != team} | {bot.bot_token: team}
        return bot

    def _known(self, team: Team) -> Bot | None:
        """Return the bot as it was read a moment ago, as long as its token holds."""
        bot = self._bots.get(team)
        return bot if bot and self._seconds_left(bot) > 0 else None

    async def _fresh(self, team: Team) -> Bot:
        bot = await asyncio.to_thread(self._installations.find, team)
        if bot is None:
            raise NotInstalled(f"the app is not installed in {team.id or team.enterprise}")
        if self._seconds_left(bot) > _SECONDS_LEFT:
            return bot
        client = web_client("", self._settings.api_url, self.session)
        rotator = AsyncTokenRotator(
            client_id=self._settings.client_id, client_secret=self._settings.client_secret, client=client
        )
        try:
            renewed = await rotator.perform_bot_token_rotation(bot=bot, minutes_before_expiration=_SECONDS_LEFT // 60)
        except (SlackTokenRotationError, aiohttp.ClientError, OSError, TimeoutError):
            # A refresh token serves once: another process may have been first, and kept what it got. And what runs
            # out later serves until then.
            again = await asyncio.to_thread(self._installations.find, team)
            if again is None or self._seconds_left(again) <= 0:
                raise
            return again
        if renewed is None:
            return bot
        await asyncio.to_thread(self._installations.renew, renewed)
        return renewed

    def _seconds_left(self, bot: Bot) -> float:
        ends = bot.bot_token_expires_at
        return float("inf") if ends is None else ends - self._clock()


def _team_of(bot: Bot) -> Team:
    return Team(bot.team_id or "", bot.enterprise_id or "", bool(bot.is_enterprise_install))
