"""Forms as modals, and what was filled in back as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from slack_sdk.models.blocks import (
    CheckboxesElement,
    ConversationFilter,
    ConversationMultiSelectElement,
    DateTimePickerElement,
    ExternalDataSelectElement,
    InputBlock,
    InputInteractiveElement,
    PlainTextInputElement,
    StaticMultiSelectElement,
    StaticSelectElement,
)
from slack_sdk.models.blocks import Option as SlackOption
from slack_sdk.models.views import View

from adapters.slack.mrkdwn import escape, from_markdown, length
from adapters.slack.sheet import DrawingFault, Sheet, plain
from adapters.slack.wording import Wording
from bot.interaction import Field, Form, Kind, Option

SUGGEST: Final = "suggest"
_LONGEST_TITLE: Final = 24
_LONGEST_INPUT: Final = 3000
_LONGEST_OPTION: Final = 75
_LONGEST_OPTION_VALUE: Final = 150
_LONGEST_LABEL: Final = 2000
_LONGEST_HINT: Final = 2000
_LONGEST_METADATA: Final = 3000
_LONGEST_PLACEHOLDER: Final = 150
_MOST_OPTIONS: Final = 100
_MOST_CHECKBOXES: Final = 10
_ON: Final = "1"
_PREFIX: Final = "slack:"


@dataclass(frozen=True, slots=True)
class Carried:
    """What a modal carries unseen: the form's state, where it was opened, in which language, and from which message."""

    state: str = ""
    place: str = ""
    language: str = ""
    message: str = ""

    def packed(self) -> str:
        """Return it as text.

        Raises:
            DrawingFault: the form's state is longer than Slack carries.

        """
        text = json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))
        if length(text) > _LONGEST_METADATA:
            raise DrawingFault(f"the form's state is longer than {_LONGEST_METADATA} characters; carry an id instead")
        return text

    @classmethod
    def unpacked(cls, text: str) -> Carried:
        """Return what ``packed`` made; nothing where it is something else."""
        try:
            found = json.loads(text or "{}")
        except ValueError:
            return cls()
        if not isinstance(found, dict):
            return cls()
        return cls(*(str(found.get(name, "")) for name in ("state", "place", "language", "message")))


def draw_form(form: Form, words: Wording, place: str = "", message: str = "") -> dict[str, Any]:  # any: JSON
    """Return ``form`` as a modal."""
    sheet = Sheet(words.language)
    sheet.section(from_markdown(form.body))
    for field in form.fields:
        sheet.add(_input(field, words))
    return View(
        type="modal",
        callback_id=form.id,
        title=plain(form.title, _LONGEST_TITLE),
        submit=plain(form.submit, _LONGEST_TITLE),
        close=plain(words.say("slack-close"), _LONGEST_TITLE),
        private_metadata=Carried(form.state, place, words.language, message).packed(),
        blocks=list(sheet.view(cut=escape(words.say("slack-shortened")))),
    ).to_dict()


def draw_note(title: str, text: str, words: Wording) -> dict[str, Any]:  # any: JSON
    """Return a modal that only says something."""
    sheet = Sheet(words.language)
    sheet.section(escape(text))
    return View(
        type="modal",
        title=plain(title, _LONGEST_TITLE),
        close=plain(words.say("slack-close"), _LONGEST_TITLE),
        blocks=list(sheet.view(cut="…")),
    ).to_dict()


def draw_options(options: Iterable[Option]) -> list[dict[str, Any]]:  # any: JSON
    """Return ``options`` as Slack lists them while somebody types; 100 at most."""
    return [option.to_dict() for option in _options(tuple(options))]


def values_of(state: Mapping[str, Any]) -> dict[str, str]:  # any: JSON
    """Return what was filled in by field; several values of one are parted by line breaks."""
    values: dict[str, str] = {}
    for field, elements in state.items():
        if isinstance(elements, Mapping):
            found = [_value(element) for element in elements.values() if isinstance(element, Mapping)]
            values[field] = "\n".join(value for value in found if value)
    return values


