"""The desk on real databases: what is typed, pressed and filled in, and what others are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select

from adapters.memory import MemoryConversations, MemoryKnowledge, MemoryRoles
from adapters.sql.audit import SqlAudit
from adapters.sql.outbox import SqlOutbox, to_card
from adapters.sql.people import SqlEscalations, SqlFeedback
from adapters.sql.requests import SqlRequests
from adapters.sql.schema import outbox
from adapters.sql.tools import SqlTools
from adapters.yaml_tools import read_tools
from bot.interaction import Card, Command, Form, Press, Submission
from bot.knowledge import Knowledge
from bot.model import Answer, Language, Question
from bot.people import Person, PersonId, Role
from bot.service.advising import Advisor
from bot.service.desk import Desk, DeskStores
from bot.service.listing import PositiveList, Stores
from bot.settings import SHIPPED_KNOWLEDGE

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNA = Person(PersonId("slack:UANNA"))
BO = Person(PersonId("teams:bo"))
EXPERTS = "slack:CEXPERTS"
CPR = "010190-1234"


@dataclass
class Place:
    desk: Desk
    advisor: Advisor
    engine: Engine

    def sent(self) -> list[tuple[str, str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(outbox).order_by(outbox.c.number)).all()
        return [(row.to, row.key, to_card(row.card).text) for row in rows]


@pytest.fixture
def place(engine: Engine, knowledge: Knowledge) -> Place:
    tools, box, conversations = SqlTools(engine), SqlOutbox(engine, lambda: NOW), MemoryConversations()
    roles = MemoryRoles({Role.CURATOR: (ANNA.id,), Role.EXPERT: (EXPERTS,)})
    stores = Stores(tools, SqlRequests(engine), SqlAudit(engine), box)
    listed = PositiveList(stores, roles, lambda: NOW, lambda: knowledge)
    listed.seed(read_tools(SHIPPED_KNOWLEDGE / "tools.yaml"))
    advisor = Advisor(MemoryKnowledge(knowledge), tools, conversations, lambda: NOW)
    desk_stores = DeskStores(SqlFeedback(engine), SqlEscalations(engine), box, conversations)
    return Place(Desk(advisor, listed, desk_stores, roles, lambda: NOW), advisor, engine)


def submit(place: Place, person: Person, form: str, state: str = "", where: str = "", **values: str) -> Card:
    outcome = place.desk.submit(Submission(person, form, values, state, where))
    assert isinstance(outcome.show, Card), outcome.faults
    return outcome.show


def test_a_status_command_answers_from_the_live_list(place: Place) -> None:
    answer = place.desk.run(Command(BO, "status", "KommuneGPT")).show

    assert isinstance(answer, Answer)
    assert (answer.verdict, answer.tools) == ("status", ("kommunegpt",))


def test_tools_are_listed_for_one_kind_of_data(place: Place) -> None:
    card = place.desk.press(Press(BO, "list-tools", "personal|0")).replace

    assert isinstance(card, Card)
    assert "KommuneGPT" in card.body
    assert "ChatGPT" not in card.body


def test_a_wish_reaches_the_curator_and_the_decision_everyone_who_asked(place: Place) -> None:
    submit(place, BO, "request", name="Suno", purpose="jingle", data="public")
    form = place.desk.press(Press(ANNA, "decide", "1 restricted")).show
    assert isinstance(form, Form)

    submit(place, ANNA, "decide", form.state, data="public", reason="Kun musik")

    assert [(to, key) for to, key, _ in place.sent()] == [(ANNA.id, "request-1"), (BO.id, "request-1-restricted")]


def test_only_a_curator_gets_the_form_and_only_a_curator_may_send_it(place: Place) -> None:
    submit(place, BO, "request", name="Suno", purpose="jingle")

    pressed = place.desk.press(Press(BO, "decide", "1 approved")).show
    sent = submit(place, BO, "decide", "1 approved", data="public", reason="jeg vil")

    assert isinstance(pressed, Card)
    assert pressed.text == sent.text
    assert ANNA.id in sent.text


def test_a_decision_is_not_taken_twice(place: Place) -> None:
    submit(place, BO, "request", name="Suno", purpose="jingle")
    submit(place, ANNA, "decide", "1 rejected", reason="Ingen aftale")

    again = submit(place, ANNA, "decide", "1 rejected", reason="Ingen aftale")

    assert "En anden" in again.text
    assert len(place.sent()) == 2


def test_what_is_missing_in_a_form_is_told_beside_the_field(place: Place) -> None:
    outcome = place.desk.submit(Submission(BO, "request", {"name": "Suno", "purpose": " "}))

    assert set(outcome.faults) == {"purpose"}
    assert place.sent() == []


def test_a_question_goes_to_the_experts_and_the_answer_comes_back(place: Place) -> None:
    place.advisor.ask(Question("hvad koster en robot?", conversation="c1"))
    form = place.desk.press(Press(BO, "ask-person", conversation="c1")).show
    assert isinstance(form, Form)
    assert form.fields[0].value == "hvad koster en robot?"

    submit(place, BO, "ask-person", question=form.fields[0].value)
    submit(place, ANNA, "answer-person", "1", EXPERTS, answer="Spørg indkøb")

    assert [(to, key) for to, key, _ in place.sent()] == [(EXPERTS, "escalation-1"), (BO.id, "escalation-1-answer")]
    assert "Spørg indkøb" in place.sent()[1][2]


def test_nobody_but_experts_answers_for_them(place: Place) -> None:
    submit(place, BO, "ask-person", question="hvad koster en robot?")

    refused = submit(place, BO, "answer-person", "1", "slack:COTHER", answer="gratis")

    assert EXPERTS in refused.text
    assert len(place.sent()) == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda place: submit(place, BO, "ask-person", question=f"må jeg sende {CPR}?"),
        lambda place: submit(place, BO, "request", name=f"Værktøj {CPR}", purpose=f"til {CPR}"),
        lambda place: place.desk.run(Command(BO, "status", CPR)),
        lambda place: place.desk.run(Command(BO, "request", CPR)),
        lambda place: place.desk.run(Command(BO, "check", f"Hej Bo, cpr {CPR}")),
    ],
)
def test_personal_data_is_neither_kept_nor_shown(act: Callable[[Place], object], place: Place) -> None:
    shown = act(place)

    kept = [*place.sent(), *SqlEscalations(place.engine).all(), *SqlRequests(place.engine).all()]
    assert CPR not in repr(shown) + repr(kept)


def test_an_opinion_is_kept_without_words_and_counts_once(place: Place) -> None:
    press = Press(BO, "helpful", "no|personal-in-public-tool|", "c1")
    place.desk.press(press)
    place.desk.press(press)
    opinions = SqlFeedback(place.engine).all()

    assert [(opinion.rule, opinion.verdict, opinion.helpful) for opinion in opinions] == [
        ("personal-in-public-tool", "no", True)
    ]


def test_a_shared_answer_is_the_answer_to_the_masked_question(place: Place) -> None:
    place.advisor.ask(Question(f"må jeg lægge {CPR} i ChatGPT?", conversation="c1"))

    shared = place.desk.press(Press(BO, "share", conversation="c1")).share

    assert isinstance(shared, Answer)
    assert shared.verdict == "no"
    assert CPR not in repr(shared)


@pytest.mark.parametrize("text", ["Referat af sygesamtale med Bente", f"Mit nummer er {CPR}", "Klage fra en borger"])
def test_a_message_about_people_is_not_let_through(text: str, place: Place) -> None:
    answer = place.desk.run(Command(BO, "check", text)).show

    assert isinstance(answer, Answer)
    assert answer.verdict in {"no", "conditional"}


@pytest.mark.parametrize("text", ["Den offentlige rapport ligger på hjemmesiden", "idéer til sommerfest", "ok"])
def test_a_checked_message_never_gets_a_plain_yes(text: str, place: Place) -> None:
    answer = place.desk.run(Command(BO, "check", text)).show

    assert isinstance(answer, Answer)
    assert answer.verdict != "yes"


def test_a_curator_sees_the_queue_on_their_page_and_others_do_not(place: Place) -> None:
    submit(place, BO, "request", name="Suno", purpose="jingle")

    anna, bo = (place.desk.home(person, Language.ENGLISH) for person in (ANNA, BO))

    assert any(button.act == "decide" for card in anna.cards for button in card.buttons)
    assert not any(button.act == "decide" for card in bo.cards for button in card.buttons)


def test_help_and_unknown_commands_get_an_answer(place: Place) -> None:
    for name in ("help", "nonsense"):
        assert isinstance(place.desk.run(Command(BO, name)).show, Card)
