"""A tool in plain values, as files and the database hold it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.model import Access, DataClass, Status, Tool, ToolId, Words

Entry = Mapping[str, Any]  # any: checked by whoever wrote it


def to_tool(entry: Entry) -> Tool:
    """Return the tool that ``entry`` describes; the entry has been checked."""
    conditions = entry.get("conditions") or {}
    return Tool(
        id=ToolId(entry["id"]),
        name=entry["name"],
        vendor=str(entry.get("vendor") or ""),
        aliases=tuple(str(alias) for alias in entry.get("aliases") or ()),
        access=Access(entry["access"]),
        source=str(entry.get("source") or "closed"),
        status=Status(entry["status"]),
        data=frozenset(DataClass(data) for data in entry.get("data") or ()),
        conditions=Words(conditions, conditions) if isinstance(conditions, str) else Words(**conditions),
        owner=str(entry.get("owner") or ""),
        risk_assessed=_date(entry.get("risk_assessed")),
        review_by=_date(entry.get("review_by")),
        product=str(entry.get("product") or ""),
        plan=str(entry.get("plan") or ""),
    )


def _date(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value if isinstance(value, date) else None
