"""Half an hour of a busy workplace in Slack, replayed as fast as it goes: what broke, what came twice, what it took.

Four things happen a second, and two thousand people take turns: questions in all three ways, buttons, forms, searches,
Home tabs, and events that Slack sends again. Replies are counted by the channel or address that they go to.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web

from benchmarks.far_end import free_port, ready
from benchmarks.slack import AT_ONCE, CORE, PATH, Row, signed

EVENTS = 30 * 60 * 4
PEOPLE = 2000
_SLACK_SAYS = {"ok": True, "user_id": "UBOT", "bot_id": "BBOT", "team_id": "T1", "ts": "1.0", "channel": "C1"}
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"

#: A request's body, its type, where its reply goes ("" where it has none), and whether Slack sends it again.
Sent = tuple[bytes, str, str, bool]


def rows(questions: Sequence[str], events: int = EVENTS) -> list[Row]:
    """Replay and return the table's rows."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores - {CORE} or cores)
    try:
        return asyncio.run(_replay(questions, events))
    finally:
        os.sched_setaffinity(0, cores)


async def _replay(questions: Sequence[str], events: int) -> list[Row]:
    replies: Counter[str] = Counter()
    runner = web.AppRunner(_far_end(replies), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    far = f"http://127.0.0.1:{runner.addresses[0][1]}"
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.slack_bots", "vejviser", str(port), f"{far}/api/"]
    bot = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}{PATH}"
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:
            await ready(session, url)
            day = [event for number in range(events) for event in _event(number, far, questions)]
            began, memory, faults = time.perf_counter(), [], 0
            for third in range(3):
                part = day[third * len(day) // 3 : (third + 1) * len(day) // 3]
                faults += await _send(session, url, iter(part))
                await _settled(replies)
                memory.append(_resident(bot.pid))
            seconds = time.perf_counter() - began
    finally:
        bot.terminate()
        bot.wait()
        await runner.cleanup()
    return _told(day, replies, faults, seconds, memory)


def _told(
    day: Sequence[Sent], replies: Counter[str], faults: int, seconds: float, memory: Sequence[float]
) -> list[Row]:
    expected = Counter(reply for _, _, reply, is_again in day if reply and not is_again)
    lost, doubled = (expected - replies).total(), (replies - expected).total()
    growth = memory[2] / memory[1]
    return [
        ("Slack: half an hour, mixed", f"{len(day) / seconds:.0f} /s", f"{len(day)} requests, {faults} refused"),
        ("Slack: replies", str(expected.total()), f"{lost} lost, {doubled} doubled"),
        ("Slack: memory", f"{memory[2]:.0f} MB", f"{growth:.2f} of two thirds through"),
    ]


def _event(number: int, far: str, questions: Sequence[str]) -> Iterator[Sent]:
    question, who, kind = questions[number % len(questions)], number % PEOPLE, number % 10
    if kind < 4:
        yield _command(number, far, question)
    elif kind == 4:
        again = _message(number, question, "message", f"D{who}")
        yield again
        yield (*again[:3], True)
    elif kind == 5:
        yield _message(number, question, "app_mention", f"C{who}")
    elif kind == 6:
        yield _interaction(number, f"D{who}", type="block_actions", actions=[_button(question)],
                           channel={"id": f"D{who}"}, message={"ts": f"{number}.0"})  # fmt: skip
    elif kind == 7:
        yield _interaction(number, "", type="block_suggestion", action_id="suggest:tools", value=question[:3])
    elif kind == 8:
        yield _interaction(number, "", type="view_submission", view=_view(number))
    else:
        event = {"type": "app_home_opened", "tab": "home", "user": f"U{who}"}
        yield _of_event(number, event, f"home U{who}")


def _command(number: int, far: str, question: str) -> Sent:
    values = {"command": "/vejviser", "text": question,
              "user_id": f"U{number % PEOPLE}", "channel_id": f"C{number % 100}",
              "team_id": "T1", "trigger_id": f"t{number}", "response_url": f"{far}/response/{number}"}  # fmt: skip
    return urlencode(values).encode(), _FORM, f"/response/{number}", False


def _message(number: int, question: str, kind: str, channel: str) -> Sent:
    event = {"type": kind, "text": question, "user": f"U{number % PEOPLE}", "channel": channel, "ts": f"{number}.0",
             "channel_type": "im" if channel.startswith("D") else "channel"}  # fmt: skip
    return _of_event(number, event, channel)


def _of_event(number: int, event: dict[str, object], reply: str) -> Sent:
    body = {"type": "event_callback", "team_id": "T1", "event_id": f"Ev{number}", "event": event}
    return json.dumps(body).encode(), _JSON, reply, False


def _interaction(number: int, reply: str, **payload: object) -> Sent:
    whole = {"team": {"id": "T1"}, "user": {"id": f"U{number % PEOPLE}"}, "trigger_id": f"t{number}", **payload}
    return urlencode({"payload": json.dumps(whole)}).encode(), _FORM, reply, False


def _button(question: str) -> dict[str, str]:
    return {"action_id": "ask:1:da", "value": question, "action_ts": "1.0"}


def _view(number: int) -> dict[str, object]:
    # An empty field: the form comes back with what is missing, and nothing is kept.
    values = {"name": {"n": {"value": "Suno"}}, "purpose": {"p": {"value": ""}}}
    return {
        "id": f"V{number}",
        "hash": "h",
        "callback_id": "request",
        "private_metadata": "",
        "state": {"values": values},
    }


async def _send(session: aiohttp.ClientSession, url: str, events: Iterator[Sent]) -> int:
    """Send everything, 64 at once, and return how many were not acknowledged."""
    faults = 0

    async def send() -> None:
        nonlocal faults
        for body, kind, _, is_again in events:
            headers = {**signed(body), "Content-Type": kind} | ({"X-Slack-Retry-Num": "1"} if is_again else {})
            async with session.post(url, data=body, headers=headers) as response:
                faults += response.status != 200
                await response.read()

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return faults


async def _settled(replies: Counter[str]) -> None:
    """Return once no more replies come."""
    total = -1
    while total != replies.total():
        total = replies.total()
        await asyncio.sleep(1.0)


def _far_end(replies: Counter[str]) -> web.Application:
    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        if request.path.startswith("/response/"):
            replies[request.path] += 1
            return web.Response(text="ok")
        values = json.loads(body) if request.content_type == _JSON else dict(parse_qsl(body.decode()))
        if request.path.endswith("views.publish"):
            replies[f"home {values['user_id']}"] += 1
        elif request.path.endswith("chat.postMessage"):
            replies[str(values["channel"])] += 1
        return web.json_response(_SLACK_SAYS)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    return app


def _resident(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
