"""Where the bot may speak, kept in real databases and in memory alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from adapters.sql.engine import open_engine
from adapters.sql.migrating import migrate
from adapters.sql.references import SqlReferences
from adapters.teams.activities import Scope
from adapters.teams.references import MemoryReferences, Reference, References

BO = Reference("a:bo", Scope.PERSONAL, "https://smba.example/emea/", "28:bot", "ours", person="bo", account="29:bo")
CHANNEL = Reference(
    "19:c@thread.tacv2", Scope.CHANNEL, "https://smba.example/emea/", "28:bot", "ours", title="HR › Løn", team="19:t"
)


def now() -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def references(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[References]:
    if request.param == "memory":
        yield MemoryReferences()
        return
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    engine = open_engine(server.create() if server else f"sqlite:///{tmp_path / 'vejviser.db'}")
    migrate(engine)
    yield SqlReferences(engine, now)
    engine.dispose()


def test_a_conversation_is_new_once(references: References) -> None:
    assert [references.keep(BO), references.keep(BO)] == [True, False]


def test_it_is_found_by_conversation_and_by_person(references: References) -> None:
    references.keep(BO)
    references.keep(CHANNEL)

    assert references.find("a:bo") == references.find("bo") == BO
    assert references.find("19:c@thread.tacv2") == CHANNEL
    assert references.find("nobody") is None
    assert references.find("") is None


def test_the_latest_service_address_counts(references: References) -> None:
    references.keep(BO)
    references.keep(replace(BO, service_url="https://smba.example/uk/"))

    found = references.find("bo")
    assert found is not None
    assert found.service_url == "https://smba.example/uk/"


def test_a_name_that_is_not_told_again_is_kept(references: References) -> None:
    references.keep(CHANNEL)
    references.keep(replace(CHANNEL, title="", team=""))

    assert references.find("19:c@thread.tacv2") == CHANNEL


def test_a_closed_conversation_is_open_again_when_somebody_speaks_there(references: References) -> None:
    references.keep(BO)
    references.close("a:bo")
    closed = references.open()
    is_new = references.keep(BO)

    assert (closed, is_new, references.open()) == ((), False, (BO,))


def test_with_a_team_its_channels_are_forgotten(references: References) -> None:
    references.keep(BO)
    references.keep(CHANNEL)

    references.forget("19:t", "19:t")

    assert references.open() == (BO,)


def test_where_it_was_taken_away_it_is_new_again(references: References) -> None:
    references.keep(BO)
    references.forget("a:bo", "")

    assert references.keep(BO)


def test_another_process_finds_what_one_has_kept(engine: Engine) -> None:
    SqlReferences(engine, now).keep(CHANNEL)

    assert SqlReferences(engine, now).open() == (CHANNEL,)


def test_many_at_once_are_told_only_once_that_it_is_new(engine: Engine) -> None:
    references = SqlReferences(engine, now)
    keep: Callable[[int], bool] = lambda _: references.keep(BO)  # noqa: E731 a name for the pool

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(keep, range(24))) == 1


def test_a_name_without_end_is_cut(engine: Engine) -> None:
    references = SqlReferences(engine, now)

    references.keep(replace(CHANNEL, title="x" * 5000))

    assert len(references.open()[0].title) == 300
