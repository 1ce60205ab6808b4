"""One conversation on every way in: what is said is the same on all of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from adapters.console.lines import answer_lines
from adapters.memory import MemoryConversations, MemoryKnowledge
from adapters.slack.answers import draw_answer
from adapters.slack.wording import Wording
from adapters.teams.cards import Cards
from adapters.web.app import create_app
from bot.knowledge import Knowledge
from bot.model import Answer, Language, Question
from bot.ports import ToolSource
from bot.service.advising import Advisor

CONVERSATION = (
    "må jeg lægge en borgers mail i ChatGPT?",
    "hvorfor?",
    "og i KommuneGPT?",
    "is ChatGPT approved here?",
    "hvad er en grundmodel?",
    "mit cpr er 010190-1234, må det ind i Copilot?",
    "blåbærgrød",
)


@pytest.fixture
def fresh(knowledge: Knowledge, tools: ToolSource) -> Callable[[], Advisor]:
    def today() -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=UTC)

    return lambda: Advisor(MemoryKnowledge(knowledge), tools, MemoryConversations(), today)


@pytest.fixture
def answers(fresh: Callable[[], Advisor]) -> list[Answer]:
    advisor = fresh()
    return [advisor.ask(Question(text, "one")) for text in CONVERSATION]


def squeezed(text: str) -> str:
    return "".join(unescape(text).replace("*", "").replace("\\", "").split())


def strings(part: Any) -> str:
    if isinstance(part, dict):
        return "\n".join(strings(value) for value in part.values())
    if isinstance(part, (list, tuple)):
        return "\n".join(map(strings, part))
    return part if isinstance(part, str) else ""


def missing(answer: Answer, shown: str) -> list[str]:
    """Return the parts of ``answer`` that are not among what is shown."""
    parts = (
        answer.warning,
        answer.headline,
        *answer.reason.splitlines(),
        *answer.conditions,
        *answer.instead,
        answer.contact,
    )
    wanted = [part.removeprefix("- ") for part in parts if part]
    return [part for part in wanted if squeezed(part) not in squeezed(shown)]


def test_terminal_and_web_say_the_same_to_the_letter(fresh: Callable[[], Advisor], answers: list[Answer]) -> None:
    lines = "".join(
        json.dumps({"id": str(n), "text": text, "conversation": "one"}) + "\n" for n, text in enumerate(CONVERSATION)
    )
    out = io.BytesIO()
    answer_lines(io.BytesIO(lines.encode()), out, fresh(), Language.DANISH)
    web: httpx.Client = TestClient(create_app(fresh()))

    terminal = [json.loads(line)["text"] for line in out.getvalue().splitlines()]
    pages = [web.post("/api/ask", json={"text": text, "conversation": "one"}).json()["text"] for text in CONVERSATION]

    assert terminal == pages == [answer.text for answer in answers]


def test_teams_shows_every_part(answers: list[Answer], knowledge: Knowledge) -> None:
    cards = Cards(lambda: knowledge)

    assert [missing(answer, strings(cards.answer(answer).card["body"])) for answer in answers] == [[]] * len(answers)  # type: ignore[index]


def test_slack_shows_every_part(answers: list[Answer], knowledge: Knowledge) -> None:
    drawn = [draw_answer(answer, Wording(knowledge, answer.lang)) for answer in answers]

    assert [missing(a, strings(d.content()["blocks"])) for a, d in zip(answers, drawn, strict=True)] == [[]] * len(
        answers
    )
