"""Wires the product together; the only module of ``bot`` that knows the adapters."""

from __future__ import annotations

from datetime import datetime

from adapters.memory import MemoryConversations
from adapters.yaml_knowledge.folder import KnowledgeFolder
from adapters.yaml_knowledge.guide import stored_at
from adapters.yaml_tools import YamlTools
from bot.service.advising import Advisor
from bot.settings import Settings


def build_advisor(settings: Settings) -> Advisor:
    """Return the advisor that ``settings`` describe.

    Raises:
        KnowledgeError: the knowledge base has faults.
        PositiveListError: the positive list has faults.
    """
    return Advisor(
        KnowledgeFolder(settings.knowledge, settings.overlay, guide=stored_at(settings.home)),
        YamlTools(settings.knowledge / "tools.yaml"),
        MemoryConversations(),
        _now,
        language=settings.language,
        public_url=settings.public_url,
    )


def _now() -> datetime:
    return datetime.now().astimezone()
