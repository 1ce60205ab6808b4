"""Text as Slack reads it: escaped, within limits, and Markdown turned into Slack's own marks.

Slack reads ``<!channel>``, ``<@U1>`` and ``<https://…|label>`` as pings and links wherever they stand, so nothing
reaches a text of ours that was not escaped here. The converters to be had let those three through
(docs/decisions/0030-slack-library.md), so Markdown is parsed by markdown-it and its tokens are written out here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from urllib.parse import quote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

#: The longest text of a section.
LONGEST_SECTION = 3000

_LINKED = ("http", "https", "mailto")
#: An entity or a link is never cut through.
_WHOLE = re.compile(r"&(?:amp|lt|gt);|<[^<>\n]*>", re.DOTALL)
_CHANNEL = re.compile(r"\bslack:([CG][A-Z0-9]{2,30})\b")
_MARK = re.compile(r"<([@#!]?[^<>\n]+)>")
_LINK = re.compile(r"<(https?://[^<>|\s]+)(?:\|([^<>\n]*))?>")
_BREAKS = ("\n\n", "\n", ". ", " ")
_BULLETS = "•◦▪"
_PLAIN_CHARACTER = 0xFFFF


def escape(text: str) -> str:
    """Return ``text`` so that Slack shows it letter by letter, with no ping and no link in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def named(escaped: str) -> str:
    """Return ``escaped`` with the addresses of channels in it as Slack shows them, by name; people would be pinged."""
    return _CHANNEL.sub(r"<#\1>", escaped)


def from_slack(text: str) -> str:
    """Return a message as people read it: Slack escapes it, and writes names, channels and addresses as marks."""
    return html.unescape(_MARK.sub(_read, text)).replace("\xa0", " ")


def to_markdown(text: str) -> str:
    """Return a message as Markdown, with its links as links; everything else stays as it was typed."""
    linked = _LINK.sub(lambda mark: f"[{mark[2]}]({mark[1]})" if mark[2] else f"\0{mark[1]}\1", text)
    return from_slack(linked).replace("\0", "<").replace("\1", ">")


def _read(mark: re.Match[str]) -> str:
    what, _, label = mark[1].partition("|")
    if what.startswith(("@", "!subteam")):
        return " "
    if what.startswith("#"):
        return f"#{label}" if label else " "
    if what.startswith("!"):
        return label or " "
    return label or what.removeprefix("mailto:").removeprefix("tel:")


def bold(text: str) -> str:
    """Return ``text`` escaped and bold; bold ends at a line break, so there is none."""
    inner = escape(" ".join(text.split())).replace("*", "∗")
    return f"*{inner}*" if inner else ""


def link(address: str, label: str) -> str:
    """Return a link, or the escaped label alone where the address is none that leads to a page."""
    if urlsplit(address.strip()).scheme.lower() not in _LINKED:
        return escape(label)
    safe = quote(address.strip(), safe="%/:=&?~#+!$,;'@()*[]").replace("&", "&amp;")
    return f"<{safe}|{escape(' '.join(label.split())).replace('|', '¦') or safe}>"


