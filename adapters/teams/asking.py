"""What somebody writes: a question, a command, a form that was filled in, or something that is none of these."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cachetools import TTLCache

from adapters.teams.activities import Activity, Attachment, Message, Scope
from adapters.teams.pressing import Pressing
from adapters.teams.showing import change_or_say, show
from adapters.teams.speech import Typed, language_of, memory_key, person_of, read_command, spoken
from adapters.teams.surface import Surface, in_thread
from adapters.teams.turns import Turn
from bot.errors import RequestError
from bot.interaction import Button, Command, Press
from bot.model import Answer, Question

_SECONDS_REMEMBERED: Final = 24 * 3600
_MOST_REMEMBERED: Final = 20_000
_PLEASED: Final = frozenset({"like", "heart", "laugh"})
_DISPLEASED: Final = frozenset({"sad", "angry"})
_EDITED: Final = "editMessage"
_FILE: Final = "application/vnd.microsoft.teams.file.download.info"
_CARDS: Final = "application/vnd.microsoft.card"
_PICTURES: Final = ("image/", "video/", "audio/", f"{_CARDS}.animation", f"{_CARDS}.audio", f"{_CARDS}.video")
_HTML: Final = "text/html"
#: A picture in HTML; the small ones that stand for feelings are words.
_SHOWN: Final = re.compile(r"<(?:img|video|audio)\b(?![^>]{0,500}schema\.skype\.com/Emoji)", re.IGNORECASE)
_WORDLESS: Final = {"file": "teams-no-files", "picture": "teams-no-pictures", "card": "teams-no-cards"}
_BESIDE_WORDS: Final = {"file": "teams-file-unread", "picture": "teams-picture-unread"}


@dataclass(frozen=True, slots=True)
class Replied:
    """The bot's reply to a message, and what may be done about it."""

    message: str
    buttons: Sequence[Button]


class Asking:
    """Answers what is written, what is edited, and takes notice of reactions."""

    def __init__(self, surface: Surface, pressing: Pressing) -> None:
        self._surface = surface
        self._pressing = pressing
        # Good for as long as one process runs: an edit after that gets a new answer, a reaction none.
        self._replies: TTLCache[tuple[str, str], Replied] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)
        self._said: TTLCache[tuple[str, str], Sequence[Button]] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)

    async def written(self, turn: Turn) -> None:
        """Answer a message."""
        activity = turn.activity
        if activity.value and await self._pressing.sent(turn):
            return
        said = activity.value.get("say")
        text = spoken(activity) or (said if isinstance(said, str) else "")
        if not text:
            await self._wordless(turn)
            return
        command = read_command(text, self._surface.handler.knowledge())
        if command is None or (command.name == "ask" and command.text):
            await self._ask(turn, command.text if command else text, is_pressed=not spoken(activity))
        else:
            await self._run(turn, command)

    async def edited(self, turn: Turn) -> None:
        """Answer an edited question in the place of its first answer."""
        activity = turn.activity
        earlier = self._replies.get((activity.conversation, activity.id))
        text = spoken(activity)
        if activity.event != _EDITED or not text:
            return
        if earlier is None:
            await self.written(turn)
            return
        message, answer = await self._answer(activity, text)
        self._remember(activity, await change_or_say(turn, earlier.message, message), answer)

    async def reacted(self, turn: Turn) -> None:
        """Count a reaction to an answer as the feedback that its buttons ask for; nothing is said back."""
        activity = turn.activity
        buttons = self._said.get((activity.conversation, activity.reply_to)) or ()
        wanted = {"helpful"} if _PLEASED & set(activity.reactions) else set()
        wanted |= {"unhelpful"} if _DISPLEASED & set(activity.reactions) else set()
        for button in buttons:
            if button.act in wanted:
                press = Press(person_of(activity), button.act, button.value, memory_key(activity))
                await in_thread(self._surface.desk.press, press)

    async def _ask(self, turn: Turn, text: str, *, is_pressed: bool) -> None:
        activity = turn.activity
        message, answer = await self._answer(activity, text, is_pressed=is_pressed)
        if activity.is_targeted:
            message = Message(message.card, message.text, message.summary, is_private=True, answers=activity.id)
        self._remember(activity, await turn.say(message), answer)

    async def _answer(
        self, activity: Activity, text: str, *, is_pressed: bool = False
    ) -> tuple[Message, Answer | None]:
        try:
            answer = await in_thread(self._surface.handler.ask, Question(text, memory_key(activity)))
        except RequestError as error:
            return self._surface.words(error.code, activity), None
        is_private = activity.is_targeted and activity.scope is not Scope.PERSONAL
        notes = [self._surface.cards.say("teams-asked", answer.lang).replace("{words}", text)] if is_pressed else []
        notes += [self._surface.cards.say(id_, answer.lang) for id_ in sorted(_unread(activity))]
        return self._surface.draw(answer, answer.lang, is_private=is_private, notes=notes), answer

    def _remember(self, activity: Activity, message: str, answer: Answer | None) -> None:
        if not message:
            return
        buttons = self._surface.offers(answer) if answer else ()
        self._said[activity.conversation, message] = buttons
        if activity.id:
            self._replies[activity.conversation, activity.id] = Replied(message, buttons)

    async def _run(self, turn: Turn, typed: Typed) -> None:
        activity = turn.activity
        person, language = person_of(activity), language_of(activity.locale)
        if typed.name == "home":
            home = await in_thread(self._surface.desk.home, person, self._surface.language_in(activity))
            await turn.say(self._surface.cards.home(home, self._surface.language_in(activity)))
            return
        command = Command(person, typed.name, typed.text, memory_key(activity), language)
        await show(self._surface, turn, await in_thread(self._surface.desk.run, command), command=command)

    async def _wordless(self, turn: Turn) -> None:
        """Say what can be done about a message without words."""
        kinds = {_kind(attachment) for attachment in turn.activity.attachments}
        said = next((words for kind, words in _WORDLESS.items() if kind in kinds), "")
        if said:
            await turn.say(self._surface.words(said, turn.activity))
        else:
            await self._run(turn, Typed("help", ""))


def _kind(attachment: Attachment) -> str:
    """Return what somebody who sent it would call it: a file, a picture, which may move or sound, or a card."""
    if attachment.kind == _FILE:
        return "file"
    if attachment.kind.startswith(_PICTURES):
        return "picture"
    if attachment.kind == _HTML:
        # What was written comes a second time as HTML, and a GIF from Teams' own gallery as that alone.
        return "picture" if isinstance(attachment.content, str) and _SHOWN.search(attachment.content) else ""
    return "card" if attachment.kind.startswith(_CARDS) else ""


def _unread(activity: Activity) -> set[str]:
    """Return which notes an answer needs about what came with its question."""
    kinds = {_kind(attachment) for attachment in activity.attachments}
    return {_BESIDE_WORDS[kind] for kind in kinds if kind in _BESIDE_WORDS}
