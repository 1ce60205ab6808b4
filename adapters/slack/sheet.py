"""A page of blocks: each made by Slack's own models, which check it, and the whole fitted into Slack's limits.

The models miss some limits: an empty text, a field's length, doubled ids, more than 50 blocks, and the undocumented
total (docs/decisions/0030-slack-library.md). Those are kept here, so that a drawing never fails: what is too long is
split, and what is still too much is shortened from the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from adapters.slack.mrkdwn import LONGEST_SECTION, bold, escape, length, named, shorten, split
from bot.errors import VejviserError
from bot.interaction import Button, Fact, Tone
from bot.model import Language

#: What Slack would make a link or a ping of by itself: names of people and channels, and addresses.
_LINKABLE: Final = re.compile(r"[@#]|://|\w\.\w")
_OWN_LINK: Final = re.compile(r"<[^<>]*>")

#: A block as Slack reads it.
Drawing = dict[str, Any]  # any: JSON

MOST_IN_MESSAGE: Final = 50
MOST_IN_VIEW: Final = 100
#: Slack refuses messages somewhere past 13,200 characters, containers counted; bolt-js issues 2509 and 2867.
LARGEST_MESSAGE: Final = 12_000
#: A view may hold more: 250 KB by Slack's documents, far more than a page that is read.
LARGEST_VIEW: Final = 60_000
_LONGEST_TEXT: Final = 3900
_LONGEST_CONTEXT: Final = 2000
_LONGEST_HEADER: Final = 150
_LONGEST_FIELD: Final = 2000
_LONGEST_LABEL: Final = 75
_LONGEST_VALUE: Final = 2000
_MOST_FIELDS: Final = 10
_MOST_IN_CONTEXT: Final = 10
_MOST_BUTTONS: Final = 5
_SMALLEST_PIECE: Final = 80

_STYLES: Final[Mapping[Tone, str | None]] = {Tone.PLAIN: None, Tone.PRIMARY: "primary", Tone.DANGER: "danger"}


class DrawingFault(VejviserError):  # noqa: N818 named by what is wrong
    """Blocks break a limit of Slack's; a fault in a drawing of ours."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message ready for Slack: ``text`` for notifications and screen readers, ``blocks`` for the eye."""

    text: str
    blocks: tuple[Drawing, ...]

    def content(self) -> dict[str, Any]:  # any: JSON
        """Return what every method that posts takes; nothing in it is unfolded or searched for names."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks that more can follow on, and how many buttons are among them; nobody changes them."""

    blocks: tuple[Drawing, ...]
    buttons: int


class Sheet:
    """Collects blocks from top to bottom."""

    def __init__(self, language: Language = Language.DANISH, above: Part | None = None) -> None:
        self._language = language
        self._blocks: list[Drawing] = list(above.blocks) if above else []
        self._buttons = above.buttons if above else 0

    def part(self) -> Part:
        """Return what is drawn so far, to go on from more than once."""
        return Part(tuple(self._blocks), self._buttons)

    def section(self, mrkdwn: str) -> None:
        """Add a paragraph, or several where it is long."""
        for piece in split(mrkdwn):
            self.add(SectionBlock(text=_mrkdwn(piece)))

    def header(self, text: str) -> None:
        """Add a title."""
        if text.strip():
            self.add(HeaderBlock(text=plain(text, _LONGEST_HEADER)))

    def facts(self, facts: Sequence[Fact]) -> None:
        """Add a small table of two columns."""
        for start in range(0, len(facts), _MOST_FIELDS):
            cells = [_mrkdwn(_fact(fact)) for fact in facts[start : start + _MOST_FIELDS]]
            self.add(SectionBlock(fields=cells))

    def context(self, *lines: str) -> None:
        """Add small print, each line already in Slack's marks."""
        written = [_mrkdwn(shorten(line, _LONGEST_CONTEXT)) for line in lines if line.strip()]
        for start in range(0, len(written), _MOST_IN_CONTEXT):
            self.add(ContextBlock(elements=written[start : start + _MOST_IN_CONTEXT]))

    def context_above(self, line: str) -> None:
        """Add small print above everything else."""
        self._blocks.insert(0, ContextBlock(elements=[_mrkdwn(shorten(line, _LONGEST_CONTEXT))]).to_dict())

    def buttons(self, buttons: Sequence[Button]) -> None:
        """Add buttons, five in a row so that they stay readable on a phone."""
        usable = [button for button in buttons if button.label.strip() and length(button.value) <= _LONGEST_VALUE]
        for start in range(0, len(usable), _MOST_BUTTONS):
            row = usable[start : start + _MOST_BUTTONS]
            self._blocks.append({"type": ActionsBlock.type, "elements": [self._button(button) for button in row]})

    def divider(self) -> None:
        """Add a line between parts."""
        self.add(DividerBlock())

    def add(self, block: Block) -> None:
        """Add a block, checked."""
        self._blocks.append(block.to_dict())

    def message(self, text: str, *, cut: str) -> Drawn:
        """Return the finished message; ``cut`` is said at its end where something had to go."""
        if not self._blocks:
            self.section(escape(text.strip()) or "–")
        blocks = _fitted(self._blocks, MOST_IN_MESSAGE, LARGEST_MESSAGE, cut)
        return Drawn(shorten(escape(text), _LONGEST_TEXT), check(blocks))

    def view(self, *, cut: str) -> tuple[Drawing, ...]:
        """Return the finished blocks of a modal or a Home tab."""
        return check(_fitted(self._blocks, MOST_IN_VIEW, LARGEST_VIEW, cut), MOST_IN_VIEW, LARGEST_VIEW)

    def _button(self, button: Button) -> Drawing:
        self._buttons += 1
        # Slack wants each action id of a message once, also where two buttons do the same; the language comes back
        # with the press.
        id_ = f"{button.act or 'open'}:{self._buttons}:{self._language}"
        drawn = _button(button.label, id_, button.url, button.tone)
        return {**drawn, "value": button.value} if button.value else drawn


