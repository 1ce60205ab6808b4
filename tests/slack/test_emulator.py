"""A day in a workplace, over HTTP against the emulator, with every surface drawn in a browser."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.slack.acting import WebApi, Workplace, buttons
from tests.slack.conftest import HERE, NODE, serving
from tests.slack.emulator import Emulator
from tests.slack.slack_limits import faults

ROLES = "curators: ['slack:{anna}']\nmanagers: ['slack:{anna}']\nexperts: ['slack:{experts}']\n"
WIDEST = 640


@pytest.fixture(scope="module")
def slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    yield emulator
    emulator.close()


class Day:
    """One workplace, and every surface that was seen in it."""

    def __init__(self, slack: Emulator, api: WebApi, address: str) -> None:
        self.slack = slack
        self.surfaces: dict[str, list[dict[str, Any]]] = {}
        self.bo = Workplace(address, api)
        self.bo.user, self.bo.channel = slack.ids["bo"], slack.channels["general"]
        self.bo.direct = slack.direct("bo")

    def see(self, name: str, content: Any, kind: str = "message") -> Any:
        self.surfaces[name] = content["blocks"]
        assert faults(content["blocks"], kind) == []
        return content

    def press(self, content: Any, act: str, *, who: str = "bo", **more: Any) -> None:
        chosen = next(each for each in buttons(content) if each["action_id"].startswith(f"{act}:"))
        payload = {"type": "block_actions", "user": {"id": self.slack.ids[who]}, "trigger_id": self.slack.trigger(who),
                   "container": {"type": "message", "is_ephemeral": more.pop("is_ephemeral", False)},
                   "actions": [{**chosen, "action_ts": "1.0"}]}  # fmt: skip
        self.bo.interact({**payload, **more})

    def opened(self, sign: str) -> Any:
        """Return the modal that was opened with ``sign`` in it."""
        return _parsed(self.bo.api.wait_where("views.open", sign)["view"])


@pytest.fixture(scope="module")
def day(slack: Emulator, web_api: WebApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    roles = ROLES.format(anna=slack.ids["anna"], experts=slack.channels["eksperter"])
    web_api.gateway_to = slack.address
    with serving(tmp_path_factory.mktemp("day"), web_api, roles=roles, SLACK_BOT_TOKEN=slack.bot) as address:
        yield Day(slack, web_api, address)


def test_a_day(day: Day, browser: Browser, tmp_path: Path) -> None:
    ask(day)
    look_up(day)
    wish_and_decide(day)
    ask_a_person(day)
    go_home(day)
    check_that_all_is_drawn(day, browser, Path(os.environ.get("VEJVISER_SCREENSHOTS", tmp_path)))


def ask(day: Day) -> None:
    slack, bo = day.slack, day.bo
    bo.message("Må jeg lægge en patientjournal i Gemini? 010190-1234")
    day.see("question", slack.message(bo.direct, "Nej."))

    asked = slack.call("chat.postMessage", "bo", channel=bo.channel, text="Må jeg?")["ts"]
    bo.event({"type": "app_mention", "user": bo.user, "channel": bo.channel, "ts": asked,
              "text": "<@UBOT> må jeg bruge AI til det her?"})  # fmt: skip
    day.see("choices", slack.message(bo.channel, "ask:1", thread=asked))

    bo.command("/vejviser", "må jeg lægge 010190-1234 i ChatGPT?")
    private = day.see("private", bo.api.wait_for("response")[0])
    day.press(private, "share", channel={"id": bo.channel}, is_ephemeral=True)
    shared = day.see("share", slack.message(bo.channel, "Spørgsmål:"))
    assert "010190" not in str(shared)


def look_up(day: Day) -> None:
    bo = day.bo
    bo.command("/ai-status", "Otter")
    day.see("status", bo.api.wait_where("response", "afvist"))
    bo.command("/ai-tools", "")
    day.see("tools", bo.api.wait_where("response", "Positivlisten"))
    bo.interact({"type": "message_action", "callback_id": "check", "channel": {"id": bo.channel},
                 "message": {"text": "Referat af sygesamtale med Bente, 010190-1234"},
                 "response_url": f"{bo.api.address}/response"})  # fmt: skip
    day.see("check", bo.api.wait_where("response", "personoplysninger i beskeden"))


def wish_and_decide(day: Day) -> None:
    slack, bo = day.slack, day.bo
    bo.command("/ai-request", "Suno", trigger_id=slack.trigger("bo"))
    opened = day.opened("Ønsk et værktøj")
    day.see("request", opened, "modal")
    answer = bo.submit(opened, {"name": {"n": {"value": "Suno"}}, "purpose": {"p": {"value": "jingle"}}}).json()
    day.see("request sent", answer["view"], "modal")

    anna = slack.direct("anna")
    card = day.see("request to decide", slack.message(anna, "Nyt ønske"))
    day.press(card, "decide", who="anna", channel={"id": anna}, message={"ts": card["ts"]})
    decision = day.opened("Tag stilling")
    day.see("decision", decision, "modal")
    filled = {"data": {"d": {"selected_options": [{"value": "public"}]}}, "reason": {"r": {"value": "Aftale på plads"}}}
    bo.submit(decision, filled, user=slack.ids["anna"])
    day.see("decided", slack.message(bo.direct, "Aftale på plads"))


def ask_a_person(day: Day) -> None:
    slack, bo = day.slack, day.bo
    answer = slack.message(bo.direct, "Nej.")
    day.press(answer, "ask-person", channel={"id": bo.direct}, message={"ts": answer["ts"]})
    form = day.opened("Spørg et menneske")
    assert "010190" not in str(form)
    day.see("ask a person", form, "modal")
    bo.submit(form, {"question": {"q": {"value": "Hvad må jeg så med 010190-1234?"}}})

    experts = slack.channels["eksperter"]
    passed_on = day.see("to the experts", slack.message(experts, "Hvad må jeg så"))
    assert "010190" not in str(passed_on)
    reply = {"channel": experts, "text": "Brug KommuneGPT", "thread_ts": passed_on["ts"]}
    sent = slack.call("chat.postMessage", "eva", **reply)
    bo.event({"type": "message", "channel_type": "channel", "user": slack.ids["eva"], "ts": sent["ts"], **reply})
    day.see("from the experts", slack.message(bo.direct, "Brug KommuneGPT"))


def go_home(day: Day) -> None:
    bo = day.bo
    bo.event({"type": "app_home_opened", "user": bo.user, "tab": "home", "channel": bo.direct})
    day.see("home", _parsed(bo.api.wait_where("views.publish", "Aftale på plads")["view"]), "home")


def _parsed(view: Any) -> Any:
    return json.loads(view) if isinstance(view, str) else view


def check_that_all_is_drawn(day: Day, browser: Browser, folder: Path) -> None:
    listed = [{"name": name, "blocks": blocks} for name, blocks in day.surfaces.items()]
    drawn = subprocess.run(
        [NODE, HERE / "show.mjs"], input=json.dumps(listed), check=True, capture_output=True, text=True
    )
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.set_content(drawn.stdout)
    for name, blocks in day.surfaces.items():
        section = page.locator(f"section[id='{name}']")
        seen = section.inner_text()
        words = [
            each["text"]["text"] for block in blocks for each in block.get("elements", ()) if each["type"] == "button"
        ]
        assert [word for word in words if word not in seen] == [], name
        assert section.evaluate("part => part.scrollWidth") <= WIDEST + 24, name
        section.screenshot(path=folder / f"{name}.png")
    page.close()
