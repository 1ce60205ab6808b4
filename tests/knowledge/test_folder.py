"""A knowledge folder that changes, breaks, and has an organisation's overlay."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.memory import MemoryConversations, MemoryTools
from adapters.yaml_knowledge.folder import KnowledgeFolder
from bot.model import Language, Question
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED_KNOWLEDGE, tmp_path / "knowledge"))


def change(folder: Path, before: str, after: str) -> None:
    file = folder / "messages" / "replies.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def test_a_changed_file_is_picked_up(folder: Path) -> None:
    times = iter(range(100))
    source = KnowledgeFolder(folder, timer=lambda: float(next(times)))

    change(folder, "Ask your manager or", "Ask Helle or")

    assert source.current().messages["contact"].in_language(Language.ENGLISH).startswith("Ask Helle")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("messages/replies.yaml", "messages: ["),
        ("messages/replies.yaml", "[]"),
        ("vocabulary/people.yaml", "concepts: 7"),
        ("vocabulary/people.yaml", 'concepts: [{id: person, da: ["(a|b"]}]'),
        ("vocabulary/people.yaml", "concepts: " + "[" * 5000),
        ("rules/decisions.yaml", "rules: []"),
        ("sections.yaml", "sections: [{id: a}]"),
        ("redaction.yaml", "cpr_words: 3"),
        ("language.yaml", "endings: 3"),
    ],
)
def test_broken_knowledge_keeps_the_old_one_working_and_says_so(folder: Path, name: str, content: str) -> None:
    times = iter(range(100))
    source = KnowledgeFolder(folder, timer=lambda: float(next(times)))
    good = source.current()

    (folder / name).write_text(content, encoding="utf-8")

    assert source.current() is good
    assert source.faults


def test_an_overlay_adds_words_and_replaces_replies(folder: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "overlay"
    (overlay / "vocabulary").mkdir(parents=True)
    (overlay / "messages").mkdir()
    words = "concepts:\n  - {id: data.health, extend: true, da: [zebranotat]}\n"
    (overlay / "vocabulary" / "own.yaml").write_text(words, encoding="utf-8")
    contact = "messages:\n  contact: {da: Spørg Helle., en: Ask Helle.}\n"
    (overlay / "messages" / "own.yaml").write_text(contact, encoding="utf-8")
    source = KnowledgeFolder(folder, overlay)
    advisor = Advisor(source, MemoryTools(), MemoryConversations(), lambda: datetime(2026, 11, 23, tzinfo=UTC))

    answer = advisor.ask(Question("må jeg lægge zebranotatet i ChatGPT?"))

    assert (answer.verdict, answer.contact) == ("no", "Spørg Helle.")
