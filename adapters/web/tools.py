"""The positive list as pages: filtered, searched, downloaded, and one page for each tool with its history."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date

from fastapi import FastAPI, Request, Response
from rapidfuzz import fuzz

from adapters.web.pages import Pages
from adapters.yaml_tools import write_tools
from bot.model import DataClass, Language, Tool, ToolId
from bot.ports import Register
from bot.positive_list import status_on, tools_for
from bot.registering import as_facts, name_key

_LIKE_ENOUGH = 80
_LONGEST_SEARCH = 100
_COLUMNS = ("id", "name", "product", "plan", "vendor", "access", "source", "status", "data", "conditions_da",
            "conditions_en", "owner", "risk_assessed", "review_by", "status_today")  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def add_tool_pages(app: FastAPI, pages: Pages, register: Register, today: Callable[[], date]) -> None:
    """Add the pages of the positive list to ``app``."""

    @app.get("/tools", include_in_schema=False)
    def listed(request: Request, data: str = "", q: str = "") -> Response:
        chosen = DataClass(data) if data in list(DataClass) else None
        shown = _fitting(_allowed(register.tools(), chosen, today()), q[:_LONGEST_SEARCH])
        rows = [(tool, status_on(tool, today())) for tool in sorted(shown, key=lambda tool: name_key(tool.name))]
        language = pages.language(request)
        return pages.render("tools.html", language, rows=rows, classes=list(DataClass), chosen=chosen, searched=q)

    @app.get("/tools.csv", include_in_schema=False)
    def as_csv() -> Response:
        return _download(_csv(register.tools(), today()), "text/csv; charset=utf-8", "tools.csv")

    @app.get("/tools.yaml", include_in_schema=False)
    def as_yaml() -> Response:
        return _download(write_tools(register.tools()), "application/yaml", "tools.yaml")

    @app.get("/tools/{tool_id}", include_in_schema=False)
    def one(request: Request, tool_id: str) -> Response:
        return _one(pages, pages.language(request), register, tool_id, today())


def _one(pages: Pages, language: Language, register: Register, tool_id: str, today: date) -> Response:
    decisions = register.history(ToolId(tool_id[:_LONGEST_SEARCH]))
    if not decisions:
        return pages.render("tools.html", language, 404, rows=[], classes=list(DataClass), chosen=None, searched="")
    tool = decisions[-1].tool
    return pages.render("tool.html", language, tool=tool, standing=status_on(tool, today),
                        classes=list(DataClass), decisions=decisions[::-1])  # fmt: skip


def _allowed(tools: Sequence[Tool], data: DataClass | None, today: date) -> Sequence[Tool]:
    return tools_for(tools, {data}, today) if data else tools


def _fitting(tools: Sequence[Tool], searched: str) -> Sequence[Tool]:
    key = name_key(searched)
    if not key:
        return tools
    exact = [tool for tool in tools if any(key in name_key(name) for name in (tool.name, tool.vendor, *tool.aliases))]
    return exact or [tool for tool in tools if fuzz.WRatio(key, name_key(tool.name)) >= _LIKE_ENOUGH]


def _csv(tools: Sequence[Tool], today: date) -> str:
    stream = io.StringIO()
    sheet = csv.DictWriter(stream, _COLUMNS)
    sheet.writeheader()
    for tool in tools:
        facts = as_facts(tool)
        facts |= {
            "data": " ".join(data.value for data in DataClass if data in tool.data),
            "conditions_da": tool.conditions.da,
            "conditions_en": tool.conditions.en,
            "status_today": status_on(tool, today).value,
        }
        sheet.writerow({column: _cell(facts[column]) for column in _COLUMNS})
    return stream.getvalue()


def _cell(value: object) -> str:
    """Return ``value`` so that no spreadsheet takes it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _download(text: str, media_type: str, name: str) -> Response:
    return Response(text, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
