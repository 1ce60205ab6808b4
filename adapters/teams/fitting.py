"""Keeps cards within 28 KB: far below Teams' wall of 100 KB, and what its other doors let through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from adapters.teams.texts import Part

LARGEST_CARD: Final = 28 * 1024
#: The envelope around the card: addresses, ids, the summary.
_ENVELOPE: Final = 2 * 1024
_SHORTEST: Final = 40


def size_of(card: object) -> int:
    """Return the bytes of ``card`` as Teams counts them, in UTF-16, or as they travel, whichever are more."""
    text = json.dumps(card, ensure_ascii=False, separators=(",", ":"))
    return max(len(text.encode("utf-8")), 2 * len(text))


def fitted(card: Part) -> Part:
    """Return ``card``, its longest texts shortened until it fits; nothing else is taken away."""
    while size_of(card) > LARGEST_CARD - _ENVELOPE:
        longest = max(_texts(card), key=lambda place: len(place[0][place[1]]), default=None)
        if longest is None or len(longest[0][longest[1]]) <= _SHORTEST:
            return _bare(card)
        holder, key = longest
        holder[key] = _shortened(holder[key])
    return card


def _shortened(text: str) -> str:
    cut = text[: max(_SHORTEST, len(text) * 2 // 3) - 2]
    return cut.rpartition(" ")[0] + " …" if " " in cut else cut + "…"


def _texts(part: object) -> Iterator[tuple[Part, str]]:
    """Yield each text that is shown, by what holds it; data that comes back with a press is left alone."""
    if isinstance(part, dict):
        for key, value in part.items():
            if isinstance(value, str) and key in ("text", "fallbackText"):
                yield part, key
            elif key != "data":
                yield from _texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)


def _bare(card: Part) -> Part:
    """Return the beginning of a card that has too many parts rather than too long ones."""
    room = LARGEST_CARD - _ENVELOPE - size_of(card | {"body": []})
    kept: list[Part] = []
    for part in card["body"]:
        room -= size_of(part) + len(",") * 2
        if room < 0:
            break
        kept.append(part)
    return card | {"body": kept}
