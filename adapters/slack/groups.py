"""Which of the roles file's user groups somebody is in, asked of Slack every five minutes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from slack_sdk.errors import SlackApiError

from adapters.slack.line import Line
from bot.people import Role
from bot.ports import Roles

_GROUP: Final = "slack-group:"
_SECONDS_KEPT: Final = 300.0

_log = logging.getLogger(__name__)


class Groups:
    """Members of the groups that hold a role; all others need not be known."""

    def __init__(self, line: Line, roles: Roles, timer: Callable[[], float] = time.monotonic) -> None:
        self._line = line
        self._roles = roles
        self._timer = timer
        self._members: dict[str, tuple[float, frozenset[str]]] = {}

    async def of(self, user: str) -> frozenset[str]:
        """Return the groups of ``user`` that hold a role."""
        groups = {id_ for role in Role for id_ in self._roles.holders(role) if id_.startswith(_GROUP)}
        return frozenset([group for group in sorted(groups) if user in await self._of(group)])

    async def _of(self, group: str) -> frozenset[str]:
        known = self._members.get(group)
        if known and self._timer() - known[0] < _SECONDS_KEPT:
            return known[1]
        try:
            found = await self._line.patient.usergroups_users_list(usergroup=group.removeprefix(_GROUP))
        except SlackApiError as error:
            # Without Slack's word nobody is in the group: a role is never held by mistake.
            _log.warning("slack_group_unknown error=%s", error.response.get("error"))
            return frozenset()
        members = frozenset(str(user) for user in found.get("users") or ())
        self._members[group] = self._timer(), members
        return members
