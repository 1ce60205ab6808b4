"""What is shown to people beside answers, and what they do with it, in the words of no platform.

A chat platform's adapter draws these and reports what was pressed or filled in; what follows is decided in
``bot.service``. Every text here is already worded in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.model import Answer, Fact, Language
from bot.people import Person

__all__ = ["Fact"]


class Tone(StrEnum):
    """How a button stands out; the label always says what it does."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press: ``act`` names what happens, ``value`` says with what (2,000 characters at most).

    A button with ``url`` opens that address instead. ``opens_form`` says beforehand that pressing it leads to a form,
    for platforms that open a dialog only where they knew that when they drew the button.
    """

    label: str
    act: str
    value: str = ""
    tone: Tone = Tone.PLAIN
    url: str = ""
    opens_form: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A message that is no answer: a request, a decision, a list, an announcement.

    ``body`` is Markdown (paragraphs, lists, links, bold); ``text`` is the same in plain words, for notifications
    and for platforms that show no layout. ``footnote`` is set small.
    """

    title: str
    text: str
    body: str = ""
    facts: tuple[Fact, ...] = ()
    buttons: tuple[Button, ...] = ()
    footnote: str = ""


class Kind(StrEnum):
    """How a field of a form is filled in."""

    LINE = "line"
    PARAGRAPH = "paragraph"
    ONE_OF = "one-of"
    SOME_OF = "some-of"
    SUGGESTED = "suggested"
    CHANNELS = "channels"
    MOMENT = "moment"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Option:
    """One value to choose, and the words that it is shown as."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    ``value`` fills it in beforehand: text, the option's value (several separated by a line break), an ISO 8601
    moment, or ``1`` for a switch that is on. ``source`` names what a SUGGESTED field is completed from.
    """

    id: str
    label: str
    kind: Kind
    hint: str = ""
    options: tuple[Option, ...] = ()
    value: str = ""
    source: str = ""
    is_required: bool = True
    longest: int = 2000


@dataclass(frozen=True, slots=True)
class Form:
    """Fields to fill in: a modal in Slack, a dialog in Teams. ``state`` comes back unchanged on submission.

    ``opener`` is the act of a button that leads to the form, where a platform opens one only on a click.
    """

    id: str
    title: str
    submit: str
    fields: tuple[Field, ...]
    body: str = ""
    state: str = ""
    opener: str = ""


@dataclass(frozen=True, slots=True)
class Home:
    """A person's own page in the client: sections from top to bottom."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was typed: ``name`` is one of ask, status, tools, request, help, announce."""

    person: Person
    name: str
    text: str = ""
    conversation: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed; ``place`` is the address of the conversation that it stands in."""

    person: Person
    act: str
    value: str = ""
    conversation: str = ""
    place: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was filled in; several values of one field are separated by line breaks."""

    person: Person
    form: str
    values: Mapping[str, str]
    state: str = ""
    place: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to.

    ``show`` is for the one who acted and nobody else. ``replace`` takes the place of the message whose button was
    pressed. ``share`` is posted where everyone in the conversation sees it. ``faults`` are told beside the fields of
    the form, by the field's id. What others are told goes through ``bot.ports.Outbox`` and is no part of this.
    """

    show: Answer | Card | Form | None = None
    replace: Answer | Card | None = None
    share: Answer | Card | None = None
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was searched for, to be shown to others: a line of a list, and what stands behind it."""

    title: str
    text: str
    shown: Answer | Card