def _input(field: Field, words: Wording) -> InputBlock:
    return InputBlock(
        block_id=field.id,
        label=plain(field.label, _LONGEST_LABEL),
        hint=plain(field.hint, _LONGEST_HINT) if field.hint else None,
        optional=not field.is_required or field.kind is Kind.SWITCH,
        element=_element(field, words),
    )


def _element(field: Field, words: Wording) -> InputInteractiveElement:
    match field.kind:
        case Kind.LINE | Kind.PARAGRAPH:
            longest = min(field.longest, _LONGEST_INPUT)
            return PlainTextInputElement(
                action_id=field.id,
                multiline=field.kind is Kind.PARAGRAPH,
                max_length=longest,
                initial_value=field.value[:longest] or None,
            )
        case Kind.ONE_OF:
            return StaticSelectElement(
                action_id=field.id,
                options=_options(field.options),
                initial_option=next(iter(_chosen(field)), None),
            )
        case Kind.SOME_OF:
            return _several(field)
        case Kind.SUGGESTED:
            return ExternalDataSelectElement(
                action_id=f"{SUGGEST}:{field.source}",
                placeholder=plain(words.say("slack-type-to-search"), _LONGEST_PLACEHOLDER),
                min_query_length=0,
                initial_option=next(iter(_chosen(field) or _alone(field)), None),
            )
        case Kind.CHANNELS:
            return ConversationMultiSelectElement(
                action_id=field.id,
                initial_conversations=[id_.removeprefix(_PREFIX) for id_ in _lines(field.value)] or None,
                filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
            )
        case Kind.MOMENT:
            return DateTimePickerElement(action_id=field.id, initial_date_time=_seconds(field.value))
        case Kind.SWITCH:
            on = SlackOption(value=_ON, label=field.label[:_LONGEST_OPTION] or _ON)
            return CheckboxesElement(
                action_id=field.id, options=[on], initial_options=[on] if field.value == _ON else None
            )


def _several(field: Field) -> InputInteractiveElement:
    kind = CheckboxesElement if len(field.options) <= _MOST_CHECKBOXES else StaticMultiSelectElement
    return kind(action_id=field.id, options=_options(field.options), initial_options=_chosen(field) or None)


def _options(options: Sequence[Option]) -> list[SlackOption]:
    usable = [option for option in options if 0 < length(option.value) <= _LONGEST_OPTION_VALUE]
    return [
        SlackOption(value=option.value, text=plain(option.label, _LONGEST_OPTION)) for option in usable[:_MOST_OPTIONS]
    ]


def _chosen(field: Field) -> list[SlackOption]:
    wanted = set(_lines(field.value))
    return _options([option for option in field.options if option.value in wanted])


def _alone(field: Field) -> list[SlackOption]:
    return _options([Option(field.value, field.value)]) if field.value else []


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def _seconds(moment: str) -> int | None:
    return int(datetime.fromisoformat(moment).timestamp()) if moment else None


def _value(element: Mapping[str, Any]) -> str:  # any: JSON
    """Return one element's value, whatever kind it is of."""
    for key in ("selected_conversations", "selected_channels"):
        if element.get(key):
            return "\n".join(f"{_PREFIX}{id_}" for id_ in element[key])
    for key in ("selected_conversation", "selected_channel"):
        if element.get(key):
            return f"{_PREFIX}{element[key]}"
    if element.get("selected_options"):
        return "\n".join(str(option.get("value", "")) for option in element["selected_options"])
    if element.get("selected_option"):
        return str(element["selected_option"].get("value", ""))
    if element.get("selected_date_time"):
        return datetime.fromtimestamp(int(element["selected_date_time"]), UTC).isoformat()
    return str(element.get("value") or element.get("selected_date") or "")
