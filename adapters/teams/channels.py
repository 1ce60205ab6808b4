"""The channels that an announcement may go to: where the bot has been spoken to, and all others of the same teams."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from cachetools import TTLCache

from adapters.teams.activities import Scope
from adapters.teams.connector import Connector
from adapters.teams.references import PREFIX, Reference, References
from bot.delivering import DeliveryError
from bot.interaction import Option

_SECONDS_FRESH: Final = 300
_MOST_TEAMS: Final = 50
_MOST_CHANNELS: Final = 100
#: Longer than this nobody waits for a form; the channels that are known already are offered then.
_PATIENCE: Final = 2.0
_log = logging.getLogger(__name__)

Names = Mapping[str, str]


class Channels:
    """Names the channels, asking Teams for those of each team where the bot is."""

    def __init__(self, connector: Connector, references: References) -> None:
        self._connector = connector
        self._references = references
        self._fresh: TTLCache[str, Names] = TTLCache(_MOST_TEAMS, _SECONDS_FRESH)

    async def options(self) -> tuple[Option, ...]:
        """Return the channels by name, each team's together."""
        places = [
            place for place in await asyncio.to_thread(self._references.open) if place.scope is not Scope.PERSONAL
        ]
        teams = {place.team: place for place in places if place.team}
        named = {place.conversation: place.title or place.conversation for place in places}
        for found in await asyncio.gather(*(self._in_team(place) for place in list(teams.values())[:_MOST_TEAMS])):
            named |= found
        options = sorted((Option(name, PREFIX + id_) for id_, name in named.items()), key=_by_label)
        return tuple(options[:_MOST_CHANNELS])

    async def names(self, addresses: Sequence[str]) -> Names:
        """Return what those of ``addresses`` that are channels are called."""
        known = {option.value: option.label for option in await self.options()}
        return {address: known[address] for address in addresses if address in known}

    async def _in_team(self, place: Reference) -> Names:
        if place.team not in self._fresh:
            try:
                async with asyncio.timeout(_PATIENCE):
                    listed = await self._connector.channels(place.service_url, place.team)
            except (DeliveryError, TimeoutError) as error:
                _log.info("teams_channels_unknown error=%s", type(error).__name__)
                return {}
            self._fresh[place.team] = {
                str(each["id"]): str(each.get("name") or "") for each in listed if each.get("id")
            }
        return self._named(place)

    def _named(self, place: Reference) -> Names:
        """Return the team's channels under its name; the one that Teams gives no name is the team's first."""
        channels = self._fresh[place.team]
        team = place.title if place.conversation == place.team else ""
        return {id_: " › ".join(filter(None, (team, name))) or place.title or id_ for id_, name in channels.items()}


def _by_label(option: Option) -> tuple[str, str]:
    return option.label.casefold(), option.value
