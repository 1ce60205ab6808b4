"""Does what people want and tells them, after Slack has been answered."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from slack_sdk.errors import SlackApiError

from adapters.slack.answers import ASK, AnswerDrawing
from adapters.slack.cards import draw_card, draw_home
from adapters.slack.forms import Carried, draw_form, values_of
from adapters.slack.mrkdwn import from_slack, to_markdown
from adapters.slack.people import People
from adapters.slack.place import Json, Place
from adapters.slack.sending import Sender
from adapters.slack.sheet import Drawn, act_of
from adapters.slack.wording import Wording
from bot.errors import RequestError
from bot.interaction import Button, Card, Command, Form, Option, Outcome, Press, Submission
from bot.model import Answer, Language, Question
from bot.people import Person, PersonId, Role
from bot.ports import Desk, Handler, Roles, Suggestions

_LOG = logging.getLogger("vejviser.slack")
_TYPED: Final = ("status", "tools", "request", "help", "announce")
_ALONE: Final = frozenset({"tools", "help", "announce"})
_ESCALATION: Final = re.compile(r"escalation-(\d+)")
_ANSWER: Final = "answer-person"
_MOST_PROMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Product:
    """What the adapter asks; nothing of it knows Slack."""

    handler: Handler
    desk: Desk
    suggestions: Suggestions
    offers: Callable[..., Sequence[Button]]
    roles: Roles
    language: Language = Language.DANISH


class Acting:
    """Everything that can follow from something that happened in Slack."""

    def __init__(self, product: Product, sender: Sender, people: People) -> None:
        self._product = product
        self._sender = sender
        self._people = people
        self._answers = AnswerDrawing()
        # Thinking needs the processor alone, so more than one thread would only get into each other's way.
        self._thinking = ThreadPoolExecutor(1, thread_name_prefix="slack-thinking")

    def is_of_experts(self, place: Place) -> bool:
        """Say whether questions are passed on to ``place``."""
        return place.address in self._product.roles.holders(Role.EXPERT)

    async def asked(self, place: Place, text: str) -> None:
        """Answer what was typed in a message, where it was typed."""
        first, _, rest = text.strip().partition(" ")
        name = self._command(first.lower())
        if name and not (name in _ALONE and rest.strip()):
            await self._show(place, await self._ran(place, name, rest.strip()), aloud=True)
        else:
            await self._sender.post(place, await self._answer(place, text.strip()))

    async def ran(self, place: Place, name: str, text: str, trigger: str) -> None:
        """Do what a command says."""
        if name == "ask" and text:
            await self._sender.tell(place, await self._answer(place, text))
        else:
            await self._show(place, await self._ran(place, "help" if name == "ask" else name, text), trigger)

    async def pressed(self, place: Place, action_id: str, value: str, trigger: str) -> None:
        """Do what a button says."""
        act, language = act_of(action_id)
        if act == ASK:
            drawn = await self._answer(place, value, asked=value)
            is_alone = place.is_private or not place.channel
            await (self._sender.tell if is_alone else self._sender.post)(place, drawn)
            return
        person = await self._people.person(place)
        press = Press(person, act, value, place.memory, place.address, language)
        outcome = await asyncio.to_thread(self._product.desk.press, press)
        await self._show(place, outcome, trigger, language=language)
        if place.is_home and not isinstance(outcome.show, Form):
            await self.published(place)

    async def submitted(self, place: Place, view: Json) -> Outcome:
        """Take a form that was filled in; roles are looked up again, however long it has been open."""
        carried = Carried.unpacked(str(view.get("private_metadata", "")))
        values = values_of((view.get("state") or {}).get("values") or {})
        form, language = str(view.get("callback_id", "")), _language(carried.language)
        person = await self._people.person(place)
        submission = Submission(person, form, values, carried.state, carried.place, language)
        return await asyncio.to_thread(self._product.desk.submit, submission)

    async def told_later(self, place: Place, work: asyncio.Future[Outcome]) -> None:
        """Tell what became of a form whose modal could not wait for it."""
        outcome = await work
        lines = Card("", "\n".join(dict.fromkeys(outcome.faults.values()))) if outcome.faults else outcome.show
        await self._show(place, replace(outcome, show=lines, replace=None))

    async def shown(self, place: Place, outcome: Outcome, language: Language | None) -> None:
        """Show what followed from a form as a message, which stays when the modal is gone."""
        await self._show(place, replace(outcome, replace=None), language=language)

    async def replaced(self, place: Place, view: Json, outcome: Outcome, language: Language | None) -> None:
        """Put what followed from a form in the place of the message whose button had opened it."""
        carried = Carried.unpacked(str(view.get("private_metadata", "")))
        if outcome.replace is None or not carried.message:
            return
        opened = replace(place, channel=carried.place.partition(":")[2], message=carried.message)
        await self._sender.replace(opened, self._drawn(outcome.replace, opened, language))

    async def answered(self, place: Place, text: str) -> None:
        """Take an expert's reply, as Slack wrote it, in the thread below a question that was passed on."""
        if "<@" in text and f"<@{await self._sender.own_name(place)}" in text:
            return  # it speaks to the bot, which hears it as a mention
        number = _escalation(await self._sender.root(place))
        if not number:
            return
        person = await self._people.person(place)
        submission = Submission(person, _ANSWER, {"answer": to_markdown(text)}, number, place.address)
        await self._show(place, await asyncio.to_thread(self._product.desk.submit, submission))

    async def published(self, place: Place) -> None:
        """Bring the person's Home tab up to date."""
        person, language = await self._people.person(place), self._product.language
        home = await asyncio.to_thread(self._product.desk.home, person, language)
        await self._sender.publish(place, draw_home(home, self.words(language)))

    async def welcomed(self, place: Place) -> None:
        """Say in the assistant container what can be asked, with questions to begin with."""
        outcome = await self._ran(place, "help", "")
        if isinstance(outcome.show, Card):
            await self._sender.post(place, self._drawn(outcome.show, place, None))
        known, language = self._product.handler.knowledge(), self._product.language
        examples = [words.in_language(language) for words in known.lists["examples"][:_MOST_PROMPTS]]
        try:
            await self._sender.suggest(place, self.words(language).say("home-examples"), examples)
        except SlackApiError as error:
            # Workspaces without the container open such threads too; the welcome says all of it.
            _LOG.info("slack_prompts_refused error=%s", error.response.get("error"))

    async def failed(self, place: Place) -> None:
        """Say that something went wrong, so that nobody waits for an answer that never comes."""
        words = self.words(self._product.language)
        said = words.say("slack-failed")
        await self._sender.tell(place, draw_card(Card(said, said), words))

    async def suggested(self, source: str, typed: str, user: str) -> Sequence[Option]:
        """Return what completes a field."""
        person = Person(PersonId(f"slack:{user}"))
        return await asyncio.to_thread(self._product.suggestions.suggest, source, typed, person)

    def words(self, language: Language | None) -> Wording:
        """Return the messages in ``language``."""
        return Wording(self._product.handler.knowledge(), language or self._product.language)

    def close(self) -> None:
        """Let go of the thread."""
        self._thinking.shutdown(wait=False)

    def _command(self, word: str) -> str:
        """Return the command that ``word`` is in either language, "" where it is none."""
        messages = self._product.handler.knowledge().messages
        named = ((name, messages[f"teams-command-{name}"]) for name in _TYPED)
        return next((name for name, words in named if word in (words.da, words.en)), "")

    async def _ran(self, place: Place, name: str, text: str) -> Outcome:
        person = await self._people.person(place)
        command = Command(person, name, text, place.memory)
        return await asyncio.to_thread(self._product.desk.run, command)

    async def _answer(self, place: Place, text: str, *, asked: str = "") -> Drawn:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thinking, self._thought, place, text, asked)
        except RequestError as error:
            words = self.words(self._product.language)
            said = words.say(error.code)
            return draw_card(Card(said, said), words)

    def _thought(self, place: Place, text: str, asked: str) -> Drawn:
        answer = self._product.handler.ask(Question(text, place.memory))
        return self._draw(answer, place, asked=asked)

    def _draw(self, answer: Answer, place: Place, *, asked: str = "") -> Drawn:
        offers = self._product.offers(answer, is_private=place.is_private)
        return self._answers.draw(answer, self.words(answer.lang), offers, asked=asked)

    async def _show(
        self, place: Place, outcome: Outcome, trigger: str = "", *, aloud: bool = False,
        language: Language | None = None,
    ) -> None:  # fmt: skip
        shown = outcome.show
        if outcome.replace is not None:
            await self._sender.replace(place, self._drawn(outcome.replace, place, language))
        if isinstance(shown, Form):
            await self._offer(place, shown, trigger, language)
        elif shown is not None:
            is_aloud = aloud and isinstance(shown, Answer)
            await (self._sender.post if is_aloud else self._sender.tell)(place, self._drawn(shown, place, language))
        if outcome.share is not None:
            await self._share(place, outcome.share, language)

    async def _offer(self, place: Place, form: Form, trigger: str, language: Language | None) -> None:
        words = self.words(language)
        if trigger:
            # What only one person sees cannot be changed once the form is sent.
            message = "" if place.is_private else place.message
            await self._sender.open_form(place, trigger, draw_form(form, words, place.address, message))
            return
        # A modal opens only on a click, so what was typed gets a button that leads to it.
        opening = Button(form.title, form.opener, form.fields[0].value, opens_form=True)
        await self._sender.tell(place, draw_card(Card(form.title, form.body, buttons=(opening,)), words))

    async def _share(self, place: Place, shared: Answer | Card, language: Language | None) -> None:
        everywhere = place.seen_by_all()
        if isinstance(shared, Answer):
            # Those who read it did not ask it, so the question stands above it, masked.
            drawn = self._draw(shared, everywhere, asked=shared.asked)
        else:
            drawn = self._drawn(shared, everywhere, language)
        await self._sender.post(everywhere, drawn)

    def _drawn(self, shown: Answer | Card, place: Place, language: Language | None) -> Drawn:
        if isinstance(shown, Answer):
            return self._draw(shown, place)
        return draw_card(shown, self.words(language))


def _language(text: str) -> Language | None:
    return Language(text) if text in list(Language) else None


def _escalation(root: Json) -> str:
    """Return the number of the question that a message passed on, from its metadata or from its button."""
    metadata = (root.get("metadata") or {}).get("event_payload") or {}
    if match := _ESCALATION.fullmatch(str(metadata.get("key", ""))):
        return match[1]
    if not root.get("bot_id"):
        return ""
    buttons = (element for block in root.get("blocks") or () for element in _elements(block))
    return next(
        (str(each.get("value", "")) for each in buttons if act_of(str(each.get("action_id")))[0] == _ANSWER), ""
    )


def _elements(block: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:  # any: JSON
    return block.get("elements") or () if block.get("type") == "actions" else ()


def told_in(message: Json) -> str:
    """Return everything that a message says, as people read it: other apps write into attachments instead."""
    parts = [str(message.get("text", ""))]
    for attachment in message.get("attachments") or ():
        parts += [str(attachment.get(key, "")) for key in ("pretext", "title", "text")]
    parts += [str(file.get("title") or file.get("name", "")) for file in message.get("files") or ()]
    return from_slack("\n".join(part for part in parts if part))
