"""What everything that listens to Teams has in common: whom it asks, and how it draws what comes back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import ParamSpec, Protocol, TypeVar

from adapters.teams.activities import Activity, Json, Message
from adapters.teams.cards import Cards
from adapters.teams.channels import Channels
from adapters.teams.forms import Forms
from adapters.teams.invoking import task
from adapters.teams.references import References
from adapters.teams.speech import language_of
from bot.interaction import Button, Card, Field, Form, Kind, Option
from bot.model import Answer, Language
from bot.people import Person
from bot.ports import Desk, Handler, Suggestions

Given = ParamSpec("Given")
Result = TypeVar("Result")

#: Says something in the personal chat with the one who acted.
Whisper = Callable[[Activity, Message], Awaitable[None]]


class Offers(Protocol):
    """Says what may be done about an answer beside asking on: feedback, a person, a request."""

    def __call__(self, answer: Answer, *, is_private: bool = False) -> Sequence[Button]:
        """Return the buttons; an answer that one person alone sees may be shown to the others."""
        ...


_NAME = "Vejviser"
_CHANNEL = re.compile(r"teams:19:[^\s,]+")


@dataclass(frozen=True, slots=True)
class Surface:
    """The product on one side, Teams' cards on the other."""

    handler: Handler
    desk: Desk
    suggestions: Suggestions
    references: References
    cards: Cards
    forms: Forms
    offers: Offers
    whisper: Whisper
    language: Language
    channels: Channels

    def language_in(self, activity: Activity) -> Language:
        """Return the language of the client, or the organisation's own."""
        return language_of(activity.locale) or self.language

    def say(self, id_: str, activity: Activity) -> str:
        """Return message ``id_`` in the language of the client."""
        return self.cards.say(id_, self.language_in(activity))

    def words(self, id_: str, activity: Activity) -> Message:
        """Return message ``id_`` as something to say."""
        return self.cards.words(self.say(id_, activity), self.language_in(activity))

    def dialog(self, text: str, language: Language) -> Json:
        """Return a dialog that says ``text``; not every client shows one that is no card."""
        return task(_NAME, self.cards.words(text, language).card)

    def draw(
        self,
        shown: Answer | Card,
        language: Language,
        *,
        is_dialog: bool = False,
        is_shared: bool = False,
        is_private: bool = False,
        notes: Sequence[str] = (),
    ) -> Message:
        """Return ``shown`` as a card, an answer with what may be done about it.

        What is shared stands in a conversation where the bot may not be, so that nothing in it can be pressed. What is
        private in a conversation of several may be shown to the others. ``notes`` stand above an answer.
        """
        if isinstance(shown, Answer):
            alone = replace(shown, choices=(), suggestions=()) if is_shared else shown
            buttons = () if is_dialog else self.offers(shown, is_private=is_private)
            return self.cards.answer(alone, buttons, notes=notes)
        return self.cards.card(shown, language)

    async def named(self, shown: Answer | Card) -> Answer | Card:
        """Return ``shown`` with channels called by name instead of by address."""
        if not isinstance(shown, Card):
            return shown
        addresses = [found for fact in shown.facts for found in _CHANNEL.findall(fact.value)]
        names = await self.channels.names(addresses) if addresses else {}
        facts = tuple(
            replace(fact, value=_CHANNEL.sub(lambda found: names.get(found[0], found[0]), fact.value))
            for fact in shown.facts
        )
        return replace(shown, facts=facts)

    async def completed(self, form: Form, person: Person) -> Form:
        """Return ``form`` with the options that only a look at the database, or at Teams, can give."""
        asked = any(field.kind is Kind.CHANNELS and not field.options for field in form.fields)
        channels = await self.channels.options() if asked else ()
        return await in_thread(self._completed, form, person, channels)

    def _completed(self, form: Form, person: Person, channels: tuple[Option, ...]) -> Form:
        return replace(form, fields=tuple(self._field(field, person, channels) for field in form.fields))

    def _field(self, field: Field, person: Person, channels: tuple[Option, ...]) -> Field:
        if field.kind is Kind.CHANNELS and not field.options:
            return replace(field, options=channels)
        if field.kind is Kind.SUGGESTED and not field.options:
            return replace(field, options=self.suggestions.suggest(field.source, field.value, person))
        return field


async def in_thread(call: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """Return what ``call`` returns; it may wait for a database without holding up anybody else."""
    return await asyncio.to_thread(call, *args, **kwargs)
