"""Puts what an act led to where it belongs: to the one who acted, into a message's place, or before everybody."""

from __future__ import annotations

import logging

from adapters.teams.activities import Message, Scope
from adapters.teams.connector import MessageGone
from adapters.teams.speech import person_of
from adapters.teams.surface import Surface
from adapters.teams.turns import Turn
from bot.delivering import DeliveryError
from bot.interaction import Command, Form, Outcome
from bot.model import Language

_log = logging.getLogger(__name__)


async def show(
    surface: Surface,
    turn: Turn,
    outcome: Outcome,
    *,
    command: Command | None = None,
    in_place_of: str = "",
    language: Language | None = None,
    stays: bool = False,
) -> None:
    """Show ``outcome``; a message ``in_place_of`` which something is to stand is replaced for everybody.

    The pressed card ``stays`` where it holds more than what was pressed.

    It is in the ``language`` of the card that it came from, or else of the client.
    """
    activity = turn.activity
    language = language or surface.language_in(activity)
    if outcome.share is not None:
        await turn.say(surface.draw(outcome.share, language))
    shown = outcome.show
    if outcome.replace is not None and in_place_of:
        await change_or_say(turn, in_place_of, surface.draw(await surface.named(outcome.replace), language))
    elif shown is None:
        shown = outcome.replace
    if isinstance(shown, Form):
        complete = await surface.completed(shown, person_of(activity))
        opener = "" if stays else in_place_of or activity.reply_to
        drawn = surface.forms.draw(complete, language, zone=activity.zone, opened_by=opener)
        await say_privately(surface, turn, Message(card=drawn, summary=shown.title))
    elif shown is not None:
        await say_privately(
            surface, turn, surface.draw(await surface.named(shown), language), is_asked_aloud=command is not None
        )


async def change_or_say(turn: Turn, message_id: str, message: Message) -> str:
    """Put ``message`` in the place of one of the bot's own, or say it where that is gone; return where it stands."""
    try:
        await turn.change(message_id, message)
    except MessageGone:
        return await turn.say(message)
    return message_id


async def say_privately(surface: Surface, turn: Turn, message: Message, *, is_asked_aloud: bool = False) -> None:
    """Say ``message`` to the one who acted; what was asked before everybody is answered before everybody."""
    activity = turn.activity
    if activity.is_targeted:
        await turn.say(_private(message, answers=activity.id))
    elif activity.scope is Scope.PERSONAL or is_asked_aloud:
        await turn.say(message)
    else:
        await _say_targeted(surface, turn, message)


async def _say_targeted(surface: Surface, turn: Turn, message: Message) -> None:
    try:
        await turn.say(_private(message))
    except DeliveryError as error:
        # Older clients and some chats take no private messages; the one who acted has a chat with the bot instead.
        _log.info("teams_not_private status=%d", error.status)
        await _whisper(surface, turn, message)


async def _whisper(surface: Surface, turn: Turn, message: Message) -> None:
    """Say ``message`` in the personal chat, or else before everybody that it could not be said."""
    try:
        await surface.whisper(turn.activity, message)
    except DeliveryError as error:
        _log.info("teams_not_whispered status=%d", error.status)
        await turn.say(surface.words("teams-not-alone", turn.activity))


def _private(message: Message, *, answers: str = "") -> Message:
    return Message(message.card, message.text, message.summary, is_private=True, answers=answers)
