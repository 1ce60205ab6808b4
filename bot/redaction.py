"""Hides CPR numbers, phone numbers and e-mail addresses before anything else reads a message.

A missed personal number does harm and a needless mask hardly any, so doubt ends in a mask.
Names and postal addresses are not looked for. The words that tell a phone number from an order
number are data (``knowledge/redaction.yaml``); only shapes of numbers are written here.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate, pairwise
from types import MappingProxyType
from typing import Final

from bot.spelt_dates import SpeltDates

CPR: Final = "cpr"
PHONE: Final = "phone"
EMAIL: Final = "email"
OTHER: Final = "other"

#: What stands in for each kind; one token without digits or ``@``, so it is never masked again.
PLACEHOLDERS: Final[Mapping[str, str]] = MappingProxyType({CPR: "⟦cpr⟧", PHONE: "⟦phone⟧", EMAIL: "⟦email⟧"})
_PLACEHOLDER_END: Final = "⟧"

_TRIGGER = re.compile(r"[\d@＠﹫]")
# Latin-1 needs no folding, bar no-break space and soft hyphen; most messages stop here.
_UNUSUAL = re.compile(r"[^\x00-\x9f\xa1-\xac\xae-\xff]")
_RUN = re.compile(r"\d+(?:(?:\s{1,3}|\s{0,2}[-./_·•\\()]{1,2}\s{0,2})\d+)*")
_GROUP = re.compile(r"\d+")
_NOT_WORD = re.compile(r"(?:[^\w€$£]|_)+")
_LIST_BREAK = re.compile(r"(?<=\d)\s*[,;]")
_LOCAL_REVERSED = re.compile(r" {0,2}([\w.+%&'~!#$*=^-]+)")
_LABEL = r"[^\W_]+(?:-+[^\W_]+)*"
_DOMAIN = re.compile(rf" {{0,2}}{_LABEL}(?:\.{_LABEL})+")
_HOST = re.compile(r"[^\W\d_](?:-*[^\W_])*(?![\w@])")
# "navn (at) kommune (dot) dk": any one bracketed word stands for the dot.
_SPOKEN_DOT = r"(?:\s?[(\[{]\s?\w{1,8}\s?[)\]}]\s?|\s\.\s)"
_SPOKEN_DOMAIN = re.compile(rf"\s{{0,2}}{_LABEL}(?:(?:\.{_LABEL})+|(?:{_SPOKEN_DOT}{_LABEL})+)")
_PLUS = re.compile(r"(?<!\d)\+ {0,2}$")
_TIGHT_BEFORE = re.compile(r"(?:\d[-./_:]|[^\W\d]|[^\W\d][-/_#=]|[/=#]|\d,)$")
_TIGHT_AFTER = re.compile(r"[^\W\d]|[-./_:]\d|[/_]\w|,-|,\d{1,2}(?!\d)")

# Where a CPR number may be cut into groups, counted in digits from its start.
_PLAIN_CUTS = {10: {(), (6,), (2, 4, 6), (4, 6), (2, 6), (2, 4)}, 12: {(), (8,), (2, 4, 8), (4, 8)}}
_LOOSE_CUTS = {
    10: {(6, 8), (2, 4, 6, 8), tuple(range(1, 10)), tuple(range(1, 7))},
    12: {(8, 10), tuple(range(1, 12)), tuple(range(1, 9))},
}
# How eight digits are grouped when nothing but their look says that they are a phone number.
_PHONE_SHAPES: Final[Mapping[str, frozenset[tuple[int, ...]]]] = {
    " ": frozenset({(2, 2, 2, 2), (4, 4), (3, 2, 3), (2, 3, 3), (3, 3, 2), (2, 2, 4), (4, 2, 2), (2, 4, 2)}),
    "-": frozenset({(2, 2, 2, 2), (4, 4)}),
    ".": frozenset({(2, 2, 2, 2)}),
}
_WINDOW = 72
_MOST_FILLERS = 3
_MOST_STEPS = 8
_MOST_GROUPS_BETWEEN = 5


@dataclass(frozen=True, slots=True)
class Context:
    """The words that tell what a number is, in any letter case.

    A word is matched whole; ``ordren*`` matches any word that begins so. In ``other``, an entry
    such as ``# kr`` stands right after the number instead of before it. ``at`` lists what is
    written for ``@``; a hyphen in it may also be typed as a space or left out. ``months`` has the
    names of each month, with spaces between.
    """

    cpr: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    months: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text that is safe to keep, and the kinds of value that were hidden in it."""

    text: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mask:
    """One stretch of the folded text to hide; ``digits`` is empty for an e-mail address."""

    start: int
    end: int
    kind: str
    digits: str = ""


