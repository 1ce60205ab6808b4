"""Prints one table; ratios are to rapidfuzz's nearest example over the same knowledge, and to bare bots."""

from __future__ import annotations

import dataclasses
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rapidfuzz.process import extractOne

from adapters.memory import MemoryConversations, MemoryKnowledge
from adapters.yaml_knowledge.loading import load
from adapters.yaml_tools import YamlTools
from benchmarks import announcing, listing, slack, slack_day, teams
from bot.knowledge import Concept, Knowledge
from bot.model import Question
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE

QUESTIONS = Path(__file__).parent.parent.parent / "shared" / "eval"
SPARE = ("must I say that I used AI?", "må jeg lægge en elevplan i ChatGPT?", "hvad er en grundmodel?")
TIMES = 100


def main() -> None:
    """Measure and print."""
    knowledge = load(SHIPPED_KNOWLEDGE)
    questions = _questions()
    ours = _times(_advisor(knowledge), questions)
    examples = [pattern for concept in knowledge.concepts for pattern in concept.patterns]
    theirs = _times(lambda text: extractOne(text, examples), questions[:60])
    long = _times(_advisor(knowledge), [(" ".join(questions) * 9)[:3990]] * 20)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    grown = _times(_advisor(_grown(knowledge)), questions[:200])
    base = _times(_advisor(knowledge), questions[:200])
    rows = [
        ("median per question", f"{_median(ours):.3f} ms", f"{_median(ours) / _median(theirs):.3f} of nearest example"),
        ("99th percentile", f"{_percentile(ours):.3f} ms", f"{_percentile(ours) / _percentile(theirs):.3f}"),
        ("4,000 characters", f"{_median(long):.2f} ms", ""),
        (
            "vocabulary 100 times larger",
            f"{_median(grown):.3f} ms",
            f"{_median(grown) / _median(base):.2f} of the shipped",
        ),
        ("ask from cold", f"{_cold():.2f} s", ""),
        ("resident memory", f"{memory:.0f} MB", ""),
        *listing.rows(knowledge),
        *slack.rows(questions),
        *slack_day.rows(questions),
        *teams.rows(questions),
        *announcing.rows(),
    ]
    for name, figure, ratio in rows:
        sys.stdout.write(f"{name:30}{figure:>14}   {ratio}\n")


def _questions() -> list[str]:
    lines = [line for file in sorted(QUESTIONS.glob("dev*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    return [json.loads(line)["text"] for line in lines] or list(SPARE) * 50


def _advisor(knowledge: Knowledge) -> Callable[[str], object]:
    tools = YamlTools(SHIPPED_KNOWLEDGE / "tools.yaml")
    now = datetime.now(UTC)
    advisor = Advisor(MemoryKnowledge(knowledge), tools, MemoryConversations(), lambda: now)
    return lambda text: advisor.ask(Question(text))


def _grown(knowledge: Knowledge) -> Knowledge:
    words = [pattern for concept in knowledge.concepts for pattern in concept.patterns if pattern.isalpha()]
    more = tuple(
        Concept(f"grown.{number}", patterns=tuple(f"{word}q{number}x" for word in words)) for number in range(TIMES)
    )
    return dataclasses.replace(knowledge, concepts=(*knowledge.concepts, *more))


def _times(answer: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """Return milliseconds per question, the first pass left out."""
    for text in questions:
        answer(text)
    times = []
    for text in questions:
        started = time.perf_counter()
        answer(text)
        times.append((time.perf_counter() - started) * 1000)
    return times


def _median(times: Sequence[float]) -> float:
    return statistics.median(times)


def _percentile(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _cold() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot", "ask", SPARE[1]], check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
