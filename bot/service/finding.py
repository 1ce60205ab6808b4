"""Searches the positive list and the guide, for somebody who wants to show others what stands there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from rapidfuzz import fuzz

from bot.errors import RequestError
from bot.interaction import Button, Card, Finding
from bot.knowledge import Knowledge, Section
from bot.model import Language, Question, Tool, Verdict
from bot.ports import Handler, ToolSource
from bot.text import fold

_MOST: Final = 12
_LEAST_SCORE: Final = 72.0
_BEGINNING: Final = 97.0
_WORD: Final = re.compile(r"\w+")
_LONGEST_TEXT: Final = 120
_MOST_TYPED: Final = 200
#: A title says what a section is about; its words only touch on it.
_WEIGHT_OF_WORDS: Final = 0.85


class SearchService:
    """Satisfies ``bot.ports.Finder``."""

    def __init__(self, handler: Handler, tools: ToolSource, *, public_url: str = "") -> None:
        self._handler = handler
        self._tools = tools
        self._public_url = public_url

    def find(self, text: str, language: Language) -> tuple[Finding, ...]:
        """Return what fits ``text`` best, the best first; everything there is room for where it is empty."""
        knowledge = self._handler.knowledge()
        typed = fold(text[:_MOST_TYPED]).strip()
        ranked: list[tuple[float, str, Tool | Section]] = [
            *((_score(typed, _tool_names(tool)), tool.name, tool) for tool in self._tools.tools()),
            *(
                (_section_score(typed, section), section.title.in_language(language), section)
                for section in knowledge.sections.values()
            ),
        ]
        if typed:
            fitting = (entry for entry in ranked if entry[0] >= _LEAST_SCORE)
            ranked = sorted(fitting, key=lambda entry: (-entry[0], entry[1]))
        found = tuple(self._finding(entry, knowledge, language) for _, _, entry in ranked[:_MOST])
        return found or self._answered(text)

    def _answered(self, text: str) -> tuple[Finding, ...]:
        """Return the answer to what was typed, where it was a question rather than a name."""
        try:
            answer = self._handler.ask(Question(text))
        except RequestError:
            return ()
        return () if answer.verdict is Verdict.UNKNOWN else (Finding(answer.headline, _cut(answer.reason), answer),)

    def _finding(self, entry: Tool | Section, knowledge: Knowledge, language: Language) -> Finding:
        if isinstance(entry, Section):
            return self._section(entry, knowledge, language)
        question = knowledge.messages["find-tool-question"].in_language(language).format(tool=entry.name)
        answer = self._handler.ask(Question(question))
        return Finding(entry.name, _cut(answer.headline), answer)

    def _section(self, section: Section, knowledge: Knowledge, language: Language) -> Finding:
        title, path = section.title.in_language(language), section.path.in_language(language)
        summary = section.summary.in_language(language).strip()
        buttons: tuple[Button, ...] = ()
        if self._public_url:
            label = knowledge.messages["find-open-guide"].in_language(language)
            buttons = (Button(label, "open", url=f"{self._public_url.rstrip('/')}/guide/{section.id}"),)
        return Finding(title, _cut(summary), Card(title, summary, buttons=buttons, footnote=path))


def _score(typed: str, names: Iterable[str]) -> float:
    """Return how well the words of ``typed`` are met by words of ``names``, from 0 to 100."""
    there = {word for name in names for word in _WORD.findall(fold(name))}
    wanted = _WORD.findall(typed)
    if not wanted or not there:
        return 0.0
    return sum(max(_word_score(word, other) for other in there) for word in wanted) / len(wanted)


def _word_score(typed: str, word: str) -> float:
    if word.startswith(typed):
        return _BEGINNING if word != typed else 100.0
    return fuzz.ratio(typed, word, score_cutoff=_LEAST_SCORE)


def _section_score(typed: str, section: Section) -> float:
    titles = _score(typed, (section.title.da, section.title.en, section.path.da, section.path.en, section.id))
    return max(titles, _WEIGHT_OF_WORDS * _score(typed, (section.summary.da, section.summary.en)))


def _tool_names(tool: Tool) -> Iterator[str]:
    yield from (tool.name, str(tool.id), *tool.aliases)
    if tool.vendor:
        yield tool.vendor


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1].rpartition(" ")[0] + "…"
