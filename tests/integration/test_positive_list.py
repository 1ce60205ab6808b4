"""The positive list on real databases: decided on, asked to grow, looked up, and never overwritten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.exc import DBAPIError

from adapters.memory import MemoryRoles
from adapters.sql.audit import SqlAudit
from adapters.sql.outbox import SqlOutbox, to_card
from adapters.sql.requests import SqlRequests
from adapters.sql.schema import audit, decisions, outbox
from adapters.sql.tools import SqlTools
from bot.errors import ChangedMeanwhile, ChangeFaulty, NotAllowed
from bot.knowledge import Knowledge
from bot.model import DataClass, Language, Status, Tool, ToolId
from bot.people import Person, PersonId, Role
from bot.registering import RequestState
from bot.service.listing import PositiveList, Stores

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNA = Person(PersonId("slack:UANNA"))
BO = Person(PersonId("teams:bo"))
GROK = Tool(
    ToolId("grok"),
    "Grok",
    status=Status.APPROVED,
    data=frozenset({DataClass.PUBLIC}),
    review_by=date(2027, 6, 1),
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def make(engine: Engine, knowledge: Knowledge) -> Callable[[], PositiveList]:
    def build() -> PositiveList:
        clock = Clock()
        stores = Stores(SqlTools(engine), SqlRequests(engine), SqlAudit(engine), SqlOutbox(engine, clock))
        return PositiveList(stores, MemoryRoles({Role.CURATOR: (ANNA.id,)}), clock, lambda: knowledge)

    return build


@pytest.fixture
def listed(make: Callable[[], PositiveList]) -> PositiveList:
    return make()


def test_a_decision_holds_and_the_one_before_stays_in_the_history(listed: PositiveList) -> None:
    listed.decide(ANNA, GROK, "prøvet af")
    listed.decide(ANNA, replace(GROK, status=Status.REJECTED, data=frozenset()), "lækage")

    assert [(entry.revision, entry.tool.status, entry.why) for entry in listed.history(GROK.id)] == [
        (1, "approved", "prøvet af"),
        (2, "rejected", "lækage"),
    ]
    assert listed.tools()[0].status is Status.REJECTED


def test_what_held_on_a_day_can_be_seen_later(listed: PositiveList) -> None:
    first = listed.decide(ANNA, GROK, "prøvet af")
    listed.decide(ANNA, replace(GROK, status=Status.REJECTED, data=frozenset()), "lækage")

    assert listed.at(first.at)[GROK.id].tool.status is Status.APPROVED
    assert listed.at(first.at - timedelta(days=1)) == {}


def test_the_second_of_two_curators_is_told_and_nothing_is_lost(listed: PositiveList) -> None:
    seen = listed.decide(ANNA, GROK, "prøvet af").revision
    listed.decide(ANNA, replace(GROK, owner="It"), "ejer", revision=seen)

    with pytest.raises(ChangedMeanwhile):
        listed.decide(ANNA, replace(GROK, owner="HR"), "ejer", revision=seen)

    assert listed.tools()[0].owner == "It"


def test_only_curators_decide_and_the_refused_attempt_is_in_the_audit_log(listed: PositiveList, engine: Engine) -> None:
    with pytest.raises(NotAllowed) as refused:
        listed.decide(BO, GROK, "vil gerne")

    assert refused.value.holders == (ANNA.id,)
    assert [(entry.who, entry.refused) for entry in SqlAudit(engine).entries()] == [(BO.id, True)]


def test_a_change_is_seen_by_another_process_on_the_same_database(engine: Engine, listed: PositiveList) -> None:
    times = iter(range(100))
    other = SqlTools(engine, timer=lambda: float(next(times)))
    assert other.tools() == ()

    listed.decide(ANNA, GROK, "prøvet af")

    assert other.tools() == (GROK,)


def test_many_writers_at_once_lose_nothing(make: Callable[[], PositiveList], engine: Engine) -> None:
    writers = 50 if engine.dialect.name == "postgresql" else 8
    make().decide(ANNA, GROK, "begyndelsen")

    def write(number: int) -> int:
        mine = make()
        while True:
            held = mine.history(GROK.id)[-1]
            try:
                return mine.decide(ANNA, replace(GROK, owner=str(number)), "ejer", revision=held.revision).revision
            except ChangedMeanwhile:
                continue

    with ThreadPoolExecutor(writers) as pool:
        revisions = sorted(pool.map(write, range(writers)))

    assert revisions == list(range(2, writers + 2))
    assert {entry.tool.owner for entry in make().history(GROK.id)[1:]} == {str(number) for number in range(writers)}


def test_a_file_is_applied_as_a_whole_or_not_at_all(listed: PositiveList) -> None:
    late = replace(GROK, id=ToolId("late"), name="Late", review_by=date(2020, 1, 1))
    changes = listed.compare([GROK, late])

    with pytest.raises(ChangeFaulty, match="2020-01-01 has passed"):
        listed.apply(ANNA, changes, "import")

    assert listed.tools() == ()


def test_two_tools_cannot_share_a_name(listed: PositiveList) -> None:
    listed.decide(ANNA, GROK, "prøvet af")

    with pytest.raises(ChangeFaulty, match="already leads to the tool 'grok'"):
        listed.decide(ANNA, replace(GROK, id=ToolId("other")), "igen")


def test_the_same_wish_from_several_people_is_one_request(listed: PositiveList) -> None:
    public = frozenset({DataClass.PUBLIC})
    listed.request(ANNA, "Suno", "musik", public, Language.DANISH)
    request = listed.request(BO, " suno ", "jingle", public, Language.ENGLISH)
    again = listed.request(BO, "SUNO", "jingle", public, Language.ENGLISH)

    assert len(request.wishes) == len(again.wishes) == 2
    assert [found.name for found in listed.requests()] == ["Suno"]


def test_everyone_who_asked_is_told_once_in_their_language(listed: PositiveList, engine: Engine) -> None:
    listed.request(ANNA, "Suno", "musik", frozenset(), Language.DANISH)
    request = listed.request(BO, "Suno", "jingle", frozenset(), Language.ENGLISH)

    listed.resolve(ANNA, request.id, RequestState.APPROVED, "Risikovurderet", data=[DataClass.PUBLIC])

    with engine.connect() as connection:
        rows = connection.execute(select(outbox).where(outbox.c.key.like("%approved"))).all()
    assert {row.to: to_card(row.card).title for row in rows} == {
        ANNA.id: "Suno er godkendt.",
        BO.id: "Suno has been approved.",
    }
    assert listed.look_up("suno").tools[0].status is Status.APPROVED


def test_a_request_is_decided_only_once(listed: PositiveList) -> None:
    request = listed.request(BO, "Suno", "jingle", frozenset(), Language.ENGLISH)
    listed.resolve(ANNA, request.id, RequestState.REJECTED, "Ingen aftale")

    with pytest.raises(ChangedMeanwhile):
        listed.resolve(ANNA, request.id, RequestState.APPROVED, "alligevel", data=[DataClass.PUBLIC])


def test_a_review_is_reminded_of_once(listed: PositiveList, engine: Engine) -> None:
    listed.decide(ANNA, replace(GROK, review_by=date(2026, 12, 10)), "kort frist")

    assert (listed.remind(), listed.remind()) == (1, 1)
    with engine.connect() as connection:
        assert [row.to for row in connection.execute(select(outbox))] == [ANNA.id]


def test_a_misspelt_name_gets_at_most_three_suggestions(listed: PositiveList) -> None:
    for number in range(5):
        listed.decide(ANNA, replace(GROK, id=ToolId(f"g{number}"), name=f"Grokker {number}"), "prøve")

    found = listed.look_up("Grokkar 1")

    assert found.tools == ()
    assert 1 <= len(found.near) <= 3


def test_a_product_with_several_plans_leads_to_all_of_them(listed: PositiveList) -> None:
    for plan in ("Free", "Enterprise"):
        tool = replace(GROK, id=ToolId(f"grok-{plan.lower()}"), name=f"Grok {plan}", product="Grok", plan=plan)
        listed.decide(ANNA, tool, "prøve")

    assert {tool.plan for tool in listed.look_up("er Grok godkendt").tools} == {"Free", "Enterprise"}
    assert [tool.plan for tool in listed.look_up("er Grok Enterprise godkendt").tools] == ["Enterprise"]


@pytest.mark.parametrize("table", [decisions, audit], ids=["decisions", "audit"])
def test_what_was_written_cannot_be_changed(table: object, listed: PositiveList, engine: Engine) -> None:
    listed.decide(ANNA, GROK, "prøvet af")

    for change in (delete(table), update(table).values(at=NOW)):  # type: ignore[arg-type]
        with pytest.raises(DBAPIError, match="only grows"), engine.begin() as connection:
            connection.execute(change)


def test_the_schema_in_code_is_what_the_migrations_make(engine: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    from adapters.sql import announcements, claims, installations, people, sending  # noqa: F401 each adds its tables
    from adapters.sql.schema import METADATA

    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_database_from_a_newer_version_is_refused(engine: Engine) -> None:
    from adapters.sql.migrating import migrate
    from bot.errors import StoreError

    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))

    with pytest.raises(StoreError, match="newer Vejviser"):
        migrate(engine)
