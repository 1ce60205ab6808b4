"""``vejviser ask`` and ``vejviser chat``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from bot.commands.common import advisor_for, console, settings_from_environment
from bot.errors import RequestError
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.model import Answer
    from bot.service.advising import Advisor

#: More than any message may have, so a longer one is still refused for its length.
_MOST_BYTES = 100_000


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--jsonl", is_flag=True, help='Answer {"id","text"} lines from standard input, one line each.')
@click.option("--explain", is_flag=True, help="Show which words were read as what, and which rule decided.")
def ask(text: str | None, *, as_json: bool, jsonl: bool, explain: bool) -> None:
    """Answer TEXT, or standard input where TEXT is "-"."""
    from adapters.console.lines import answer_lines, to_line, whole

    settings = settings_from_environment()
    if jsonl:
        if text is not None:
            raise click.UsageError("--jsonl reads questions from standard input; leave TEXT out")
        answer_lines(sys.stdin.buffer, sys.stdout.buffer, advisor_for(settings), settings.language)
        return
    if text is None:
        raise click.UsageError('give a question, such as: vejviser ask "må jeg lægge en sag i ChatGPT?"')
    typed = sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", "replace") if text == "-" else whole(text)
    answer = _answer(advisor_for(settings), typed, settings)
    if as_json:
        sys.stdout.buffer.write(to_line(answer))
        sys.stdout.buffer.flush()
        return
    from adapters.console.printing import print_answer, print_explanation

    terminal = console()
    print_answer(answer, terminal)
    if explain:
        print_explanation(answer, advisor_for(settings).knowledge(), terminal)


@click.command()
def chat() -> None:
    """Have a conversation in the terminal, follow-up questions included."""
    from adapters.console.conversing import converse

    settings = settings_from_environment()
    converse(advisor_for(settings), settings.language, console())


def _answer(advisor: Advisor, text: str, settings: Settings) -> Answer:
    from adapters.console.wording import message
    from bot.model import Question

    try:
        return advisor.ask(Question(text))
    except RequestError as error:
        raise click.UsageError(message(advisor.knowledge(), error.code, settings.language)) from error