@dataclass(frozen=True, slots=True)
class _Lead:
    """What the nearest telling word says a number is, and how many words stand between."""

    kind: str = ""
    fillers: int = 0

    @property
    def is_direct_phone(self) -> bool:
        """Tell whether a phone word stands right before the number."""
        return self.kind == PHONE and self.fillers == 0


def redact(text: str, *, context: Context, today: date) -> Redacted:
    """Return ``text`` with every personal number and e-mail address hidden."""
    return Redactor(context).redact(text, today=today)


class Redactor:
    """Hides personal numbers, with everything that depends on the words prepared once."""

    def __init__(self, context: Context) -> None:
        self._words = _Words(context)
        self._at = _compile_at(context.at)
        self._dates = SpeltDates(context.months)
        self._at_hints = tuple({_at_hint(word) for word in context.at})

    def redact(self, text: str, *, today: date) -> Redacted:
        """Return ``text`` with every personal number and e-mail address hidden."""
        if not self._is_suspect(text):
            return Redacted(text)
        # A mask can leave digits that now stand alone, or a number that is by now known to be
        # personal; going on until nothing changes makes a second redaction a no-op.
        found: set[str] = set()
        known: dict[str, str] = {}
        while masks := self._find_emails(text) or self._find_numbers(text, known, today):
            found.update(mask.kind for mask in masks)
            known.update((mask.digits, mask.kind) for mask in masks if mask.digits)
            text = _hide(text, masks)
        return Redacted(text, tuple(kind for kind in PLACEHOLDERS if kind in found))

    def _is_suspect(self, text: str) -> bool:
        return _TRIGGER.search(text) is not None or self._has_at_word(text)

    def _has_at_word(self, text: str) -> bool:
        lowered = text.lower()
        for hint in self._at_hints:  # noqa: SIM110 any() takes three times as long
            if hint in lowered:
                return True
        return False

    def _find_emails(self, text: str) -> list[_Mask]:
        has_sign = "@" in text or (not text.isascii() and ("＠" in text or "﹫" in text))
        if not has_sign and not self._has_at_word(text):
            return []
        folded, _ = _fold(text)
        masks: list[_Mask] = []
        for sign in self._at.finditer(folded):
            after = masks[-1].end if masks else 0
            if sign.start() >= after and (mask := _email_around(folded, sign, after)):
                masks.append(mask)
        return masks

    def _find_numbers(self, text: str, known: Mapping[str, str], today: date) -> list[_Mask]:
        folded, _ = _fold(text)
        masks: list[_Mask] = []
        for match in _RUN.finditer(folded):
            if match.end() - match.start() >= 7:
                run = _Run(folded, match, self._words)
                masks.extend(run.masks(known, today))
        spelt = self._find_spelt(folded, today)
        masks = spelt + [mask for mask in masks if _is_clear(mask, spelt)] if spelt else masks
        return sorted(masks, key=lambda mask: mask.start)

    def _find_spelt(self, text: str, today: date) -> list[_Mask]:
        """Return the numbers with a spelt date in order; of two that overlap, the first."""
        found: list[_Mask] = []
        for start, end, digits in sorted(self._dates.find(text)):
            born = _birth_date(digits)
            is_apart = not found or found[-1].end <= start
            if is_apart and born is not None and born <= today and _has_own_century(digits, born):
                found.append(_Mask(start, end, CPR, digits[:4] + digits[-6:]))
        return found


def _is_clear(mask: _Mask, others: Sequence[_Mask]) -> bool:
    """Say whether ``mask`` touches none of ``others``, which stand in order and apart."""
    after = bisect_left(others, mask.end, key=lambda other: other.start)
    return after == 0 or others[after - 1].end <= mask.start


