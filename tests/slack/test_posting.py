"""The messenger against Slack as it fails: nothing is posted again before Slack was asked whether it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.slack.building import Slack
from bot.bootstrap import Workshop
from bot.delivering import (
    Address,
    DeliveryError,
    OutcomeUnknown,
    Outgoing,
    Receipt,
    RecipientGone,
    TemporaryFault,
    Throttled,
)
from bot.interaction import Card
from bot.settings import Settings
from tests.slack.acting import SECRET, WebApi

MESSAGE = Outgoing("abc-post", Card("New rules", "New rules for AI."))
TO = Address("slack:C1")


@pytest.fixture
def api() -> Iterator[WebApi]:
    api = WebApi()
    yield api
    api.close()


@pytest.fixture
def slack(api: WebApi, tmp_path: Path) -> Slack:
    environment = {"VEJVISER_HOME": str(tmp_path), "VEJVISER_SLACK_API_URL": f"{api.address}/api/",
                   "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": SECRET}  # fmt: skip
    slack = Workshop(Settings.from_env(environment)).slack
    assert slack is not None
    return slack


def run(slack: Slack, story: Callable[[], Awaitable[Any]]) -> Any:
    async def told() -> Any:
        await slack.part.start()
        try:
            return await story()
        finally:
            await slack.part.stop()

    return asyncio.run(told())


def posts(api: WebApi) -> int:
    return [method for method, _ in api.calls].count("chat.postMessage")


@pytest.mark.parametrize(
    ("how", "fault"),
    [
        ({"status": 429, "headers": {"Retry-After": "1"}, "error": "ratelimited"}, Throttled),
        ({"status": 500}, TemporaryFault),
        ({"status": 503, "text": "upstream"}, TemporaryFault),
        ({"status": 503, "text": "upstream", "kind": "text/plain"}, TemporaryFault),
        ({"status": 502, "text": "<h1>upstream", "kind": "text/html"}, TemporaryFault),
        ({"status": 429, "text": "slow", "kind": "text/plain"}, Throttled),
        ({"text": "<h1>proxy", "kind": "text/html"}, OutcomeUnknown),
        ({"text": "proxy"}, OutcomeUnknown),
        ({"cuts": True}, OutcomeUnknown),
        ({"error": "rate_limited"}, Throttled),
        ({"error": "message_limit_exceeded"}, Throttled),
        ({"error": "internal_error"}, TemporaryFault),
        ({"error": "is_archived"}, RecipientGone),
        ({"error": "invalid_blocks"}, DeliveryError),
    ],
)
def test_a_message_that_may_have_arrived_is_never_posted_again_by_itself(
    slack: Slack, api: WebApi, how: dict[str, Any], fault: type[DeliveryError]
) -> None:
    api.failures["chat.postMessage"] = [how, how, how]

    with pytest.raises(fault) as caught:
        run(slack, lambda: slack.messenger.post(TO, MESSAGE))

    assert type(caught.value) is fault
    assert posts(api) == 1


def test_where_slack_cannot_be_reached_nothing_has_arrived(slack: Slack, api: WebApi) -> None:
    api.close()

    with pytest.raises(TemporaryFault):
        run(slack, lambda: slack.messenger.post(TO, MESSAGE))


def test_a_limit_of_the_whole_workplace_concerns_everybody(slack: Slack, api: WebApi) -> None:
    api.failures["chat.postMessage"] = [{"error": "message_limit_exceeded"}]

    with pytest.raises(Throttled) as caught:
        run(slack, lambda: slack.messenger.post(TO, MESSAGE))

    assert caught.value.scope not in {TO, "C1"}
    assert caught.value.retry_after > 0


def test_a_person_is_written_to_in_one_call(slack: Slack, api: WebApi) -> None:
    receipt = run(slack, lambda: slack.messenger.post(Address("slack:UBO"), MESSAGE))

    assert [method for method, _ in api.calls] == ["chat.postMessage"]
    assert receipt == Receipt(Address("slack:UBO"), "1.0")


def test_a_person_without_a_conversation_gets_one(slack: Slack, api: WebApi) -> None:
    api.failures["chat.postMessage"] = [{"error": "channel_not_found"}]

    run(slack, lambda: slack.messenger.post(Address("slack:UBO"), MESSAGE))

    assert [method for method, _ in api.calls] == ["chat.postMessage", "conversations.open", "chat.postMessage"]
    assert api.calls[-1][1]["channel"] == "D1"


def history(*keys: str, more: str = "") -> dict[str, Any]:
    messages = [{"ts": f"{place}.5", "metadata": {"event_payload": {"key": key}}} for place, key in enumerate(keys)]
    return {"messages": messages, "response_metadata": {"next_cursor": more}}


def test_a_message_is_found_far_back_in_a_busy_channel(slack: Slack, api: WebApi) -> None:
    api.failures["conversations.history"] = [history("x", more="1"), history("y", more="2"), history("z", "abc-post")]

    found = run(slack, lambda: slack.messenger.find(TO, MESSAGE.key))

    assert found == Receipt(TO, "1.5")


def test_a_channel_too_busy_to_look_through_says_so_instead_of_no(slack: Slack, api: WebApi) -> None:
    api.answers["conversations.history"] = history("x", more="1")

    with pytest.raises(DeliveryError):
        run(slack, lambda: slack.messenger.find(TO, MESSAGE.key))


def test_a_message_that_is_not_there_was_never_posted(slack: Slack, api: WebApi) -> None:
    api.answers["conversations.history"] = history("x", "y")

    assert run(slack, lambda: slack.messenger.find(TO, MESSAGE.key)) is None


def test_people_have_one_address_wherever_they_are_found(slack: Slack, api: WebApi) -> None:
    api.answers["users.conversations"] = {"channels": [{"id": "C1"}, {"id": "D7", "is_im": True, "user": "UBO"}]}
    api.answers["conversations.members"] = {"members": ["UBO"]}

    everyone = run(slack, lambda: slack.directory.conversations())
    members = run(slack, lambda: slack.directory.members("slack:C1"))

    assert (everyone, members) == ((TO, Address("slack:UBO")), (Address("slack:UBO"),))
