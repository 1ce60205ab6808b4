"""Where tools stand: finds listed tools in a message, and says what each may be used for today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from bot.model import DataClass, Status, Tool, ToolId
from bot.text import Word, split_words

_USABLE = frozenset({Status.APPROVED, Status.RESTRICTED})


def status_on(tool: Tool, today: date) -> Status:
    """Return where ``tool`` stands today: past its review date it counts as under review."""
    if tool.status in _USABLE and tool.review_by is not None and tool.review_by < today:
        return Status.UNDER_REVIEW
    return tool.status


def allows(tool: Tool, needed: Set[DataClass], today: date) -> bool:
    """Say whether all of ``needed`` may go into ``tool`` today."""
    return status_on(tool, today) in _USABLE and bool(needed) and needed <= tool.data


def tools_for(tools: Iterable[Tool], needed: Set[DataClass], today: date) -> tuple[Tool, ...]:
    """Return the tools that all of ``needed`` may go into, by name."""
    return tuple(sorted((tool for tool in tools if allows(tool, needed, today)), key=lambda tool: tool.name))


@dataclass(frozen=True, slots=True)
class Mention:
    """A listed tool's name in a message, between two positions of its words."""

    tool: Tool
    begin: int
    end: int


@dataclass(slots=True)
class NameIndex:
    """The listed tools by every name that they go under; made anew when the list changes."""

    tools: Sequence[Tool]
    _names: dict[str, list[tuple[tuple[str, ...], Tool]]] = field(default_factory=dict)
    _by_id: dict[str, Tool] = field(default_factory=dict)
    _spellings: dict[str, ToolId] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for tool in self.tools:
            self._by_id[tool.id] = tool
            for name in dict.fromkeys((tool.name, tool.id, tool.product, *tool.aliases)):
                keys = tuple(word.key for word in split_words(name))
                if keys:
                    self._names.setdefault(keys[0], []).append((keys, tool))
        for names in self._names.values():
            names.sort(key=lambda entry: (-len(entry[0]), entry[1].id))

    def spellings(self) -> dict[str, ToolId]:
        """Return every name, as compared, with the tool that it leads to; the same object each time."""
        if not self._spellings:
            for names in self._names.values():
                self._spellings.update({" ".join(keys): tool.id for keys, tool in names})
        return self._spellings

    def by_id(self, tool_id: str) -> Tool | None:
        """Return the listed tool with this id."""
        return self._by_id.get(tool_id)

    def find(self, words: Sequence[Word]) -> tuple[Mention, ...]:
        """Return the listed tools that ``words`` name, the longest name first where several begin alike."""
        found: list[Mention] = []
        position = 0
        while position < len(words):
            mentions = self._at(words, position)
            found += mentions
            position = mentions[0].end if mentions else position + 1
        return tuple(found)

    def _at(self, words: Sequence[Word], position: int) -> list[Mention]:
        """Return the longest name that begins here: one tool's, or a product's with every plan of it."""
        found: list[Mention] = []
        for keys, tool in self._names.get(words[position].key, ()):
            end = position + len(keys)
            if found and end < found[0].end:
                break
            if tuple(word.key for word in words[position:end]) == keys:
                found.append(Mention(tool, position, end))
        return found
