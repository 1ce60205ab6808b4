"""What somebody presses: a button of a card, a button that opens a dialog, and the dialog's own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from adapters.teams.activities import Activity, Json, Message, Reply, Scope
from adapters.teams.forms import Filled, read_filled, refilled
from adapters.teams.invoking import pressed_card, pressed_error, pressed_message, task
from adapters.teams.later import Later
from adapters.teams.showing import say_privately, show
from adapters.teams.speech import language_of, memory_key, person_of
from adapters.teams.surface import Surface, in_thread
from adapters.teams.turns import Turn
from bot.delivering import DeliveryError
from bot.errors import RequestError
from bot.interaction import Card, Form, Outcome, Press, Submission
from bot.model import Answer, Language, Question

_log = logging.getLogger(__name__)

#: Teams waits five seconds for some of these; whatever takes longer is told on our own accord.
PATIENCE: Final = 4.0


class Pressing:
    """Reports what was pressed and filled in, and answers in the form that each kind of press wants."""

    def __init__(self, surface: Surface, later: Later, *, patience: float = PATIENCE) -> None:
        self._surface = surface
        self._later = later
        self._patience = patience

    async def sent(self, turn: Turn) -> bool:
        """Take what a button sent as a message; say whether there was anything to take."""
        activity = turn.activity
        filled = read_filled(activity.value, activity.zone)
        if filled is not None:
            outcome = await in_thread(self._surface.desk.submit, self._submission(activity, filled, activity.value))
            await self._filled(turn, filled, outcome)
            return True
        if not isinstance(activity.value.get("act"), str):
            return False
        outcome = await in_thread(self._surface.desk.press, self._press(activity, activity.value))
        language = self._language(activity, activity.value)
        await show(self._surface, turn, outcome, in_place_of=activity.reply_to, language=language)
        return True

    async def executed(self, turn: Turn) -> Reply:
        """Take a press whose card may change under the hand."""
        activity = turn.activity
        action = activity.value.get("action")
        data = action.get("data") if isinstance(action, dict) else None
        if not isinstance(data, dict) or not isinstance(data.get("act"), str):
            return Reply(pressed_error("BadRequest", "no press of ours"))
        press = self._press(activity, data)
        outcome = await self._in_time(turn, in_thread(self._surface.desk.press, press))
        if outcome is None:
            return Reply(pressed_message(self._surface.say("teams-slow", activity)))
        stays = data.get("stays") is True
        if outcome.replace is None or stays:
            return Reply(pressed_message(await self._told(turn, outcome, self._language(activity, data), stays=stays)))
        drawn = self._surface.draw(await self._surface.named(outcome.replace), self._language(activity, data))
        await self._replaced(turn, outcome, drawn, activity.reply_to)
        return Reply(pressed_card(drawn.card))

    async def _told(self, turn: Turn, outcome: Outcome, language: Language, *, stays: bool) -> str:
        """Return the sentence that stands below the pressed card, after showing what is more than a sentence."""
        shown = outcome.show
        if isinstance(shown, Card) and shown == Card(shown.title, shown.title) and outcome.share is None:
            return shown.text
        await show(self._surface, turn, outcome, language=language, stays=stays)
        return self._surface.cards.say("teams-see-below", language)

    async def fetched(self, turn: Turn) -> Reply:
        """Open the dialog that a button asks for."""
        activity = turn.activity
        data = _data(activity)
        outcome = await self._in_time(turn, in_thread(self._surface.desk.press, self._press(activity, data)))
        return await self._dialog(turn, outcome, self._language(activity, data), activity.reply_to)

    async def submitted(self, turn: Turn) -> Reply:
        """Take what was filled in in a dialog: it closes, goes on, or says what is wrong."""
        activity = turn.activity
        data = _data(activity)
        language = self._language(activity, data)
        if isinstance(data.get("say"), str):
            return Reply(await self._asked(activity, str(data["say"]), language))
        filled = read_filled(data, activity.zone)
        if filled is None:
            return Reply()
        submission = self._submission(activity, filled, data)
        outcome = await self._in_time(turn, in_thread(self._surface.desk.submit, submission))
        if outcome is not None and outcome.faults:
            return Reply(await self._faulty(activity, filled, outcome, language))
        if outcome is not None and outcome.share is not None:
            await turn.say(self._surface.draw(outcome.share, language))
        return await self._dialog(turn, outcome, language, activity.reply_to or filled.card)

    async def _dialog(self, turn: Turn, outcome: Outcome | None, language: Language, card: str) -> Reply:
        """Return what a dialog shows next; nothing closes it. ``card`` is the message that it was opened from."""
        activity = turn.activity
        if outcome is None:
            return Reply(self._surface.dialog(self._surface.cards.say("teams-slow", language), language))
        shown = outcome.show if outcome.show is not None else outcome.replace
        if outcome.replace is not None and card:
            await self._replaced(
                turn, Outcome(), self._surface.draw(await self._surface.named(outcome.replace), language), card
            )
        if shown is None:
            return Reply()
        if isinstance(shown, Form):
            complete = await self._surface.completed(shown, person_of(activity))
            drawn = self._surface.forms.draw(complete, language, zone=activity.zone, opened_by=card)
            return Reply(task(shown.title, drawn))
        return Reply(task(_title(shown), self._surface.draw(shown, language, is_dialog=True).card))

    async def _faulty(self, activity: Activity, filled: Filled, outcome: Outcome, language: Language) -> Json:
        form = outcome.show if isinstance(outcome.show, Form) else refilled(filled)
        if form is None:
            return self._surface.dialog("\n".join(outcome.faults.values()), language)
        complete = await self._surface.completed(form, person_of(activity))
        drawn = self._surface.forms.draw(
            complete, language, zone=activity.zone, faults=outcome.faults, opened_by=filled.card
        )
        return task(form.title, drawn)

    async def _filled(self, turn: Turn, filled: Filled, outcome: Outcome) -> None:
        """Let what came of a form in the chat stand in its place."""
        activity = turn.activity
        language = self._language(activity, activity.value)
        form = refilled(filled)
        if outcome.faults and form is not None:
            complete = await self._surface.completed(form, person_of(activity))
            drawn = self._surface.forms.draw(
                complete, language, zone=activity.zone, faults=outcome.faults, opened_by=filled.card
            )
            await self._say_or_change(turn, Message(card=drawn, summary=form.title))
            return
        if outcome.replace is not None and filled.card:
            await self._replaced(
                turn, Outcome(), self._surface.draw(await self._surface.named(outcome.replace), language), filled.card
            )
        shown = outcome.show or outcome.replace
        if isinstance(shown, (Answer, Card)):
            await self._say_or_change(turn, self._surface.draw(await self._surface.named(shown), language))
            outcome = Outcome(share=outcome.share)
        await show(self._surface, turn, outcome, language=language)

    async def _asked(self, activity: Activity, text: str, language: Language) -> Json:
        """Return the answer to a question that was pressed inside a dialog."""
        try:
            answer = await in_thread(self._surface.handler.ask, Question(text, memory_key(activity)))
        except RequestError as error:
            return self._surface.dialog(self._surface.cards.say(error.code, language), language)
        return task(_title(answer), self._surface.draw(answer, answer.lang, is_dialog=True).card)

    async def _replaced(self, turn: Turn, outcome: Outcome, drawn: Message, card: str) -> None:
        """Change the card for everybody else too: the reply to a press changes it for the one who pressed alone."""
        if card:
            try:
                await turn.change(card, drawn)
            except DeliveryError as error:
                _log.info("teams_not_replaced status=%d", error.status)
        if outcome.share is not None or outcome.show is not None:
            await show(self._surface, turn, Outcome(show=outcome.show, share=outcome.share))

    async def _in_time(self, turn: Turn, work: Coroutine[Any, Any, Outcome]) -> Outcome | None:
        """Return what came of ``work``, or nothing where it takes too long; then it is shown when it is there."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=self._patience)
        if done:
            return task.result()

        async def finish() -> None:
            await show(self._surface, turn, await task, in_place_of=turn.activity.reply_to)

        self._later.start(finish())
        return None

    async def _say_or_change(self, turn: Turn, message: Message) -> None:
        """Put ``message`` in the place of the form; before others the form was private, and so is this."""
        if turn.activity.reply_to and turn.activity.scope is Scope.PERSONAL:
            await turn.change(turn.activity.reply_to, message)
        else:
            await say_privately(self._surface, turn, message)

    def _press(self, activity: Activity, data: Json) -> Press:
        value = data.get("value")
        return Press(
            person_of(activity),
            str(data.get("act", "")),
            value if isinstance(value, str) else "",
            memory_key(activity),
            f"teams:{activity.conversation}",
            self._language(activity, data),
        )

    def _submission(self, activity: Activity, filled: Filled, data: Json) -> Submission:
        place = f"teams:{activity.conversation}"
        language = self._language(activity, data)
        return Submission(person_of(activity), filled.id, filled.values, filled.state, place, language)

    def _language(self, activity: Activity, data: Json) -> Language:
        """Return the language of the card that was pressed, or else of the client."""
        said = data.get("language")
        return language_of(said if isinstance(said, str) else "") or self._surface.language_in(activity)


def _data(activity: Activity) -> Json:
    data = activity.value.get("data")
    return data if isinstance(data, dict) else {}


def _title(shown: Answer | Card) -> str:
    return shown.title if isinstance(shown, Card) else shown.headline
