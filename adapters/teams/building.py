"""Puts the adapter together."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.teams.asking import Asking
from adapters.teams.cards import Cards
from adapters.teams.channels import Channels
from adapters.teams.extending import Extending
from adapters.teams.forms import Forms
from adapters.teams.hearing import Hearing
from adapters.teams.later import Later
from adapters.teams.living import Living
from adapters.teams.messenger import TeamsDirectory, TeamsMessenger
from adapters.teams.part import Line, TeamsPart
from adapters.teams.pressing import PATIENCE, Pressing
from adapters.teams.references import References
from adapters.teams.surface import Offers, Surface
from bot.model import Language
from bot.ports import Desk, Finder, Handler, Suggestions
from bot.settings import TeamsSettings


@dataclass(frozen=True, slots=True)
class Product:
    """What the adapter asks; nothing of it knows Teams."""

    handler: Handler
    desk: Desk
    suggestions: Suggestions
    finder: Finder
    offers: Offers
    language: Language = Language.DANISH


@dataclass(frozen=True, slots=True)
class Teams:
    """The adapter: what listens, what sends of its own accord, and who can be reached."""

    part: TeamsPart
    messenger: TeamsMessenger
    directory: TeamsDirectory


def build(settings: TeamsSettings, product: Product, references: References, *, patience: float = PATIENCE) -> Teams:
    """Return the adapter that ``settings`` describe; it connects when it is first used.

    What is pressed is answered within ``patience`` seconds, done or not.
    """
    line = Line.open(settings)
    later = Later()
    cards = Cards(product.handler.knowledge)
    messenger = TeamsMessenger(line.connector, references, cards, settings, product.language)
    surface = Surface(
        handler=product.handler,
        desk=product.desk,
        suggestions=product.suggestions,
        references=references,
        cards=cards,
        forms=Forms(cards.say),
        offers=product.offers,
        whisper=messenger.whisper,
        language=product.language,
        channels=Channels(line.connector, references),
    )
    pressing = Pressing(surface, later, patience=patience)
    hearing = Hearing(surface, Living(surface), Asking(surface, pressing), pressing, Extending(surface, product.finder))
    return Teams(TeamsPart(settings, line, hearing, later), messenger, TeamsDirectory(line.connector, references))
