"""A conversation in the terminal, follow-up questions included."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from adapters.console.lines import whole
from adapters.console.printing import print_answer, print_choices
from adapters.console.wording import message
from bot.errors import RequestError
from bot.model import Answer, Choice, Language, Question
from bot.ports import Handler

_CONVERSATION = "console"
_LEAVING = frozenset({"/quit", "/exit", "/q"})


def converse(handler: Handler, language: Language, console: Console, read: Callable[[str], str] = input) -> None:
    """Ask and answer until the person leaves with /quit or the end of input."""
    console.print(message(handler.knowledge(), "chat-opening", language), highlight=False)
    choices: tuple[Choice, ...] = ()
    while (typed := _read(read)) is not None:
        if not typed:
            continue
        answer = _answer(handler, _meant(typed, choices), language, console)
        choices = answer.choices if answer else ()


def _read(read: Callable[[str], str]) -> str | None:
    """Return the next line, or None when the person leaves."""
    try:
        typed = whole(read("> ")).strip()
    except EOFError:
        return None
    return None if typed.lower() in _LEAVING else typed


def _meant(typed: str, choices: tuple[Choice, ...]) -> str:
    """Return what a choice's number stands for, or the words as typed."""
    if typed.isascii() and typed.isdigit() and 0 < int(typed[:4]) <= len(choices):
        return choices[int(typed) - 1].say
    return typed


def _answer(handler: Handler, text: str, language: Language, console: Console) -> Answer | None:
    try:
        answer = handler.ask(Question(text=text, conversation=_CONVERSATION))
    except RequestError as error:
        console.print(message(handler.knowledge(), error.code, language), highlight=False)
        return None
    console.print()
    print_answer(answer, console)
    print_choices(answer, console)
    console.print()
    return answer