class _Run:
    """Digit groups with nothing but separators between them, and which of them are free."""

    def __init__(self, text: str, match: re.Match[str], words: _Words) -> None:
        self._text = text
        self._words = words
        self._spans = [group.span() for group in _GROUP.finditer(text, *match.span())]
        self._ends = list(accumulate(end - start for start, end in self._spans))
        self._free = bytearray(b"\x01" * len(self._spans))
        self._masks: list[_Mask] = []
        self._is_plus_run = bool(_PLUS.search(text, max(0, match.start() - 3), match.start()))

    def masks(self, known: Mapping[str, str], today: date) -> list[_Mask]:
        """Return what to hide, the surest kinds first so that they claim their groups."""
        if known:
            self._claim_known(known)
        self._claim_cpr(today)
        self._claim_international()
        self._claim_phones()
        return self._masks

    def _claim_known(self, known: Mapping[str, str]) -> None:
        lengths = sorted({len(digits) for digits in known})
        for first in range(len(self._spans)):
            for length in lengths:
                last = self._last(first, length)
                if last is not None and (digits := self._digits(first, last)) in known:
                    self._claim(first, last, known[digits], digits)

    def _claim_cpr(self, today: date) -> None:
        candidates: list[tuple[int, int, int]] = []
        for first in range(len(self._spans)):
            for length in (10, 12):
                last = self._last(first, length)
                if last is not None:
                    rank = self._cpr_rank(first, last, today)
                    candidates.extend([(rank, first, last)] if rank >= 0 else [])
        for _, first, last in sorted(candidates):
            if self._is_free(first, last):
                self._claim(first, last, CPR, self._digits(first, last))

    def _cpr_rank(self, first: int, last: int, today: date) -> int:
        """Return how doubtful a CPR number is, from 0 for 6-4 with a hyphen; -1 for none."""
        cuts = self._cuts(first, last)
        if len(cuts) > 3 and not self._can_be_led(first) and self._has_like(first, last):
            return -1
        digits = self._digits(first, last)
        rank = _cut_rank(len(digits), cuts, self._gaps(first, last))
        born = _birth_date(digits) if rank >= 0 else None
        if rank < 0 or (born is None and not self._can_be_led(first)):
            return -1
        lead = self._lead(first, last)
        if lead.kind == CPR and (len(digits) == 10 or born):
            return min(rank, 1)
        if born is None:
            return -1
        if rank == 0:
            return rank if lead.kind != OTHER or _has_check_digit(digits) else -1
        if born > today or not _has_own_century(digits, born):
            return -1
        return rank if self._is_likely_cpr(first, last, rank, lead) else -1

    def _is_likely_cpr(self, first: int, last: int, rank: int, lead: _Lead) -> bool:
        digits = self._digits(first, last)
        if lead.kind == OTHER:
            return rank == 1 and _has_check_digit(digits)
        if rank == 2 and (lead.kind == PHONE or self._has_like(first, last)):
            return False
        return digits[0] == "0" or not self._has_plus(first)

    def _claim_international(self) -> None:
        for first, (start, end) in enumerate(self._spans):
            has_zeros = self._text.startswith("00", start) and (end - start != 3 or self._can_be_led(first))
            if self._has_plus(first) or has_zeros:
                self._claim_longest_international(first)

    def _claim_longest_international(self, first: int) -> None:
        has_plus = self._has_plus(first)
        for last in reversed(self._lasts_within(first, 15 if has_plus else 17)):
            digits = self._international_digits(first, last, has_plus=has_plus)
            if not self._is_free(first, last) or not _is_international(digits, has_plus=has_plus):
                continue
            self._claim(first, last, PHONE, digits.removeprefix("45"))
            return

    def _international_digits(self, first: int, last: int, *, has_plus: bool) -> str:
        # The trunk zero of "+44 (0)20 ..." is written for callers at home and never dialled.
        spans = self._spans[first : last + 1]
        kept = [s for s in spans if self._text[s[0] - 1 : s[1] + 1] != "(0)"]
        digits = "".join(self._text[start:end] for start, end in kept)
        return digits if has_plus else digits[2:]

    def _claim_phones(self) -> None:
        led: list[tuple[int, int]] = []
        bare: list[tuple[int, int]] = []
        for first in range(len(self._spans)):
            last = self._last(first, 8)
            if last is None:
                if self._length(first, first) != 10:
                    continue
                last = first
            if self._is_free(first, last) and (lead := self._phone_lead(first, last)):
                (led if lead.kind == PHONE else bare).append((first, last))
        # From the right, because an odd number is likelier in front of a phone number.
        for first, last in [*led, *reversed(bare)]:
            digits = self._digits(first, last)
            has_code = first > 0 and self._free[first - 1] and self._digits(first - 1, first - 1) == "45"
            self._claim(first - has_code, last, PHONE, digits[-8:])

    def _phone_lead(self, first: int, last: int) -> _Lead | None:
        """Return what leads up to the groups when they are a phone number."""
        is_coded = first == last and self._is_coded(first)
        if not is_coded and self._length(first, last) != 8:
            return None
        gaps = self._gaps(first, last)
        sizes = tuple(self._length(group, group) for group in range(first, last + 1))
        has_shape = is_coded or _is_phone_shape(sizes, gaps)
        if _is_time_range(gaps) or (not has_shape and not self._can_be_led(first)):
            return None
        lead = self._lead(first, last)
        if lead.kind == OTHER:
            return None
        is_phone = lead.is_direct_phone or (has_shape and self._is_phone(first, last, sizes, lead))
        return lead if is_phone else None

    def _is_coded(self, first: int) -> bool:
        start, end = self._spans[first]
        is_long = end - start == 10 and self._text.startswith("45", start)
        return is_long and _is_danish(self._text[start + 2 : end])

    def _is_phone(self, first: int, last: int, sizes: tuple[int, ...], lead: _Lead) -> bool:
        digits = self._digits(first, last)
        if _is_date_or_years(digits, sizes, self._gaps(first, last)):
            return False
        if not self._is_apart(first, last) or (sizes == (4, 4) and self._has_like(first, last)):
            return False
        return lead.kind == PHONE or _is_danish(digits[-8:])

    def _can_be_led(self, first: int) -> bool:
        # Each group before this one is a word in between, so the telling word is out of reach.
        return first <= _MOST_GROUPS_BETWEEN

    def _lead(self, first: int, last: int) -> _Lead:
        reach = self._spans[first][0] if self._can_be_led(first) else 0
        return self._words.lead(self._text, reach, self._spans[last][1])

    def _is_apart(self, first: int, last: int) -> bool:
        """Tell whether no letter, decimal or further part of a reference touches the number."""
        start, end = self._spans[first][0], self._spans[last][1]
        before = self._text[max(0, start - 2) : start]
        return not _TIGHT_BEFORE.search(before) and not _TIGHT_AFTER.match(self._text, end)

    def _has_like(self, first: int, last: int) -> bool:
        """Tell whether a neighbour is as long as the last group, as in cards and lotteries."""
        size = self._length(last, last)
        inner = self._gaps(first, last)[-1:]
        pairs = [(first - 1, first, first - 1), (last, last + 1, last + 1)]
        return any(
            0 <= neighbour < len(self._spans)
            and self._length(neighbour, neighbour) == size
            and self._gaps(left, right) == inner
            for left, right, neighbour in pairs
        )

    def _claim(self, first: int, last: int, kind: str, digits: str) -> None:
        if not self._is_free(first, last):
            return
        self._free[first : last + 1] = bytes(last + 1 - first)
        start, end = self._spans[first][0], self._spans[last][1]
        if self._has_plus(first):
            start = self._text.rindex("+", 0, start)
        start, end = _with_brackets(self._text, start, end)
        self._masks.append(_Mask(start, end, kind, digits))

    def _has_plus(self, first: int) -> bool:
        # A plus sign separates runs, so only the first group can have one.
        return first == 0 and self._is_plus_run

    def _is_free(self, first: int, last: int) -> bool:
        return 0 not in self._free[first : last + 1]

    def _last(self, first: int, length: int) -> int | None:
        """Return the group that ends exactly ``length`` digits after ``first`` begins."""
        wanted = self._ends[first - 1] + length if first else length
        last = bisect_left(self._ends, wanted, first, min(len(self._ends), first + length))
        return last if last < len(self._ends) and self._ends[last] == wanted else None

    def _lasts_within(self, first: int, length: int) -> range:
        limit = (self._ends[first - 1] if first else 0) + length
        return range(first, bisect_left(self._ends, limit + 1, first))

    def _length(self, first: int, last: int) -> int:
        return self._ends[last] - (self._ends[first - 1] if first else 0)

    def _digits(self, first: int, last: int) -> str:
        return "".join(self._text[start:end] for start, end in self._spans[first : last + 1])

    def _cuts(self, first: int, last: int) -> tuple[int, ...]:
        base = self._ends[first - 1] if first else 0
        return tuple(end - base for end in self._ends[first:last])

    def _gaps(self, first: int, last: int) -> tuple[str, ...]:
        """Return what separates the groups, one sign each: a line break, a space or the mark."""
        spans = self._spans[first : last + 1]
        between = (self._text[a[1] : b[0]] for a, b in pairwise(spans))
        return tuple(gap.strip()[:1] or ("\n" if "\n" in gap else " ") for gap in between)


