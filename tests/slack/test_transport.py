"""How requests get in: signed and fresh over HTTP, or through a connection that is kept up; each is done once."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from adapters.slack.building import application
from adapters.slack.hearing import Hearing
from adapters.slack.letting_in import LARGEST_BODY, Door
from adapters.slack.recent import Recent
from adapters.slack.sending import Pace
from adapters.slack.socket import Socket, Watch
from bot.service.advising import Advisor
from tests.slack.acting import SECRET, WebApi, Workplace, buttons, signed
from tests.slack.conftest import serving
from tests.slack.sockets import SocketServer, SocketWorkplace


@pytest.fixture(scope="module")
def http_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("http")


@pytest.fixture(scope="module")
def http_address(http_folder: Path, web_api: WebApi) -> Iterator[str]:
    with serving(http_folder, web_api, sends=False) as address:
        yield address


@pytest.fixture(scope="module")
def socket_address(
    tmp_path_factory: pytest.TempPathFactory, web_api: WebApi, socket_server: SocketServer
) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("socket"), web_api, sends=False, SLACK_APP_TOKEN="xapp-test") as address:
        yield address


@pytest.fixture
def over_http(http_address: str, api: WebApi) -> Workplace:
    return Workplace(http_address, api)


@pytest.fixture
def over_socket(socket_address: str, socket_server: SocketServer, api: WebApi) -> Workplace:
    return SocketWorkplace(socket_server, api)


@pytest.fixture(params=["over_http", "over_socket"])
def place(request: pytest.FixtureRequest) -> Workplace:
    """Return a workplace, once over HTTP and once over Socket Mode."""
    found: Workplace = request.getfixturevalue(request.param)
    return found


FORM = "application/x-www-form-urlencoded"
QUESTION = {"command": "/vejviser", "text": "er Otter godkendt?"}


@pytest.mark.parametrize("case", ["wrong", "late", "early", "missing", "altered", "no number", "not ASCII"])
def test_what_slack_did_not_sign_just_now_is_refused_and_costs_nothing(over_http: Workplace, case: str) -> None:
    body = urlencode(QUESTION).encode()
    secret = "other" if case == "wrong" else SECRET
    headers = signed(body, secret=secret, age={"late": 301.0, "early": -400.0}.get(case, 0.0))
    if case == "missing":
        headers = {}
    if case == "altered":
        body += b"!"
    if case == "no number":
        headers["X-Slack-Request-Timestamp"] = "soon"
    if case == "not ASCII":
        headers["X-Slack-Signature"] = "v0=æøå".encode()  # type: ignore[assignment]

    answer = httpx.post(over_http.url, content=body, headers={**headers, "Content-Type": FORM})

    over_http.message("er Otter godkendt?")
    assert answer.status_code == 401
    over_http.api.wait_for("chat.postMessage")
    assert [name for name, _ in over_http.api.calls] == ["chat.postMessage"]


def test_a_signed_request_that_is_sent_again_is_refused(over_http: Workplace) -> None:
    body = urlencode({**QUESTION, "trigger_id": over_http.user}).encode()
    headers = {**signed(body), "Content-Type": FORM}

    answers = [httpx.post(over_http.url, content=body, headers=headers).status_code for _ in range(2)]

    assert answers == [200, 401]


def test_slacks_own_retry_is_acknowledged_and_answered_once(over_http: Workplace) -> None:
    event = {"type": "message", "text": "hej", "user": over_http.user, "channel": over_http.direct,
             "channel_type": "im", "ts": "7.0"}  # fmt: skip
    body = json.dumps({"type": "event_callback", "team_id": "T1", "event_id": over_http.user, "event": event}).encode()
    headers = {**signed(body), "Content-Type": "application/json"}

    answers = [httpx.post(over_http.url, content=body, headers=headers)]
    answers += [httpx.post(over_http.url, content=body, headers={**headers, "X-Slack-Retry-Num": "1"})]
    over_http.message("er Otter godkendt?")

    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(over_http.api.wait_for("chat.postMessage", 2)) == 2


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[]", b"{", b'"text"', b"payload=%7B", b"payload=[]", b"payload=5"])
def test_what_is_signed_but_no_request_is_refused_politely(over_http: Workplace, body: bytes) -> None:
    kind = FORM if body.startswith(b"payload") else "application/json"

    answer = httpx.post(over_http.url, content=body, headers={**signed(body), "Content-Type": kind})

    assert answer.status_code < 500


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": "none"},
        {"type": "block_actions", "actions": []},
        {"type": "view_submission", "view": {"state": {"values": [1]}}},
        {"type": "view_submission"},
        {"type": "block_suggestion"},
        {"type": "message_action", "message": None},
        {"type": "event_callback", "event": {"type": "message"}},
        {"type": "of_tomorrow"},
    ],
)
def test_a_payload_that_lacks_something_is_acknowledged(place: Workplace, payload: dict[str, object]) -> None:
    assert place.interact(payload).status_code == 200


def test_a_body_larger_than_slacks_is_not_read(over_http: Workplace) -> None:
    body = b"x" * (LARGEST_BODY + 1)

    answer = httpx.post(over_http.url, content=body, headers={**signed(body), "Content-Type": FORM})

    assert answer.status_code == 413


def test_slack_is_told_that_the_address_is_right(over_http: Workplace) -> None:
    answer = over_http.post(json.dumps({"type": "url_verification", "challenge": "3eZbrw"}), "application/json")

    assert answer.json() == {"challenge": "3eZbrw"}


def test_what_comes_in_is_acknowledged_before_anything_is_thought(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    holding, ask = threading.Event(), Advisor.ask
    monkeypatch.setattr(Advisor, "ask", lambda advisor, question: holding.wait(9) and ask(advisor, question))

    answers = [place.command("/vejviser", "er Otter godkendt?"), place.message("er Otter godkendt?")]
    said = [name for name, _ in place.api.calls]
    holding.set()

    assert [answer.status_code for answer in answers] == [200, 200]
    assert said == []
    place.api.wait_for("response")
    place.api.wait_for("chat.postMessage")


def test_what_comes_in_is_acknowledged_while_slack_itself_is_slow(place: Workplace) -> None:
    holding = threading.Event()
    place.api.answers["usergroups.users.list"] = lambda _: {"users": []} if holding.wait(9) else {}
    place.api.answers["chat.postMessage"] = lambda _: {"ok": holding.wait(9)}

    answers = [place.command("/ai-tools", ""), place.message("hej"), place.message("er Otter godkendt?")]
    holding.set()

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    place.api.wait_for("response")
    place.api.wait_for("chat.postMessage", 2)


def test_the_same_event_is_answered_once(place: Workplace) -> None:
    event = {"type": "message", "text": "hej", "user": place.user, "channel": place.direct, "channel_type": "im"}
    for number in range(3):
        place.event({**event, "ts": "7.0"}, event_id=f"Ev{place.user}", event_time=number)
    place.message("er Otter godkendt?")

    assert len(place.api.wait_for("chat.postMessage", 2)) == 2


def test_what_another_process_has_done_is_not_done_again(
    over_http: Workplace, api: WebApi, http_folder: Path, tmp_path: Path
) -> None:
    shared = {"VEJVISER_DATABASE_URL": f"sqlite:///{http_folder / 'vejviser.db'}"}
    event = {"type": "message", "text": "hej", "user": over_http.user, "channel": over_http.direct,
             "channel_type": "im", "ts": "7.0"}  # fmt: skip

    over_http.event(event, event_id=f"Ev{over_http.user}")
    api.wait_for("chat.postMessage")
    with serving(tmp_path, api, sends=False, **shared) as address:
        other = Workplace(address, api)
        other.event(event, event_id=f"Ev{over_http.user}")
        other.message("er Otter godkendt?")
        sent = api.wait_for("chat.postMessage", 2)

    assert [each["channel"] for each in sent] == [over_http.direct, other.direct]


def test_a_button_that_is_clicked_twice_does_it_once(place: Workplace) -> None:
    place.message("Må jeg bruge ChatGPT til et referat med navne?")
    [sent] = place.api.wait_for("chat.postMessage")
    helped = next(button for button in buttons(sent) if button["action_id"].startswith("helpful"))

    place.press(helped)
    place.press(helped)
    place.message("er Otter godkendt?")

    said = place.api.wait_for("chat.postMessage", 3)
    assert len([message for message in said if message["text"].startswith("Tak")]) == 1
    assert len(said) == 3


def test_commands_without_a_trigger_are_each_answered(place: Workplace) -> None:
    for text in ("er Otter godkendt?", "er Gemini godkendt?"):
        place.command("/vejviser", text, trigger_id="")

    assert len(place.api.wait_for("response", 2)) == 2


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/take",
        "https://hooks.slack.com.evil.example/take",
        "https://hooks.slack.com@evil.example/take",
        "https://evil.example\\@hooks.slack.com/take",
        "http://hooks.slack.com/take",
        "file:///etc/passwd",
        "http://[",
        "",
    ],
)
def test_an_answer_is_sent_only_to_slack(over_http: Workplace, address: str) -> None:
    over_http.command("/vejviser", "er Otter godkendt?", response_url=address)

    [sent] = over_http.api.wait_for("chat.postEphemeral")
    assert (sent["channel"], sent["user"]) == (over_http.channel, over_http.user)
    assert [name for name, _ in over_http.api.calls] == ["chat.postEphemeral"]


@pytest.mark.parametrize("method", ["chat.postMessage", "response"])
def test_what_slack_puts_off_is_sent_later(over_http: Workplace, method: str) -> None:
    over_http.api.throttled = 5
    if method == "response":
        over_http.command("/vejviser", "er Otter godkendt?")
    else:
        over_http.message("er Otter godkendt?")

    [sent] = over_http.api.wait_for(method)
    assert "afvist" in sent["text"]


def test_a_channel_gets_one_message_a_second_and_none_is_dropped() -> None:
    waited: list[float] = []

    async def turns() -> None:
        pace = Pace(clock=lambda: 100.0, sleep=_noted(waited))
        for channel in ("C1", "C1", "C2", "C1"):
            await pace.turn(channel)

    asyncio.run(turns())

    assert waited == [1.0, 2.0]


def _noted(waited: list[float]) -> Callable[[float], Awaitable[None]]:
    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    return sleep


def test_what_was_seen_is_forgotten_in_time_and_takes_no_more_room() -> None:
    now = [0.0]
    recent = Recent(60.0, lambda: now[0])

    assert recent.is_new("a")
    now[0] = 59.0
    assert not recent.is_new("a")
    for second in range(60, 6000, 10):
        now[0] = float(second)
        recent.is_new(f"key {second}")

    assert recent.is_new("a")
    assert len(recent) <= 14


def test_a_signature_is_known_for_as_long_as_it_holds() -> None:
    now = [1000.0]
    door = Door(SECRET, lambda: now[0])
    headers = {name.lower(): value for name, value in signed(b"x", stamp=1300).items()}

    assert door.admits(headers, b"x")
    now[0] = 1599.0
    assert not door.admits(headers, b"x")


def test_a_dropped_connection_is_replaced(over_socket: Workplace, socket_server: SocketServer) -> None:
    opened = socket_server.opened
    socket_server.wait_for_links(1)
    socket_server.drop()
    socket_server.wait_for_links(opened + 1)

    over_socket.message("may I put a patient record into Gemini?")

    over_socket.api.wait_for("chat.postMessage")


def test_a_connection_that_slack_wants_renewed_is_renewed(over_socket: Workplace, socket_server: SocketServer) -> None:
    socket_server.wait_for_links(1)
    opened = socket_server.opened
    socket_server.ask_to_leave()
    socket_server.wait_for_links(opened + 1)

    over_socket.message("may I put a patient record into Gemini?")

    over_socket.api.wait_for("chat.postMessage")


async def keeps_up(api: WebApi, watch: Watch, until: Callable[[Socket], Awaitable[None]]) -> None:
    app = application(Hearing(None, None, None), f"{api.address}/api/")  # type: ignore[arg-type]  # nothing is heard here
    socket = Socket(app, "xapp", watch)
    socket.start()
    try:
        await until(socket)
    finally:
        await socket.stop()


@pytest.fixture
def sockets(api: WebApi) -> SocketServer:
    server = SocketServer()
    before, api.sockets = api.sockets, server.url
    yield server
    api.sockets = before
    server.close()


def test_a_connection_that_falls_silent_is_replaced(api: WebApi, sockets: SocketServer) -> None:
    async def until(_: Socket) -> None:
        await asyncio.to_thread(sockets.wait_for_links, 1)
        sockets.is_deaf = True
        await asyncio.to_thread(sockets.wait_for_links, 2)

    asyncio.run(keeps_up(api, Watch(ping=0.2, silence=0.6), until))


def test_slack_that_is_away_at_the_start_is_tried_again(api: WebApi, sockets: SocketServer) -> None:
    api.answers["apps.connections.open"] = {"ok": False, "error": "invalid_auth"}

    async def until(socket: Socket) -> None:
        await asyncio.to_thread(api.wait_for, "apps.connections.open", 2)
        assert "check SLACK_APP_TOKEN" in socket.fault
        api.answers.clear()
        await asyncio.to_thread(sockets.wait_for_links, 1)

    asyncio.run(keeps_up(api, Watch(longest_wait=0.1), until))
