"""What people do in Teams, and what they get back: over HTTP, with tokens, through the library."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cloud import APP, SECRET, TENANT, Call, Cloud, Failure, activity
from desk import TableDesk, offers
from ports import served

from adapters.teams.building import Product, Teams, build
from adapters.teams.references import MemoryReferences
from bot.interaction import Button, Card, Field, Form, Kind, Outcome
from bot.model import Language
from bot.ports import ToolSource
from bot.service.advising import Advisor
from bot.service.finding import SearchService
from bot.settings import TeamsSettings

BOT = f"28:{APP}"
BO = "00000000-0000-0000-0000-0000000000b0"
CHANNEL = {
    "conversation": {
        "conversationType": "channel", "tenantId": TENANT, "isGroup": True, "id": "19:hr@thread.tacv2;messageid=17",
    },
    "channelData": {
        "tenant": {"id": TENANT}, "team": {"id": "19:team@thread.tacv2", "name": "HR"},
        "channel": {"id": "19:hr@thread.tacv2", "name": "Løn"},
    },
}  # fmt: skip
GROUP = {
    "conversation": {"conversationType": "groupChat", "tenantId": TENANT, "isGroup": True, "id": "19:g@thread.v2"},
}
FORM = Form("request", "Anmod om et værktøj", "Send", (Field("name", "Navn", Kind.LINE),), state="s")


class Client:
    """Somebody in Teams."""

    def __init__(self, http: httpx.Client, cloud: Cloud) -> None:
        self.http = http
        self.cloud = cloud

    def send(self, text: str = "", **changes: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.cloud.token()}"}
        return self.http.post("/api/messages", json=activity(self.cloud, text, **changes), headers=headers)

    def invoke(self, name: str, value: object, **changes: Any) -> Any:
        response = self.send(type="invoke", name=name, value=value, text=None, **changes)
        assert response.status_code == 200
        return response.json() if response.content else None

    def press(self, data: object, **changes: Any) -> Any:
        action = {"type": "Action.Execute", "verb": "vejviser", "data": data}
        return self.invoke("adaptiveCard/action", {"action": action, "trigger": "manual"}, **changes)


@pytest.fixture(scope="module")
def desk() -> TableDesk:
    return TableDesk()


@pytest.fixture(scope="module")
def references() -> MemoryReferences:
    return MemoryReferences()


def settings(cloud: Cloud) -> TeamsSettings:
    return TeamsSettings(APP, SECRET, "SingleTenant", TENANT, keys_url=f"{cloud.url}/meta", login_url=cloud.url)


@pytest.fixture(scope="module")
def product(advisor: Advisor, desk: TableDesk, tools: ToolSource) -> Product:
    return Product(advisor, desk, desk, SearchService(advisor, tools), offers)


@pytest.fixture(scope="module")
def teams(cloud: Cloud, product: Product, references: MemoryReferences) -> Teams:
    return build(settings(cloud), product, references)


@pytest.fixture(scope="module")
def http(teams: Teams) -> Iterator[httpx.Client]:
    with served(teams.part) as http:
        yield http


@pytest.fixture
def client(http: httpx.Client, cloud: Cloud, desk: TableDesk) -> Client:
    cloud.reset()
    desk.reset()
    return Client(http, cloud)


def card(call: Call) -> Any:
    return call.body["attachments"][0]["content"]


def words(part: Any) -> str:
    """Return every word of a card, one text after another."""
    if isinstance(part, dict):
        own = [part[key] for key in ("text", "title", "label") if isinstance(part.get(key), str)]
        return " ".join([*own, *(words(value) for key, value in part.items() if key != "data")])
    return " ".join(map(words, part)) if isinstance(part, list) else ""


def said(cloud: Cloud) -> list[str]:
    return [re.sub(r"\s+", " ", words(card(call))) for call in cloud.sent]


# Asking


def test_a_question_is_answered_in_its_chat(client: Client, cloud: Cloud) -> None:
    assert client.send("må jeg lægge en borgers mail i ChatGPT?").status_code == 200

    assert "✖ Nej. Læg ikke personoplysninger ind i ChatGPT." in said(cloud)[0]
    assert cloud.sent[0].path.startswith("/v3/conversations/a%3Abo/activities/activity-")
    assert cloud.sent[0].body["summary"] == "Nej. Læg ikke personoplysninger ind i ChatGPT."


def test_an_answer_offers_what_may_be_done_about_it(client: Client, cloud: Cloud) -> None:
    client.send("må jeg lægge en borgers mail i ChatGPT?")

    assert [action["title"] for action in card(cloud.sent[0])["actions"]] == ["Hjalp det?", "Det hjalp ikke"]


def test_a_follow_up_is_understood(client: Client, cloud: Cloud) -> None:
    client.send("må jeg lægge en borgers mail i ChatGPT?")
    client.send("og i KommuneGPT?")

    assert "KommuneGPT" in said(cloud)[1]
    assert "✖" not in said(cloud)[1]


def test_in_a_channel_the_mention_is_taken_away_and_the_thread_answered(client: Client, cloud: Cloud) -> None:
    mention = {"type": "mention", "text": "<at>Vejviser</at>", "mentioned": {"id": BOT, "name": "Vejviser"}}

    client.send("<at>Vejviser</at> hvad er en grundmodel?\n", entities=[mention], **CHANNEL)

    assert "Grundmodeller" in said(cloud)[0]
    assert cloud.sent[0].path.startswith("/v3/conversations/19%3Ahr%40thread.tacv2%3Bmessageid%3D17/activities/")


def test_the_names_of_others_stay_in_a_question(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    other = {"type": "mention", "text": "<at>Ida</at>", "mentioned": {"id": "29:ida", "name": "Ida"}}

    client.send("status <at>Ida</at> Copilot", entities=[other])

    assert desk.commands[0].text == "Ida Copilot"


def test_what_a_message_quotes_is_no_part_of_the_question(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    html = '<blockquote itemtype="http://schema.skype.com/Reply"><p>status Gemini</p></blockquote><p>status ChatGPT</p>'

    client.send("status Gemini\nstatus ChatGPT", attachments=[{"contentType": "text/html", "content": html}])

    assert [command.text for command in desk.commands] == ["ChatGPT"]


def test_in_a_group_chat_each_person_has_a_conversation_of_their_own(client: Client, cloud: Cloud) -> None:
    client.send("må jeg lægge en borgers mail i ChatGPT?", **GROUP)
    client.send("og i KommuneGPT?", **GROUP, **{"from": {"id": "29:ida", "name": "Ida", "aadObjectId": "ida"}})

    assert "KommuneGPT" not in said(cloud)[1].partition("Spørg videre")[0]


def test_a_choice_is_taken_from_the_button_that_sent_it(client: Client, cloud: Cloud) -> None:
    client.send("", value={"say": "hvad er en grundmodel?"})

    assert "Grundmodeller" in said(cloud)[0]
    assert "Du valgte: hvad er en grundmodel?" in said(cloud)[0]


@pytest.mark.parametrize("text", ["x" * 4001, "hvad? " * 800])
def test_too_long_a_question_is_refused_in_words(client: Client, cloud: Cloud, text: str) -> None:
    client.send(text)

    assert said(cloud)[0].strip() == "Beskeden er for lang. Skriv højst 4.000 tegn, og stil spørgsmålet kort."


def test_english_clients_are_told_in_english(client: Client, cloud: Cloud) -> None:
    client.send("x" * 4001, locale="en-GB")

    assert said(cloud)[0].strip().startswith("The message is too long.")


# Commands


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("status ChatGPT", "status", "ChatGPT"),
        ("STATUS  chatgpt ", "status", "chatgpt"),
        ("/status ChatGPT", "status", "ChatGPT"),
        ("værktøjer", "tools", ""),
        ("/tools personal data", "tools", "personal data"),
        ("request Gemini", "request", "Gemini"),
        ("anmod", "request", ""),
        ("hjælp", "help", ""),
        ("Help", "help", ""),
        ("opslag", "announce", ""),
        ("ask", "ask", ""),
    ],
)
def test_commands_are_known_in_both_languages(client: Client, desk: TableDesk, text: str, name: str, rest: str) -> None:
    client.send(text)

    command = desk.commands[0]
    assert (command.name, command.text, command.person.id) == (name, rest, f"teams:{BO}")
    assert command.language is Language.DANISH


@pytest.mark.parametrize("text", ["hjælp mig med en mail til en borger", "tools for lawyers?", "opslagstavlen"])
def test_a_sentence_that_begins_like_a_command_is_a_question(client: Client, desk: TableDesk, text: str) -> None:
    client.send(text)

    assert desk.commands == []


def test_ask_with_words_is_a_question(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    client.send("/ask hvad er en grundmodel?")

    assert "Grundmodeller" in said(cloud)[0]
    assert desk.commands == []


def test_ones_own_page_is_drawn(client: Client, cloud: Cloud) -> None:
    client.send("min side")

    assert "Mine anmodninger" in said(cloud)[0]


def test_a_private_command_is_answered_privately(client: Client, cloud: Cloud) -> None:
    client.send("status ChatGPT", recipient={"id": BOT, "isTargeted": True}, **CHANNEL)

    call = cloud.sent[0]
    assert (call.query, call.body["recipient"]["id"]) == ("isTargetedActivity=true", "29:bo")
    assert call.body["entities"][0]["type"] == "targetedMessageInfo"
    assert call.body["entities"][0]["messageId"].startswith("activity-")


def test_a_private_question_is_answered_privately(client: Client, cloud: Cloud) -> None:
    client.send("hvad er en grundmodel?", recipient={"id": BOT, "isTargeted": True}, **CHANNEL)

    assert cloud.sent[0].query == "isTargetedActivity=true"
    assert [action["title"] for action in card(cloud.sent[0])["actions"]][-1] == "Vis de andre"


def test_a_private_question_in_a_personal_chat_cannot_be_shown_to_others(client: Client, cloud: Cloud) -> None:
    client.send("hvad er en grundmodel?")

    assert "Vis de andre" not in said(cloud)[0]


# What is no question


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("application/vnd.microsoft.teams.file.download.info", "Jeg åbner ikke filer"),
        ("image/gif", "Jeg kan ikke se billeder"),
        ("image/*", "Jeg kan ikke se billeder"),
        ("application/vnd.microsoft.card.audio", "Jeg kan ikke se billeder, GIF'er eller lyd"),
        ("application/vnd.microsoft.card.adaptive", "Jeg kan ikke læse kort"),
    ],
)
def test_what_has_no_words_is_told_so(client: Client, cloud: Cloud, kind: str, told: str) -> None:
    client.send("", attachments=[{"contentType": kind, "content": {}}])

    assert told in said(cloud)[0]


GIF = '<div><readonly itemtype="http://schema.skype.com/Giphy"><img src="https://ond.example/x.gif"></readonly></div>'
FEELING = '<p><img itemtype="http://schema.skype.com/Emoji" alt="👍" src="https://x.example/y.png"></p>'


def test_a_gif_of_the_clients_own_gallery_is_a_picture(client: Client, cloud: Cloud) -> None:
    client.send("\n", attachments=[{"contentType": "text/html", "content": GIF}])

    assert "Jeg kan ikke se billeder, GIF'er eller lyd" in said(cloud)[0]


def test_a_card_from_the_compose_box_is_no_question(client: Client, cloud: Cloud) -> None:
    mark = '<span class="inline-compose-card" itemid="0" itemtype="http://schema.skype.com/InputExtension">\n'
    mark += '  <span content="0" itemprop="cardId"></span>\n</span>\n'
    inserted = [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {}}]

    client.send(f"\n{mark}", attachments=inserted)
    client.send(f"hvad er en grundmodel?\n{mark}", attachments=inserted)

    assert "Jeg kan ikke læse kort" in said(cloud)[0]
    assert "Grundmodeller" in said(cloud)[1]


@pytest.mark.parametrize(
    ("kind", "content", "told"),
    [
        ("application/vnd.microsoft.teams.file.download.info", {}, "Jeg har ikke åbnet filen."),
        ("text/html", GIF, "Jeg har ikke set på billedet."),
        ("text/html", FEELING, ""),
        ("text/html", "<p>hvad er en grundmodel?</p>", ""),
    ],
)
def test_what_comes_with_a_question_is_said_to_be_unread(
    client: Client, cloud: Cloud, kind: str, content: object, told: str
) -> None:
    client.send("hvad er en grundmodel?", attachments=[{"contentType": kind, "content": content}])

    note = words(card(cloud.sent[0])["body"][0])
    assert (told in note, "Jeg har ikke" in note) == (True, bool(told))
    assert "Grundmodeller" in said(cloud)[0]


def test_a_bare_mention_gets_help(client: Client, desk: TableDesk) -> None:
    mention = {"type": "mention", "text": "<at>Vejviser</at>", "mentioned": {"id": BOT}}

    client.send("<at>Vejviser</at>", entities=[mention], **CHANNEL)

    assert [command.name for command in desk.commands] == ["help"]


def test_an_edited_question_changes_its_answer(client: Client, cloud: Cloud) -> None:
    client.send("hvad er en grundmodel?", id="edited-1")
    edit = {"type": "messageUpdate", "channelData": {"tenant": {"id": TENANT}, "eventType": "editMessage"}}

    client.send("må jeg lægge en borgers mail i ChatGPT?", id="edited-1", **edit)
    client.send("hvad er hallucinationer?", id="edited-1", **edit)

    assert [call.method for call in cloud.sent] == ["POST", "PUT", "PUT"]
    assert cloud.sent[1].path == cloud.sent[2].path
    assert "✖ Nej." in said(cloud)[1]


def test_an_answer_that_was_deleted_is_given_anew_to_an_edited_question(client: Client, cloud: Cloud) -> None:
    client.send("hvad er en grundmodel?", id="edited-2")
    edit = {"type": "messageUpdate", "channelData": {"tenant": {"id": TENANT}, "eventType": "editMessage"}}
    cloud.failures.append(Failure(404, code="ActivityNotFoundInConversation"))

    client.send("hvad er hallucinationer?", id="edited-2", **edit)
    client.send("hvad er en grundmodel?", id="edited-2", **{**edit, "timestamp": "2026-11-23T13:00:00Z"})

    assert [call.method for call in cloud.sent] == ["POST", "PUT", "POST", "PUT"]
    assert cloud.sent[3].path != cloud.sent[1].path


def test_a_deleted_message_is_let_be(client: Client, cloud: Cloud) -> None:
    assert (
        client.send(
            type="messageDelete", channelData={"eventType": "softDeleteMessage", "tenant": {"id": TENANT}}
        ).status_code
        == 200
    )
    assert cloud.sent == []


@pytest.mark.parametrize(("reaction", "act"), [("like", "helpful"), ("heart", "helpful"), ("sad", "unhelpful")])
def test_a_reaction_counts_as_feedback(client: Client, cloud: Cloud, desk: TableDesk, reaction: str, act: str) -> None:
    client.send("hvad er en grundmodel?", conversation={"id": f"a:{reaction}", "tenantId": TENANT})
    first = next(cloud.numbers) - 1

    reacted = {"type": "messageReaction", "reactionsAdded": [{"type": reaction}], "replyToId": f"message-{first}"}
    client.send(conversation={"id": f"a:{reaction}", "tenantId": TENANT}, **reacted)

    assert [(press.act, press.value) for press in desk.presses] == [(act, "rule")]
    assert len(cloud.sent) == 1


@pytest.mark.parametrize("kind", ["typing", "event", "endOfConversation", "trace", "somethingNew"])
def test_what_is_not_meant_for_the_bot_is_let_be(client: Client, cloud: Cloud, kind: str) -> None:
    assert client.send("x", type=kind).status_code == 200
    assert cloud.sent == []


# Buttons and dialogs


def test_a_press_changes_its_card_for_everybody(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    desk.table["decide"] = lambda press: Outcome(replace=Card("Godkendt", f"af {press.person.name}"))

    reply = client.press({"act": "decide", "value": "7 yes", "language": "da"}, replyToId="card-1", **CHANNEL)

    assert (reply["statusCode"], reply["type"]) == (200, "application/vnd.microsoft.card.adaptive")
    assert "Godkendt" in words(reply["value"])
    assert [(call.method, call.path.rpartition("/")[2]) for call in cloud.sent] == [("PUT", "card-1")]
    press = desk.presses[0]
    assert (press.value, press.place, press.language) == (
        "7 yes", "teams:19:hr@thread.tacv2;messageid=17", Language.DANISH,
    )  # fmt: skip


def test_what_a_press_shows_is_private_before_others(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    desk.table["list-tools"] = lambda _: Outcome(show=Card("Dine værktøjer", "x"))

    client.press({"act": "list-tools"}, **GROUP)

    assert cloud.sent[0].query == "isTargetedActivity=true"


def test_where_nothing_private_can_be_said_it_goes_to_the_personal_chat(
    client: Client, cloud: Cloud, desk: TableDesk
) -> None:
    client.send("hvad er en grundmodel?")
    cloud.reset()
    desk.table["list-tools"] = lambda _: Outcome(show=Card("Dine værktøjer", "x"))
    cloud.failures.append(Failure(400, code="BadArgument"))

    client.press({"act": "list-tools"}, **GROUP)

    assert [call.path for call in cloud.sent][1:] == ["/v3/conversations/a%3Abo/activities"]


def test_where_nothing_private_can_be_said_at_all_everybody_is_told_so(
    client: Client, cloud: Cloud, desk: TableDesk, references: MemoryReferences
) -> None:
    stranger = {"from": {"id": "29:eva", "name": "Eva", "aadObjectId": "eva"}}
    desk.table["list-tools"] = lambda _: Outcome(show=Card("Dine værktøjer", "hemmelige"))
    client.send("hvad er en grundmodel?", **GROUP)
    cloud.reset()
    cloud.failures += [Failure(400, code="BadArgument"), Failure(403, code="ForbiddenOperationException")]

    client.press({"act": "list-tools"}, **GROUP, **stranger)

    assert "Jeg kan ikke skrive til dig alene" in words(card(cloud.sent[-1]))
    assert [call.path.partition("activities")[0] for call in cloud.sent] == [
        "/v3/conversations/19%3Ag%40thread.v2/", "/v3/conversations", "/v3/conversations/19%3Ag%40thread.v2/",
    ]  # fmt: skip
    assert "19:g@thread.v2" in {place.conversation for place in references.open()}


def test_a_page_of_several_cards_stays_whatever_comes_of_one(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    done = Card("Afgjort", "x")
    desk.table |= {"decide": lambda _: Outcome(show=FORM), "request": lambda _: Outcome(done, replace=done)}
    client.press({"act": "decide", "stays": True}, replyToId="page-1")
    data = card(cloud.sent[0])["actions"][0]["data"]

    client.send("", value={**data, "name": "x"}, replyToId="form-1")

    assert [call.path.rpartition("/")[2] for call in cloud.sent[1:]] == ["form-1"]


def test_what_comes_of_a_card_is_in_its_language(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    desk.table["ask-person"] = lambda _: Outcome(show=FORM)

    client.press({"act": "ask-person", "language": "en"})
    client.send("", value=card(cloud.sent[0])["actions"][0]["data"])

    assert desk.submissions[0].language is Language.ENGLISH


def test_a_sentence_stands_below_the_pressed_card_and_nowhere_else(
    client: Client, cloud: Cloud, desk: TableDesk
) -> None:
    desk.table["helpful"] = lambda _: Outcome(show=Card("Tak.", "Tak."))

    assert client.press({"act": "helpful"})["value"] == "Tak."
    assert cloud.sent == []


def test_what_a_press_shares_everybody_sees(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    desk.table["share"] = lambda _: Outcome(share=Card("Delt", "x"))

    client.press({"act": "share"}, **GROUP)

    assert [(call.query, "Delt" in words(card(call))) for call in cloud.sent] == [("", True)]


@pytest.mark.parametrize(
    "value", [{}, {"action": "x"}, {"action": {"data": []}}, {"action": {"data": {"act": 1}}}, None]
)
def test_a_press_that_is_none_of_ours_does_nothing(client: Client, desk: TableDesk, value: object) -> None:
    reply = client.invoke("adaptiveCard/action", value)

    assert reply["statusCode"] == 400
    assert desk.presses == []


def test_a_button_opens_a_dialog(client: Client, desk: TableDesk) -> None:
    desk.table["request-tool"] = lambda _: Outcome(show=FORM)

    reply = client.invoke("task/fetch", {"data": {"act": "request-tool", "value": "gemini", "msteams": {}}})

    shown = reply["task"]["value"]
    assert (reply["task"]["type"], shown["title"]) == ("continue", "Anmod om et værktøj")
    assert [part["id"] for part in shown["card"]["content"]["body"] if "id" in part] == ["name"]


def test_a_dialog_that_was_filled_in_tells_what_came_of_it(client: Client, desk: TableDesk) -> None:
    desk.table["request-tool"] = lambda _: Outcome(show=FORM)
    opened = client.invoke("task/fetch", {"data": {"act": "request-tool"}})
    data = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]

    reply = client.invoke("task/submit", {"data": {**data, "name": "Gemini"}})

    submission = desk.submissions[0]
    assert (submission.form, submission.state, submission.values) == ("request", "s", {"name": "Gemini"})
    assert "modtaget" in words(reply["task"]["value"]["card"])


def test_what_comes_of_a_dialog_takes_the_place_of_its_card(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    done = Card("Afgjort", "x")
    desk.table |= {"decide": lambda _: Outcome(show=FORM), "request": lambda _: Outcome(done, replace=done)}
    opened = client.invoke("task/fetch", {"data": {"act": "decide", "value": "7 approved"}}, replyToId="card-7")
    data = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]

    client.invoke("task/submit", {"data": {**data, "name": "x"}})

    assert [(call.method, call.path.rpartition("/")[2]) for call in cloud.sent] == [("PUT", "card-7")]


def test_a_dialog_closes_where_there_is_nothing_to_tell(client: Client, desk: TableDesk) -> None:
    desk.table["request"] = lambda _: Outcome()

    assert client.invoke("task/submit", {"data": {"~form": {"id": "request"}}}) is None


def test_a_dialog_with_faults_comes_again_with_what_was_typed(client: Client, desk: TableDesk) -> None:
    desk.table |= {
        "request-tool": lambda _: Outcome(show=FORM),
        "request": lambda _: Outcome(faults={"name": "Det værktøj står der allerede."}),
    }
    opened = client.invoke("task/fetch", {"data": {"act": "request-tool"}})
    data = opened["task"]["value"]["card"]["content"]["actions"][0]["data"]

    reply = client.invoke("task/submit", {"data": {**data, "name": "ChatGPT"}})

    body = reply["task"]["value"]["card"]["content"]["body"]
    assert "Det værktøj står der allerede." in words(body)
    assert [part["value"] for part in body if part.get("id") == "name"] == ["ChatGPT"]


def test_a_form_in_a_chat_is_replaced_by_what_came_of_it(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    desk.table["request"] = lambda _: Outcome(show=FORM)
    client.send("anmod")
    data = card(cloud.sent[0])["actions"][0]["data"]
    desk.table["request"] = lambda _: Outcome(show=Card("Tak", "sendt"))

    client.send("", value={**data, "name": "Gemini"}, replyToId="form-1")

    assert desk.submissions[0].values == {"name": "Gemini"}
    assert [(call.method, call.path.rpartition("/")[2]) for call in cloud.sent[1:]] == [("PUT", "form-1")]
    assert "Tak" in said(cloud)[1]


def test_before_others_a_form_is_shown_to_the_one_who_asked_for_it(
    client: Client, cloud: Cloud, desk: TableDesk
) -> None:
    desk.table["request"] = lambda _: Outcome(show=FORM)
    client.send("anmod Gemini", **CHANNEL)
    data = card(cloud.sent[0])["actions"][0]["data"]
    desk.table["request"] = lambda _: Outcome(show=Card("Tak", "sendt"))

    client.send("", value={**data, "name": "Gemini"}, replyToId="form-1", **CHANNEL)

    assert [call.query for call in cloud.sent] == ["isTargetedActivity=true"] * 2
    assert "Tak" in said(cloud)[1]


def test_a_press_shows_its_form(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    done = Card("Afgjort", "x")
    desk.table |= {"decide": lambda _: Outcome(show=FORM), "request": lambda _: Outcome(done, replace=done)}
    client.press({"act": "decide", "value": "7 approved"}, replyToId="card-7")
    data = card(cloud.sent[0])["actions"][0]["data"]

    client.send("", value={**data, "name": "x"}, replyToId="form-7")

    assert [(call.method, call.path.rpartition("/")[2]) for call in cloud.sent[1:]] == [
        ("PUT", "card-7"), ("PUT", "form-7"),
    ]  # fmt: skip


def test_a_field_is_completed_while_somebody_types(client: Client) -> None:
    reply = client.invoke("application/search", {"dataset": "tools", "queryText": "gem", "kind": "search"})

    assert reply["value"]["results"] == [{"title": "gem, fra tools", "value": "gem%2C1"}]


def test_slow_work_is_told_of_when_it_is_done(
    cloud: Cloud, product: Product, desk: TableDesk, references: MemoryReferences
) -> None:
    cloud.reset()
    finished = threading.Event()

    def slowly(_: object) -> Outcome:
        assert finished.wait(10)
        return Outcome(show=Card("Færdig", "x"))

    desk.table["decide"] = slowly
    with served(build(settings(cloud), product, references, patience=0.05).part) as http:
        reply = Client(http, cloud).press({"act": "decide"})
        finished.set()
        cloud.wait(lambda sent: len(sent) == 1)

    assert "lidt længere" in reply["value"]
    assert "Færdig" in said(cloud)[0]


# The message extension


def test_the_positive_list_and_the_guide_are_found_from_the_compose_box(client: Client) -> None:
    value = {"commandId": "search", "parameters": [{"name": "query", "value": "copilot"}]}

    found = client.invoke("composeExtension/query", value)["composeExtension"]

    first = found["attachments"][0]
    assert (found["type"], first["preview"]["content"]["title"]) == ("result", "Microsoft 365 Copilot")
    assert "Microsoft 365 Copilot er godkendt" in words(first["content"])
    assert not {"Action.Execute", "Action.Submit"} & set(re.findall(r"Action\.\w+", str(found)))


def test_before_anything_is_typed_the_whole_list_is_there(client: Client) -> None:
    value = {"commandId": "search", "parameters": [{"name": "initialRun", "value": "true"}]}

    assert len(client.invoke("composeExtension/query", value)["composeExtension"]["attachments"]) == 12


def test_the_list_has_one_page(client: Client) -> None:
    value = {"commandId": "search", "parameters": [], "queryOptions": {"skip": 25, "count": 25}}

    assert client.invoke("composeExtension/query", value)["composeExtension"]["attachments"] == []


def test_nothing_found_is_said(client: Client) -> None:
    value = {"commandId": "search", "parameters": [{"name": "query", "value": "xyzzy"}]}

    assert client.invoke("composeExtension/query", value)["composeExtension"]["type"] == "message"


def test_a_message_of_somebody_is_looked_at_in_a_dialog(
    client: Client, cloud: Cloud, desk: TableDesk, advisor: Advisor
) -> None:
    desk.table["check"] = lambda command: Outcome(advisor.check(command.text, command.language))
    html = "<div><p>Kan du skrive et referat af patientens journal? cpr 010190-1234</p></div>"
    value = {"commandId": "check", "messagePayload": {"body": {"contentType": "html", "content": html}}}

    task = client.invoke("composeExtension/fetchTask", value, **CHANNEL)["task"]

    assert task["value"]["title"] == "Må jeg bruge det med AI?"
    assert "010190" not in str(task)
    assert cloud.sent == []


def test_going_on_inside_a_dialog_stays_there(client: Client, cloud: Cloud) -> None:
    task = client.invoke("task/submit", {"data": {"say": "hvad er en grundmodel?"}})["task"]

    assert "Grundmodeller" in words(task["value"]["card"])
    assert cloud.sent == []


@pytest.mark.parametrize(
    "payload", [None, {}, {"body": {}}, {"body": {"contentType": "html", "content": "<img src=x>"}}]
)
def test_a_message_without_words_cannot_be_looked_at(client: Client, payload: object) -> None:
    task = client.invoke("composeExtension/fetchTask", {"commandId": "check", "messagePayload": payload})["task"]

    assert task["type"] == "continue"
    assert "Der er ingen ord i beskeden" in words(task["value"]["card"])


def test_an_unknown_invoke_is_not_implemented(client: Client) -> None:
    assert client.send(type="invoke", name="something/new", value={}).status_code == 501


# What breaks


def test_a_fault_of_ours_is_told_politely(
    client: Client, cloud: Cloud, desk: TableDesk, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> Outcome:
        raise ZeroDivisionError("hemmeligt")

    desk.table |= {"status": fail, "decide": fail}

    assert client.send("status hemmeligt").status_code == 200
    assert client.press({"act": "decide"})["value"] == "Noget gik galt hos mig."
    assert cloud.sent[0].body["text"] == "Noget gik galt hos mig."
    assert "ZeroDivisionError" in caplog.text
    assert "hemmeligt" not in caplog.text


def test_nothing_of_a_message_is_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)

    client.send("må jeg lægge hemmeligordet i ChatGPT?")

    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("adapters", "bot"))]
    assert "hemmeligordet" not in " ".join(ours)


def test_a_reply_is_sent_again_where_teams_says_so(client: Client, cloud: Cloud) -> None:
    cloud.failures.append(Failure(429, {"Retry-After": "0"}))

    client.send("hvad er en grundmodel?")

    assert len(cloud.sent) == 2


def test_what_teams_sends_twice_is_answered_once(client: Client, cloud: Cloud) -> None:
    for _ in range(3):
        assert client.send("hvad er en grundmodel?", id="twice").status_code == 200

    assert len(cloud.sent) == 1


def test_a_press_that_teams_sends_twice_is_taken_once_and_answered_alike(client: Client, desk: TableDesk) -> None:
    desk.table["helpful"] = lambda _: Outcome(show=Card(f"Tak {len(desk.presses)}.", f"Tak {len(desk.presses)}."))
    moment = {"id": "pressed-twice", "timestamp": "2026-11-23T12:00:00Z"}

    replies = [client.press({"act": "helpful"}, **moment)["value"] for _ in range(3)]

    assert (replies, len(desk.presses)) == (["Tak 1."] * 3, 1)


# Life cycle


def install(client: Client, **changes: Any) -> None:
    client.send(type="installationUpdate", action="add", text=None, **changes)
    client.send(type="conversationUpdate", membersAdded=[{"id": BOT}, {"id": "29:bo"}], text=None, **changes)


def test_it_greets_once_where_it_is_installed(client: Client, cloud: Cloud, desk: TableDesk) -> None:
    install(client, conversation={"id": "a:new", "tenantId": TENANT, "conversationType": "personal"})

    assert [command.name for command in desk.commands] == ["help"]
    assert len(cloud.sent) == 1


def test_a_team_is_greeted_and_its_channels_are_forgotten_with_it(
    client: Client, desk: TableDesk, references: MemoryReferences
) -> None:
    team = {
        "conversation": {"conversationType": "channel", "tenantId": TENANT, "id": "19:t2@thread.tacv2"},
        "channelData": {"tenant": {"id": TENANT}, "team": {"id": "19:t2@thread.tacv2", "name": "Skole"}},
    }
    install(client, **team)
    other = {**team, "conversation": {**team["conversation"], "id": "19:c2@thread.tacv2;messageid=1"}}
    client.send("hvad er en grundmodel?", **other)
    known = {place.conversation for place in references.open()}

    client.send(type="installationUpdate", action="remove", text=None, **team)

    assert known >= {"19:t2@thread.tacv2", "19:c2@thread.tacv2"}
    assert not {"19:t2@thread.tacv2", "19:c2@thread.tacv2"} & {place.conversation for place in references.open()}


def test_new_colleagues_in_a_channel_are_not_greeted(client: Client, cloud: Cloud) -> None:
    client.send("hvad er en grundmodel?", **CHANNEL)
    cloud.reset()

    client.send(type="conversationUpdate", membersAdded=[{"id": "29:new"}], text=None, **CHANNEL)

    assert cloud.sent == []


def test_each_turn_tells_where_replies_go_now(client: Client, references: MemoryReferences, cloud: Cloud) -> None:
    client.send("hvad er en grundmodel?")

    reference = references.find(BO)

    assert reference is not None
    assert (reference.conversation, reference.service_url, reference.bot) == ("a:bo", cloud.url, BOT)
    assert (reference.tenant, reference.account) == (TENANT, "29:bo")


def test_who_blocks_the_bot_is_let_be_until_they_write_again(
    client: Client, cloud: Cloud, references: MemoryReferences
) -> None:
    place = {"conversation": {"id": "a:blocked", "tenantId": TENANT, "conversationType": "personal"}}
    cloud.failures.append(Failure(403, code="MessageWritesBlocked"))
    client.send("hvad er en grundmodel?", **place)
    blocked = "a:blocked" not in {kept.conversation for kept in references.open()}

    client.send("hvad er en grundmodel?", **place)

    assert blocked
    assert "a:blocked" in {kept.conversation for kept in references.open()}


def test_a_button_that_sends_words_works_without_them_in_the_message(client: Client, desk: TableDesk) -> None:
    desk.table["list-tools"] = lambda _: Outcome(show=Card("x", "x", buttons=(Button("y", "z"),)))

    client.send("", value={"act": "list-tools"})

    assert [press.act for press in desk.presses] == ["list-tools"]
