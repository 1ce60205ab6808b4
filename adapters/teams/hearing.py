"""Decides which part of the adapter takes what happened, and stands between its faults and the reader."""

from __future__ import annotations

import logging
from typing import Final

from adapters.teams.activities import Activity, Json, Message, Reply
from adapters.teams.asking import Asking
from adapters.teams.extending import Extending
from adapters.teams.invoking import found_nothing, pressed_message
from adapters.teams.living import Living
from adapters.teams.pressing import Pressing
from adapters.teams.suggesting import Suggesting
from adapters.teams.surface import Surface
from adapters.teams.turns import Turn
from bot.delivering import DeliveryError, RecipientGone

_log = logging.getLogger(__name__)

_ADDED: Final = frozenset({"add", "add-upgrade"})
_REMOVED: Final = frozenset({"remove", "remove-upgrade"})


class Hearing:
    """Satisfies ``adapters.teams.turns.Listener``."""

    def __init__(
        self, surface: Surface, living: Living, asking: Asking, pressing: Pressing, extending: Extending
    ) -> None:
        self._surface = surface
        self._living = living
        self._asking = asking
        self._pressing = pressing
        self._extending = extending
        self._suggesting = Suggesting(surface)

    async def hear(self, turn: Turn) -> Reply | None:
        """Do what ``turn`` asks for; whatever breaks is told in a polite sentence and logged without what was said."""
        activity = turn.activity
        try:
            if activity.kind == "invoke":
                return await self._invoked(turn)
            await self._heard(turn)
        except RecipientGone as error:
            _log.info("teams_gone status=%d", error.status)
            await self._living.gone(activity.base)
        except DeliveryError as error:
            _log.warning("teams_not_delivered error=%s status=%d", type(error).__name__, error.status)
        except Exception as error:  # noqa: BLE001 the message boundary; the error's text may quote the question
            _log.error("teams_failed kind=%s error=%s at=%s", activity.kind, type(error).__name__, _place(error))
            return await self._apologise(turn)
        return Reply(self._shaped(activity, "")) if activity.kind == "invoke" else None

    async def _heard(self, turn: Turn) -> None:
        activity = turn.activity
        match activity.kind:
            case "message":
                await self._living.seen(activity)
                await self._asking.written(turn)
            case "messageUpdate":
                await self._asking.edited(turn)
            case "messageReaction":
                await self._asking.reacted(turn)
            case "conversationUpdate":
                await self._living.changed(turn)
            case "installationUpdate" if activity.action in _ADDED:
                await self._living.installed(turn)
            case "installationUpdate" if activity.action in _REMOVED:
                await self._living.removed(turn)

    async def _invoked(self, turn: Turn) -> Reply:
        activity = turn.activity
        match activity.name:
            case "adaptiveCard/action":
                return await self._pressing.executed(turn)
            case "task/fetch":
                return await self._pressing.fetched(turn)
            case "task/submit" | "composeExtension/submitAction":
                return await self._pressing.submitted(turn)
            case "composeExtension/query":
                return await self._extending.searched(activity)
            case "composeExtension/fetchTask":
                return await self._extending.checked(activity)
            case "application/search":
                return await self._suggesting.suggested(activity)
        return Reply(status=501)

    async def _apologise(self, turn: Turn) -> Reply | None:
        activity = turn.activity
        text = self._surface.say("answer-failed", activity)
        if activity.kind == "invoke":
            return Reply(self._shaped(activity, text))
        if activity.kind == "message":
            try:
                await turn.say(Message(text=text))
            except DeliveryError as error:
                _log.warning("teams_not_delivered error=%s status=%d", type(error).__name__, error.status)
        return None

    def _shaped(self, activity: Activity, text: str) -> Json | None:
        """Return ``text`` in the shape that what was invoked wants."""
        if activity.name == "adaptiveCard/action":
            return pressed_message(text)
        if activity.name == "composeExtension/query":
            return found_nothing(text)
        return self._surface.dialog(text, self._surface.language_in(activity)) if text else None


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "-"
