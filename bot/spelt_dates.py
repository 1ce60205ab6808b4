"""Finds CPR numbers whose date is written as people write dates: ``1/1-90 1234``, ``1. januar 1990-1234``.

The plain shapes are the redactor's own; here the date has one-digit days, a month's name or the year first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

_FOUR: Final = r"(?P<four>\d{4}|\d{2} \d{2})(?!\d|[./-]\d)"
_JOINT: Final = r"[\s,\-–]{1,3}"
_YEAR: Final = r"(?P<year>(?:19|20)\d{2}|\d{2})"
_NUMERIC: Final = rf"(?P<day>\d{{1,2}})\s?[./-]\s?(?P<month>\d{{1,2}})[\s./-]{{1,3}}{_YEAR}"
_YEAR_FIRST: Final = r"(?P<year>(?:19|20)\d{2})[./-]?(?P<month>\d{2})[./-]?(?P<day>\d{2})"
_SPACED: Final = r"(?P<day>\d{2}) (?P<month>\d{2}) (?P<year>\d{2})(?=\s?-)"
_TOGETHER: Final = r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{2})"


class Spelt(NamedTuple):
    """Where a number stands, and what it is in plain digits, 10 or, with a whole year, 12."""

    start: int
    end: int
    digits: str


class SpeltDates:
    """Finds them; ``months`` are twelve texts, each with the names of one month."""

    def __init__(self, months: Sequence[str]) -> None:
        self._numbers = {name: number for number, names in enumerate(months, start=1) for name in names.split()}
        names = "|".join(sorted(map(re.escape, self._numbers), key=len, reverse=True))
        dates = [_NUMERIC, _YEAR_FIRST, _SPACED, _TOGETHER]
        if names:
            dates.append(rf"(?P<day>\d{{1,2}})\.?\s{{0,2}}(?P<month>{names})\.?,?\s{{0,2}}{_YEAR}")
        before = r"(?<![\d.,/-])"
        self._patterns = [re.compile(f"{before}{date}{_JOINT}{_FOUR}", re.IGNORECASE) for date in dates]

    def find(self, text: str) -> Iterator[Spelt]:
        """Yield what looks like such a number; whether its date exists is the caller's to say."""
        for pattern in self._patterns:
            for match in pattern.finditer(text):
                month = match["month"]
                number = self._numbers[month.lower()] if month.lower() in self._numbers else int(month)
                digits = f"{int(match['day']):02}{number:02}{match['year']}{match['four'].replace(' ', '')}"
                yield Spelt(match.start(), match.end(), digits)
