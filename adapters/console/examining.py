"""The doctor's report: one line for each thing that must be in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from bot.errors import VejviserError


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at; ``look`` returns what was found, or raises with what to do."""

    subject: str
    look: Callable[[], str]


def print_report(checks: Iterable[Check], console: Console) -> bool:
    """Print every check's outcome and return whether all are in order."""
    outcomes = [_print_outcome(check, console) for check in checks]
    return all(outcomes)


def _print_outcome(check: Check, console: Console) -> bool:
    try:
        found, is_fine = check.look(), True
    except (VejviserError, OSError) as error:
        found, is_fine = str(error), False
    mark = Text("OK   ", "green") if is_fine else Text("FAULT", "bold red")
    for line in found.splitlines() or [""]:
        console.print(mark + Text(f" {check.subject}: {line}", ""), soft_wrap=True, highlight=False)
    return is_fine
