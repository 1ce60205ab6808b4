"""Draws forms as Adaptive Cards with inputs, and reads what was filled in.

A dialog in Teams is closed or drawn anew; nothing can be told beside a field afterwards. So each form carries itself in
the data of its button, and is drawn again with what was typed where something in it was wrong.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Final
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from adapters.teams.activities import Json
from adapters.teams.cards import SCHEMA, VERSION
from adapters.teams.fitting import LARGEST_CARD, size_of
from adapters.teams.texts import Look, Part, heading, lines, marked_up
from bot.interaction import Field, Form, Kind
from bot.model import Language

#: Where a button's data holds the form itself; names of fields never begin with this sign.
FORM: Final = "~form"
#: Where it holds the message whose button opened the form, since what comes of it may take that message's place.
CARD: Final = "~card"
_TIME: Final = "~time"
_OTHER: Final = "~other"
_MOST_OPTIONS: Final = 100
_FAULT: Final = Look(is_bold=True)
_CHOICE_KINDS: Final = frozenset({Kind.ONE_OF, Kind.SOME_OF, Kind.SUGGESTED, Kind.CHANNELS})
_MANY: Final = frozenset({Kind.SOME_OF, Kind.CHANNELS})


@dataclasses.dataclass(frozen=True, slots=True)
class Filled:
    """A form that came back: what was filled in by the field's id, and the form where it carried itself.

    ``card`` is the message whose button opened it.
    """

    id: str
    state: str
    values: Mapping[str, str]
    form: Form | None
    card: str = ""


class Forms:
    """Draws forms; ``options`` gives what a field is completed from where it has no options of its own."""

    def __init__(self, say: Callable[[str, Language], str]) -> None:
        self._say = say

    def draw(
        self,
        form: Form,
        language: Language,
        *,
        zone: str = "",
        faults: Mapping[str, str] | None = None,
        opened_by: str = "",
    ) -> Json:
        """Return ``form`` as a card, each fault told above its field; ``opened_by`` is the message it belongs to."""
        body = [heading(form.title, level=1), *marked_up(form.body)]
        for field in form.fields:
            fault = (faults or {}).get(field.id)
            if fault:
                body.append({"type": "Container", "style": "attention", "items": list(lines(fault, _FAULT))})
            body += self._inputs(field, language, _zone(zone))
        known = {"language": language.value, CARD: opened_by}
        card = _card(form, body, language, known | {FORM: _to_json(form)})
        if size_of(card) <= LARGEST_CARD:
            return card
        return _card(form, body, language, known | {FORM: {"id": form.id, "state": form.state}})

    def _inputs(self, field: Field, language: Language, zone: ZoneInfo | None) -> Iterator[Part]:
        common: Part = {"id": field.id, "label": field.label, "isRequired": field.is_required}
        if field.is_required:
            common["errorMessage"] = self._say("teams-required", language)
        if field.hint and field.kind in _CHOICE_KINDS | {Kind.SWITCH, Kind.MOMENT}:
            yield from lines(field.hint, Look(is_subtle=True))
        if field.kind is Kind.SUGGESTED:
            # Most wishes are for what is on no list, and not every client completes while somebody types.
            yield common | _choices(field) | {"isRequired": False}
            other = {"type": "Input.Text", "id": field.id + _OTHER, "label": self._say("teams-other", language)}
            yield other | {"maxLength": field.longest}
        elif field.kind in _CHOICE_KINDS:
            yield common | _choices(field)
        elif field.kind is Kind.SWITCH:
            yield {"type": "Input.Toggle", "id": field.id, "title": field.label, "valueOn": "1", "valueOff": "",
                   "value": field.value}  # fmt: skip
        elif field.kind is Kind.MOMENT:
            yield from self._moment(field, common, language, zone)
        else:
            yield common | _line(field)

    def _moment(self, field: Field, common: Part, language: Language, zone: ZoneInfo | None) -> Iterator[Part]:
        """Yield a day and a time of day, in the time zone of the one who fills them in."""
        day, hour = (field.value, "") if ":" not in field.value else ("", field.value)
        if "T" in field.value:
            local = datetime.fromisoformat(field.value).astimezone(zone or UTC)
            day, hour = local.strftime("%Y-%m-%d"), local.strftime("%H:%M")
        yield common | {"type": "Input.Date"} | ({"value": day} if day else {})
        time = common | {"type": "Input.Time", "id": field.id + _TIME, "label": self._say("teams-time", language)}
        yield time | ({"value": hour} if hour else {})


def read_filled(data: Json, zone: str) -> Filled | None:
    """Return what was filled in, or None where ``data`` comes from no form."""
    carried = data.get(FORM)
    if not isinstance(carried, Mapping):
        return None
    form = _from_json(carried)
    kinds = {field.id: field.kind for field in form.fields} if form else {}
    own = {FORM, CARD, "language"}
    typed = {str(id_): value for id_, value in data.items() if isinstance(value, str) and id_ not in own}
    values = {id_: _value(value, kinds.get(id_), typed, id_, zone) for id_, value in typed.items() if "~" not in id_}
    values |= {id_: typed[id_ + _OTHER].strip() for id_ in kinds if typed.get(id_ + _OTHER, "").strip()}
    kept = {id_: value for id_, value in values.items() if id_ in kinds} if form else values
    card = data.get(CARD)
    return Filled(
        str(carried.get("id", "")), str(carried.get("state", "")), kept, form, card if isinstance(card, str) else ""
    )


def refilled(filled: Filled) -> Form | None:
    """Return the form with what was typed, for drawing it again."""
    if filled.form is None:
        return None
    fields = tuple(dataclasses.replace(field, value=filled.values.get(field.id, "")) for field in filled.form.fields)
    return dataclasses.replace(filled.form, fields=fields)


def _card(form: Form, body: Sequence[Part], language: Language, data: Part) -> Json:
    return {
        "type": "AdaptiveCard",
        "$schema": SCHEMA,
        "version": VERSION,
        "lang": language.value,
        "fallbackText": form.title,
        "body": list(body),
        "actions": [{"type": "Action.Submit", "title": form.submit, "style": "positive", "data": data}],
    }


def _line(field: Field) -> Part:
    part: Part = {"type": "Input.Text", "isMultiline": field.kind is Kind.PARAGRAPH, "maxLength": field.longest}
    if field.hint:
        part["placeholder"] = field.hint
    return part | {"value": field.value} if field.value else part


def _choices(field: Field) -> Part:
    values = [packed(value) for value in field.value.split("\n") if value]
    part: Part = {
        "type": "Input.ChoiceSet",
        "isMultiSelect": field.kind in _MANY,
        "style": _style(field),
        "choices": [{"title": option.label, "value": packed(option.value)} for option in field.options[:_MOST_OPTIONS]],
    }
    if field.kind is Kind.SUGGESTED:
        # Teams completes from this while somebody types, by an invoke that ``searching`` answers.
        part["choices.data"] = {"type": "Data.Query", "dataset": field.source}
    return part | {"value": ",".join(values)} if values else part


def _style(field: Field) -> str:
    if field.kind is Kind.SUGGESTED:
        return "filtered"
    return "expanded" if len(field.options) <= 5 else "compact"


def _value(value: str, kind: Kind | None, typed: Mapping[str, str], id_: str, zone: str) -> str:
    if kind in _MANY:
        return "\n".join(unquote(part) for part in value.split(",") if part)
    if kind in _CHOICE_KINDS:
        return unquote(value)
    if kind is Kind.MOMENT:
        return _moment(value, typed.get(id_ + _TIME, ""), zone)
    return value.strip()


def _moment(day: str, time: str, zone: str) -> str:
    if not day and not time:
        return ""
    try:
        local = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        # Half a moment is told, and not guessed.
        return f"{day} {time}".strip()
    return local.replace(tzinfo=_zone(zone) or UTC).isoformat()


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def packed(value: str) -> str:
    """Return ``value`` without commas, which separate several of them in what comes back."""
    return quote(value, safe=" :@;/+=.æøåÆØÅ")


def _to_json(form: Form) -> Part:
    carried: Part = _forms().dump_python(form, mode="json")
    # What was filled in beforehand is in the inputs already.
    for field in carried["fields"]:
        field["value"] = ""
    return carried


def _from_json(carried: Json) -> Form | None:
    try:
        return _forms().validate_python(carried)
    except ValidationError:
        return None


@cache
def _forms() -> TypeAdapter[Form]:
    """Return what checks a form that came back, since anybody may have written it."""
    return TypeAdapter(Form)
