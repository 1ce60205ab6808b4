"""Runs the examples that stand with rules and topics, near misses included."""

from __future__ import annotations

from collections.abc import Iterator

from bot.knowledge import Example, Knowledge, Rule, Topic
from bot.model import Answer, Question
from bot.ports import Handler


def run_examples(handler: Handler) -> tuple[int, list[str]]:
    """Return how many examples there are, and a line for each that does not fit."""
    cases = list(_cases(handler.knowledge()))
    failures = []
    for id_, example, should_reach in cases:
        answer = handler.ask(Question(example.say))
        if _reaches(answer, id_, example) is not should_reach:
            wanted = "must reach" if should_reach else "must not reach"
            failures.append(f"{id_}: '{example.say}' {wanted} it, and gave {answer.rule} ({answer.verdict})")
    return len(cases), failures


def _cases(knowledge: Knowledge) -> Iterator[tuple[str, Example, bool]]:
    entries: tuple[Rule | Topic, ...] = (*knowledge.rules, *knowledge.topics)
    for entry in entries:
        for example in entry.examples:
            yield entry.id, example, True
        for example in entry.near_misses:
            yield entry.id, example, False


def _reaches(answer: Answer, id_: str, example: Example) -> bool:
    return id_ in {answer.rule, answer.topic} and example.verdict in {None, answer.verdict}
