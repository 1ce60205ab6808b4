"""Everything the core asks of the outside, kept in memory: for one process without a store, and for tests."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock

from cachetools import TTLCache

from bot.conversation import Memory
from bot.knowledge import Knowledge
from bot.model import Answer, Question, Tool, ToolId
from bot.people import Person, PersonId, Role
from bot.registering import Decided

_SECONDS_REMEMBERED = 600
_MOST_CONVERSATIONS = 10_000


class MemoryKnowledge:
    """A knowledge base that is handed over; satisfies ``bot.ports.KnowledgeSource``."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def current(self) -> Knowledge:
        """Return the knowledge base that was handed over last."""
        return self._knowledge

    def replace(self, knowledge: Knowledge) -> None:
        """Answer from ``knowledge`` from now on, as after an edited file."""
        self._knowledge = knowledge


class MemoryTools:
    """A positive list that is handed over; satisfies ``bot.ports.ToolSource``."""

    def __init__(self, tools: Sequence[Tool] = ()) -> None:
        self._tools = tuple(tools)

    def tools(self) -> Sequence[Tool]:
        """Return the tools that were handed over last."""
        return self._tools

    def replace(self, tools: Sequence[Tool]) -> None:
        """List ``tools`` from now on, as after a changed decision."""
        self._tools = tuple(tools)


class MemoryRegister:
    """A positive list that was decided once; satisfies ``bot.ports.Register``."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        self._tools = tuple(tools)

    def tools(self) -> Sequence[Tool]:
        """Return the tools that were handed over."""
        return self._tools

    def history(self, tool: ToolId | None = None) -> tuple[Decided, ...]:
        """Return one decision on each tool."""
        at = datetime(2026, 1, 1, tzinfo=UTC)
        chosen = [each for each in self._tools if tool in (None, each.id)]
        return tuple(Decided(each, 1, at, PersonId("cli:memory"), "as handed over") for each in chosen)


class MemoryRoles:
    """Roles that are handed over; satisfies ``bot.ports.Roles``."""

    def __init__(self, holders: Mapping[Role, tuple[str, ...]]) -> None:
        self._holders = holders

    def has(self, person: Person, role: Role) -> bool:
        """Say whether ``person``, or a group that they are in, was given ``role``."""
        held = self.holders(role)
        return person.id in held or not person.groups.isdisjoint(held)

    def holders(self, role: Role) -> tuple[str, ...]:
        """Return the ids that were given ``role``."""
        return self._holders.get(role, ())


class MemoryConversations:
    """The last exchange of each conversation, for ten minutes; satisfies ``bot.ports.Conversations``.

    Several threads may use it at once. The longest unused conversation goes first when it is full.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic, *, most: int = _MOST_CONVERSATIONS) -> None:
        self._kept: TTLCache[str, Memory] = TTLCache(maxsize=most, ttl=_SECONDS_REMEMBERED, timer=timer)
        self._lock = Lock()

    def recall(self, conversation: str) -> Memory | None:
        """Return what is remembered of ``conversation``, or None."""
        with self._lock:
            return self._kept.get(conversation)

    def remember(self, conversation: str, memory: Memory) -> None:
        """Keep ``memory`` for ten minutes from now."""
        with self._lock:
            self._kept[conversation] = memory


class MemoryHandler:
    """Answers by a function that is handed over, and keeps the questions; satisfies ``bot.ports.Handler``."""

    def __init__(self, knowledge: Knowledge, reply: Callable[[Question], Answer]) -> None:
        self._knowledge = knowledge
        self._reply = reply
        self.questions: list[Question] = []

    def ask(self, question: Question) -> Answer:
        """Return what the function makes of ``question``."""
        self.questions.append(question)
        return self._reply(question)

    def knowledge(self) -> Knowledge:
        """Return the knowledge base that was handed over."""
        return self._knowledge
