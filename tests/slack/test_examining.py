"""What the doctor says of Slack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store import Bot

from adapters.slack import examining
from adapters.slack.examining import SlackFaulty
from adapters.slack.manifest import SCOPES
from bot.settings import SlackSettings
from tests.slack.acting import SECRET, WebApi
from tests.slack.conftest import serving


@pytest.fixture
def api() -> Iterator[WebApi]:
    api = WebApi()
    yield api
    api.close()


def settings(api: WebApi, secret: str = "0" * 32, app_token: str = "") -> SlackSettings:
    return SlackSettings("xoxb-test", secret, app_token, f"{api.address}/api/")


def test_it_says_who_the_bot_is(api: WebApi) -> None:
    api.answers["auth.test"] = {"user": "vejviser", "team": "Kommunen"}

    assert examining.token(settings(api)) == "vejviser in Kommunen"


@pytest.mark.parametrize(("code", "remedy"), [("invalid_auth", "copy the token again"), ("token_revoked", "install")])
def test_a_token_that_is_not_taken_is_told_with_its_remedy(api: WebApi, code: str, remedy: str) -> None:
    api.answers["auth.test"] = {"ok": False, "error": code}

    with pytest.raises(SlackFaulty, match=remedy):
        examining.token(settings(api))


def test_missing_scopes_are_named(api: WebApi) -> None:
    api.scopes = ",".join(set(SCOPES) - {"im:write"})

    with pytest.raises(SlackFaulty, match=r"missing: im:write;.*reinstall"):
        examining.scopes(settings(api))
    api.scopes = ",".join(SCOPES)
    assert examining.scopes(settings(api)) == f"all {len(SCOPES)} are there"


def test_a_slack_that_is_away_is_told() -> None:
    with pytest.raises(SlackFaulty, match="cannot be reached"):
        examining.token(SlackSettings("xoxb-test", SECRET, "", "http://127.0.0.1:9/api/"))


def test_a_wrong_secret_and_a_wrong_address_are_told(api: WebApi) -> None:
    with pytest.raises(SlackFaulty, match="SLACK_SIGNING_SECRET is not 32"):
        examining.entrance(settings(api, "short"), "")
    with pytest.raises(SlackFaulty, match="answered 200 to a stranger"):
        examining.entrance(settings(api), api.address)
    with pytest.raises(SlackFaulty, match="cannot be reached"):
        examining.entrance(settings(api), "http://127.0.0.1:9")


def test_an_app_token_is_tried(api: WebApi) -> None:
    assert "may be opened" in examining.entrance(settings(api, app_token="xapp-1"), "")
    api.answers["apps.connections.open"] = {"ok": False, "error": "missing_scope"}

    with pytest.raises(SlackFaulty, match="connections:write"):
        examining.entrance(settings(api, app_token="xapp-1"), "")


def test_the_address_is_asked_as_slack_asks_it(tmp_path: Path, api: WebApi) -> None:
    with serving(tmp_path, api, sends=False, SLACK_SIGNING_SECRET="0" * 32) as address:
        assert "refuses strangers and answers Slack" in examining.entrance(settings(api), address)
        with pytest.raises(SlackFaulty, match="answered 401 to what is signed"):
            examining.entrance(settings(api, "1" * 32), address)


def test_every_workspace_is_tried(api: WebApi) -> None:
    several = replace(settings(api), bot_token="", client_id="1.2", workspaces=frozenset({"T1"}))
    bot = Bot(bot_token="xoxb-1", bot_id="B1", bot_user_id="U1", team_id="T1", team_name="Kommunen", installed_at=1.0)

    with pytest.raises(SlackFaulty, match="nobody has installed"):
        examining.workspaces(several, [])
    assert examining.workspaces(several, [bot]) == "1 installed, 1 allowed"
    assert "VEJVISER_SLACK_WORKSPACES" in examining.workspaces(replace(several, workspaces=frozenset()), [bot])
    api.answers["auth.test"] = {"ok": False, "error": "account_inactive"}
    with pytest.raises(SlackFaulty, match=r"Kommunen .*install it again"):
        examining.workspaces(several, [bot])
