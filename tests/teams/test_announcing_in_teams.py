"""A whole announcement in Teams: written in a card, seen, sent by the worker, read, changed and recalled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloud import APP, SECRET, TENANT, Call, Cloud, activity
from ports import served

from adapters.web.app import create_app
from bot.bootstrap import Workshop
from bot.settings import Settings

MIA = "00000000-0000-0000-0000-0000000000a1"
MANAGER = {"id": "29:mia", "name": "Mia", "aadObjectId": MIA}
OF_MIA = {"from": MANAGER, "conversation": {"conversationType": "personal", "tenantId": TENANT, "id": "a:mia"}}
CHANNEL = {
    "conversation": {
        "conversationType": "channel", "tenantId": TENANT, "isGroup": True, "id": "19:hr@thread.tacv2;messageid=17",
    },
    "channelData": {
        "tenant": {"id": TENANT}, "team": {"id": "19:team@thread.tacv2", "name": "HR"},
        "channel": {"id": "19:hr@thread.tacv2", "name": "Løn"},
    },
}  # fmt: skip


class People:
    """Those who write, read and press."""

    def __init__(self, http: httpx.Client, cloud: Cloud) -> None:
        self._http = http
        self.cloud = cloud

    def send(self, text: str, **changes: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.cloud.token()}"}
        response = self._http.post("/api/messages", json=activity(self.cloud, text, **changes), headers=headers)
        assert response.status_code in {200, 201, 202}
        return response.json() if response.content else None

    def press(self, action: Any, values: dict[str, str] | None = None, **changes: Any) -> Any:
        data = {**action["data"], **(values or {})}
        value = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": data}, "trigger": "manual"}
        return self.send("", type="invoke", name="adaptiveCard/action", value=value, **changes)


@pytest.fixture
def people(tmp_path: Path, cloud: Cloud) -> Iterator[People]:
    roles = tmp_path / "roles.yaml"
    roles.write_text(f"managers: ['teams:{MIA}']\n", encoding="utf-8")
    environment = {
        "VEJVISER_HOME": str(tmp_path), "VEJVISER_ROLES": str(roles), "VEJVISER_LANG": "en",
        "MicrosoftAppId": APP, "MicrosoftAppPassword": SECRET, "MicrosoftAppType": "SingleTenant",
        "MicrosoftAppTenantId": TENANT, "TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL": f"{cloud.url}/meta",
        "TO_CHANNEL_FROM_BOT_LOGIN_URL": cloud.url,
    }  # fmt: skip
    cloud.reset()
    workshop = Workshop(Settings.from_env(environment))
    with served(app=create_app(workshop.advisor, parts=workshop.parts())) as http:
        yield People(http, cloud)


def card(call: Call) -> Any:
    return call.body["attachments"][0]["content"]


def actions(part: Any) -> Iterator[dict[str, Any]]:
    """Yield every action of a card."""
    if isinstance(part, dict):
        if str(part.get("type", "")).startswith("Action."):
            yield part
        for value in part.values():
            yield from actions(value)
    elif isinstance(part, list):
        for value in part:
            yield from actions(value)


def action(of: Any, title: str) -> dict[str, Any]:
    titles = [each["title"] for each in actions(of)]
    return next((each for each in actions(of) if each["title"].startswith(title)), None) or pytest.fail(str(titles))


def posted(people: People, words: str, many: int = 1) -> Call:
    """Return the last call with ``words`` once there are as many."""

    def those(sent: list[Call]) -> list[Call]:
        return [call for call in sent if words in json.dumps(call.body, ensure_ascii=False)]

    return those(people.cloud.wait(lambda sent: len(those(sent)) >= many))[many - 1]


FILLED = {
    "title_da": "Nye regler",
    "body_da": "Fra **mandag**.",
    "channels": "teams:19:hr@thread.tacv2",
    "acknowledge": "1",
}


def test_a_whole_announcement(people: People) -> None:
    people.send("may I use ChatGPT?", **CHANNEL)
    people.send("announce", **OF_MIA)
    form = card(posted(people, "Ny meddelelse"))

    people.send("", value={**action(form, "Se den først")["data"], **FILLED}, **OF_MIA)
    preview = posted(people, "mandag")
    report = people.press(action(card(preview), "Send"), **OF_MIA)["value"]

    sent = sent_to(people, "19%3Ahr%40thread.tacv2/activities", "POST")
    assert [each["title"] for each in actions(card(sent))] == ["Jeg har læst dette"]

    people.press(action(card(sent), "Jeg har læst"), **CHANNEL)
    report = people.press(action(report, "Vis rapport"), **OF_MIA)["value"]
    assert (fact(report, "Leveret"), fact(report, "Har læst")) == ("1", "1")

    people.press(action(report, "Træk"), **OF_MIA)
    recall = card(posted(people, "Action.Submit", 2))
    people.send("", value={**next(actions(recall))["data"], "how": "delete"}, **OF_MIA)
    assert "message-" in sent_to(people, "19%3Ahr%40thread.tacv2/activities/message-", "DELETE").path


def test_whoever_is_no_manager_gets_no_form_whatever_the_name(people: People) -> None:
    namesake = {"id": "29:other", "name": "Mia", "aadObjectId": "00000000-0000-0000-0000-0000000000ff"}

    people.send("announce", **{"from": namesake})

    assert MIA in json.dumps(card(people.cloud.wait(len)[0]))


def sent_to(people: People, path: str, method: str) -> Call:
    def those(sent: list[Call]) -> list[Call]:
        return [call for call in sent if path in call.path and call.method == method]

    return those(people.cloud.wait(lambda sent: bool(those(sent))))[0]


def fact(of: Any, label: str) -> str:
    """Return what a card says of ``label``."""
    texts = [part["text"] for part in runs(of)]
    return str(texts[texts.index(f"{label}: ") + 1])


def runs(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("type") == "TextRun":
            yield part
        part = list(part.values())
    if isinstance(part, list):
        for value in part:
            yield from runs(value)
