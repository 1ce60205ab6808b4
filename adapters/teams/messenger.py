"""Messages of the bot's own accord: to any conversation that it knows, and to any person of its organisation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from typing import Final

from adapters.teams.activities import Activity, Json, Message, Scope, to_body
from adapters.teams.cards import Cards
from adapters.teams.connector import Connector, Place
from adapters.teams.references import PREFIX, Reference, References
from adapters.teams.speech import language_of
from adapters.teams.surface import in_thread
from bot.delivering import Address, OutcomeUnknown, Outgoing, Receipt, RecipientGone, Throttled
from bot.model import Language
from bot.settings import TeamsSettings

_THREAD: Final = ";messageid="
#: Conversation ids begin with what kind they are of, ``19:`` or ``a:``; an Entra object id has no colon.
_KIND: Final = ":"
_CHANNELS: Final = ("@thread.tacv2", "@thread.skype")


class TeamsMessenger:
    """Satisfies ``bot.ports.Messenger``."""

    def __init__(
        self, connector: Connector, references: References, cards: Cards, settings: TeamsSettings, language: Language
    ) -> None:
        self._connector = connector
        self._references = references
        self._cards = cards
        self._settings = settings
        self._language = language

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        """Post ``message``; Teams holds no key, so ``find`` cannot tell afterwards."""
        place, reference = await self._reach(to)
        drawn = self._cards.card(message.card, language_of(reference.locale) or self._language)
        with _limits_named(place, to):
            sent = await self._remembering(reference, self._connector.post(place, to_body(drawn)))
        return Receipt(Address(PREFIX + place.conversation), sent)

    async def update(self, receipt: Receipt, message: Outgoing) -> None:
        """Put ``message`` in the place of the one that was posted."""
        place, reference = await self._reach(receipt.to)
        drawn = self._cards.card(message.card, language_of(reference.locale) or self._language)
        with _limits_named(place, receipt.to):
            await self._connector.update(place, receipt.message, to_body(drawn))

    async def delete(self, receipt: Receipt) -> None:
        """Take the posted message away; one that is gone already is fine."""
        place, _ = await self._reach(receipt.to)
        with _limits_named(place, receipt.to):
            await self._connector.delete(place, receipt.message)

    async def find(self, to: Address, key: str) -> Receipt | None:
        """Never say: Teams lets a bot neither list its messages nor mark them.

        Raises:
            OutcomeUnknown: always.

        """
        raise OutcomeUnknown(f"Teams cannot be asked whether {key} reached {to}", code="delivery-unknown")

    async def whisper(self, activity: Activity, message: Message) -> None:
        """Say ``message`` in the personal chat with the one who acted."""
        place, reference = await self._reach(Address(PREFIX + (activity.sender.object_id or activity.sender.id)))
        await self._remembering(reference, self._connector.post_patiently(place, to_body(message)))

    async def _remembering(self, reference: Reference, sending: Awaitable[str]) -> str:
        """Return what ``sending`` returns; a conversation that takes nothing any more is remembered as closed."""
        try:
            return await sending
        except RecipientGone:
            await in_thread(self._references.close, reference.conversation)
            raise

    async def _reach(self, to: Address) -> tuple[Place, Reference]:
        """Return where ``to`` is, a new personal chat where the bot has none with that person yet."""
        id_ = str(to).removeprefix(PREFIX)
        base, separator, thread = id_.partition(_THREAD)
        reference = await in_thread(self._references.find, base)
        if reference is None:
            reference = await self._open(base)
        conversation = reference.conversation + separator + thread
        return Place(reference.service_url, conversation), reference

    async def _open(self, person: str) -> Reference:
        neighbours = await in_thread(self._references.open)
        near = next((place for place in neighbours if place.tenant == self._settings.tenant), None) or next(
            iter(neighbours), None
        )
        if near is not None and person.endswith(_CHANNELS):
            # The bot may speak in every channel of its teams, also where nobody has spoken to it.
            return Reference(person, Scope.CHANNEL, near.service_url, near.bot, near.tenant)
        if _KIND in person or near is None:
            raise RecipientGone("the bot is not installed there", code="delivery-recipient-gone")
        body: Json = {
            "bot": {"id": near.bot},
            "members": [{"id": person}],
            "isGroup": False,
            "tenantId": near.tenant,
            "channelData": {"tenant": {"id": near.tenant}},
        }
        conversation = await self._connector.open_chat(near.service_url, body)
        reference = Reference(conversation, Scope.PERSONAL, near.service_url, near.bot, near.tenant, person=person)
        await in_thread(self._references.keep, reference)
        return reference


class TeamsDirectory:
    """Satisfies ``bot.ports.Directory``."""

    def __init__(self, connector: Connector, references: References) -> None:
        self._connector = connector
        self._references = references

    async def conversations(self) -> tuple[Address, ...]:
        """Return every conversation where the bot is installed.

        A person is named as such, so that nobody is reached twice who is in a chosen channel too.
        """
        return tuple(Address(_reached(reference)) for reference in await in_thread(self._references.open))

    async def members(self, of: str) -> tuple[Address, ...]:
        """Return the people of a channel or chat, each by the id in Entra."""
        return tuple([address async for address in self._members(of.removeprefix(PREFIX))])

    async def _members(self, conversation: str) -> AsyncIterator[Address]:
        reference = await in_thread(self._references.find, conversation)
        if reference is None:
            raise RecipientGone("the bot is not installed there", code="delivery-recipient-gone")
        async for member in self._connector.members(Place(reference.service_url, reference.conversation)):
            person = member.get("aadObjectId") or member.get("objectId")
            if isinstance(person, str) and person:
                yield Address(PREFIX + person)


@contextmanager
def _limits_named(place: Place, to: Address) -> Iterator[None]:
    """Name a limit of a conversation as the sender knows it: a person's chat has an id that is not the person's."""
    try:
        yield
    except Throttled as error:
        if error.scope == place.conversation:
            error.scope = to
        raise


def _reached(reference: Reference) -> str:
    is_person = reference.scope is Scope.PERSONAL and reference.person
    return PREFIX + reference.person if is_person else reference.address
