"""Cards as messages, and a person's own page as a Home tab."""

from __future__ import annotations

from typing import Any

from adapters.slack.mrkdwn import escape, from_markdown
from adapters.slack.sheet import Drawn, Sheet
from adapters.slack.wording import Wording
from bot.interaction import Card, Home


def draw_card(card: Card, words: Wording) -> Drawn:
    """Return ``card`` as a message."""
    sheet = Sheet(words.language)
    _lay_out(card, sheet)
    return sheet.message(card.text or card.title, cut=escape(words.say("slack-shortened")))


def draw_home(home: Home, words: Wording) -> dict[str, Any]:  # any: JSON
    """Return ``home`` as the view that is published in the Home tab."""
    sheet = Sheet(words.language)
    sheet.header(home.title)
    for number, card in enumerate(home.cards):
        if number:
            sheet.divider()
        _lay_out(card, sheet)
    return {"type": "home", "blocks": list(sheet.view(cut=escape(words.say("slack-shortened"))))}


def _lay_out(card: Card, sheet: Sheet) -> None:
    said = from_markdown(card.body) if card.body else escape(card.text)
    if escape(card.title) != said:
        sheet.header(card.title)
    sheet.section(said)
    sheet.facts(card.facts)
    sheet.buttons(card.buttons)
    sheet.context(escape(card.footnote))
