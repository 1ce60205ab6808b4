"""A whole announcement in Slack: written in a modal, seen, sent by the worker, read and recalled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.slack.acting import WebApi, Workplace, buttons
from tests.slack.conftest import serving


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, web_api: WebApi) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("announcing"), web_api, VEJVISER_LANG="en") as address:
        yield address


@pytest.fixture
def place(address: str, api: WebApi) -> Workplace:
    return Workplace(address, api)


def as_json(value: object) -> Any:  # any: JSON
    return json.loads(value) if isinstance(value, str) else value


def button(content: Mapping[str, Any], label: str) -> dict[str, Any]:
    return next(each for each in buttons(content) if each["text"]["text"].startswith(label))


def filled(channel: str) -> dict[str, Any]:
    return {
        "title_en": {"title_en": {"type": "plain_text_input", "value": "New rules"}},
        "body_en": {"body_en": {"type": "plain_text_input", "value": "From **Monday**."}},
        "channels": {"channels": {"type": "multi_conversations_select", "selected_conversations": [channel]}},
        "acknowledge": {"acknowledge": {"type": "checkboxes", "selected_options": [{"value": "1"}]}},
    }


def test_a_whole_announcement(place: Workplace) -> None:
    place.command("/ai-announce", "", user="UMIA")
    view = as_json(place.api.wait_for("views.open")[0]["view"])
    assert view["title"]["text"] == "New announcement"

    place.submit(view, filled("C111"), user="UMIA")
    preview = place.api.wait_for("chat.postMessage")[0]
    assert preview["channel"] == "UMIA"
    assert "*Monday*" in json.dumps(preview["blocks"])

    place.press(button(preview, "Send"), user="UMIA")
    sent = place.api.wait_for("chat.postMessage", 2)[1]
    assert sent["channel"] == "C111"
    assert [each["text"]["text"] for each in buttons(sent)] == ["I have read this"]

    place.press(button(sent, "I have read"), user="UBO", channel="C111")
    assert "Noted" in place.api.wait_for("chat.postEphemeral")[0]["text"]

    report = place.api.wait_for("chat.update")[0]
    place.press(button(report, "Show report"), user="UMIA")
    shown = json.dumps(place.api.wait_for("chat.update", 2)[1]["blocks"])
    assert "Have read" in shown

    place.press(button(report | {"blocks": shown}, "Recall"), user="UMIA")
    form = as_json(place.api.wait_for("views.open", 2)[1]["view"])
    how = {"how": {"how": {"type": "static_select", "selected_option": {"value": "delete"}}}}
    place.submit(form, how, user="UMIA")
    assert place.api.wait_for("chat.delete")[0]["channel"] == "C111"


def test_a_fault_of_the_form_stands_at_its_field(place: Workplace) -> None:
    place.command("/ai-announce", "", user="UMIA")
    view = as_json(place.api.wait_for("views.open")[0]["view"])

    answer = place.submit(view, filled("C111") | {"title_en": {"title_en": {"value": ""}}}, user="UMIA").json()

    assert answer["response_action"] == "errors"
    assert list(answer["errors"]) == ["title_en"]


def test_whoever_is_no_manager_gets_no_form(place: Workplace) -> None:
    place.command("/ai-announce", "", user="UBO")

    assert "slack:UMIA" in place.api.wait_for("response")[0]["text"]
