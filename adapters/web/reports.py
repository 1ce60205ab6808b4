"""The report on an announcement as a page, a plot and a CSV file, behind a signed address."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Protocol
from xml.etree import ElementTree

import pygal
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from pygal.style import Style

from adapters.announcement_reports import as_csv, reason
from adapters.report_links import ReportLinks
from adapters.web.pages import Pages
from bot.announcing import COUNTED, Copy, Read, Report, over_time
from bot.errors import ChangedMeanwhile
from bot.knowledge import Knowledge
from bot.model import Language
from bot.sending import Action, State

_MOST_SHOWN: Final = 200
_MOST_MARKS: Final = 5
_SHORTEST_PLOT: Final = timedelta(minutes=1)
#: The picture brings its own style, and nothing else of it may load or run.
_PICTURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
Curve = tuple[tuple[datetime, int], ...]


class Reporting(Protocol):
    """Where reports come from."""

    def report(self, id_: str) -> Report:
        """Return how an announcement stands."""
        ...

    def copies(self, id_: str) -> Iterator[Copy]:
        """Yield what became of every recipient."""
        ...

    def reads(self, id_: str) -> tuple[Read, ...]:
        """Return who read it and when."""
        ...


class ReportPages:
    """Adds the pages to a web application."""

    def __init__(self, reporting: Reporting, links: ReportLinks) -> None:
        self._reporting = reporting
        self._links = links

    def add_to(self, app: FastAPI, pages: Pages, knowledge: Callable[[], Knowledge]) -> None:
        """Add the routes to ``app``."""

        @app.get("/announcements/{token}.csv", include_in_schema=False)
        def as_file(request: Request, token: str) -> Response:
            language = pages.language(request)
            id_ = self._known(token)
            if not id_:
                return pages.render("report-gone.html", language, 404)
            lines = as_csv(self._reporting.copies(id_), self._reporting.reads(id_), knowledge(), language)
            headers = {"Content-Disposition": f'attachment; filename="{id_}.csv"'}
            return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)

        @app.get("/announcements/{token}.svg", include_in_schema=False)
        def as_picture(request: Request, token: str) -> Response:
            language = pages.language(request)
            id_ = self._known(token)
            if not id_:
                return pages.render("report-gone.html", language, 404)
            curves = self._curves(id_)
            if not any(curves):
                return Response(status_code=404)
            labels = (pages.text("report-delivered", language), pages.text("report-acknowledged", language))
            picture = plot(dict(zip(labels, curves, strict=True)))
            return Response(picture, media_type="image/svg+xml", headers={"Content-Security-Policy": _PICTURE_POLICY})

        @app.get("/announcements/{token}", include_in_schema=False)
        def page(request: Request, token: str) -> Response:
            language = pages.language(request)
            id_ = self._known(token)
            if not id_:
                return pages.render("report-gone.html", language, 404)
            return self._page(pages, knowledge(), language, id_, token)

    def _known(self, token: str) -> str:
        id_ = self._links.read(token)
        try:
            return self._reporting.report(id_).announcement.id if id_ else ""
        except ChangedMeanwhile:
            return ""

    def _page(self, pages: Pages, knowledge: Knowledge, language: Language, id_: str, token: str) -> Response:
        report = self._reporting.report(id_)
        counts = [(label, report.count(*states)) for label, states in COUNTED]
        delivered, read = self._curves(id_)
        shown = list(islice(self._reporting.copies(id_), _MOST_SHOWN))
        rows = [(copy, reason(copy, knowledge, language)) for copy in shown]
        return pages.render(
            "report.html", language, report=report, announcement=report.announcement, counts=counts, rows=rows,
            token=token, delivered=delivered, read=read, most=_MOST_SHOWN,
            is_cut=sum(each.total for each in report.rounds) > _MOST_SHOWN,
        )  # fmt: skip

    def _curves(self, id_: str) -> tuple[Curve, Curve]:
        copies = self._reporting.copies(id_)
        posted = (
            copy.at for copy in copies if copy.action is Action.POST and copy.state is State.DELIVERED and copy.at
        )
        return over_time(posted), over_time(read.at for read in self._reporting.reads(id_))


def plot(curves: dict[str, Sequence[tuple[datetime, int]]]) -> str:
    """Return the curves, one of which has a point, as an SVG picture without script."""
    style = Style(
        background="#ffffff",
        plot_background="#ffffff",
        colors=("#0b4f5c", "#b4540a"),
        font_family="sans-serif",
        foreground="#333333",
        foreground_strong="#111111",
        foreground_subtle="#666666",
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=14,
    )
    first, last = _span(curves)
    highest = max(count for curve in curves.values() for _, count in curve)
    chart = pygal.DateTimeLine(
        js=(), width=900, height=360, style=style, legend_at_bottom=True, dots_size=2,
        range=(0, highest), y_labels=_marks(highest), x_labels=[first + (last - first) * part / 4 for part in range(5)],
        truncate_label=-1, x_value_formatter=lambda moment: f"{moment.astimezone():%d-%m %H:%M}",
        value_formatter=lambda count: f"{count:.0f}",
    )  # fmt: skip
    for label, curve in curves.items():
        reached = curve[-1][1] if curve else 0
        chart.add(label, [(first, 0), *curve, (last, reached)])
    picture = chart.render_tree()
    for scripts in [(parent, child) for parent in picture.iter() for child in parent if _is_script(child)]:
        scripts[0].remove(scripts[1])
    return ElementTree.tostring(picture, encoding="unicode", xml_declaration=True)


def _span(curves: dict[str, Sequence[tuple[datetime, int]]]) -> tuple[datetime, datetime]:
    moments = [moment.astimezone(UTC) for curve in curves.values() for moment, _ in curve]
    return min(moments), max(max(moments), min(moments) + _SHORTEST_PLOT)


def _marks(highest: int) -> list[int]:
    step = max(1, -(-highest // _MOST_MARKS))
    return [*range(0, highest, step), highest]


def _is_script(element: ElementTree.Element) -> bool:
    # The library puts its settings into a script even where it is told to bring none.
    return isinstance(element.tag, str) and element.tag.endswith("script")
