"""What an invoke is answered with, each kind in the shape that Teams wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.teams.activities import CARD_TYPE, Json

_MESSAGE: Final = "application/vnd.microsoft.activity.message"
_ERROR: Final = "application/vnd.microsoft.error"
_WIDTH: Final = "medium"
_LONGEST_TITLE: Final = 64


def task(title: str, card: Json | None) -> Json:
    """Return a dialog that shows ``card``; not every client shows one without a card."""
    content = {"contentType": CARD_TYPE, "content": card}
    value = {"title": title[:_LONGEST_TITLE], "width": _WIDTH, "card": content}
    return {"task": {"type": "continue", "value": value}}


def pressed_message(text: str) -> Json:
    """Return a sentence for the one who pressed a button."""
    return {"statusCode": 200, "type": _MESSAGE, "value": text}


def pressed_card(card: Json | None) -> Json:
    """Return what takes the place of the pressed card."""
    return {"statusCode": 200, "type": CARD_TYPE, "value": card}


def pressed_error(code: str, text: str) -> Json:
    """Return that the press was none that is known."""
    return {"statusCode": 400, "type": _ERROR, "value": {"code": code, "message": text}}


def found(attachments: Sequence[Json]) -> Json:
    """Return what a search lists."""
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": list(attachments)}}


def found_nothing(text: str) -> Json:
    """Return a sentence in the place of what a search would list."""
    return {"composeExtension": {"type": "message", "text": text}}
