"""What people do in Slack, and what it leads to. Slack is answered first and the work is done after."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from cachetools import TTLCache
from slack_bolt.app.async_app import AsyncApp

from adapters.slack.answers import ASK, draw_answer
from adapters.slack.cards import draw_card, draw_home
from adapters.slack.forms import SUGGEST, Carried, draw_form, draw_note, draw_options, values_of
from adapters.slack.people import People
from adapters.slack.place import Json, Place, of_action, of_command, of_event
from adapters.slack.sending import Sender
from adapters.slack.sheet import Drawn, act_of
from adapters.slack.wording import Wording
from bot.errors import RequestError
from bot.interaction import Button, Card, Command, Form, Outcome, Press, Submission
from bot.model import Answer, Language, Question
from bot.people import Role
from bot.ports import Desk, Handler, Roles, Suggestions

_LOG = logging.getLogger("vejviser.slack")
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
_COMMANDS = {"/vejviser": "ask", "/ai-status": "status", "/ai-tools": "tools", "/ai-request": "request",
             "/ai-announce": "announce"}  # fmt: skip
_TYPED = ("status", "tools", "request", "help", "announce")
_SECONDS_FOR_A_FORM = 2.5
_SECONDS_REMEMBERED = 3600.0
_MOST_REMEMBERED = 50_000
_MOST_AT_ONCE = 64
_ESCALATION = re.compile(r"^escalation-(\d+)$")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Product:
    """What the adapter asks; nothing of it knows Slack."""

    handler: Handler
    desk: Desk
    suggestions: Suggestions
    offers: Callable[..., Sequence[Button]]
    roles: Roles
    language: Language = Language.DANISH


class Hearing:
    """Listens to an app of the library."""

    def __init__(self, app: AsyncApp, product: Product, sender: Sender) -> None:
        self._product = product
        self._sender = sender
        self._people = People(sender.client, product.roles)
        self._seen: TTLCache[str, bool] = TTLCache(_MOST_REMEMBERED, _SECONDS_REMEMBERED)
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(_MOST_AT_ONCE)
        self._listen(app)

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _listen(self, app: AsyncApp) -> None:
        # The library tries one after the other, at some cost each: the most usual stand first.
        anything = re.compile(".*", re.DOTALL)
        app.command(anything)(self._on_command)
        app.event("message")(self._on_message)
        app.action(anything)(self._on_action)
        app.event("app_mention")(self._on_mention)
        app.event("app_home_opened")(self._on_home)
        app.event("assistant_thread_started")(self._on_assistant)
        app.event(anything)(self._on_nothing)
        app.options(anything)(self._on_options)
        app.view(anything)(self._on_view)
        app.shortcut(anything)(self._on_shortcut)

    async def _on_nothing(self, ack: Callable[..., Awaitable[object]]) -> None:
        await ack()

    async def _on_mention(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        await ack()
        event = body.get("event") or {}
        self._begin(self._asked(of_event(event), _MENTION.sub(" ", str(event.get("text", "")))), _key_of(body))

    async def _on_message(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        await ack()
        event = body.get("event") or {}
        if event.get("bot_id") or event.get("subtype") not in (None, "file_share") or not event.get("user"):
            return
        place = of_event(event)
        if event.get("channel_type") == "im" or place.is_direct:
            self._begin(self._asked(place, _MENTION.sub(" ", str(event.get("text", "")))), _key_of(body))
        elif event.get("thread_ts") and place.address in self._product.roles.holders(Role.EXPERT):
            self._begin(self._answered(place, str(event.get("text", ""))), _key_of(body))

    async def _on_home(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        await ack()
        event = body.get("event") or {}
        if event.get("tab", "home") == "home":
            self._begin(self._publish(str(event.get("user", ""))), _key_of(body))

    async def _on_assistant(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        await ack()
        thread = (body.get("event") or {}).get("assistant_thread") or {}
        channel, user, stamp = (str(thread.get(key, "")) for key in ("channel_id", "user_id", "thread_ts"))
        place = Place(channel, user, stamp)
        self._begin(self._welcome(place), _key_of(body))

    async def _on_command(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        await ack()
        name, text = _COMMANDS.get(str(body.get("command", "")), "ask"), str(body.get("text", "")).strip()
        self._begin(self._run(of_command(body), name, text, str(body.get("trigger_id", ""))), _key_of(body))

    async def _on_action(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        await ack()
        actions = body.get("actions") or [{}]
        action = actions[0]
        if action.get("url"):
            return
        place, trigger = of_action(body), str(body.get("trigger_id", ""))
        self._begin(self._pressed(place, str(action.get("action_id", "")), str(action.get("value", "")), trigger),
                    _key_of(body))  # fmt: skip

    async def _on_options(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        source = str(body.get("action_id", "")).partition(f"{SUGGEST}:")[2]
        person = await self._people.person(str((body.get("user") or {}).get("id", "")))
        found = await _in_thread(lambda: self._product.suggestions.suggest(source, str(body.get("value", "")), person))
        await ack(options=draw_options(found))

    async def _on_view(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        view = body.get("view") or {}
        if not self._is_new(_key_of(body)):
            await ack()
            return
        carried = Carried.unpacked(str(view.get("private_metadata", "")))
        person = await self._people.person(str((body.get("user") or {}).get("id", "")))
        values = values_of((view.get("state") or {}).get("values") or {})
        submission = Submission(person, str(view.get("callback_id", "")), values, carried.state, carried.place)
        work = asyncio.ensure_future(_in_thread(lambda: self._product.desk.submit(submission)))
        done, _ = await asyncio.wait({work}, timeout=_SECONDS_FOR_A_FORM)
        if not done:
            await ack()
            self._begin(self._tell_later(work, Place("", str(person.id).partition(":")[2])), "")
            return
        title = str((view.get("title") or {}).get("text", "")) or "Vejviser"
        await self._acknowledge(ack, work.result(), title, str(person.id).partition(":")[2])

    async def _acknowledge(
        self, ack: Callable[..., Awaitable[object]], outcome: Outcome, title: str, user: str
    ) -> None:
        if outcome.faults:
            await ack(response_action="errors", errors=dict(outcome.faults))
        elif isinstance(outcome.show, Form):
            await ack(response_action="update", view=draw_form(outcome.show, self._words(self._product.language)))
        elif isinstance(outcome.show, Card) and outcome.show.buttons:
            # Buttons belong below a message: what can be done next comes as one, and stays when the modal is gone.
            await ack()
            self._begin(self._show(Place("", user), replace(outcome, replace=None), ""), "")
        elif isinstance(outcome.show, Card):
            note = draw_note(title, outcome.show.text, self._words(self._product.language))
            await ack(response_action="update", view=note)
        else:
            await ack()

    async def _on_shortcut(self, ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:  # any: JSON
        await ack()
        message = body.get("message") or {}
        place = Place(
            str((body.get("channel") or {}).get("id", "")),
            str((body.get("user") or {}).get("id", "")),
            response_url=str(body.get("response_url", "")),
            is_private=True,
        )
        self._begin(self._run(place, "check", str(message.get("text", "")), str(body.get("trigger_id", ""))),
                    _key_of(body))  # fmt: skip

    def _begin(self, work: Coroutine[Any, Any, None], key: str) -> None:  # any: as asyncio has it
        if key and not self._is_new(key):
            work.close()
            return
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:  # any: as above
        async with self._room:
            try:
                await work
            except Exception as error:  # noqa: BLE001 the boundary: one event's fault never stops the rest
                # The text of an error may hold what was typed, so only its kind is logged.
                _LOG.error("slack event failed error=%s", type(error).__name__)

    def _is_new(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = True
        return True

    async def _asked(self, place: Place, text: str) -> None:
        first, _, rest = text.strip().partition(" ")
        name = self._command(first.lower())
        if name and (name in {"status", "request"} or not rest.strip()):
            await self._run(place, name, rest.strip(), "")
            return
        await self._sender.post(place, await self._answer(place, text.strip()))

    def _command(self, word: str) -> str:
        """Return the command that ``word`` is in either language, "" where it is none."""
        messages = self._product.handler.knowledge().messages
        named = ((name, messages[f"teams-command-{name}"]) for name in _TYPED)
        return next((name for name, words in named if word in (words.da, words.en)), "")

    async def _answer(self, place: Place, text: str) -> Drawn:
        try:
            answer = await _in_thread(lambda: self._product.handler.ask(Question(text, place.memory)))
        except RequestError as error:
            words = self._words(self._product.language)
            said = words.say(error.code)
            return draw_card(Card(said, said), words)
        return self._draw(answer, place)

    def _draw(self, answer: Answer, place: Place) -> Drawn:
        offers = self._product.offers(answer, is_private=place.is_private)
        return draw_answer(answer, self._words(answer.lang), offers)

    async def _run(self, place: Place, name: str, text: str, trigger: str) -> None:
        person = await self._people.person(place.user)
        if name == "ask" and not text:
            name = "help"
        command = Command(person, name, text, place.memory)
        await self._show(place, await _in_thread(lambda: self._product.desk.run(command)), trigger)

    async def _pressed(self, place: Place, action_id: str, value: str, trigger: str) -> None:
        act, language = act_of(action_id)
        if act == ASK:
            drawn = await self._answer(place, value)
            is_alone = place.is_private or not place.channel
            await (self._sender.tell if is_alone else self._sender.post)(place, drawn)
            return
        person = await self._people.person(place.user)
        press = Press(person, act, value, place.memory, place.address, language)
        await self._show(place, await _in_thread(lambda: self._product.desk.press(press)), trigger)

    async def _answered(self, place: Place, text: str) -> None:
        """Take an expert's reply in the thread below a question that was passed on."""
        found = await self._sender.client.conversations_replies(
            channel=place.channel, ts=place.thread, limit=1, include_all_metadata=True
        )
        metadata = ((found.get("messages") or [{}])[0].get("metadata") or {}).get("event_payload") or {}
        match = _ESCALATION.match(str(metadata.get("key", "")))
        if match is None:
            return
        person = await self._people.person(place.user)
        submission = Submission(person, "answer-person", {"answer": text}, match[1], place.address)
        await self._show(place, await _in_thread(lambda: self._product.desk.submit(submission)), "")

    async def _show(self, place: Place, outcome: Outcome, trigger: str) -> None:
        words = self._words(self._product.language)
        if outcome.replace is not None:
            await self._sender.replace(place, self._drawn(outcome.replace, place))
        if isinstance(outcome.show, Form):
            if trigger:
                view = draw_form(outcome.show, words, place.address)
                await self._sender.client.views_open(trigger_id=trigger, view=view)
            else:
                # A modal opens only on a click, so what was typed gets a button that leads to it.
                opening = Button(outcome.show.title, outcome.show.opener, outcome.show.fields[0].value, opens_form=True)
                card = Card(outcome.show.title, outcome.show.body, buttons=(opening,))
                await self._sender.tell(place, draw_card(card, words))
        elif outcome.show is not None:
            await self._sender.tell(place, self._drawn(outcome.show, place))
        if outcome.share is not None:
            shared = Place(place.channel, place.user, place.thread)
            await self._sender.post(shared, self._drawn(outcome.share, shared))

    def _drawn(self, shown: Answer | Card, place: Place) -> Drawn:
        if isinstance(shown, Answer):
            return self._draw(shown, place)
        return draw_card(shown, self._words(self._product.language))

    async def _publish(self, user: str) -> None:
        person, language = await self._people.person(user), self._product.language
        home = await _in_thread(lambda: self._product.desk.home(person, language))
        await self._sender.client.views_publish(user_id=user, view=draw_home(home, self._words(language)))

    async def _welcome(self, place: Place) -> None:
        person = await self._people.person(place.user)
        command = Command(person, "help", "", place.memory)
        outcome = await _in_thread(lambda: self._product.desk.run(command))
        if isinstance(outcome.show, Card):
            await self._sender.post(place, self._drawn(outcome.show, place))

    async def _tell_later(self, work: asyncio.Future[Outcome], place: Place) -> None:
        await self._show(place, await work, "")

    def _words(self, language: Language) -> Wording:
        return Wording(self._product.handler.knowledge(), language)


async def _in_thread(work: Callable[[], Result]) -> Result:
    return await asyncio.to_thread(work)


def _key_of(body: Json) -> str:
    """Return what is the same when Slack sends something twice."""
    if body.get("event_id"):
        return f"event {body['event_id']}"
    view, actions = body.get("view") or {}, body.get("actions") or []
    if body.get("type") == "view_submission":
        return f"view {view.get('id')} {view.get('hash')}"
    stamp = actions[0].get("action_ts", "") if actions else ""
    return f"{body.get('type') or body.get('command')} {body.get('trigger_id')} {stamp}"
