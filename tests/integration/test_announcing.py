"""Announcements at the desk on real databases: written, tried, sent, approved, read, reminded of and recalled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from adapters.memory import MemoryKnowledge, MemoryRoles
from adapters.sending.sender import Sender
from adapters.sql.announcements import SqlAnnouncements
from adapters.sql.audit import SqlAudit
from adapters.sql.outbox import SqlOutbox
from adapters.sql.requests import SqlRequests
from adapters.sql.schema import outbox
from adapters.sql.sending import SendingStore
from adapters.sql.tools import SqlTools
from adapters.yaml_tools import read_tools
from bot.announcing import Stage
from bot.delivering import Address, DeliveryError, Outgoing, Receipt, RecipientGone
from bot.errors import ChangedMeanwhile
from bot.interaction import Card, Command, Form, Outcome, Press, Submission
from bot.knowledge import Knowledge
from bot.model import Language, ToolId, Words
from bot.people import Person, PersonId, Role
from bot.sending import Action, Patience, Share
from bot.service.announce_desk import AnnounceDesk
from bot.service.announcing import Announcing, AnnouncingStores
from bot.service.listing import PositiveList, Stores
from bot.service.spreading import Spreader, SpreadingStores
from bot.settings import SHIPPED_KNOWLEDGE

MIA = Person(PersonId("slack:UMIA"))
OLE = Person(PersonId("slack:UOLE"))
BO = Person(PersonId("slack:UBO"))
TEXT = {"title_en": "New rules", "body_en": "From **Monday**.", "channels": "slack:C11\nslack:C22"}
NOW = datetime.now(UTC).replace(microsecond=0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Slack:
    """A platform with channels, of which some are gone; satisfies Messenger and Directory."""

    def __init__(self) -> None:
        self.shown: dict[tuple[str, str], Card] = {}
        self.gone: set[str] = set()

    async def post(self, to: Address, message: Outgoing) -> Receipt:
        if to in self.gone:
            raise RecipientGone("archived", code="delivery-recipient-gone")
        receipt = Receipt(to, f"{len(self.shown)}")
        self.shown[to, receipt.message] = message.card
        return receipt

    async def update(self, receipt: Receipt, message: Outgoing) -> None:
        self.shown[receipt.to, receipt.message] = message.card

    async def delete(self, receipt: Receipt) -> None:
        if self.shown.pop((receipt.to, receipt.message), None) is None:
            raise DeliveryError("no such message", code="delivery-message-gone")

    async def find(self, to: Address, key: str) -> Receipt | None:
        return None

    async def conversations(self) -> tuple[Address, ...]:
        return (Address("slack:C11"), Address("slack:D99"))

    async def members(self, of: str) -> tuple[Address, ...]:
        if of in self.gone:
            raise RecipientGone("unknown", code="delivery-not-found")
        return (Address(BO.id), Address(OLE.id)) if of == "slack:C11" else ()

    def places(self) -> list[str]:
        return sorted(to for to, _ in self.shown)


@dataclass
class Place:
    desk: AnnounceDesk
    announcing: Announcing
    spreader: Spreader
    slack: Slack
    clock: Clock
    engine: Engine
    roles: dict[Role, tuple[str, ...]]

    def write(self, person: Person = MIA, state: str = "", **values: str) -> Outcome:
        outcome = self.desk.submit(Submission(person, "announce", {**TEXT, **values}, state, language=Language.ENGLISH))
        assert outcome is not None
        return outcome

    def press(self, act: str, value: str, person: Person = MIA, place: str = "") -> Outcome:
        outcome = self.desk.press(Press(person, act, value, place=place, language=Language.ENGLISH))
        assert outcome is not None
        return outcome

    def work(self) -> None:
        """Do what the worker does: begin the rounds that are due, and send their shares."""
        store, moment = SendingStore(self.engine), self.clock().timestamp()
        for round_ in store.due_rounds(moment):
            asyncio.run(self.spreader.spread(round_.id))
        while shares := store.hand_out(max(moment, time.time())):
            for due in shares:
                patience = Patience(lambda _: 0.0, settling=0.0, longest_call=0.0)
                sender = Sender(store, {"slack": self.slack}, limits={}, patience=patience)
                asyncio.run(sender.send(Share(due.round, due.number, f"test:{due.run}")))

    def only(self) -> str:
        return self.announcing.search()[0].id


@pytest.fixture
def place(engine: Engine, knowledge: Knowledge) -> Place:
    return opened(engine, knowledge, needs_approval=False)


def opened(engine: Engine, knowledge: Knowledge, *, needs_approval: bool) -> Place:
    clock, slack, held = Clock(), Slack(), {Role.MANAGER: (MIA.id, OLE.id), Role.CURATOR: (MIA.id,)}
    roles, box, kept, audit = MemoryRoles(held), SqlOutbox(engine, clock), SqlAnnouncements(engine), SqlAudit(engine)
    tools = SqlTools(engine)
    listed = PositiveList(Stores(tools, SqlRequests(engine), audit, box), roles, clock, lambda: knowledge)
    listed.seed(read_tools(SHIPPED_KNOWLEDGE / "tools.yaml"))
    source = MemoryKnowledge(knowledge)
    stores = AnnouncingStores(kept, kept, kept, box, audit)
    announcing = Announcing(stores, roles, clock, source.current, lambda text: ("cpr",) if "CPR" in text else (),
                            language=Language.ENGLISH, needs_approval=needs_approval)  # fmt: skip
    spreading = SpreadingStores(kept, kept, kept, kept, SendingStore(engine))
    spreader = Spreader(spreading, announcing, roles, {"slack": slack}, clock)
    desk = AnnounceDesk(announcing, listed, box, roles, source.current, clock, language=Language.ENGLISH)
    return Place(desk, announcing, spreader, slack, clock, engine, held)


def acts(shown: object) -> list[str]:
    assert isinstance(shown, Card)
    return [button.act for button in shown.buttons]


def waiting(engine: Engine) -> Sequence[tuple[str, str]]:
    with engine.connect() as connection:
        return [(row.to, row.key) for row in connection.execute(select(outbox).order_by(outbox.c.number))]


def test_a_draft_is_shown_as_recipients_will_see_it_with_what_can_be_done(place: Place) -> None:
    shown = place.write(acknowledge="1").show

    assert isinstance(shown, Card)
    assert (shown.title, shown.body) == ("New rules", "From **Monday**.")
    assert acts(shown) == [
        "acknowledge", "announce-send", "announce-try", "announce-edit", "announce-duplicate", "announce-cancel"
    ]  # fmt: skip


def test_everything_wrong_with_a_form_is_told_beside_its_field(place: Place) -> None:
    faults = place.write(title_en="", body_en="# CPR", channels="", send_at="2020-01-01T09:00:00+01:00").faults

    assert set(faults) == {"title_en", "body_en", "channels", "send_at"}
    assert place.announcing.search() == ()


def test_it_goes_to_every_channel_once_and_the_report_says_so(place: Place) -> None:
    place.write()
    place.slack.gone = {"slack:C22"}

    place.press("announce-send", place.only())
    place.work()
    report = place.press("announce-status", place.only()).replace

    assert place.slack.places() == ["slack:C11"]
    assert isinstance(report, Card)
    assert {fact.label: fact.value for fact in report.facts} == {"State": "sent", "Delivered": "1", "Failed": "1"}
    assert "deleted or archived" in report.body
    assert "announce-retry" in acts(report)


def test_the_failed_are_tried_again_and_nobody_else(place: Place) -> None:
    place.write()
    place.slack.gone = {"slack:C22"}
    place.press("announce-send", place.only())
    place.work()

    place.slack.gone = set()
    place.press("announce-retry", place.only())
    place.work()

    assert place.slack.places() == ["slack:C11", "slack:C22"]


def test_a_channel_whose_people_nobody_can_name_fails_alone_with_its_reason(place: Place) -> None:
    place.slack.gone = {"slack:C44"}
    place.write(channels="slack:C11", groups="members:slack:C44\nslack:UEVA")

    place.press("announce-send", place.only())
    place.work()
    report = place.press("announce-status", place.only()).replace

    assert place.slack.places() == ["slack:C11", "slack:UEVA"]
    assert isinstance(report, Card)
    assert {fact.label: fact.value for fact in report.facts} == {"State": "sent", "Delivered": "2", "Failed": "1"}
    assert "not invited" in report.body


def test_it_waits_for_its_time_and_can_be_called_off(place: Place) -> None:
    place.write(send_at=(NOW + timedelta(hours=2)).isoformat())
    place.press("announce-send", place.only())
    place.work()
    assert place.slack.places() == []

    place.press("announce-cancel", place.only())
    place.clock.now += timedelta(hours=3)
    place.work()

    assert place.slack.places() == []
    assert place.announcing.one(place.only()).stage is Stage.CANCELLED


def test_a_scheduled_one_that_is_edited_goes_out_with_its_new_words(place: Place) -> None:
    later = (NOW + timedelta(hours=2)).isoformat()
    place.write(send_at=later)
    place.press("announce-send", place.only())

    place.write(state=f"{place.only()} 1", title_en="Newer rules", send_at=later)
    place.clock.now += timedelta(hours=3)
    place.work()

    assert {card.title for card in place.slack.shown.values()} == {"Newer rules"}


def test_the_second_of_two_who_edit_is_told(place: Place) -> None:
    place.write()
    place.write(state=f"{place.only()} 1", title_en="Mia's")

    place.write(OLE, state=f"{place.only()} 1", title_en="Ole's")

    assert place.announcing.one(place.only()).title == "Mia's"


def test_whoever_is_no_manager_is_refused_everywhere_and_it_stands_in_the_audit_log(place: Place) -> None:
    place.write()
    id_ = place.only()

    for act in ("send", "try", "edit", "cancel", "duplicate", "approve", "status", "retry", "remind", "recall", "new"):
        outcome = place.press(f"announce-{act}", id_, BO)
        assert isinstance(outcome.show, Card)
        assert MIA.id in outcome.show.text
    command = place.desk.run(Command(BO, "announce", language=Language.ENGLISH))
    assert command is not None
    assert isinstance(command.show, Card)
    assert "announce-send" in {entry.what for entry in SqlAudit(place.engine).entries(None) if entry.refused}
    assert place.announcing.one(id_).stage is Stage.DRAFT


def test_who_is_no_manager_any_more_when_it_goes_out_sends_nothing(place: Place) -> None:
    place.write(send_at=(NOW + timedelta(hours=2)).isoformat())
    place.press("announce-send", place.only())

    place.roles[Role.MANAGER] = (OLE.id,)
    place.clock.now += timedelta(hours=3)
    place.work()

    assert place.slack.places() == []
    assert place.announcing.one(place.only()).stage is Stage.REFUSED


def test_everyone_needs_a_second_manager_where_the_setting_asks_for_it(engine: Engine, knowledge: Knowledge) -> None:
    place = opened(engine, knowledge, needs_approval=True)
    place.write(reach="everyone", channels="")
    place.press("announce-send", place.only())
    place.work()
    assert place.slack.places() == []
    assert waiting(engine) == [(OLE.id, f"approve-{place.only()}-1")]

    place.press("announce-approve", place.only(), MIA)
    place.work()
    assert place.slack.places() == []

    place.press("announce-approve", place.only(), OLE)
    place.work()
    assert place.slack.places() == ["slack:C11", "slack:D99"]


def test_words_changed_after_the_approval_need_another(engine: Engine, knowledge: Knowledge) -> None:
    place = opened(engine, knowledge, needs_approval=True)
    later = (NOW + timedelta(hours=2)).isoformat()
    place.write(reach="everyone", send_at=later)
    place.press("announce-send", place.only())
    place.press("announce-approve", place.only(), OLE)

    place.write(state=f"{place.only()} 1", title_en="Other words", reach="everyone", send_at=later)
    place.clock.now += timedelta(hours=3)
    place.work()

    assert place.slack.places() == []
    assert place.announcing.one(place.only()).stage is Stage.AWAITING_APPROVAL


def test_the_button_of_a_preview_counts_nothing_and_says_so(place: Place) -> None:
    place.write(acknowledge="1")

    told = place.press("acknowledge", place.only(), MIA).show

    assert isinstance(told, Card)
    assert "once the announcement is out" in told.text
    assert place.announcing.report(place.only()).acknowledged == 0


def test_the_report_tells_what_was_done_afterwards_and_where_it_failed(place: Place) -> None:
    place.write()
    place.press("announce-send", place.only())
    place.work()
    place.write(state=f"{place.only()} 1", title_en="Right rules")
    place.work()
    place.slack.shown.popitem()
    place.desk.submit(Submission(MIA, "announce-recall", {"how": "delete"}, place.only()))
    place.work()

    report = place.press("announce-status", place.only()).replace

    assert isinstance(report, Card)
    assert {fact.label: fact.value for fact in report.facts} == {
        "State": "recalled", "Delivered": "2", "Changed": "2 of 2", "Recalled": "1 of 2, 1 failed"
    }  # fmt: skip


@pytest.mark.parametrize("half", ["2026-12-24", "09:00"])
def test_half_a_moment_is_asked_for_whole(place: Place, half: str) -> None:
    assert set(place.write(send_at=half).faults) == {"send_at"}


def test_reading_is_counted_once_a_person(place: Place) -> None:
    place.write(acknowledge="1")
    place.press("announce-send", place.only())
    place.work()

    first = place.press("acknowledge", place.only(), BO, "slack:C11").show
    again = place.press("acknowledge", place.only(), BO, "slack:C22").show

    assert isinstance(first, Card)
    assert isinstance(again, Card)
    assert (first.text, again.text) != (again.text, first.text)
    assert place.announcing.report(place.only()).acknowledged == 1


def test_only_those_who_have_not_read_it_are_reminded(place: Place) -> None:
    place.write(acknowledge="1", remind_after="24", channels="slack:C11")
    place.press("announce-send", place.only())
    place.work()
    place.press("acknowledge", place.only(), BO, "slack:C11")

    place.clock.now += timedelta(hours=25)
    place.work()

    assert place.slack.places() == ["slack:C11", OLE.id]


def test_an_edit_changes_every_copy_and_a_recall_takes_them_all_back(place: Place) -> None:
    place.write()
    place.press("announce-send", place.only())
    place.work()

    place.write(state=f"{place.only()} 1", title_en="Right rules")
    place.work()
    assert [card.title for card in place.slack.shown.values()] == ["Right rules", "Right rules"]

    form = place.press("announce-recall", place.only()).show
    assert isinstance(form, Form)
    place.desk.submit(Submission(MIA, form.id, {"how": "delete"}, form.state))
    place.work()
    assert place.slack.places() == []
    assert place.announcing.one(place.only()).stage is Stage.RECALLED


def test_a_recall_can_leave_a_word(place: Place) -> None:
    place.write()
    place.press("announce-send", place.only())
    place.work()

    place.desk.submit(Submission(MIA, "announce-recall", {"how": "word"}, place.only()))
    place.work()

    assert {card.title for card in place.slack.shown.values()} == {"The announcement has been withdrawn"}


def test_a_trial_goes_to_the_manager_alone(place: Place) -> None:
    place.write(acknowledge="1")

    place.press("announce-try", place.only())

    assert [to for to, _ in waiting(place.engine)] == [MIA.id]


def test_a_copy_is_a_new_draft_without_its_time(place: Place) -> None:
    place.write(send_at=(NOW + timedelta(hours=2)).isoformat())

    place.press("announce-duplicate", place.only())

    assert sorted(each.draft.send_at is None for each in place.announcing.search()) == [False, True]


def test_what_was_filled_in_comes_back_when_it_is_edited(place: Place) -> None:
    place.write(reach="members", groups="slack-group:S11\nslack:UEVA", acknowledge="1", remind_after="24")
    place.roles[Role.MANAGER] = (MIA.id,)

    form = place.press("announce-edit", place.only()).show

    assert isinstance(form, Form)
    filled = {field.id: field.value for field in form.fields}
    assert filled == {**dict.fromkeys(filled, ""), **TEXT, "reach": "members", "groups": "slack-group:S11\nslack:UEVA",
                      "acknowledge": "1", "remind_after": "24"}  # fmt: skip


def test_a_decision_on_a_tool_is_a_ready_draft(place: Place) -> None:
    buttons = place.desk.after_decision(MIA, ToolId("deepl"), Language.ENGLISH)
    assert place.desk.after_decision(BO, ToolId("deepl"), Language.ENGLISH) == ()

    form = place.press(buttons[0].act, buttons[0].value).show

    assert isinstance(form, Form)
    assert "DeepL" in {field.id: field.value for field in form.fields}["title_da"]


def test_the_latest_stand_on_everybodys_page_and_only_managers_may_write(place: Place) -> None:
    place.write()
    place.press("announce-send", place.only())
    place.work()

    (mine,) = place.desk.cards(MIA, Language.ENGLISH)
    (theirs,) = place.desk.cards(BO, Language.ENGLISH)

    assert "New rules" in theirs.body
    assert (acts(mine), acts(theirs)) == (["announce-new"], [])


def test_the_archive_is_searched_by_words(place: Place) -> None:
    place.write()
    place.write(title_en="Canteen")

    found = place.desk.run(Command(MIA, "announce", "canteen", language=Language.ENGLISH))

    assert found is not None
    assert isinstance(found.show, Card)
    assert [button.label for button in found.show.buttons] == ["Canteen"]


def test_whoever_changed_the_words_last_cannot_approve_them(engine: Engine, knowledge: Knowledge) -> None:
    place = opened(engine, knowledge, needs_approval=True)
    place.write(reach="everyone", channels="")
    place.press("announce-send", place.only())
    place.write(OLE, state=f"{place.only()} 1", title_en="Ole's words", reach="everyone", channels="")

    place.press("announce-approve", place.only(), OLE)
    assert place.announcing.one(place.only()).stage is Stage.AWAITING_APPROVAL

    place.press("announce-approve", place.only(), MIA)
    assert place.announcing.one(place.only()).stage is Stage.SCHEDULED


def test_an_approval_of_somebody_who_is_no_manager_any_more_counts_for_nothing(
    engine: Engine, knowledge: Knowledge
) -> None:
    place = opened(engine, knowledge, needs_approval=True)
    place.write(reach="everyone", channels="", send_at=(NOW + timedelta(hours=2)).isoformat())
    place.press("announce-send", place.only())
    place.press("announce-approve", place.only(), OLE)

    place.roles[Role.MANAGER] = (MIA.id,)
    place.clock.now += timedelta(hours=3)
    place.work()

    assert place.slack.places() == []
    assert place.announcing.one(place.only()).stage is Stage.REFUSED


def test_what_failed_before_a_recall_is_not_posted_by_trying_again(place: Place) -> None:
    place.write()
    place.slack.gone = {"slack:C22"}
    place.press("announce-send", place.only())
    place.work()
    place.desk.submit(Submission(MIA, "announce-recall", {"how": "delete"}, place.only()))
    place.work()

    place.slack.gone = set()
    place.press("announce-retry", place.only())
    place.work()

    assert place.slack.places() == []


def test_whoever_gets_it_later_gets_the_newest_words(place: Place) -> None:
    place.write()
    place.slack.gone = {"slack:C22"}
    place.press("announce-send", place.only())
    place.work()
    place.write(state=f"{place.only()} 1", title_en="Right rules")
    place.work()

    place.slack.gone = set()
    place.press("announce-retry", place.only())
    place.work()

    assert [card.title for card in place.slack.shown.values()] == ["Right rules", "Right rules"]


def test_of_two_changes_in_a_row_the_last_one_stands(place: Place) -> None:
    place.write()
    place.press("announce-send", place.only())
    place.work()

    place.write(state=f"{place.only()} 1", title_en="Second")
    place.write(state=f"{place.only()} 2", title_en="Third")
    place.work()

    assert {card.title for card in place.slack.shown.values()} == {"Third"}
    rounds = place.announcing.report(place.only()).rounds
    assert [(each.action, each.state) for each in rounds[1:]] == [(Action.UPDATE, "cancelled"), (Action.UPDATE, "done")]


def test_what_was_recalled_cannot_be_changed(place: Place) -> None:
    place.write()
    place.press("announce-send", place.only())
    place.work()
    place.desk.submit(Submission(MIA, "announce-recall", {"how": "word"}, place.only()))
    place.work()

    place.write(state=f"{place.only()} 1", title_en="Once more")
    place.work()

    assert {card.title for card in place.slack.shown.values()} == {"The announcement has been withdrawn"}
    assert place.announcing.one(place.only()).title == "New rules"


def test_a_word_that_was_left_can_be_deleted_too(place: Place) -> None:
    place.write()
    place.press("announce-send", place.only())
    place.work()

    for how in ("word", "delete"):
        place.desk.submit(Submission(MIA, "announce-recall", {"how": how}, place.only()))
        place.work()

    assert place.slack.places() == []


def test_nobody_is_reminded_twice_by_two_managers_who_press_at_once(place: Place) -> None:
    place.write(acknowledge="1", channels="slack:C11")
    place.press("announce-send", place.only())
    place.work()
    place.press("announce-remind", place.only())
    place.clock.now += timedelta(seconds=3)

    told = place.press("announce-remind", place.only(), OLE).show
    place.work()

    assert isinstance(told, Card)
    assert "just gone out" in told.text
    assert place.slack.places() == ["slack:C11", BO.id, OLE.id]


@pytest.mark.parametrize(("hours", "reminded"), [("48", []), ("", []), ("12", [BO.id, OLE.id])])
def test_the_reminder_moves_with_its_time_while_the_announcement_is_out(
    place: Place, hours: str, reminded: list[str]
) -> None:
    place.write(acknowledge="1", remind_after="24", channels="slack:C11")
    place.press("announce-send", place.only())
    place.work()

    place.write(state=f"{place.only()} 1", acknowledge="1", remind_after=hours)
    place.clock.now += timedelta(hours=25 if hours != "12" else 13)
    place.work()

    assert place.slack.places() == ["slack:C11", *reminded]


def test_a_change_that_comes_as_it_goes_out_changes_nothing_unseen(place: Place) -> None:
    later = (NOW + timedelta(hours=2)).isoformat()
    place.write(send_at=later)
    place.press("announce-send", place.only())
    before = place.announcing.one(place.only())
    changed = replace(before, draft=replace(before.draft, title=Words(en="Too late")), revision=2)
    SendingStore(place.engine).begin_round(f"{before.id}-post", place.clock().timestamp())

    with pytest.raises(ChangedMeanwhile):
        SqlAnnouncements(place.engine).change(changed, allowed=(Stage.SCHEDULED,))

    assert place.announcing.one(before.id).title == "New rules"


def test_of_what_is_out_only_the_words_and_the_reminder_can_be_changed(place: Place) -> None:
    place.write(acknowledge="1")
    place.press("announce-send", place.only())
    place.work()

    form = place.press("announce-edit", place.only()).show

    assert isinstance(form, Form)
    assert {field.id for field in form.fields} == {
        "title_da", "body_da", "title_en", "body_en", "acknowledge", "remind_after"
    }  # fmt: skip
