"""What the tests share: the shipped knowledge base, an advisor on a fixed day, and a browser that is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, sync_playwright

from adapters.memory import MemoryConversations, MemoryKnowledge
from adapters.yaml_knowledge.loading import load
from adapters.yaml_tools import YamlTools
from bot.knowledge import Knowledge
from bot.ports import ToolSource
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE

pytest_plugins = ["tests.databases"]

TODAY = datetime(2026, 11, 23, 12, tzinfo=UTC)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"]  # fmt: skip


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load(SHIPPED_KNOWLEDGE)


@pytest.fixture(scope="session")
def tools() -> ToolSource:
    return YamlTools(SHIPPED_KNOWLEDGE / "tools.yaml")


@pytest.fixture(scope="session")
def advisor(knowledge: Knowledge, tools: ToolSource) -> Advisor:
    return Advisor(MemoryKnowledge(knowledge), tools, MemoryConversations(), lambda: TODAY)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that can reach nothing but this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()
