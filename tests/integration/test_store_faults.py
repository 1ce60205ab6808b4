"""What the database and the file of the positive list can have wrong, and what is said about it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from adapters.sql import engine as opening
from adapters.sql.engine import open_engine, reading, writing
from adapters.sql.migrating import migrate, standing
from adapters.sql.schema import audit
from adapters.yaml_tools import read_tools
from bot.errors import PositiveListError, StoreError

ROW = {"at": datetime(2026, 1, 1, tzinfo=UTC), "who": "cli:a", "what": "w", "subject": "s" * 200, "refused": False}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "vejviser.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    engine.dispose()
    return file


def write(address: str) -> None:
    with writing(open_engine(address)) as connection:
        connection.execute(insert(audit).values(**ROW))


def test_a_locked_database_says_who_must_let_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_SECONDS_TO_WAIT", 0.1)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")

    with pytest.raises(StoreError, match="locked by another process"):
        write(f"sqlite:///{path}")
    holder.close()


def test_a_read_only_database_says_so_and_still_answers(path: Path) -> None:
    address = f"sqlite:///file:{path}?mode=ro&uri=true"

    with pytest.raises(StoreError, match="read-only"):
        write(address)
    with reading(open_engine(address)) as connection:
        assert connection.exec_driver_sql("select count(*) from audit").scalar() == 0


def fill(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("pragma max_page_count = 1")
        connection.execute(insert(audit), [ROW] * 1000)


def test_a_full_disk_changes_nothing(path: Path) -> None:
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(StoreError, match="no room left"):
        fill(engine)

    with reading(engine) as connection:
        assert connection.exec_driver_sql("select count(*) from audit").scalar() == 0


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "vejviser.db"
    file.write_text("not a database at all, but long enough to be looked at" * 100, encoding="utf-8")

    with pytest.raises(StoreError, match="is no database"):
        standing(open_engine(f"sqlite:///{file}"))


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    with pytest.raises(StoreError) as told:
        standing(open_engine("postgresql://anna:hemmelig@127.0.0.1:1/vejviser"))

    assert "cannot be reached" in str(told.value)
    assert "hemmelig" not in str(told.value)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("tools: [", "bad.yaml:2: cannot be read as YAML"),
        ("tool: []", "there is no list 'tools'"),
        (
            "tools:\n  - {id: a, name: A, access: public, status: approved, data: [secret]}",
            "unknown data class 'secret'",
        ),
        ("tools:\n  - {id: a, name: A, access: public, status: approved, review_by: soon}", "'review_by' is no date"),
        (
            "tools:\n  - {id: a, name: A, access: public, status: approved}\n"
            "  - {id: b, name: B, aliases: [a], access: public, status: approved}",
            "bad.yaml:3: tool 'b': 'a' leads to tool 'a' as well",
        ),
        ("#" * 10_000_000, "bigger than 5 MB"),
    ],
    ids=["syntax", "no-list", "data-class", "date", "alias", "size"],
)
def test_a_faulty_file_names_the_fault_and_the_line(content: str, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(content, encoding="utf-8")

    with pytest.raises(PositiveListError) as told:
        read_tools(file)

    assert fault in str(told.value)