@lru_cache(4096)
def _button(label: str, action_id: str, url: str, tone: Tone) -> Drawing:
    """Return a button without its value, which may hold what somebody asked and is kept nowhere."""
    element = ButtonElement(
        text=plain(label, _LONGEST_LABEL), action_id=action_id, url=url or None, style=_STYLES[tone]
    )
    return element.to_dict()


def plain(text: str, longest: int) -> PlainTextObject:
    """Return ``text`` as a label, on one line, in which Slack reads no marks."""
    return PlainTextObject(text=shorten(" ".join(text.split()) or "–", longest), emoji=False)


def act_of(action_id: str) -> tuple[str, Language | None]:
    """Return the act that a button was drawn for, and the language that it was drawn in."""
    act, _, rest = action_id.partition(":")
    language = rest.rpartition(":")[2]
    return act, Language(language) if language in list(Language) else None


def check(
    blocks: Sequence[Drawing], most: int = MOST_IN_MESSAGE, largest: int = LARGEST_MESSAGE
) -> tuple[Drawing, ...]:
    """Return ``blocks`` where they keep what Slack's models do not look at.

    Raises:
        DrawingFault: they do not.

    """
    if not 0 < len(blocks) <= most:
        raise DrawingFault(f"{len(blocks)} blocks; Slack takes 1 to {most}")
    if size(blocks) > largest:
        raise DrawingFault(f"{size(blocks)} characters of blocks; Slack takes about {largest}")
    _check_unique([block["block_id"] for block in blocks if "block_id" in block], "block_id")
    _check_unique([element["action_id"] for element in _elements(blocks) if "action_id" in element], "action_id")
    for text in _texts(blocks):
        if not text.strip():
            raise DrawingFault("an empty text; leave the block out")
    return tuple(blocks)


def size(blocks: Sequence[Drawing]) -> int:
    """Return how much room ``blocks`` take as they are sent."""
    return length(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def _mrkdwn(text: str) -> MarkdownTextObject:
    # Verbatim, so that Slack makes no links and pings of what looks like an address or a name; only where there is
    # such a thing, because not every client that shows blocks goes on reading marks then.
    return MarkdownTextObject(text=text, verbatim=True if _LINKABLE.search(_OWN_LINK.sub("", text)) else None)


def _fact(fact: Fact) -> str:
    return shorten(f"{bold(fact.label)}\n{named(escape(fact.value)) or '–'}", _LONGEST_FIELD)


def _fitted(blocks: Sequence[Drawing], most: int, largest: int, cut: str) -> list[Drawing]:
    """Return ``blocks`` within the limits: sections go first, from the end, because buttons and sources are needed."""
    if len(blocks) <= most and size(blocks) <= largest:
        return list(blocks)
    said = ContextBlock(elements=[_mrkdwn(shorten(cut, _LONGEST_CONTEXT))]).to_dict()
    kept = [*blocks, said]
    while len(kept) > most:
        del kept[_last_droppable(kept)]
    while (over := size(kept) - largest) > 0:
        at = _last_droppable(kept)
        text = kept[at].get("text", {}).get("text", "")
        if length(text) - over < _SMALLEST_PIECE:
            del kept[at]
            continue
        kept[at] = SectionBlock(text=_mrkdwn(shorten(text, length(text) - over))).to_dict()
    return kept


def _last_droppable(blocks: Sequence[Drawing]) -> int:
    """Return the last section after the first block, else the last block but the one that says what is missing."""
    sections = [at for at, block in enumerate(blocks) if at and block["type"] in {"section", "divider"}]
    return sections[-1] if sections else len(blocks) - 2


def _check_unique(ids: Sequence[str], name: str) -> None:
    if len(set(ids)) < len(ids):
        raise DrawingFault(f"a {name} stands twice")


def _elements(blocks: Iterable[Drawing]) -> Iterable[Drawing]:
    for block in blocks:
        yield from block.get("elements", ())
        if "accessory" in block:
            yield block["accessory"]
        if "element" in block:
            yield block["element"]


def _texts(blocks: Iterable[Drawing]) -> Iterable[str]:
    for block in blocks:
        if isinstance(block.get("text"), dict):
            yield block["text"]["text"]
        for part in (*block.get("fields", ()), *block.get("elements", ())):
            yield part["text"]["text"] if isinstance(part.get("text"), dict) else part.get("text", "–")


__all__ = [
    "LONGEST_SECTION",
    "DrawingFault",
    "Drawn",
    "Part",
    "Sheet",
    "act_of",
    "check",
    "plain",
    "size",
]
