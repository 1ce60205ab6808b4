"""A cloud on this machine, and what the drawings are drawn from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cloud import Cloud
from replies import every_answer

from adapters.teams.cards import Cards
from bot.knowledge import Knowledge
from bot.model import Answer


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def cards(knowledge: Knowledge) -> Cards:
    return Cards(lambda: knowledge)


@pytest.fixture(scope="session")
def replies(knowledge: Knowledge) -> tuple[Answer, ...]:
    """Every reply that the knowledge base can produce."""
    return tuple(every_answer(knowledge))
