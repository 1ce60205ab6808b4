"""The answer as JSON: the same object from the terminal and over HTTP."""

from __future__ import annotations

# Pydantic reads these for the API's description, and before Python 3.12 only from here.
from typing_extensions import TypedDict

from bot.model import Answer, Choice, Citation, Law


class CitationJson(TypedDict):
    """A place in the guide; ``find`` is a search phrase, ``quote`` the passage where it is attached."""

    section: str
    title: str
    path: str
    paragraph: int
    find: str
    url: str | None
    quote: str | None


class LawJson(TypedDict):
    """A statute that stands beside a rule of the guide, as background."""

    ref: str
    title: str
    url: str


class ChoiceJson(TypedDict):
    """One way to go on: ``label`` is shown, ``say`` is sent."""

    label: str
    say: str


class FactJson(TypedDict):
    """One line of a small table."""

    label: str
    value: str


class AnswerJson(TypedDict):
    """A finished reply; ``text`` holds the whole of it, the other fields its parts."""

    id: str | None
    lang: str
    verdict: str
    text: str
    headline: str
    reason: str
    warning: str
    conditions: list[str]
    instead: list[str]
    rule: str
    topic: str | None
    citations: list[CitationJson]
    law: list[LawJson]
    data: list[str]
    tools: list[str]
    alternatives: list[str]
    choices: list[ChoiceJson]
    facts: list[FactJson]
    suggestions: list[str]
    contact: str
    personal_data_found: list[str]
    confidence: float


def to_json(answer: Answer) -> AnswerJson:
    """Return ``answer`` as the object that the contract names, ready for ``json.dumps``."""
    return {
        "id": answer.id or None,
        "lang": answer.lang.value,
        "verdict": answer.verdict.value,
        "text": answer.text,
        "headline": answer.headline,
        "reason": answer.reason,
        "warning": answer.warning,
        "conditions": list(answer.conditions),
        "instead": list(answer.instead),
        "rule": answer.rule,
        "topic": answer.topic,
        "citations": [_citation(citation) for citation in answer.citations],
        "law": [_law(law) for law in answer.law],
        "data": list(answer.data),
        "tools": list(answer.tools),
        "alternatives": list(answer.alternatives),
        "choices": [_choice(choice) for choice in answer.choices],
        "facts": [{"label": fact.label, "value": fact.value} for fact in answer.facts],
        "suggestions": list(answer.suggestions),
        "contact": answer.contact,
        "personal_data_found": list(answer.personal_data_found),
        "confidence": answer.confidence,
    }


def _citation(citation: Citation) -> CitationJson:
    return {
        "section": citation.section,
        "title": citation.title,
        "path": citation.path,
        "paragraph": citation.paragraph,
        "find": citation.find,
        "url": citation.url,
        "quote": citation.quote,
    }


def _law(law: Law) -> LawJson:
    return {"ref": law.ref, "title": law.title, "url": law.url}


def _choice(choice: Choice) -> ChoiceJson:
    return {"label": choice.label, "say": choice.say}
