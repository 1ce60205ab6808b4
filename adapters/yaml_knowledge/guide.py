"""The organisation's own copy of the guide, so that citations carry the whole passage."""

from __future__ import annotations

import dataclasses
import json
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Fault, KnowledgeError
from bot.knowledge import Knowledge

_HYPHENATED = re.compile(r"(?<=[a-zæøå])-\s*\n\s*(?=[a-zæøå])")
_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"(?:\n\s*){2,}|\n\s*[•▪]\s")
_LONGEST_QUOTE = 1200


@dataclass(frozen=True, slots=True)
class Miss:
    """A passage whose search phrase is not where it should be in a copy of the guide."""

    section: str
    passage: str
    phrase: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.section}/{self.passage}: “{self.phrase}” {self.problem}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class GuideReport:
    """What was found in a copy of the guide: passages by section and id, and the phrases that no longer fit."""

    quotes: Mapping[str, Mapping[str, str]]
    missing: tuple[Miss, ...]


def read_guide(file: Path, knowledge: Knowledge) -> GuideReport:
    """Find every citable passage of ``knowledge`` in ``file``, text or PDF.

    Raises:
        KnowledgeError: the file cannot be read, or holds none of the passages.
    """
    return _found(_text(file), knowledge, file.name)


def _found(text: str, knowledge: Knowledge, name: str) -> GuideReport:
    paragraphs = [_SPACE.sub(" ", part).strip() for part in _BREAK.split(_HYPHENATED.sub("", text))]
    places = _Places(paragraphs, knowledge)
    quotes: dict[str, dict[str, str]] = {}
    missing = []
    for section in knowledge.sections.values():
        if section.id.startswith("org."):
            continue
        for passage in section.passages:
            found = next((text for text in paragraphs if _plain(passage.find) in _plain(text)), None)
            if found is not None:
                quotes.setdefault(section.id, {})[passage.id] = found[:_LONGEST_QUOTE]
            if problem := places.problem(section.id, passage.find):
                missing.append(Miss(section.id, passage.id, passage.find, *problem))
    if not quotes:
        raise KnowledgeError([Fault(name, 0, "", "holds no passage of the guide", "is this the right file?")])
    return GuideReport(quotes, tuple(missing))


class _Places:
    """Where each section lies in a copy of the guide."""

    def __init__(self, paragraphs: Sequence[str], knowledge: Knowledge) -> None:
        self._text = "".join(map(_plain, paragraphs))
        starts = [
            (self._text.find(_plain(phrase)), section.id)
            for section in knowledge.sections.values()
            for phrase in (section.starts_with, section.goes_on_at)
            if phrase
        ]
        self._starts = sorted(start for start in starts if start[0] >= 0)

    def problem(self, section: str, phrase: str) -> tuple[str, str] | None:
        """Say what is wrong with a phrase and what to do, or return None."""
        plain = _plain(phrase)
        position = self._text.find(plain)
        if position < 0:
            return "is not in the attached guide", "take a phrase of the passage as it reads now"
        if self._text.find(plain, position + 1) >= 0:
            return "stands more than once in the attached guide", "take a phrase that stands there only once"
        index = bisect_right(self._starts, (position, "\uffff")) - 1
        found = self._starts[index][1] if index >= 0 else ""
        if found and found != section and any(id_ == section for _, id_ in self._starts):
            return f"stands in section '{found}' of the attached guide", "move the passage there"
        return None


def attach(file: Path, knowledge: Knowledge, home: Path) -> GuideReport:
    """Keep the text of ``file`` and the passages found in it under ``home`` for every later answer and check."""
    text = _text(file)
    report = _found(text, knowledge, file.name)
    home.mkdir(parents=True, exist_ok=True)
    kept_at(home).write_text(text, encoding="utf-8")
    stored_at(home).write_text(json.dumps(report.quotes, ensure_ascii=False, indent=1), encoding="utf-8")
    return report


def kept_at(home: Path) -> Path:
    """Return where the attached copy's text is kept."""
    return home / "guide.txt"


def stored_at(home: Path) -> Path:
    """Return where the passages are kept."""
    return home / "guide.json"


def with_quotes(knowledge: Knowledge, stored: Path) -> Knowledge:
    """Return ``knowledge`` with the passages kept in ``stored``, or as it is where there are none.

    Raises:
        KnowledgeError: the file is damaged.
    """
    if not stored.is_file():
        return knowledge
    try:
        quotes = json.loads(stored.read_text(encoding="utf-8"))
        sections = {
            id_: dataclasses.replace(section, quotes=quotes.get(id_, {})) for id_, section in knowledge.sections.items()
        }
    except (ValueError, AttributeError) as error:
        fault = Fault(stored.name, 0, "", "is damaged", "run: vejviser knowledge import-guide FILE")
        raise KnowledgeError([fault]) from error
    return dataclasses.replace(knowledge, sections=sections)


def _text(file: Path) -> str:
    try:
        if file.suffix.lower() == ".pdf":
            from pypdf import PdfReader
            from pypdf.errors import PyPdfError

            try:
                return "\n\n".join(page.extract_text() for page in PdfReader(file).pages)
            except PyPdfError as error:
                raise KnowledgeError([Fault(file.name, 0, "", "is no readable PDF", "save it again")]) from error
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(
            [Fault(file.name, 0, "", "cannot be read", "give a text file in UTF-8 or a PDF")]
        ) from error


def _plain(text: str) -> str:
    """Return ``text`` without spaces, hyphens and letter case, which differ between copies."""
    return re.sub(r"[\s\-‐-–]+", "", text).lower()
