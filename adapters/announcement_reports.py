"""An announcement's report as JSON and CSV, the same for the command line and the web."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Final

from bot.announcing import Announcement, Copy, Read, Report
from bot.knowledge import Knowledge
from bot.model import Language
from bot.sending import Action, State

_COLUMNS: Final = ("what", "to", "state", "attempts", "statuses", "message", "error", "reason", "at")
#: A spreadsheet would run a cell that begins so as a formula.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def announcement_as_json(announcement: Announcement) -> dict[str, object]:
    """Return ``announcement`` as it is printed."""
    draft = announcement.draft
    return {
        "id": announcement.id,
        "state": announcement.stage.value,
        "title": {"da": draft.title.da, "en": draft.title.en},
        "to": list(draft.audience),
        "acknowledge": draft.acknowledge,
        "send_at": draft.send_at.isoformat() if draft.send_at else None,
        "remind_after": draft.remind_after,
        "revision": announcement.revision,
        "author": announcement.author,
        "approver": announcement.approver or None,
    }


def as_json(report: Report, copies: Iterable[Copy], knowledge: Knowledge) -> Iterator[str]:
    """Yield the report piece by piece, so that no number of recipients fills the memory."""
    counts = {
        **announcement_as_json(report.announcement),
        "audience": report.total,
        "delivered": report.count(State.DELIVERED),
        "failed": report.count(State.FAILED),
        "unsure": report.count(State.UNSURE),
        "pending": report.count(State.WAITING, State.SENDING),
        "cancelled": report.count(State.CANCELLED),
        "acknowledged": report.acknowledged,
        "rounds": [
            {"action": each.action.value, "state": each.state, "error": each.error or None,
             "began": each.began.isoformat() if each.began else None,
             "ended": each.ended.isoformat() if each.ended else None,
             "counts": {state.value: count for state, count in each.counts.items()}}
            for each in report.rounds
        ],
    }  # fmt: skip
    yield json.dumps(counts, ensure_ascii=False)[:-1] + ', "deliveries": ['
    afterwards: list[dict[str, object]] = []
    separator = ""
    for copy in copies:
        if copy.action is Action.POST:
            yield separator + json.dumps(_copy(copy, knowledge), ensure_ascii=False)
            separator = ", "
        else:
            afterwards.append({"action": copy.action.value, **_copy(copy, knowledge)})
    yield f'], "afterwards": {json.dumps(afterwards, ensure_ascii=False)}}}\n'


def _copy(copy: Copy, knowledge: Knowledge) -> dict[str, object]:
    return {
        "to": copy.to,
        "state": copy.state.value,
        "attempts": copy.attempts,
        "error": reason(copy, knowledge, Language.ENGLISH) or None,
        "code": copy.error or None,
        "statuses": list(copy.statuses),
        "message": copy.message or None,
        "at": copy.at.isoformat() if copy.at else None,
    }


def as_csv(copies: Iterable[Copy], reads: Iterable[Read], knowledge: Knowledge, language: Language) -> Iterator[str]:
    """Yield one line for each recipient and round, then one for each reader, after a line of headings."""
    stream = io.StringIO()
    sheet = csv.DictWriter(stream, _COLUMNS)
    sheet.writeheader()
    for copy in copies:
        row = _copy(copy, knowledge) | {
            "what": copy.action.value,
            "error": copy.error,
            "reason": reason(copy, knowledge, language),
            "statuses": " ".join(map(str, copy.statuses)),
        }
        sheet.writerow({column: _cell(row[column]) for column in _COLUMNS})
        yield _taken(stream)
    for read in reads:
        sheet.writerow({"what": "read", "to": _cell(read.person), "at": read.at.isoformat()})
        yield _taken(stream)
    yield _taken(stream)


def _taken(stream: io.StringIO) -> str:
    text = stream.getvalue()
    stream.seek(0)
    stream.truncate()
    return text


def reason(copy: Copy, knowledge: Knowledge, language: Language) -> str:
    """Return in words why a delivery is not done."""
    words = knowledge.messages.get(copy.error)
    return words.in_language(language) if words else copy.error


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
