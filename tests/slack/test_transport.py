"""The bot in Slack, over HTTP with signed requests: asked, pressed, filled in, and lied to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from slack_bolt.app.async_app import AsyncApp

from adapters.slack.sending import web_client
from adapters.slack.socket import Socket, Watch
from adapters.web.app import create_app
from bot.bootstrap import Workshop
from bot.settings import Settings
from tests.slack.acting import SECRET, WebApi, Workplace, buttons
from tests.slack.sockets import SocketServer, SocketWorkplace


@pytest.fixture
def api() -> Iterator[WebApi]:
    api = WebApi()
    yield api
    api.close()


@contextmanager
def running(tmp_path: Path, api: WebApi, **more: str) -> Iterator[str]:
    roles = tmp_path / "roles.yaml"
    roles.write_text("curators: ['slack:UANNA']\nexperts: ['slack:CEXPERTS']\n", encoding="utf-8")
    environment = {
        "VEJVISER_HOME": str(tmp_path),
        "VEJVISER_ROLES": str(roles),
        "SLACK_BOT_TOKEN": "xoxb-test",
        "SLACK_SIGNING_SECRET": SECRET,
        "VEJVISER_SLACK_API_URL": f"{api.address}/api/",
    }
    workshop = Workshop(Settings.from_env(environment | more))
    app = create_app(workshop.advisor, parts=workshop.parts())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def over_http(tmp_path: Path, api: WebApi) -> Iterator[Workplace]:
    with running(tmp_path, api) as address:
        yield Workplace(address, api)


@pytest.fixture
def sockets(api: WebApi) -> Iterator[SocketServer]:
    server = SocketServer()
    api.sockets = server.url
    yield server
    server.close()


@pytest.fixture
def over_socket(tmp_path: Path, api: WebApi, sockets: SocketServer) -> Iterator[Workplace]:
    with running(tmp_path, api, SLACK_APP_TOKEN="xapp-test"):
        yield SocketWorkplace(sockets, api)


@pytest.fixture(params=["over_http", "over_socket"])
def place(request: pytest.FixtureRequest) -> Workplace:
    """Return a workplace, once over HTTP and once over Socket Mode."""
    found: Workplace = request.getfixturevalue(request.param)
    return found


def test_a_direct_message_is_answered(place: Workplace) -> None:
    assert place.message("may I put a patient record into Gemini?").status_code == 200

    [sent] = place.api.wait_for("chat.postMessage")
    assert sent["channel"] == "D1"
    assert sent["text"].startswith("No.")


def test_a_mention_is_answered_in_its_thread(place: Workplace) -> None:
    place.event(
        {"type": "app_mention", "text": "<@UBOT> er Otter godkendt?", "user": "UBO", "channel": "C1", "ts": "5.0"}
    )

    [sent] = place.api.wait_for("chat.postMessage")
    assert (sent["channel"], sent["thread_ts"]) == ("C1", "5.0")
    assert "afvist" in sent["text"]


def test_the_same_event_is_answered_once(place: Workplace) -> None:
    event = {"type": "message", "text": "hej", "user": "UBO", "channel": "D1", "channel_type": "im", "ts": "7.0"}
    for _ in range(3):
        place.event(event, event_id="EvSAME")
    place.message("er Otter godkendt?")

    assert len(place.api.wait_for("chat.postMessage", 2)) == 2


def test_the_bot_does_not_answer_itself_or_other_bots(place: Workplace) -> None:
    place.message("er Otter godkendt?", bot_id="BBOT")
    place.message("er Gemini godkendt?")

    assert len(place.api.wait_for("chat.postMessage")) == 1


def test_a_slash_command_is_answered_privately_and_shared_masked(place: Workplace) -> None:
    place.command("/vejviser", "må jeg lægge 010190-1234 i ChatGPT?")

    [sent] = place.api.wait_for("response")
    assert sent["response_type"] == "ephemeral"
    share = next(button for button in buttons(sent) if button["action_id"].startswith("share"))
    place.interact(
        {
            "type": "block_actions",
            "channel": {"id": "C1"},
            "container": {"type": "message", "channel_id": "C1", "is_ephemeral": True},
            "response_url": f"{place.api.address}/response",
            "actions": [{**share, "action_ts": "1"}],
        }
    )
    [shared] = place.api.wait_for("chat.postMessage")
    assert shared["channel"] == "C1"
    assert "010190" not in str(place.api.calls)


def test_a_wish_goes_from_a_modal_to_the_curator_and_back(place: Workplace) -> None:
    place.command("/ai-request", "Suno")
    [opened] = place.api.wait_for("views.open")
    view = opened["view"]
    filled = {"name": {"n": {"selected_option": {"value": "Suno"}}}, "purpose": {"p": {"value": "jingle"}}}

    answer = place.submit(view, filled).json()

    assert answer["response_action"] == "update"
    assert "Suno" in str(answer["view"])


def test_a_form_with_an_empty_field_says_which(place: Workplace) -> None:
    view = {"type": "modal", "callback_id": "request", "private_metadata": "", "title": {"text": "x"}}

    answer = place.submit(view, {"name": {"n": {"value": "Suno"}}, "purpose": {"p": {"value": ""}}}).json()

    assert answer["response_action"] == "errors"
    assert set(answer["errors"]) == {"purpose"}


def test_only_a_curator_may_decide_even_in_a_form_opened_earlier(place: Workplace) -> None:
    view = {
        "type": "modal",
        "callback_id": "decide",
        "private_metadata": '{"state": "1 approved"}',
        "title": {"text": "x"},
    }
    filled = {"reason": {"r": {"value": "jeg vil"}}, "data": {"d": {"selected_options": [{"value": "public"}]}}}
    request = {"type": "modal", "callback_id": "request", "private_metadata": "", "title": {"text": "x"}}
    place.submit(request, {"name": {"n": {"value": "Suno"}}, "purpose": {"p": {"value": "jingle"}}})

    refused = place.submit(view, filled, user="UBO").json()
    allowed = place.submit(view, filled, user="UANNA").json()

    assert "UANNA" in str(refused["view"])
    assert "Suno" in str(allowed["view"])


def test_curators_and_everyone_who_asked_are_told(place: Workplace) -> None:
    request = {"type": "modal", "callback_id": "request", "private_metadata": "", "title": {"text": "x"}}
    decide = {**request, "callback_id": "decide", "private_metadata": '{"state": "1 rejected"}'}
    place.submit(request, {"name": {"n": {"value": "Suno"}}, "purpose": {"p": {"value": "jingle"}}})
    [asked] = place.api.wait_for("chat.postMessage")

    place.submit(decide, {"reason": {"r": {"value": "Ingen aftale"}}}, user="UANNA")

    told = place.api.wait_for("chat.postMessage", 2)[-1]
    assert asked["metadata"]["event_payload"]["key"] == "request-1"
    assert "Ingen aftale" in str(told)


def test_a_message_shortcut_says_what_may_be_done(place: Workplace) -> None:
    place.interact(
        {
            "type": "message_action",
            "callback_id": "check",
            "channel": {"id": "C1"},
            "message": {"text": "Referat af sygesamtale med Bente", "ts": "3.0"},
            "response_url": f"{place.api.address}/response",
        }
    )

    [sent] = place.api.wait_for("response")
    assert "Bente" not in str(sent)
    assert sent["response_type"] == "ephemeral"


def test_the_home_tab_is_published(place: Workplace) -> None:
    place.event({"type": "app_home_opened", "user": "UBO", "tab": "home", "channel": "D1"})

    [sent] = place.api.wait_for("views.publish")
    assert sent["user_id"] == "UBO"


def test_an_expert_answers_in_the_thread(place: Workplace) -> None:
    view = {"type": "modal", "callback_id": "ask-person", "private_metadata": "", "title": {"text": "x"}}
    place.submit(view, {"question": {"q": {"value": "hvad koster det?"}}})
    metadata = {"event_type": "vejviser_message", "event_payload": {"key": "escalation-1"}}
    place.api.answers["conversations.replies"] = {"messages": [{"ts": "2.0", "metadata": metadata}]}

    place.message("Spørg indkøb", user="UEXPERT", channel="CEXPERTS", thread_ts="2.0")

    [told] = place.api.wait_for("chat.postEphemeral")
    assert told["user"] == "UEXPERT"


def test_names_are_suggested_while_somebody_types(place: Workplace) -> None:
    answer = place.interact(
        {"type": "block_suggestion", "action_id": "suggest:tools", "block_id": "name", "value": "kommune"}
    )

    assert "KommuneGPT" in answer.text


@pytest.mark.parametrize(("secret", "age"), [("wrong", 0), (SECRET, 600)])
def test_a_forged_or_old_request_is_refused(over_http: Workplace, secret: str, age: float) -> None:
    answer = over_http.post('{"type": "event_callback"}', "application/json", secret=secret, age=age)

    assert answer.status_code == 401
    assert over_http.api.calls == []


def test_an_altered_request_is_refused(over_http: Workplace) -> None:
    answer = over_http.post("{}", "application/json", **{"X-Slack-Signature": "v0=0000"})

    assert answer.status_code == 401


def test_an_answer_is_sent_only_to_slack(over_http: Workplace) -> None:
    over_http.command("/vejviser", "er Otter godkendt?", response_url="http://evil.example/take")
    over_http.message("er Otter godkendt?")

    over_http.api.wait_for("chat.postMessage")
    assert [name for name, _ in over_http.api.calls] == ["chat.postMessage"]


def test_a_dropped_connection_is_replaced(over_socket: Workplace, sockets: SocketServer) -> None:
    sockets.wait_for_links(1)
    sockets.drop()
    sockets.wait_for_links(2)

    over_socket.message("may I put a patient record into Gemini?")

    over_socket.api.wait_for("chat.postMessage")


async def keeps_up(api: WebApi, server: SocketServer, watch: Watch, until: Callable[[Socket], Awaitable[None]]) -> None:
    socket = Socket(
        AsyncApp(client=web_client("xoxb-test", f"{api.address}/api/"), signing_secret=SECRET), "xapp", watch
    )
    socket.start()
    try:
        await until(socket)
    finally:
        await socket.stop()


def test_a_connection_that_falls_silent_is_replaced(api: WebApi, sockets: SocketServer) -> None:
    async def until(_: Socket) -> None:
        await asyncio.to_thread(sockets.wait_for_links, 1)
        sockets.is_deaf = True
        await asyncio.to_thread(sockets.wait_for_links, 2)

    asyncio.run(keeps_up(api, sockets, Watch(ping=0.2, silence=0.6), until))


def test_slack_that_is_away_at_the_start_is_tried_again(api: WebApi, sockets: SocketServer) -> None:
    api.answers["apps.connections.open"] = {"ok": False, "error": "invalid_auth"}

    async def until(socket: Socket) -> None:
        await asyncio.to_thread(api.wait_for, "apps.connections.open", 2)
        assert "check SLACK_APP_TOKEN" in socket.fault
        api.answers.clear()
        await asyncio.to_thread(sockets.wait_for_links, 1)

    asyncio.run(keeps_up(api, sockets, Watch(longest_wait=0.1), until))