class _Words:
    """Finds the word that tells what a number is."""

    def __init__(self, context: Context) -> None:
        units = [word for word in context.other if word.startswith("#")]
        others = [word for word in context.other if not word.startswith("#")]
        self._units = tuple(_entry(word[1:]) for word in units)
        self._index: dict[str, list[tuple[str, str]]] = {}
        for kind, words in ((CPR, context.cpr), (PHONE, context.phone), (OTHER, others)):
            for word in words:
                entry = _entry(word)
                self._index.setdefault(entry[:2], []).append((entry, kind))
        for entries in self._index.values():
            entries.sort(key=lambda entry: (-len(entry[0]), *entry))

    def lead(self, text: str, start: int, end: int) -> _Lead:
        """Return what the words around ``text[start:end]`` say that it is."""
        before = self._before(text, start)
        if not before.is_direct_phone and before.kind != CPR and self._has_unit(text, end):
            return _Lead(OTHER)
        return before

    def _has_unit(self, text: str, end: int) -> bool:
        after = text[end : end + 16].lstrip(" .-")
        is_word = after != "" and not after[0].isdecimal()
        return is_word and _plain_words(after).startswith(self._units)

    def _before(self, text: str, start: int) -> _Lead:
        if start == 0:
            return _Lead()
        window = text[max(0, start - _WINDOW) : start]
        if start > _WINDOW:
            window = window.partition(" ")[2]
        # What stands before a placeholder has already had its say. A comma after a number counts
        # as a word in between, so that it ends an order number.
        window = window.rpartition(_PLACEHOLDER_END)[2]
        if "," in window or ";" in window:
            window = _LIST_BREAK.sub(" comma ", window)
        window = _plain_words(window)
        position = len(window) - 1
        for _ in range(_MOST_STEPS):
            if position <= 0:
                break
            position = window.rfind(" ", 0, position)
            if lead := self._lead_at(window, position + 1):
                return lead
        return _Lead()

    def _lead_at(self, window: str, position: int) -> _Lead | None:
        for entry, kind in self._index.get(window[position : position + 2], ()):
            if not window.startswith(entry, position):
                continue
            rest = window[position + len(entry) :]
            fillers = (rest if entry.endswith(" ") else rest.partition(" ")[2]).split()
            if kind == OTHER and not _is_part_of_number(fillers):
                continue
            if len(fillers) <= _MOST_FILLERS:
                return _Lead(kind, 0 if kind == OTHER else len(fillers))
        return None


