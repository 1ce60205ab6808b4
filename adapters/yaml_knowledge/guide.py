"""The organisation's own copy of the guide, so that citations carry the whole passage."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import Fault, KnowledgeError
from bot.knowledge import Knowledge

_HYPHENATED = re.compile(r"(?<=[a-zæøå])-\s*\n\s*(?=[a-zæøå])")
_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"(?:\n\s*){2,}|\n\s*[•▪]\s")
_LONGEST_QUOTE = 1200


@dataclass(frozen=True, slots=True)
class GuideReport:
    """What was found in a copy of the guide: passages by section and id, and the phrases that are missing."""

    quotes: Mapping[str, Mapping[str, str]]
    missing: tuple[str, ...]


def read_guide(file: Path, knowledge: Knowledge) -> GuideReport:
    """Find every citable passage of ``knowledge`` in ``file``, text or PDF.

    Raises:
        KnowledgeError: the file cannot be read, or holds none of the passages.
    """
    paragraphs = [_SPACE.sub(" ", part).strip() for part in _BREAK.split(_HYPHENATED.sub("", _text(file)))]
    quotes: dict[str, dict[str, str]] = {}
    missing = []
    for section in knowledge.sections.values():
        for passage in section.passages:
            found = next((text for text in paragraphs if _plain(passage.find) in _plain(text)), None)
            if found is None:
                missing.append(f"{section.id}/{passage.id}: {passage.find}")
            else:
                quotes.setdefault(section.id, {})[passage.id] = found[:_LONGEST_QUOTE]
    if not quotes:
        raise KnowledgeError([Fault(file.name, 0, "", "holds no passage of the guide", "is this the right file?")])
    return GuideReport(quotes, tuple(missing))


def attach(file: Path, knowledge: Knowledge, home: Path) -> GuideReport:
    """Keep the passages found in ``file`` under ``home`` for every later answer."""
    report = read_guide(file, knowledge)
    home.mkdir(parents=True, exist_ok=True)
    stored_at(home).write_text(json.dumps(report.quotes, ensure_ascii=False, indent=1), encoding="utf-8")
    return report


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
