"""Words as parts of an Adaptive Card, so that they come out as they were written on every client.

A ``TextBlock`` reads its text as Markdown, and Teams on a phone shows the escaping backslashes
(github.com/microsoft/AdaptiveCards/issues/5590); a ``TextRun`` reads none. So everything that anybody may have typed or
edited goes into runs: no link, picture, mention or function can be smuggled in. Headings alone are text blocks, because
only those can be headings to a screen reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: A part of a card as JSON.
Part = dict[str, Any]

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>#~|]")
_OPENING: Final = re.compile(r"^\s*(?:[-+]|\d+[.)])(?=\s)")
#: ``{{DATE(…)}}`` and ``{{TIME(…)}}`` are functions in every text; a joiner of no width keeps them words.
_FUNCTION: Final = re.compile(r"\{(?=\{)")
_JOINER: Final = "\u2060"
_BLANK: Final = re.compile(r"\s+")
_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_BULLET: Final = "• "


@dataclass(frozen=True, slots=True)
class Look:
    """How words are set."""

    is_bold: bool = False
    is_italic: bool = False
    is_subtle: bool = False
    is_small: bool = False
    is_accent: bool = False
    url: str = ""


PLAIN: Final = Look()
SUBTLE: Final = Look(is_subtle=True, is_small=True)


def heading(text: str, *, level: int = 2) -> Part:
    """Return a heading; the first level is the message's own."""
    block: Part = {"type": "TextBlock", "text": _escaped(text), "wrap": True, "weight": "Bolder", "style": "heading"}
    # Without a size of its own a client sets every heading in its largest letters.
    return block | ({"size": "Medium"} if level == 1 else {"size": "Default", "spacing": "Medium"})


def run(text: str, look: Look = PLAIN) -> Part:
    """Return words for ``rich``."""
    part: Part = {"type": "TextRun", "text": _FUNCTION.sub("{" + _JOINER, text)}
    if look.is_bold:
        part["weight"] = "Bolder"
    if look.is_italic:
        part["italic"] = True
    if look.is_subtle:
        part["isSubtle"] = True
    if look.is_small:
        part["size"] = "Small"
    if look.is_accent:
        part["color"] = "Accent"
    target = safe_address(look.url) if look.url else ""
    return part | {"selectAction": {"type": "Action.OpenUrl", "url": target}} if target else part


def rich(runs: Sequence[Part], *, spacing: str = "Small") -> Part:
    """Return one block of words set differently."""
    return {"type": "RichTextBlock", "inlines": list(runs), "spacing": spacing}


def lines(text: str, look: Look = PLAIN) -> Iterator[Part]:
    """Yield one block for each line of plain ``text``, list items with their sign."""
    for line in filter(None, (line.strip() for line in text.splitlines())):
        yield rich([run(_BULLET + line[2:] if line.startswith("- ") else line, look)])


def listed(items: Iterable[str], look: Look = PLAIN) -> Iterator[Part]:
    """Yield the items of a list."""
    for item in items:
        yield rich([run(_BULLET + _BLANK.sub(" ", item).strip(), look)])


def marked_up(source: str) -> Iterator[Part]:
    """Yield the blocks of Markdown ``source``: paragraphs, lists, links, bold and italics; the rest as its words."""
    marks: list[str | int] = []
    is_heading = False
    for token in _READER.parse(source):
        match token.type:
            case "bullet_list_open":
                marks.append(_BULLET)
            case "ordered_list_open":
                marks.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                marks.pop()
            case "heading_open" | "heading_close":
                is_heading = token.type == "heading_open"
            case "inline":
                mark = _next_mark(marks)
                before = [run(mark)] if mark else []
                yield rich([*before, *_inline(token.children or [], Look(is_bold=is_heading))])
            case "code_block" | "fence" if token.content.strip():
                yield from lines(token.content)


def safe_address(url: str) -> str:
    """Return ``url`` where it may be opened from a card, otherwise nothing."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme.lower() in _SCHEMES else ""


def _escaped(text: str) -> str:
    text = _FUNCTION.sub("{" + _JOINER, _BLANK.sub(" ", text).strip())
    text = _SPECIAL.sub(lambda found: "\\" + found[0], text)
    return _OPENING.sub(lambda found: _JOINER + found[0], text)


def _next_mark(marks: list[str | int]) -> str:
    if not marks:
        return ""
    mark = marks[-1]
    indent = "\u2003" * (len(marks) - 1)
    if isinstance(mark, str):
        return indent + mark
    marks[-1] = mark + 1
    return f"{indent}{mark}. "


def _inline(tokens: Sequence[Token], look: Look) -> Iterator[Part]:
    for token in tokens:
        match token.type:
            case "text" | "code_inline" if token.content:
                yield run(token.content, look)
            case "softbreak" | "hardbreak":
                yield run(" ", look)
            case "strong_open" | "strong_close":
                look = replace(look, is_bold=token.type == "strong_open")
            case "em_open" | "em_close":
                look = replace(look, is_italic=token.type == "em_open")
            case "link_open" | "link_close":
                look = replace(look, url=str(token.attrGet("href") or "") if token.type == "link_open" else "")


# Read only, nothing is rendered here; raw HTML and pictures stay the characters that they are.
_READER: Final = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