def _entry(word: str) -> str:
    """Return a word of the context as it is looked up: the closing space ends a whole word."""
    plain = _plain_words(word.removesuffix("*")).strip()
    return plain if word.endswith("*") else f"{plain} "


def _plain_words(text: str) -> str:
    """Return the words of ``text`` in lower case, with one space after each."""
    return _NOT_WORD.sub(" ", f"{text.lower()} ")


def _is_part_of_number(fillers: Sequence[str]) -> bool:
    """Tell whether what stands between can begin the same number, as the year of a case does."""
    return all(word.isdecimal() for word in fillers) and sum(map(len, fillers)) < 6


def _compile_at(words: Sequence[str]) -> re.Pattern[str]:
    sign = r"@(?= {0,2}[^\W_])"
    return re.compile("|".join([sign, *map(_at_pattern, words)]), re.IGNORECASE)


def _at_pattern(word: str) -> str:
    pieces = re.findall(r"\w+|[^\w\s-]", word)
    pattern = r"[-\s]{0,3}".join(re.escape(piece) for piece in pieces)
    return rf"(?<!\w){pattern}(?!\w)" if word[:1].isalpha() else pattern


def _at_hint(word: str) -> str:
    """Return the start of ``word``, cheap to look for and enough to be worth a real search."""
    match = re.match(r"\w+|\W", word.lower())
    return match.group() if match else word


