"""A report on one announcement, as the pages get it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from adapters.report_links import ReportLinks
from bot.announcing import Announcement, Copy, Draft, Read, Report, RoundReport, Stage
from bot.errors import ChangedMeanwhile
from bot.model import Words
from bot.people import PersonId
from bot.sending import Action, State

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LINKS = ReportLinks("a-secret-of-this-test")


class Reporting:
    """One announcement that went to three channels."""

    def report(self, id_: str) -> Report:
        if id_ != "abc":
            raise ChangedMeanwhile("there is none")
        draft = Draft(Words(da="Nye regler", en="New <rules>"), Words(da="Tekst"), ("everyone",), acknowledge=True)
        announcement = Announcement("abc", draft, Stage.SENT, 1, PersonId("slack:UMIA"), "", NOW, NOW)
        counts = {State.DELIVERED: 2, State.FAILED: 1}
        return Report(announcement, (RoundReport("abc-post", Action.POST, "done", NOW, NOW, counts),), 1)

    def copies(self, id_: str) -> Iterator[Copy]:
        for number in range(2):
            at = NOW + timedelta(seconds=number)
            yield Copy(Action.POST, f"slack:C{number}", State.DELIVERED, 1, (200,), "1.0", "", at)
        yield Copy(Action.POST, "=HYPERLINK(1)", State.FAILED, 1, (404,), "", "delivery-archived", NOW)

    def reads(self, id_: str) -> tuple[Read, ...]:
        return (Read(PersonId("slack:UBO"), NOW + timedelta(minutes=5)),)
