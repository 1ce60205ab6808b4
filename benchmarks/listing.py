"""The positive list: looking up a name among 10,000, and importing 5,000 tools."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rapidfuzz import fuzz, process

from adapters.memory import MemoryRoles
from adapters.sql.audit import SqlAudit
from adapters.sql.engine import open_engine
from adapters.sql.migrating import migrate
from adapters.sql.outbox import SqlOutbox
from adapters.sql.requests import SqlRequests
from adapters.sql.tools import SqlTools
from adapters.yaml_tools import read_tools, write_tools
from bot.knowledge import Knowledge
from bot.model import DataClass, Status, Tool, ToolId
from bot.people import Person, PersonId, Role
from bot.service.listing import PositiveList, Stores

Row = tuple[str, str, str]
ANNA = Person(PersonId("cli:bench"))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
LISTED = 10_000
IMPORTED = 5_000


def rows(knowledge: Knowledge) -> list[Row]:
    """Measure and return the rows of the table."""
    with tempfile.TemporaryDirectory() as folder:
        imported = _import(_positive_list(Path(folder) / "a.db", knowledge), Path(folder) / "tools.yaml")
        listed = _positive_list(Path(folder) / "b.db", knowledge)
        listed.apply(ANNA, listed.compare(_tools(LISTED)), "bench")
        names = [tool.name.lower() for tool in listed.tools()]
        exact = _median(lambda number: listed.look_up(f"er {names[number]} godkendt"))
        misspelt = _median(lambda number: listed.look_up(_misspelt(names[number])))
        scan = _median(lambda number: process.extractOne(_misspelt(names[number]), names, scorer=fuzz.ratio))
    return [
        (f"name among {LISTED:,}", f"{exact:.3f} ms", f"{exact / scan:.3f} of a plain scan"),
        (f"misspelt name among {LISTED:,}", f"{misspelt:.3f} ms", f"{misspelt / scan:.2f} of a plain scan"),
        (f"import of {IMPORTED:,} tools", f"{imported:.2f} s", ""),
    ]


def _positive_list(path: Path, knowledge: Knowledge) -> PositiveList:
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    stores = Stores(SqlTools(engine), SqlRequests(engine), SqlAudit(engine), SqlOutbox(engine, lambda: NOW))
    return PositiveList(stores, MemoryRoles({Role.CURATOR: (ANNA.id,)}), lambda: NOW, lambda: knowledge)


def _tools(count: int) -> list[Tool]:
    tool = Tool(ToolId("t"), "t", status=Status.APPROVED, data=frozenset({DataClass.PUBLIC}))
    syllables = ("ba", "ko", "ri", "mu", "te", "lo", "fa", "di", "su", "ne")
    made = ["".join(syllables[int(digit)] for digit in f"{number:05}") for number in range(count)]
    return [replace(tool, id=ToolId(name), name=name.capitalize()) for name in made]


def _import(listed: PositiveList, file: Path) -> float:
    file.write_text(write_tools(_tools(IMPORTED)), encoding="utf-8")
    began = time.perf_counter()
    listed.apply(ANNA, listed.compare(read_tools(file)), "bench")
    return time.perf_counter() - began


def _misspelt(name: str) -> str:
    return name[:4] + "x" + name[5:]


def _median(look_up: Callable[[int], object]) -> float:
    times = []
    for number in range(0, LISTED, LISTED // 200):
        began = time.perf_counter()
        look_up(number)
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)