def _email_around(text: str, sign: re.Match[str], after: int) -> _Mask | None:
    domain = _domain_after(text, sign)
    local = _LOCAL_REVERSED.match(text[after : sign.start()][::-1]) if domain else None
    if domain is None or local is None:
        return None
    # Quotes and stars around an address are not part of it.
    decoration = next((i for i, c in enumerate(reversed(local.group(1))) if c.isalnum()), None)
    if decoration is None:
        return None
    return _Mask(sign.start() - local.end() + decoration, domain.end(), EMAIL)


def _domain_after(text: str, sign: re.Match[str]) -> re.Match[str] | None:
    if sign.group() != "@":
        return _SPOKEN_DOMAIN.match(text, sign.end())
    domain = _DOMAIN.match(text, sign.end())
    # "hans@kommune" is an address too, but only when nothing is spaced out.
    is_glued = text[sign.start() - 1 : sign.start()].strip() != ""
    return domain or (_HOST.match(text, sign.end()) if is_glued else None)


def _cut_rank(length: int, cuts: tuple[int, ...], gaps: tuple[str, ...]) -> int:
    """Return 0 for a hyphen before the serial, 1 for usual groups, 2 for odd ones, else -1."""
    if gaps.count("\n") > 1:
        return -1
    if "\n" in gaps:
        # A line break falls anywhere, so it says nothing about the shape.
        cuts = _without_break(length, cuts, gaps)
    if cuts in _PLAIN_CUTS[length]:
        boundary = length - 4
        has_hyphen = boundary in cuts and len(cuts) == len(gaps) and gaps[-1] == "-"
        return 0 if has_hyphen else 1
    if cuts not in _LOOSE_CUTS[length]:
        return -1
    is_regular = cuts != (2, 4, 6, 8) or (len(set(gaps)) == 1 and gaps[0] in " -")
    return 2 if is_regular else -1


def _without_break(length: int, cuts: tuple[int, ...], gaps: tuple[str, ...]) -> tuple[int, ...]:
    if cuts in _PLAIN_CUTS[length]:
        return cuts
    return tuple(cut for cut, gap in zip(cuts, gaps, strict=True) if gap != "\n")


def _birth_date(digits: str) -> date | None:
    """Return the date in a CPR number of 10 digits, or 12 with a whole year, where it has one."""
    day = int(digits[:2])
    # Replacement numbers (erstatnings-CPR) have 60 added to the day.
    day -= 60 if day > 60 else 0
    if not 1 <= day <= 31 or not 1 <= int(digits[2:4]) <= 12:
        return None
    if len(digits) == 12:
        return _date(int(digits[4:8]), int(digits[2:4]), day)
    from stdnum.dk import cpr  # loading it takes longer than starting up
    from stdnum.exceptions import ValidationError

    try:
        return cpr.get_birth_date(f"{day:02}{digits[2:]}")
    except ValidationError:
        return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1858 <= year <= 2057 else None
    except ValueError:
        return None


def _has_own_century(digits: str, born: date) -> bool:
    """Tell whether a whole year agrees with the century that the seventh digit stands for."""
    return len(digits) == 10 or _birth_date(digits[:4] + digits[6:]) == born


