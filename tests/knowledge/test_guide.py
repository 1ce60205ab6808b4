"""The organisation's own copy of the guide."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.yaml_knowledge.guide import attach, stored_at, with_quotes
from bot.errors import KnowledgeError
from bot.knowledge import Knowledge
from bot.model import SectionId

SECTION = SectionId("b.law.personal-data")


def copy_of(knowledge: Knowledge, folder: Path) -> Path:
    phrase = knowledge.sections[SECTION].passages[0].find
    broken = phrase.replace(phrase.split()[-1], phrase.split()[-1][:6] + "-\n" + phrase.split()[-1][6:])
    file = folder / "guide.txt"
    file.write_text(f"Noget andet.\n\nHer står, at {broken} er et krav.\n\nSlut.", encoding="utf-8")
    return file


def test_a_passage_is_found_across_a_hyphenated_line(knowledge: Knowledge, tmp_path: Path) -> None:
    report = attach(copy_of(knowledge, tmp_path), knowledge, tmp_path)

    passage = knowledge.sections[SECTION].passages[0]
    assert report.quotes[SECTION][passage.id].startswith("Her står, at")
    assert report.missing


def test_an_attached_copy_fills_the_quotes(knowledge: Knowledge, tmp_path: Path) -> None:
    attach(copy_of(knowledge, tmp_path), knowledge, tmp_path)

    quoted = with_quotes(knowledge, stored_at(tmp_path))

    assert quoted.sections[SECTION].quotes[knowledge.sections[SECTION].passages[0].id].endswith("er et krav.")


@pytest.mark.parametrize(("name", "content"), [("a.txt", b"nothing"), ("b.txt", b"\xff\xfe"), ("c.pdf", b"no pdf")])
def test_a_wrong_file_is_refused(knowledge: Knowledge, tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)

    with pytest.raises(KnowledgeError):
        attach(file, knowledge, tmp_path)
