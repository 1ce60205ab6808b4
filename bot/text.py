"""Cuts a message into sentences and words, and folds spellings that mean the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_FOLD = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ß": "ss", "đ": "d", "ł": "l"})
_WORD = re.compile(r"⟦(\w+)⟧|[^\W_]+(?:['’`´][^\W_]+)*")
#: The point of an ordinal ("9. klasse") ends nothing.
_SENTENCE_END = re.compile(r"(?!(?<=\d)\.\s+[a-zæøå])[.!?…]+(?=[\s\"'”»)\]]|$)|[;\n\r]+|\s[-–—]\s")
#: One or two words and a comma, as in "Hi there, may I ...".
_SALUTE = re.compile(r"\s*[^\W\d_]+(?:\s[^\W\d_]+)?\s*,\s*")
_PAUSE = re.compile(r"[,:()\[\]→–—]")
_APOSTROPHE = re.compile(r"['’`´]")
_ENDINGS_AFTER_APOSTROPHE = frozenset({"s", "en", "er", "et", "ens", "erne", "ernes", "ne", "ene", "ets", "re", "ll"})


class Word(NamedTuple):
    """One word of a message: as typed, folded, and in which sentence (from 0) it stands.

    ``capital`` says that it is written as a name is, although it does not begin its sentence: "PFAS" is none, and in a
    message that is all capitals they say nothing. ``opens`` says that the sentence begins here, or goes on after
    "Hi there,"; ``paused`` that a comma, a bracket or the like stands before it.
    """

    text: str
    key: str
    sentence: int
    capital: bool = False
    opens: bool = False
    paused: bool = False


def fold(text: str) -> str:
    """Return ``text`` in lower case with æ, ø, å spelt out and all other accents dropped."""
    lowered = text.lower().translate(_FOLD)
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_FOLD)


def split_words(text: str) -> tuple[Word, ...]:
    """Return the words of ``text`` in order; hyphens and slashes part words, apostrophes do not."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return tuple(_words(text))


def _words(text: str) -> Iterator[Word]:
    begin = 0
    shouted = text.isupper()
    for number, end in enumerate(_sentence_ends(text)):
        after_salute = _after_salute(text, begin, end)
        first, last_end = True, begin
        for match in _WORD.finditer(text, begin, end):
            typed = match.group()
            capital = not (first or shouted) and _is_name(typed)
            opens = first or match.start() == after_salute
            paused = match.start() - last_end > 1 and _PAUSE.search(text, last_end, match.start()) is not None
            yield Word(typed, _key(typed, match.group(1)), number, capital, opens, paused)
            first, last_end = False, match.end()
        begin = end


def _is_name(typed: str) -> bool:
    stem = _APOSTROPHE.split(typed)[0]
    return stem[0].isupper() and not (len(stem) > 1 and stem.isupper())


def _after_salute(text: str, begin: int, end: int) -> int:
    salute = _SALUTE.match(text, begin, end)
    return salute.end() if salute else -1


def _sentence_ends(text: str) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(text):
        yield match.end()
    yield len(text)


def _key(typed: str, placeholder: str | None) -> str:
    if placeholder:
        return f"⟦{placeholder}⟧"
    if typed.isalnum():
        return fold(typed)
    pieces = _APOSTROPHE.split(typed)
    if fold(pieces[-1]) in _ENDINGS_AFTER_APOSTROPHE:
        pieces.pop()
    return fold("".join(pieces))
