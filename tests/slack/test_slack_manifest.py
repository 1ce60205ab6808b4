"""The manifest that an administrator pastes into Slack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.slack.hearing import COMMANDS
from adapters.slack.manifest import SCOPES, manifest
from bot.cli import commands
from tests.slack.conftest import Faults

URL = "https://vejviser.example.dk"
DOCS = (Path(__file__).parents[2] / "docs" / "slack.md").read_text(encoding="utf-8")
#: What Slack's documents say of lengths, which its types do not.
SHORTEST_AND_LONGEST = {
    ("display_information", "name"): (1, 35),
    ("display_information", "description"): (1, 140),
    ("display_information", "long_description"): (175, 4000),
    ("features", "bot_user", "display_name"): (1, 80),
    ("features", "shortcuts", 0, "name"): (1, 24),
    ("features", "shortcuts", 0, "description"): (1, 150),
}
NEEDED = {"app_mention": "app_mentions:read", "message.im": "im:history", "message.channels": "channels:history",
          "message.groups": "groups:history", "assistant_thread_started": "assistant:write"}  # fmt: skip


@pytest.mark.parametrize("made", [manifest(URL), manifest(""), manifest(URL, rotates=True)])
def test_slacks_own_types_take_the_manifest(made: dict[str, Any], schema_faults: Faults) -> None:
    # Slack's types list scopes one by one, and do not know the one of the assistant panel yet; its schema takes any.
    faults = [fault for fault in schema_faults("manifest", made) if "'assistant:write' is not one of" not in fault]

    assert faults == []


@pytest.mark.parametrize("path", SHORTEST_AND_LONGEST)
def test_texts_are_as_long_as_slack_wants_them(path: tuple[str | int, ...]) -> None:
    text: Any = manifest(URL)
    for key in path:
        text = text[key]

    shortest, longest = SHORTEST_AND_LONGEST[path]
    assert shortest <= len(text) <= longest


def test_every_command_is_short_described_and_heard() -> None:
    made = manifest(URL)["features"]["slash_commands"]

    assert {each["command"] for each in made} == set(COMMANDS)
    assert all(len(each["command"]) <= 32 and each["description"] and each["url"] for each in made)
    assert all(each.get("usage_hint", "x") for each in made)


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_is_explained(scope: str) -> None:
    assert f"`{scope}`" in DOCS.partition("## What each scope is for")[2]


def test_each_event_has_the_scope_that_it_needs() -> None:
    events = manifest(URL)["settings"]["event_subscriptions"]["bot_events"]

    assert {NEEDED[event] for event in events if event in NEEDED} <= set(SCOPES)
    assert set(NEEDED) <= set(events)


def test_socket_mode_has_no_address_and_http_has_one_for_everything() -> None:
    assert "https://" not in json.dumps(manifest(""))
    assert manifest("")["settings"]["socket_mode_enabled"]
    over_http = manifest(f"{URL}/")
    assert json.dumps(over_http).count(f'"{URL}/slack/events"') == 3 + len(COMMANDS)
    assert over_http["oauth_config"]["redirect_urls"] == [f"{URL}/slack/oauth_redirect"]


def test_the_command_writes_it(tmp_path: Path) -> None:
    out = tmp_path / "slack.json"
    arguments = ["manifest", "slack", "--url", URL, "--rotate-tokens", "--out", str(out)]

    assert CliRunner().invoke(commands, arguments).exit_code == 0
    assert json.loads(out.read_text(encoding="utf-8"))["settings"]["token_rotation_enabled"]
    assert CliRunner().invoke(commands, ["manifest", "slack", "--url", "vejviser.dk", "--out", str(out)]).exit_code == 2
