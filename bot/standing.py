"""Words where a tool stands on the positive list: what may go in, on what conditions, and how old the decision is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process

from bot.model import DataClass, Fact, Language, Status, Tool, Words
from bot.positive_list import status_on
from bot.text import fold, split_words

_STRICTEST_FIRST = (Status.REJECTED, Status.UNDER_REVIEW, Status.RESTRICTED, Status.APPROVED)
_MOST_SUGGESTIONS = 3
_LIKE_ENOUGH = 70


@dataclass(frozen=True, slots=True)
class Standing:
    """A worded status: the first words, the rest, a small table, and what to do instead."""

    headline: str
    reason: str
    facts: tuple[Fact, ...] = ()
    instead: tuple[str, ...] = ()


class StandingWords:
    """Words standings in one language from the messages of the knowledge base."""

    def __init__(self, messages: Mapping[str, Words], language: Language, today: date) -> None:
        self._messages = messages
        self._language = language
        self._today = today

    def of(self, listed: Iterable[Tool], unlisted: Sequence[str], known: Sequence[Tool] = ()) -> Standing:
        """Return where tools stand that were named, the strictest first; ``unlisted`` are names that are not listed."""
        tools = sorted(listed, key=lambda tool: (_STRICTEST_FIRST.index(status_on(tool, self._today)), tool.name))
        lines = [self._text("status-unlisted", tool=name) for name in unlisted]
        if unlisted:
            lines.append(self._text("status-unlisted-reason"))
            lines += self._near(unlisted, known)
        for tool in tools:
            lines += [self._status(tool), self._use(tool)]
        facts = tuple(fact for tool in tools for fact in self._facts(tool, several=len(tools) > 1))
        instead = (self._text("status-contact"),) if unlisted else ()
        return Standing(lines[0], "\n".join(lines[1:]), facts, instead)

    def unknown(self, name: str, known: Sequence[Tool]) -> Standing:
        """Return what to say of a name that nobody knows, with at most three listed ones that are written nearly so."""
        names = [tool.name for tool in known]
        like = process.extract(fold(name), [fold(each) for each in names], scorer=fuzz.ratio,
                               score_cutoff=_LIKE_ENOUGH, limit=_MOST_SUGGESTIONS)  # fmt: skip
        lines = [self._text("status-unlisted-reason")]
        if like:
            near = ", ".join(names[index] for _, _, index in like)
            lines.append(self._text("status-did-you-mean", names=near))
        return Standing(
            self._text("status-unlisted", tool=name), "\n".join(lines), instead=(self._text("status-contact"),)
        )

    def _near(self, names: Sequence[str], known: Sequence[Tool]) -> list[str]:
        """Return a question back where a listed tool's name or vendor holds all the words of an unlisted one."""
        wanted = [set(_words(name)) for name in names]
        found = [
            tool.name
            for tool in known
            if any(words <= set(_words(held)) for words in wanted for held in (tool.name, tool.vendor))
        ]
        return [self._text("status-did-you-mean", names=", ".join(found[:_MOST_SUGGESTIONS]))] if found else []

    def all(self, approved: Sequence[Tool]) -> Standing:
        """Return the list of what may be used."""
        if not approved:
            return Standing(self._text("status-list-empty"), "")
        lines = [f"- {self._text('status-list-item', tool=tool.name, data=self.data(tool.data))}" for tool in approved]
        return Standing(self._text("status-list"), "\n".join(lines))

    def data(self, data: Iterable[DataClass]) -> str:
        """Return data classes in words, from harmless to most protected."""
        chosen = set(data)
        names = [self._text(f"data-{item}") for item in DataClass if item in chosen]
        if len(names) < 2:
            return "".join(names)
        return f"{', '.join(names[:-1])} {self._text('and')} {names[-1]}"

    def _use(self, tool: Tool) -> str:
        data = self.data(tool.data)
        usable = self._text("status-data" if data else "status-data-none", data=data)
        return f"{usable} {tool.conditions.in_language(self._language)}".strip()

    def _status(self, tool: Tool) -> str:
        status = status_on(tool, self._today)
        has_expired = status is Status.UNDER_REVIEW and tool.status is not status
        id_ = "status-expired" if has_expired else f"status-{status}"
        return self._text(id_, tool=tool.name, review_by=str(tool.review_by))

    def _facts(self, tool: Tool, *, several: bool) -> tuple[Fact, ...]:
        about = f"{tool.name}: " if several else ""
        pairs = (
            ("fact-status", self._text(f"state-{status_on(tool, self._today)}")),
            ("fact-data", self.data(tool.data)),
            ("fact-risk-assessed", str(tool.risk_assessed or "")),
            ("fact-review-by", str(tool.review_by or "")),
            ("fact-owner", tool.owner),
            ("fact-decided", self._age(tool)),
        )
        return tuple(Fact(f"{about}{self._text(label)}", value) for label, value in pairs if value)

    def _age(self, tool: Tool) -> str:
        if tool.decided_on is None:
            return ""
        days = (self._today - tool.decided_on).days
        return self._text("fact-age" if days > 0 else "fact-today", date=str(tool.decided_on), days=str(days))

    def _text(self, id_: str, **filled: str) -> str:
        text = self._messages[id_].in_language(self._language)
        for name, value in filled.items():
            text = text.replace("{" + name + "}", value)
        return text


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.key for word in split_words(name))
