"""Who somebody is, with the user groups that roles are given to."""

from __future__ import annotations

from cachetools import TTLCache
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.people import Person, PersonId, Role
from bot.ports import Roles

_SECONDS_BETWEEN_LOOKS = 300.0
_GROUP = "slack-group:"


class People:
    """Looks up only the groups that the roles file names, at most every five minutes."""

    def __init__(self, client: AsyncWebClient, roles: Roles) -> None:
        self._client = client
        self._roles = roles
        self._members: TTLCache[str, frozenset[str]] = TTLCache(1000, _SECONDS_BETWEEN_LOOKS)

    async def person(self, user: str, name: str = "") -> Person:
        """Return ``user`` with their groups."""
        wanted = {holder for role in Role for holder in self._roles.holders(role) if holder.startswith(_GROUP)}
        groups = [group for group in sorted(wanted) if user in await self._in(group.removeprefix(_GROUP))]
        return Person(PersonId(f"slack:{user}"), name, frozenset(groups))

    async def _in(self, group: str) -> frozenset[str]:
        members = self._members.get(group)
        if members is None:
            try:
                found = await self._client.usergroups_users_list(usergroup=group)
                members = frozenset(found.get("users") or ())
            except SlackApiError:
                members = frozenset()  # a group that cannot be read holds no role
            self._members[group] = members
        return members
