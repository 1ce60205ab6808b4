"""Who somebody is, with the user groups that roles are given to."""

from __future__ import annotations

from aiohttp import ClientError
from cachetools import TTLCache
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.place import Place
from adapters.slack.workspaces import Workspaces
from bot.people import Person, PersonId, Role
from bot.ports import Roles

_SECONDS_BETWEEN_LOOKS = 300.0
_MOST_GROUPS = 1000
_GROUP = "slack-group:"
#: What Slack says of a group that is not there, or that the token may not read; asking again changes nothing.
_FINAL = frozenset({"no_such_subteam", "missing_scope", "subteam_not_found", "plan_upgrade_required"})


class People:
    """Looks up only the groups that the roles file names, at most every five minutes in each workspace."""

    def __init__(self, workspaces: Workspaces, roles: Roles) -> None:
        self._workspaces = workspaces
        self._roles = roles
        self._members: TTLCache[tuple[str, str], frozenset[str]] = TTLCache(_MOST_GROUPS, _SECONDS_BETWEEN_LOOKS)

    async def person(self, place: Place) -> Person:
        """Return whoever acts in ``place``, with their groups."""
        wanted = {holder for role in Role for holder in self._roles.holders(role) if holder.startswith(_GROUP)}
        groups = [group for group in sorted(wanted) if place.user in await self._in(group, place)]
        return Person(PersonId(f"slack:{place.user}"), groups=frozenset(groups))

    async def _in(self, group: str, place: Place) -> frozenset[str]:
        key = (group, place.team.id)
        members = self._members.get(key)
        if members is None:
            client = await self._workspaces.client(place.team)
            members, is_lasting = await _members(client, group.removeprefix(_GROUP))
            if is_lasting:
                self._members[key] = members
        return members


async def _members(client: AsyncWebClient, group: str) -> tuple[frozenset[str], bool]:
    """Return who is in ``group``, and whether that may be relied on; one that cannot be read holds no role."""
    try:
        found = await client.usergroups_users_list(usergroup=group)
    except SlackApiError as error:
        return frozenset(), str(error.response.get("error")) in _FINAL
    except (SlackClientError, ClientError, OSError, TimeoutError):
        return frozenset(), False
    return frozenset(found.get("users") or ()), True
