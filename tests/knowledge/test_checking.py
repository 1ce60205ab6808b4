"""What the check says of knowledge that is broken in every way that an editor breaks it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from adapters.yaml_knowledge.checking import check
from adapters.yaml_knowledge.guide import attach, kept_at
from adapters.yaml_knowledge.loading import load
from bot.settings import SHIPPED_KNOWLEDGE

DECISIONS = "rules/decisions.yaml"
PEOPLE = "vocabulary/people.yaml"
RULE = "  - {id: one-more, rank: RANK, verdict: inform, use: topic, topic: b.pitfall.bias, when: WHEN}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED_KNOWLEDGE, tmp_path / "knowledge"))


def added(folder: Path, name: str, text: str) -> int:
    """Write ``text`` at the end of a file and return the line it begins on."""
    file = folder / name
    before = file.read_text(encoding="utf-8").rstrip("\n") + "\n"
    file.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


def rule(rank: int | str, when: str = "{all: [ai]}", more: str = "") -> str:
    return RULE.replace("RANK", str(rank)).replace("WHEN", when).replace("}\n", more + "}\n")


REPLY = "  odd: {headline: {da: a, en: b}, reason: {da: c, en: d}}\n"
BOMB = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 9)) for name in b"bcdefgh"
)
TWO = rule(97, "{all: [x.a]}") + rule(98, "{all: [x.a, ask.why]}").replace("one-more", "one-too-many")
ADDED = [
    (PEOPLE, "  - {id: person.pilot, dansk: [pilot]}\n", "person.pilot", "unknown key 'dansk'", "use one of|mean"),
    (PEOPLE, "  - {id: person.pilot, hide: [person]}\n", "person.pilot", "unknown key 'hide'", "did you mean 'hides'"),
    (PEOPLE, "  - {id: person.pilot, da: pilot}\n", "person.pilot", "'da' is 'pilot'", "write a list"),
    (PEOPLE, "  - {da: [pilot]}\n", "", "key 'id' is missing", "add it"),
    (PEOPLE, "  - {id: person.pilot, is: [persom]}\n", "person.pilot", "no concept 'persom'", "did you mean 'person'"),
    (PEOPLE, "  - {id: person, da: [pilot]}\n", "person", "another concept of that name", "an id of its own"),
    (PEOPLE, "  - {id: person.pilot, da: [a], da: [b]}\n", "", "key 'da' stands twice", "keep one"),
    (PEOPLE, '  - {id: person.pilot, da: ["(a|b"]}\n', "person.pilot", "pattern cannot be read", "docs/knowledge.md"),
    (PEOPLE, '  - {id: person.pilot, da: ["<persom> x"]}\n', "person.pilot", "no concept 'persom'", "mean 'person'"),
    (PEOPLE, "  - {id: x.a, is: [x.b]}\n  - {id: x.b, is: [x.a]}\n", "x.a", "is a kind of itself", "take one"),
    (PEOPLE, "  - [\n", "", "is no YAML", "mend the line"),
    (PEOPLE, "  - {id: a, da: [&x [b]]}\n", "a", "'da.*' is a list|is a list", "write a text"),
    (DECISIONS, rule(100), "one-more|password-reuse", "ties with", "a rank of its own"),
    (DECISIONS, TWO, "one-too-many", "is never reached", "narrow the earlier"),
    (DECISIONS, rule(99, "{all: [aj]}"), "one-more", "no concept 'aj'", "did you mean 'ai'"),
    (DECISIONS, rule(99, "{all: [ai], none: [ai]}"), "one-more", "can never hold", "take one of them out"),
    (DECISIONS, rule(99, more=", cite: [b.law.personal]"), "one-more", "no section", "mean 'b.law.personal-data'"),
    (DECISIONS, rule(99, more=", cite: [b.law.personal-data/x]"), "one-more", "no passage", "correct the name"),
    (DECISIONS, rule(99, more=", law: [gdpr-99]"), "one-more", "no statute 'gdpr-99'", "did you mean"),
    (DECISIONS, rule("first"), "one-more", "'rank' is 'first'", "whole number"),
    (DECISIONS, rule(99).replace("inform", "no"), "one-more", "read as a boolean", "in quotes: 'no'"),
    (DECISIONS, rule(99).replace("inform", "maybe"), "one-more", "verdict 'maybe' is not known", "'no', 'conditional'"),
    (DECISIONS, rule(99).replace("use: topic", "use: topik"), "one-more", "use 'topik' is not known", "use one of"),
    (DECISIONS, rule(99).replace("b.pitfall.bias", "bias"), "one-more", "no topic 'bias'", "mean 'b.pitfall.bias'"),
    (DECISIONS, rule(99).replace("use: topic, ", ""), "one-more", "no reply 'one-more'", "correct|mean"),
    ("replies.yaml", REPLY, "odd", "no rule uses it", "remove|mean"),
    ("replies.yaml", REPLY.replace(", en: b", ""), "odd", "'en' is missing", "in English"),
    ("messages/web.yaml", "  odd: {da: nej}\n", "odd", "key 'en' is missing", "in English too"),
    ("messages/web.yaml", '  odd: {da: "{tool}", en: "no"}\n', "odd", "one language has {tool}", "same placeholders"),
    ("arguments.yaml", "  argument.boss: {da: a, en: b}\n", "", "'argument.boss' stands twice", "keep one"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "entry", "problem", "remedy"), ADDED)
def test_a_fault_is_told_with_its_place_and_remedy(
    folder: Path, name: str, text: str, entry: str, problem: str, remedy: str
) -> None:
    line = added(folder, name, text)

    faults = check(folder)

    told = [fault for fault in faults if re.search(problem, fault.problem)]
    assert told, faults
    assert re.search(remedy, told[0].remedy)
    assert re.fullmatch(entry, told[0].entry)
    assert told[0].file == f"knowledge/{name}"
    assert told[0].line in {line, line + 1} or "ties" in problem


def test_the_shipped_knowledge_has_no_faults() -> None:
    assert check(SHIPPED_KNOWLEDGE) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_files(folder: Path) -> None:
    added(folder, DECISIONS, rule(99, "{all: [aj]}"))
    added(folder, PEOPLE, "  - {id: person.pilot, is: [persom]}\n")
    added(folder, "messages/web.yaml", "  odd: {da: nej}\n")

    assert [fault.file for fault in check(folder)] == [
        "knowledge/messages/web.yaml", "knowledge/messages/web.yaml", f"knowledge/{DECISIONS}", f"knowledge/{PEOPLE}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (PEOPLE, b"\xff\xfe", "is not in UTF-8"),
        (PEOPLE, b"concepts: []\n---\nconcepts: []\n", "holds several documents"),
        (PEOPLE, b"- a\n", "holds no entries"),
        (PEOPLE, b"concepts: " + b"[" * 40 + b"]" * 40, "nested more than 30 levels"),
        (PEOPLE, BOMB, "stands for more than 500000 values"),
        (PEOPLE, b"concepts: !!python/object/apply:os.getcwd []\n", "tag .* is not read"),
        ("vocabulary/people.yml", b"concepts: []\n", "is read by nobody"),
        ("rulez.yaml", b"rules: []\n", "is read by nobody"),
        (PEOPLE, b"#" * 5_000_001, "is bigger than"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told(folder: Path, name: str, content: bytes, problem: str) -> None:
    (folder / name).write_bytes(content)

    assert any(re.search(problem, fault.problem) and fault.file == f"knowledge/{name}" for fault in check(folder))


def test_a_missing_file_and_a_section_without_topic_are_told(folder: Path) -> None:
    (folder / "topics" / "c-review.yaml").unlink()
    assert "no topic explains this section" in {fault.problem for fault in check(folder)}

    (folder / "law.yaml").unlink()
    assert ("knowledge/law.yaml", "is missing") in {(fault.file, fault.problem) for fault in check(folder)}


def test_an_overlay_is_checked_with_what_it_lies_over(folder: Path, tmp_path: Path) -> None:
    overlay = tmp_path / "own"
    (overlay / "vocabulary").mkdir(parents=True)
    (overlay / "vocabulary" / "own.yaml").write_text(
        "concepts:\n  - {id: data.helth, extend: true, da: [x]}\n  - {id: data.health, extend: true, da: [y]}\n"
    )
    (overlay / "replies.yaml").write_text("replies:\n  password-reuse: {headline: {da: Nej., en: No.}}\n")

    told = [(fault.file, fault.line, fault.entry, fault.remedy) for fault in check(folder, overlay)]

    assert told == [("own/vocabulary/own.yaml", 2, "data.helth", "did you mean 'data.health'?")]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("forsøger at forudsige, hvilken tekst", "forsøger at gætte, hvilken tekst", "is not in the attached guide"),
        ("forsøger at forudsige, hvilken tekst", "fordi", "stands in section 'b.pitfall.bias'"),
        ("forsøger at forudsige, hvilken tekst", "afsnit", "stands more than once"),
    ],
)
def test_a_phrase_that_is_not_in_its_place_in_the_attached_guide_is_told(
    folder: Path, tmp_path: Path, before: str, after: str, problem: str
) -> None:
    knowledge = load(folder)
    starts = {section.id: section.starts_with for section in knowledge.sections.values()}
    phrases = [
        "\n\n".join([starts[id_], *(f"Her: {passage.find}. I et afsnit." for passage in section.passages)])
        for id_, section in knowledge.sections.items()
    ]
    copy = tmp_path / "copy.txt"
    copy.write_text(
        "\n\n".join(phrases).replace(starts["b.pitfall.bias"], starts["b.pitfall.bias"] + " fordi"), "utf-8"
    )
    attach(copy, knowledge, tmp_path)
    assert kept_at(tmp_path).is_file()
    file = folder / "sections.yaml"
    line = file.read_text("utf-8")[: file.read_text("utf-8").index(before)].count("\n") + 1
    file.write_text(file.read_text("utf-8").replace(before, after, 1), "utf-8")

    faults = [fault for fault in check(folder, home=tmp_path) if fault.line == line]

    assert [fault.problem.startswith(problem) for fault in faults] == [True]
