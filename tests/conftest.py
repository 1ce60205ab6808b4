"""What the tests share: the shipped knowledge base, and an advisor on a fixed day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.memory import MemoryConversations, MemoryKnowledge
from adapters.yaml_knowledge.loading import load
from adapters.yaml_tools import YamlTools
from bot.knowledge import Knowledge
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE

TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load(SHIPPED_KNOWLEDGE)


@pytest.fixture(scope="session")
def advisor(knowledge: Knowledge) -> Advisor:
    tools = YamlTools(SHIPPED_KNOWLEDGE / "tools.yaml")
    return Advisor(MemoryKnowledge(knowledge), tools, MemoryConversations(), lambda: TODAY)
