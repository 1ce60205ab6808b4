"""What people do in Slack, and what they get: over HTTP and over Socket Mode."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from bot.service.desk import Desk
from tests.slack.acting import Workplace, buttons

REQUEST = {"type": "modal", "callback_id": "request", "private_metadata": "", "title": {"text": "x"}}


def filled(**fields: Any) -> dict[str, Any]:
    """Return fields as Slack reports them."""
    return {name: {name: value if isinstance(value, dict) else {"value": value}} for name, value in fields.items()}


def button(content: Mapping[str, Any], act: str) -> dict[str, Any]:
    return next(each for each in buttons(content) if each["action_id"].startswith(f"{act}:"))


def wish(place: Workplace, name: str, user: str = "") -> str:
    """Ask for a tool and return the number of the request."""
    place.submit(REQUEST, filled(name={"selected_option": {"value": name}}, purpose="jingle"), user=user)
    card = place.api.wait_where("chat.postMessage", name)
    return str(card["metadata"]["event_payload"]["key"]).removeprefix("request-")


def decide(number: str, state: str, **more: str) -> dict[str, Any]:
    return {**REQUEST, "callback_id": "decide", "private_metadata": json.dumps({"state": f"{number} {state}", **more})}


def test_a_direct_message_is_answered(place: Workplace) -> None:
    assert place.message("may I put a patient record into Gemini?").status_code == 200

    [sent] = place.api.wait_for("chat.postMessage")
    assert sent["channel"] == place.direct
    assert sent["text"].startswith("No.")


def test_a_mention_is_answered_in_its_thread(place: Workplace) -> None:
    place.event({"type": "app_mention", "text": "<@UBOT> er Otter godkendt?", "user": place.user,
                 "channel": place.channel, "ts": "5.0"})  # fmt: skip

    [sent] = place.api.wait_for("chat.postMessage")
    assert (sent["channel"], sent["thread_ts"]) == (place.channel, "5.0")
    assert "afvist" in sent["text"]


def test_a_status_that_is_asked_for_in_a_channel_is_told_there(place: Workplace) -> None:
    place.event({"type": "app_mention", "text": "<@UBOT> status Otter", "user": place.user,
                 "channel": place.channel, "ts": "5.0"})  # fmt: skip

    [sent] = place.api.wait_for("chat.postMessage")
    assert sent["thread_ts"] == "5.0"


def test_the_bot_does_not_answer_itself_or_other_bots(place: Workplace) -> None:
    place.message("er Otter godkendt?", bot_id="BBOT")
    place.event({"type": "app_mention", "text": "<@UBOT> hej", "bot_id": "BOTHER", "channel": place.channel,
                 "ts": "5.0"})  # fmt: skip
    place.message("er Otter godkendt?", subtype="message_changed")
    place.message("er Gemini godkendt?")

    assert len(place.api.wait_for("chat.postMessage")) == 1


def test_slacks_marks_are_read_as_people_see_them(place: Workplace) -> None:
    text = "er <https://otter.ai|Otter> godkendt til R&amp;D? Skriv til <mailto:bo@kommunen.dk|bo@kommunen.dk>"
    place.message(text)

    [sent] = place.api.wait_for("chat.postMessage")
    assert "afvist" in sent["text"]
    assert "bo@kommunen.dk" not in str(place.api.calls)


def test_a_slash_command_is_answered_privately_and_shared_masked(place: Workplace) -> None:
    place.command("/vejviser", "må jeg lægge 010190-1234 i ChatGPT?")
    [sent] = place.api.wait_for("response")
    assert sent["response_type"] == "ephemeral"

    place.press(button(sent, "share"), channel=place.channel, ephemeral=True)

    [shared] = place.api.wait_for("chat.postMessage")
    assert shared["channel"] == place.channel
    assert "Spørgsmål: må jeg lægge" in json.dumps(shared["blocks"], ensure_ascii=False)
    assert "010190" not in str(place.api.calls)
    assert not [each for each in buttons(shared) if each["action_id"].startswith("share")]


def test_the_answer_that_the_button_stands_below_is_shared_and_no_later_one(place: Workplace) -> None:
    for text in ("er Otter godkendt?", "hvad er en grundmodel?"):
        place.command("/vejviser", text)
    first = next(each for each in place.api.wait_for("response", 2) if "Otter" in each["text"])

    place.press(button(first, "share"), channel=place.channel, ephemeral=True)

    [shared] = place.api.wait_for("chat.postMessage")
    assert "Otter" in shared["text"]


def test_an_answer_is_shared_in_a_channel_that_the_bot_is_not_in(place: Workplace) -> None:
    place.api.answers["chat.postMessage"] = {"ok": False, "error": "not_in_channel"}
    place.command("/vejviser", "er Otter godkendt?")
    [sent] = place.api.wait_for("response")

    place.press(button(sent, "share"), channel=place.channel, ephemeral=True)

    shared = place.api.wait_for("response", 2)[1]
    assert (shared["response_type"], shared["replace_original"]) == ("in_channel", False)


def test_a_choice_goes_on_with_the_conversation_and_says_what_was_chosen(place: Workplace) -> None:
    place.command("/vejviser", "må jeg bruge AI til det her?")
    [sent] = place.api.wait_for("response")
    choice = button(sent, "ask")

    place.press(choice, channel=place.channel, ephemeral=True)

    answered = place.api.wait_for("response", 2)[1]
    assert choice["value"] in json.dumps(answered["blocks"], ensure_ascii=False)


def test_the_list_is_filtered_and_paged_in_place(place: Workplace) -> None:
    place.command("/ai-tools", "")
    [listed] = place.api.wait_for("response")
    public = next(each for each in buttons(listed) if each["value"] == "personal|0")

    place.press(public, channel=place.channel, ephemeral=True)

    chosen = place.api.wait_for("response", 2)[1]
    assert chosen["replace_original"] is True
    assert "personoplysninger" in chosen["text"]


@pytest.mark.parametrize("word", ["personal", "personoplysninger"])
def test_a_data_class_may_be_typed_behind_the_command(place: Workplace, word: str) -> None:
    place.command("/ai-tools", word)

    [listed] = place.api.wait_for("response")
    assert "Værktøjer til personoplysninger" in listed["text"]


def test_a_status_is_told_privately(place: Workplace) -> None:
    place.command("/ai-status", "Otter")

    [sent] = place.api.wait_for("response")
    assert "afvist" in sent["text"]


def test_a_wish_goes_from_a_modal_to_the_curator_and_back(place: Workplace) -> None:
    place.command("/ai-request", "Suno")
    [opened] = place.api.wait_for("views.open")

    answer = place.submit(
        opened["view"], filled(name={"selected_option": {"value": f"Suno {place.user}"}}, purpose="jingle")
    ).json()
    told = place.api.wait_where("chat.postMessage", place.user)
    number = told["metadata"]["event_payload"]["key"].removeprefix("request-")
    place.press(button(told, "decide"), user="UANNA")
    form = place.api.wait_for("views.open", 2)[1]["view"]
    assert form["private_metadata"].count('"message":"1.0"') == 1
    chosen = {"selected_options": [{"value": "public"}]}
    place.submit(form, filled(data=chosen, reason="Aftale på plads"), user="UANNA")

    assert answer["response_action"] == "update"
    assert "Suno" in str(answer["view"])
    changed = place.api.wait_where("chat.update", place.user)
    assert (changed["channel"], changed["ts"], buttons(changed)) == (place.direct, "1.0", [])
    assert "Aftale på plads" in str(place.api.wait_where("chat.postMessage", f"request-{number}-approved"))


def test_a_form_with_an_empty_field_says_which_and_takes_the_same_again(place: Workplace) -> None:
    view = {**REQUEST, "id": f"V{place.user}"}
    empty = filled(name="Suno", purpose="")

    answers = [place.submit(view, empty).json() for _ in range(2)]

    assert [set(answer["errors"]) for answer in answers] == [{"purpose"}] * 2


def test_a_form_in_english_is_answered_in_english(place: Workplace) -> None:
    place.message("is Midjourney approved?")
    [sent] = place.api.wait_for("chat.postMessage")
    place.press(button(sent, "request-tool"))
    view = place.api.wait_for("views.open")[0]["view"]

    answer = place.submit(view, filled(name={"selected_option": {"value": "Midjourney"}}, purpose="posters")).json()

    assert view["title"]["text"] == "Ask for a tool"
    assert "Your wish for Midjourney has been sent" in str(answer["view"])


def test_only_a_curator_may_decide_even_in_a_form_opened_earlier(place: Workplace) -> None:
    number = wish(place, f"Wish {place.user}")
    values = filled(reason="jeg vil", data={"selected_options": [{"value": "public"}]})

    refused = place.submit(decide(number, "approved"), values, user=place.user).json()
    allowed = place.submit(decide(number, "approved"), values, user="UANNA").json()

    assert "UANNA" in str(refused["view"])
    assert "godkendt" in str(allowed["view"])


def test_nothing_that_is_typed_becomes_a_link_for_those_who_decide_or_answer(place: Workplace) -> None:
    trap = f"[guiden](https://evil.example) <!channel> **{place.user}** <https://evil.example|guiden>"
    place.submit(REQUEST, filled(name={"selected_option": {"value": f"[x](https://evil.example) {place.user}"}},
                                 purpose=trap))  # fmt: skip
    place.submit({**REQUEST, "callback_id": "ask-person"}, filled(question=trap))

    cards = [place.api.wait_where("chat.postMessage", sign) for sign in ("Nyt ønske", "Et spørgsmål til jer")]
    cards += [place.api.wait_where("views.publish", place.user)["view"]]
    for card in cards:
        assert "<" not in json.dumps(card["blocks"])


def test_a_role_is_given_to_a_user_group_in_its_workspace(place: Workplace) -> None:
    member = "UBENT"  # the stand-in's own, because members are looked up once in five minutes
    number = wish(place, f"Group wish {place.user}")

    place.press({"action_id": "decide:1:da", "value": f"{number} rejected"}, user=member)
    place.press({"action_id": "decide:2:da", "value": f"{number} rejected"}, user="UOTHER", ts="2.0")

    [opened] = place.api.wait_for("views.open")
    assert opened["view"]["callback_id"] == "decide"
    place.api.wait_where("chat.postMessage", "Det må du ikke")


def test_a_form_that_takes_long_is_acknowledged_and_answered_later(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.slack.hearing._SECONDS_FOR_A_FORM", 0.05)
    holding = threading.Event()
    submit = Desk.submit
    monkeypatch.setattr(Desk, "submit", lambda desk, form: holding.wait(5) and submit(desk, form))

    person = f"USLOW{place.user}"
    answer = place.submit({**REQUEST}, filled(name=f"Slow {place.user}", purpose="jingle"), user=person)
    holding.set()

    assert not answer.content or answer.json() == {}
    assert place.api.wait_where("chat.postMessage", f"Dit ønske om Slow {place.user}")["channel"] == person


def test_a_message_shortcut_says_what_may_be_done(place: Workplace) -> None:
    message = {"text": "", "ts": "3.0", "attachments": [{"text": "Referat af sygesamtale med Bente, 010190-1234"}]}
    place.interact({"type": "message_action", "callback_id": "check", "channel": {"id": place.channel},
                    "message": message, "response_url": f"{place.api.address}/response"})  # fmt: skip

    [sent] = place.api.wait_for("response")
    assert sent["response_type"] == "ephemeral"
    assert "Der er personoplysninger i beskeden: et CPR-nummer" in json.dumps(sent["blocks"], ensure_ascii=False)
    assert "Du skrev" not in sent["text"]
    assert "Bente" not in str(sent)
    assert "010190" not in str(sent)


def test_the_home_tab_holds_all_that_is_the_persons_own(place: Workplace) -> None:
    wish(place, f"Home wish {place.user}")
    place.api.begin()
    place.event({"type": "app_home_opened", "user": place.user, "tab": "home", "channel": place.direct})

    sent = place.api.wait_where("views.publish", f"Home wish {place.user}")
    shown = json.dumps(sent["view"], ensure_ascii=False)
    assert sent["user_id"] == place.user
    titles = ("Det kan Vejviser", "Prøv for eksempel", "Mine ønsker", "Godkendte værktøjer", "meddelelser")
    assert [title for title in titles if title not in shown] == []
    assert f"Home wish {place.user}" in shown
    asked = [each for each in buttons(sent["view"]) if each["action_id"].startswith("ask:")]
    assert len(asked) == 3


def test_an_example_in_the_home_tab_is_answered_in_the_persons_own_conversation(place: Workplace) -> None:
    place.press_at_home({"action_id": "ask:1:da", "value": "hvad er en grundmodel?"})

    [sent] = place.api.wait_for("chat.postMessage")
    assert sent["channel"] == place.user


def test_the_whole_list_comes_from_the_home_tab_into_the_persons_own_conversation(place: Workplace) -> None:
    place.press_at_home({"action_id": "list-tools:4:da", "value": "|0"})

    assert place.api.wait_where("chat.postMessage", "Positivlisten")["channel"] == place.user


def test_the_home_tab_follows_what_its_person_did(place: Workplace) -> None:
    wish(place, f"Seen wish {place.user}")

    place.api.wait_where("views.publish", f"Seen wish {place.user}")


def test_the_assistant_begins_with_questions_to_choose_from(place: Workplace) -> None:
    thread = {"user_id": place.user, "channel_id": place.direct, "thread_ts": "8.0"}
    place.event({"type": "assistant_thread_started", "assistant_thread": thread})

    [offered] = place.api.wait_for("assistant.threads.setSuggestedPrompts")
    [welcome] = place.api.wait_for("chat.postMessage")
    assert len(offered["prompts"]) == 3
    assert welcome["thread_ts"] == offered["thread_ts"] == "8.0"


def ask_a_person(place: Workplace, question: str) -> dict[str, Any]:
    """Pass ``question`` on and return what the experts get."""
    view = {**REQUEST, "callback_id": "ask-person"}
    place.submit(view, filled(question=question))
    return place.api.wait_where("chat.postMessage", question.rpartition(" ")[2])


@pytest.mark.parametrize("kept", ["metadata", "blocks"])
def test_what_an_expert_answers_in_the_thread_comes_back_to_whoever_asked(place: Workplace, kept: str) -> None:
    passed_on = ask_a_person(place, f"hvad koster det for 010190-1234 {place.user}?")
    root = {"ts": "2.0", "bot_id": "BBOT", kept: passed_on[kept]}
    place.api.answers["conversations.replies"] = {"messages": [root]}
    thread = f"{len(place.api.calls)}.5"

    place.message("<@UBOT> er Otter godkendt?", user="UEXPERT", channel="CEXPERTS", thread_ts=thread)
    place.message(
        "Spørg indkøb på <https://kl.dk/pris|KL's side> &amp; her: <https://kl.dk>",
        user="UEXPERT",
        channel="CEXPERTS",
        thread_ts=thread,
    )

    assert "010190" not in str(passed_on)
    assert passed_on["channel"] == "CEXPERTS"
    assert place.api.wait_where("chat.postEphemeral", "Svaret er sendt")["user"] == "UEXPERT"
    back = place.api.wait_where("chat.postMessage", "Spørg indkøb")
    assert back["metadata"]["event_payload"]["key"].endswith("-answer")
    assert "<https://kl.dk/pris|KL's side> &amp; her: <https://kl.dk|https://kl.dk>" in json.dumps(back["blocks"])
    assert back["channel"] == place.user


def test_names_are_suggested_while_somebody_types(place: Workplace) -> None:
    answer = place.interact(
        {"type": "block_suggestion", "action_id": "suggest:tools", "value": "cop", "block_id": "name"}
    ).json()

    assert any("Copilot" in option["value"] for option in answer["options"])


def test_whoever_asked_is_told_where_something_broke_and_nothing_of_it_is_logged(
    place: Workplace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    place.api.answers["views.open"] = {"ok": False, "error": "expired_trigger_id"}

    place.command("/ai-request", "Hemmeligheden")

    [told] = place.api.wait_for("response")
    assert "Det gik galt" in told["text"]
    assert "SlackApiError(expired_trigger_id)" in caplog.text
    assert "Hemmeligheden" not in caplog.text


@pytest.mark.parametrize(("text", "said"), [("", "Det kan Vejviser"), ("x" * 4001, "for lang")])
def test_an_empty_question_brings_help_and_one_too_long_a_word(place: Workplace, text: str, said: str) -> None:
    place.command("/vejviser", text)

    assert said in place.api.wait_for("response")[0]["text"]
