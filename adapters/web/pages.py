"""The page's templates, files and languages."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.knowledge import Knowledge
from bot.model import Language

_HERE = Path(__file__).parent
_ONE_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page under an address that changes with its content."""

    name: str
    content: bytes
    media_type: str

    def response(self) -> Response:
        """Return the file, to be kept for a year."""
        return Response(self.content, media_type=self.media_type, headers={"Cache-Control": _ONE_YEAR})


class Pages:
    """Renders the templates in the asker's language, from the messages of the knowledge base."""

    def __init__(self, knowledge: Callable[[], Knowledge], default: Language, *, has_tools: bool = False) -> None:
        self._knowledge = knowledge
        self._default = default
        own = {path.name: _asset(path) for path in sorted((_HERE / "static").iterdir())}
        self.assets = {asset.name: asset for asset in own.values()}
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["asset"] = lambda name: f"/static/{own[name].name}"
        self._templates.globals["say"] = self.text
        self._templates.globals["has_tools"] = has_tools

    def text(self, id_: str, language: Language) -> str:
        """Return the message called ``id_``, or the id itself where an overlay has lost it."""
        words = self._knowledge().messages.get(id_)
        return words.in_language(language) if words else id_

    def language(self, request: Request) -> Language:
        """Return the language asked for in the address, else by the browser, else the default."""
        known = {str(language): language for language in Language}
        asked = request.query_params.get("lang", "")
        accepted = preferred(request.headers.get("accept-language", ""))
        return next((known[code] for code in (asked, *accepted) if code in known), self._default)

    def render(self, name: str, language: Language, status: int = 200, **values: object) -> HTMLResponse:
        """Return the page made from the template ``name``."""
        other = next(each for each in Language if each is not language)
        html = self._templates.get_template(name).render(
            lang=language, other=other, t=partial(self.text, language=language), **values
        )
        return HTMLResponse(html, status, {"Content-Language": language.value, "Vary": "Accept-Language"})


def preferred(header: str) -> tuple[str, ...]:
    """Return the language codes of an Accept-Language header, most wanted first."""
    weighted = sorted(_weighted(header.split(",")), key=lambda entry: -entry[0])
    return tuple(code for weight, code in weighted if weight > 0)


def _weighted(entries: Iterable[str]) -> Iterator[tuple[float, str]]:
    for entry in entries:
        code, _, weight = entry.partition(";")
        try:
            yield float(weight.partition("=")[2] or 1), code.partition("-")[0].strip().lower()
        except ValueError:
            continue


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:12]
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(f"{path.stem}.{digest}{path.suffix}", content, media_type)