def _has_check_digit(digits: str) -> bool:
    from stdnum.dk import cpr  # see _birth_date

    return len(digits) == 10 and cpr.checksum(digits) == 0


def _is_phone_shape(sizes: tuple[int, ...], gaps: tuple[str, ...]) -> bool:
    if sizes == (8,):
        return True
    marks = {" " if gap == "\n" else gap for gap in gaps}
    return len(marks) == 1 and gaps.count("\n") <= 1 and sizes in _PHONE_SHAPES.get(marks.pop(), frozenset())


def _is_time_range(gaps: tuple[str, ...]) -> bool:
    """Tell whether eight digits are grouped as two times or halves, as in 12.30-13.45."""
    return len(gaps) == 3 and gaps[0] == gaps[2] != gaps[1] and gaps[1] == "-"


def _is_date_or_years(digits: str, sizes: tuple[int, ...], gaps: tuple[str, ...]) -> bool:
    if sizes in {(8,), (4, 2, 2)} and _is_recent(digits[:4], digits[4:6], digits[6:]):
        return True
    if sizes in {(8,), (2, 2, 4)} and _is_recent(digits[4:], digits[2:4], digits[:2]):
        return True
    if sizes != (4, 4):
        return False
    first, second = int(digits[:4]), int(digits[4:])
    is_case_number = gaps == ("-",) and 1990 <= first < 2050
    return is_case_number or 1900 <= first < second < min(first + 50, 2100)


def _is_recent(year: str, month: str, day: str) -> bool:
    return "1900" <= year < "2050" and _date(int(year), int(month), int(day)) is not None


def _is_danish(digits: str) -> bool:
    return _is_valid("45", digits)


def _is_international(digits: str, *, has_plus: bool) -> bool:
    if len(digits) < 7 or digits[0] == "0":
        return False
    # After a written country code of Denmark, a mistyped number is still meant as a number.
    if digits.startswith("45"):
        return len(digits) == 10
    check = _is_possible if has_plus else _is_valid
    return any(check(digits[:code], digits[code:]) for code in (1, 2, 3))


def _is_valid(code: str, national: str) -> bool:
    import phonenumbers  # loading it takes longer than starting up

    if int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return False
    number = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(national))
    return phonenumbers.is_valid_number(number)


def _is_possible(code: str, national: str) -> bool:
    import phonenumbers  # see _is_valid

    number = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(national))
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason == phonenumbers.ValidationResult.IS_POSSIBLE


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Return ``text`` with plain digits, dashes and spaces, and where each character came from.

    Characters that take up no room are left out, so that they cannot split a number.
    """
    if text.isascii() or _UNUSUAL.search(text) is None:
        return text, range(len(text))
    pieces = [_plain(character) for character in text]
    return "".join(pieces), [index for index, piece in enumerate(pieces) if piece]


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cf" or category[0] == "M":
        return ""
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if category[0] == "Z":
        return " " if category == "Zs" else "\n"
    folded = unicodedata.normalize("NFKC", character)
    # A raised 2 is a footnote or a unit, never part of the number before it.
    return folded if len(folded) == 1 and not folded.isdecimal() else character


def _hide(text: str, masks: Sequence[_Mask]) -> str:
    _, origins = _fold(text)
    return "".join(_pieces(text, masks, origins))


def _pieces(text: str, masks: Sequence[_Mask], origins: Sequence[int]) -> Iterator[str]:
    done = 0
    for mask in masks:
        yield text[done : origins[mask.start]]
        yield PLACEHOLDERS[mask.kind]
        done = origins[mask.end - 1] + 1
        # An accent or keycap frame belongs to the character that it decorates.
        while done < len(text) and unicodedata.category(text[done])[0] == "M":
            done += 1
    yield text[done:]


def _with_brackets(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span with the bracket outside it that pairs with one inside it."""
    inside = text[start:end]
    if ")" in inside and "(" not in inside and text[start - 1 : start] == "(":
        return start - 1, end
    if "(" in inside and ")" not in inside and text[end : end + 1] == ")":
        return start, end + 1
    return start, end
