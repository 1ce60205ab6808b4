"""The use cases, one method each: what an employee, an editor or an operator asks of the product."""

from __future__ import annotations

from bot.knowledge import Knowledge
from bot.model import Answer, Question
from bot.ports import Clock, Conversations, KnowledgeSource, ToolSource


class Advisor:
    """Answers questions; satisfies ``bot.ports.Handler``."""

    def __init__(
        self, knowledge: KnowledgeSource, tools: ToolSource, conversations: Conversations, clock: Clock
    ) -> None:
        self._knowledge = knowledge
        self._tools = tools
        self._conversations = conversations
        self._clock = clock

    def ask(self, question: Question) -> Answer:
        """Answer ``question``."""
        raise NotImplementedError

    def knowledge(self) -> Knowledge:
        """Return the knowledge base that answers are made from right now."""
        return self._knowledge.current()
