"""Where the bot is: remembered from the first sign of life in a conversation until it is taken away."""

from __future__ import annotations

from typing import Final

from cachetools import TTLCache

from adapters.teams.activities import Activity, Scope
from adapters.teams.references import Reference
from adapters.teams.showing import show
from adapters.teams.speech import language_of, person_of
from adapters.teams.surface import Surface, in_thread
from adapters.teams.turns import Turn
from bot.interaction import Command

_SECONDS_FRESH: Final = 60
_MOST_FRESH: Final = 20_000
_GONE: Final = frozenset({"channelDeleted", "teamDeleted", "teamHardDeleted", "teamArchived"})


class Living:
    """Keeps references as long as they hold, and greets once."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        # What was written to the database a moment ago need not be written again with every message.
        self._fresh: TTLCache[str, Reference] = TTLCache(_MOST_FRESH, _SECONDS_FRESH)

    async def seen(self, activity: Activity) -> bool:
        """Keep how the conversation is reached now; say whether the bot has never been there."""
        reference = reference_to(activity)
        if self._fresh.get(reference.conversation) == reference:
            return False
        is_new = await in_thread(self._surface.references.keep, reference)
        self._fresh[reference.conversation] = reference
        return is_new

    async def gone(self, conversation: str) -> None:
        """Remember that nothing may be posted there any more."""
        self._fresh.pop(conversation, None)
        await in_thread(self._surface.references.close, conversation)

    async def installed(self, turn: Turn) -> None:
        """Greet where the bot is new: Teams tells of it in up to three ways."""
        if await self.seen(turn.activity):
            await self._greet(turn)

    async def removed(self, turn: Turn) -> None:
        """Forget the conversation, and with a team all of its channels."""
        self._fresh.clear()
        await in_thread(self._surface.references.forget, turn.activity.base, turn.activity.team)

    async def changed(self, turn: Turn) -> None:
        """Take notice of who came and went."""
        activity = turn.activity
        bot = activity.recipient.id
        if bot in {member.id for member in activity.left} or activity.event in _GONE:
            await self.removed(turn)
        elif activity.joined and (activity.scope is Scope.PERSONAL or bot in {member.id for member in activity.joined}):
            await self.installed(turn)
        else:
            await self.seen(activity)

    async def _greet(self, turn: Turn) -> None:
        activity = turn.activity
        command = Command(person_of(activity), "help", language=language_of(activity.locale))
        outcome = await in_thread(self._surface.desk.run, command)
        await show(self._surface, turn, outcome)


def reference_to(activity: Activity) -> Reference:
    """Return how the conversation of ``activity`` is reached."""
    is_personal = activity.scope is Scope.PERSONAL
    return Reference(
        conversation=activity.base,
        scope=activity.scope,
        service_url=activity.service_url,
        bot=activity.recipient.id,
        tenant=next(iter(sorted(activity.tenants)), ""),
        person=activity.sender.object_id if is_personal else "",
        account=activity.sender.id if is_personal else "",
        title="" if is_personal else activity.title,
        team=activity.team,
        locale=activity.locale if is_personal else "",
    )
