"""Announcements and their reports in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from adapters.announcement_reports import reason
from bot.announcing import Announcement, Copy, Report
from bot.knowledge import Knowledge
from bot.model import Language
from bot.sending import Action, State

_MOST_SHOWN = 50


def print_announcements(found: Sequence[Announcement], console: Console) -> None:
    """Print one line for each announcement."""
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "state", "time", "title"):
        table.add_column(heading, overflow="fold")
    for each in found:
        when = each.draft.send_at or each.created_at
        table.add_row(each.id, each.stage.value, f"{when.astimezone():%Y-%m-%d %H:%M}", each.title)
    console.print(table, highlight=False, markup=False)


def print_report(report: Report, copies: Iterable[Copy], knowledge: Knowledge, console: Console) -> None:
    """Print the counts, what was done afterwards, and everyone who did not get it."""
    one = report.announcement
    console.print(f"{one.id}: {one.title}", style="bold", highlight=False, markup=False)
    pending = report.count(State.WAITING, State.SENDING)
    delivered, failed, unsure = (report.count(each) for each in (State.DELIVERED, State.FAILED, State.UNSURE))
    console.print(
        f"{one.stage}: {report.total} recipients, {delivered} delivered, {failed} failed, {unsure} unsure, "
        f"{pending} pending, {report.acknowledged} have read it",
        highlight=False, markup=False,
    )  # fmt: skip
    console.print("Delivered means that the platform accepted it, not that anybody read it.", style="dim")
    for each in report.rounds:
        if each.action is not Action.POST:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(each.counts.items()))
            console.print(f"{each.action}: {each.state} {counts} {each.error}".rstrip(), highlight=False, markup=False)
    _print_troubled(copies, knowledge, console)


def _print_troubled(copies: Iterable[Copy], knowledge: Knowledge, console: Console) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("to", "what", "state", "attempts", "reason"):
        table.add_column(heading, overflow="fold")
    for copy in copies:
        if copy.state is not State.DELIVERED and table.row_count < _MOST_SHOWN:
            why = reason(copy, knowledge, Language.ENGLISH)
            table.add_row(copy.to, copy.action.value, copy.state.value, str(copy.attempts), why)
    if table.row_count:
        console.print(table, highlight=False, markup=False)
