"""An answer laid out for a person at a terminal; the words are the answer's own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from adapters.console.wording import message
from bot.knowledge import Knowledge
from bot.model import Answer, Fact, Verdict

_STYLES = {
    Verdict.NO: "bold red",
    Verdict.CONDITIONAL: "bold yellow",
    Verdict.CLARIFY: "bold cyan",
    Verdict.YES: "bold green",
    Verdict.INFORM: "bold blue",
    Verdict.STATUS: "bold blue",
    Verdict.UNKNOWN: "bold magenta",
}
_BULLET = re.compile(r"^(\s*(?:[-•*–]|\d+[.)])\s+)(.*)$")
_WIDEST = 100


def print_answer(answer: Answer, console: Console) -> None:
    """Print the reply and the small table below it: plain into a file or pipe, laid out and coloured on a terminal."""
    if not console.is_terminal:
        console.out("\n".join([answer.text, *_in_lines(answer.facts)]), highlight=False)
        return
    width = min(console.width, _WIDEST)
    for line in answer.text.splitlines():
        console.print(_laid_out(line, _style(line, answer)), width=width, highlight=False)
    if answer.facts:
        console.print(_as_table(answer.facts), width=width, highlight=False)


def print_choices(answer: Answer, console: Console) -> None:
    """Print the numbered ways to go on that the reply itself does not spell out."""
    for number, choice in enumerate(answer.choices, start=1):
        console.print(_laid_out(f"{number}. {choice.label}", "cyan"), highlight=False)


def print_explanation(answer: Answer, knowledge: Knowledge, console: Console) -> None:
    """Print which words were read as what, and which rule decided, in the order it happened."""
    table = Table(title=message(knowledge, "explain-title", answer.lang), title_justify="left", width=_WIDEST)
    for heading in ("explain-stage", "explain-words", "explain-read-as"):
        table.add_column(message(knowledge, heading, answer.lang), overflow="fold")
    for step in answer.because():
        table.add_row(Text(step.stage), Text(step.words), Text(step.read_as))
    console.print()
    console.print(table, width=min(console.width, _WIDEST))


def _in_lines(facts: Sequence[Fact]) -> list[str]:
    lines = [f"{fact.label}: {fact.value}" for fact in facts]
    return ["", *lines] if lines else []


def _as_table(facts: Sequence[Fact]) -> Padding:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold")
    for fact in facts:
        table.add_row(Text(fact.label), Text(fact.value))
    return Padding(table, (1, 0, 0, 0))


def _style(line: str, answer: Answer) -> str:
    if answer.headline and line.startswith(answer.headline):
        return _STYLES[answer.verdict]
    if answer.warning and line in answer.warning:
        return "yellow"
    if any(citation.find in line for citation in answer.citations) or (answer.contact and answer.contact in line):
        return "dim"
    return ""


def _laid_out(line: str, style: str) -> Text | Padding | Table:
    """Return the line, with the later lines of a wrapped list item under its first word."""
    bullet = _BULLET.match(line)
    if not bullet:
        return Text(line, style)
    item = Table.grid()
    item.add_column(width=len(bullet[1]))
    item.add_column()
    item.add_row(Text(bullet[1], style), Text(bullet[2], style))
    return item