def length(text: str) -> int:
    """Return how long Slack's limits may count ``text``: signs outside the basic plane count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def shorten(text: str, longest: int) -> str:
    """Return ``text``, or as much of it as fits with "…" after it, cut where nothing breaks."""
    if length(text) <= longest:
        return text
    return text[: _cut(text, longest - 1)].rstrip() + "…"


def split(text: str, longest: int = LONGEST_SECTION) -> tuple[str, ...]:
    """Return ``text`` in pieces that each fit, parted at paragraphs, else lines, sentences or words."""
    pieces = []
    while length(text) > longest:
        at = _cut(text, longest)
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip("\n")
    return tuple(piece for piece in (*pieces, text) if piece.strip())


def _cut(text: str, longest: int) -> int:
    """Return where to part ``text`` so that the first part is at most ``longest`` long and no mark is broken."""
    at = _fitting(text, longest)
    # Nothing whole is longer than an address may be, so what lies further on cannot reach the cut.
    wholes = [found.span() for found in _WHOLE.finditer(text, 0, at + LONGEST_SECTION)]
    at = next((start for start, end in wholes if start < at < end), at)
    for mark in _BREAKS:
        found = text.rfind(mark, at // 2, at)
        if found > 0 and not any(start < found < end for start, end in wholes):
            return found + len(mark)
    return at or longest


def _fitting(text: str, longest: int) -> int:
    """Return how many signs of ``text`` are at most ``longest`` long together."""
    part = text[:longest]
    if length(part) <= longest:
        return len(part)
    counted = accumulate(1 + (ord(sign) > _PLAIN_CHARACTER) for sign in part)
    return max(1, sum(total <= longest for total in counted))


@cache
def _parser() -> MarkdownIt:
    # What is no Markdown of the announcement's kind stays as it was typed: no raw HTML, no images, no tables.
    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def from_markdown(markdown: str) -> str:
    """Return Markdown (paragraphs, headings, lists, quotes, code, links, bold, italics) in Slack's marks."""
    return "\n".join(_Writer(_parser().parse(markdown)).lines()).strip("\n")


class _Writer:
    """Writes one document's tokens out, line by line."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._numbers: list[int | None] = []
        self._marker = ""
        self._quotes = 0

    def lines(self) -> Iterator[str]:
        """Yield each line; paragraphs are parted by an empty one."""
        before: Token | None = None
        for token in self._tokens:
            if _begins_block(token) and before is not None:
                yield ""
            yield from self._write(token, before)
            before = token

    def _write(self, token: Token, before: Token | None) -> Iterator[str]:
        match token.type:
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                self._numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                self._marker = ""
            case "list_item_open":
                self._marker = self._next_marker()
            case "blockquote_open":
                self._quotes += 1
            case "blockquote_close":
                self._quotes -= 1
            case "inline":
                yield from self._text(token, is_heading=before is not None and before.type == "heading_open")
            case "fence" | "code_block":
                yield from self._set_off(f"```\n{escape(token.content.rstrip())}\n```")
            case "hr":
                yield "⸻"
            case _:
                pass

    def _next_marker(self) -> str:
        depth = len(self._numbers) - 1
        number = self._numbers[-1]
        if number is None:
            return "    " * depth + _BULLETS[min(depth, len(_BULLETS) - 1)] + " "
        self._numbers[-1] = number + 1
        return "    " * depth + f"{number}. "

    def _text(self, token: Token, *, is_heading: bool) -> Iterator[str]:
        text = _heading(token) if is_heading else _inline(token.children or ())
        yield from self._set_off(text)

    def _set_off(self, text: str) -> Iterator[str]:
        quotes = "> " * bool(self._quotes)
        hang = " " * len(self._marker)
        for number, line in enumerate(text.split("\n")):
            yield quotes + (hang if number else self._marker) + line
        # A second paragraph of the same list item is set in like the first.
        self._marker = hang if self._numbers else ""


def _begins_block(token: Token) -> bool:
    return token.level == 0 and token.nesting >= 0 and token.type != "inline"


def _heading(token: Token) -> str:
    return bold("".join(child.content for child in token.children or () if child.type in {"text", "code_inline"}))


_MARKS = {
    "strong_open": "*",
    "strong_close": "*",
    "em_open": "_",
    "em_close": "_",
    "s_open": "~",
    "s_close": "~",
    "softbreak": "\n",
    "hardbreak": "\n",
}


def _inline(tokens: Sequence[Token]) -> str:
    written: list[str] = []
    address = ""
    label: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrs.get("href", ""))
            label = []
        elif token.type == "link_close":
            written.append(link(address, "".join(label)))
            address = ""
        elif address:
            label.append(token.content)
        else:
            written.append(_piece(token))
    return "".join(written)


def _piece(token: Token) -> str:
    if token.type == "code_inline":
        return f"`{escape(token.content)}`"
    if token.type == "image":
        return link(str(token.attrs.get("src", "")), token.content)
    return _MARKS.get(token.type, escape(token.content))
