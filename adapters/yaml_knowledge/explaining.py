"""Says what is wrong with an entry in words an editor can act on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz.fuzz import partial_ratio, ratio
from rapidfuzz.process import extractOne
from rapidfuzz.utils import default_process

from adapters.yaml_knowledge.source import Place, Source
from bot.errors import Fault

_SURELY_MEANT = 50
_PART_MEANT = 90
_TRANSLATIONS = {"da": "Danish", "en": "English"}


def explain(error: ValidationError, source: Source, model: type[BaseModel], *, may_miss: bool = False) -> list[Fault]:
    """Return a fault for everything that is wrong with ``source``, which ``may_miss`` keys where it says so."""
    found = error.errors(include_url=False)
    return [_fault(details, source, model) for details in found if not (may_miss and details["type"] == "missing")]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the ``known`` name that ``name`` was probably meant to be, or nothing."""
    names = sorted(known)
    found = extractOne(name, names, scorer=ratio, processor=default_process, score_cutoff=_SURELY_MEANT)
    found = found or extractOne(name, names, scorer=partial_ratio, processor=default_process, score_cutoff=_PART_MEANT)
    return found[0] if found else ""


def _fault(details: ErrorDetails, source: Source, model: type[BaseModel]) -> Fault:
    place = tuple(step for step in details["loc"] if step != "[key]")
    problem, remedy = _worded(details, place, model)
    return Fault(source.file, source.line(place), _entry(source.content, place), problem, remedy)


def _entry(content: Any, place: Place) -> str:  # any: as in Source.content
    """Return the id of the innermost entry around ``place`` that has one."""
    named = content["id"] if isinstance(content.get("id"), str) else ""
    for depth, step in enumerate(place):
        try:
            content = content[step]
        except (LookupError, TypeError):
            break
        id_ = content.get("id") if isinstance(content, dict) else None
        if isinstance(id_, str):
            named = id_
        elif isinstance(content, dict) and depth == 1 and isinstance(step, str):
            named = step
    return str(named)


def _worded(details: ErrorDetails, place: Place, model: type[BaseModel]) -> tuple[str, str]:
    name = next((str(step) for step in reversed(place) if isinstance(step, str)), "")
    kind = details["type"]
    context: Mapping[str, Any] = details.get("ctx", {})
    if kind == "missing":
        remedy = f"write the text in {_TRANSLATIONS[name]} too" if name in _TRANSLATIONS else "add it"
        return f"key '{name}' is missing", remedy
    if kind == "extra_forbidden":
        keys = _keys_at(model, place[:-1])
        near = nearest(name, keys)
        remedy = f"did you mean '{near}'?" if near else f"leave it out, or use one of {_listed(keys)}"
        return f"unknown key '{name}'", remedy
    if kind == "unquoted":
        return f"verdict {context['word']} is read as a boolean", f"put it in quotes: '{context['word']}'"
    if kind in {"enum", "literal_error"}:
        return (
            f"{name} '{details['input']}' is not known",
            f"use one of {str(context['expected']).replace(' or ', ', ')}",
        )
    if kind in {"string_too_short", "too_short"}:
        return f"'{name}' is empty", "fill it in or leave it out"
    return f"'{name}' {_wrong_type(kind, details['input'])}", _remedy(kind)


def _wrong_type(kind: str, value: object) -> str:
    if kind == "string_pattern_mismatch":
        return f"cannot be '{value}'"
    if isinstance(value, dict | list):
        return "is a mapping" if isinstance(value, dict) else "is a list"
    return "is empty" if value is None else f"is '{value}'"


def _remedy(kind: str) -> str:
    expected = {
        "string_type": "write a text",
        "string_pattern_mismatch": "an id has no spaces, and an address begins with https://",
        "tuple_type": "write a list: [one, two]",
        "model_type": "write keys and values, such as {da: …, en: …}",
        "dict_type": "write keys and values",
        "int_parsing": "write a whole number",
        "int_type": "write a whole number",
        "greater_than_equal": "count from 1",
        "bool_parsing": "write true or false",
        "bool_type": "write true or false",
    }
    return expected.get(kind, "see docs/knowledge.md for its form")


def _keys_at(model: Any, place: Sequence[str | int]) -> list[str]:  # any: an annotation
    """Return the keys that the format allows at ``place``."""
    for step in place:
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
            model = fields.get(str(step))
        else:
            model = next(iter(_models_in(model)), None)
    found = list(_models_in(model))
    return [field.alias or name for name, field in found[0].model_fields.items()] if found else []


def _models_in(annotation: Any) -> Iterable[type[BaseModel]]:  # any: an annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
