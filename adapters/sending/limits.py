"""How fast each platform lets an app send, from its own documentation; a little below, because clocks differ.

Slack: one message a second in a channel, "several hundred" a minute in a workspace, and about 50 a minute for editing,
deleting and reading back (https://docs.slack.dev/apis/web-api/rate-limits). Teams: 50 requests a second for an app in
a tenant, and in one thread 7 in a second, 8 in two, 60 in 30 and 1,800 in an hour
(https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit): seven at once and then one every 2.01
seconds stays below all four.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.sql.sending import Interval

#: What is asked of a platform beside the actions: whether a message arrived.
FIND: Final = "find"


@dataclass(frozen=True, slots=True)
class Whole:
    """A limit on everything that an app does in one way: ``scope`` names what is counted together."""

    scope: str
    per_second: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What one platform allows: ``whole`` by action, ``each`` for one recipient, by action too.

    ``scopes`` are what the platform calls a limit that concerns more than one recipient.
    """

    whole: Mapping[str, Whole] = field(default_factory=dict)
    each: Mapping[str, Interval] = field(default_factory=dict)


_TIER_3: Final = 49 / 60
_SLACK: Final = Limits(
    whole={
        "post": Whole("slack chat.postMessage", 4.0),
        "remind": Whole("slack chat.postMessage", 4.0),
        "update": Whole("slack chat.update", _TIER_3),
        "delete": Whole("slack chat.delete", _TIER_3),
        FIND: Whole("slack conversations.history", _TIER_3),
    },
    each={"post": Interval(1.02), "remind": Interval(1.02)},
)
_ONE_APP: Final = Whole("teams", 49.0)
_THREAD: Final = Interval(2.01, burst=7)
_TEAMS: Final = Limits(
    whole={"post": _ONE_APP, "remind": _ONE_APP, "update": _ONE_APP, "delete": _ONE_APP, FIND: _ONE_APP},
    each={"post": _THREAD, "remind": _THREAD, "update": _THREAD, "delete": _THREAD},
)

PLATFORM_LIMITS: Final[Mapping[str, Limits]] = {"slack": _SLACK, "teams": _TEAMS}
UNLIMITED: Final = Limits()
