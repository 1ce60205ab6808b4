"""Several workspaces install the app, each is answered with its own token, and tokens are renewed before they end."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from slack_sdk.oauth.installation_store import Bot, Installation
from sqlalchemy import Engine

from adapters.slack.place import Team
from adapters.slack.workspaces import ManyWorkspaces, NotInstalled
from adapters.sql.engine import open_engine
from adapters.sql.installations import SqlInstallations
from adapters.sql.migrating import migrate
from bot.errors import SettingsError
from bot.settings import Settings, SlackSettings
from tests.slack.acting import WebApi, Workplace
from tests.slack.conftest import serving

MANY = {"SLACK_BOT_TOKEN": "", "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "hidden",
        "VEJVISER_SLACK_WORKSPACES": "T1, T2, EWHOLE", "VEJVISER_PUBLIC_URL": "https://vejviser.example"}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, web_api: WebApi) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("many"), web_api, **MANY) as address:
        yield address


@pytest.fixture
def place(address: str, api: WebApi) -> Workplace:
    api.tokens.clear()
    return Workplace(address, api)


def installed(place: Workplace, team: str, **more: Any) -> httpx.Response:
    """Go through the pages that an administrator goes through; Slack's own part of them is left out."""
    server = place.url.removesuffix("/slack/events")
    granted = {"access_token": f"xoxb-{team}", "token_type": "bot", "bot_user_id": "UBOT", "scope": "chat:write",
               "app_id": "A1", "team": {"id": team, "name": team}, "authed_user": {"id": "UADMIN"}}  # fmt: skip
    place.api.answers["oauth.v2.access"] = granted | more
    begun = httpx.get(f"{server}/slack/install")
    state = begun.headers["set-cookie"].partition("slack-app-oauth-state=")[2].partition(";")[0]
    asked = {"code": "granted", "state": more.get("state", state)}
    cookie = {"Cookie": f"slack-app-oauth-state={asked['state']}"}
    return httpx.get(f"{server}/slack/oauth_redirect", params=asked, headers=cookie)


def test_the_page_to_begin_at_leads_to_slack_with_the_scopes(place: Workplace) -> None:
    page = httpx.get(f"{place.url.removesuffix('/slack/events')}/slack/install").text
    link = re.search(r'href="([^"]*/oauth/v2/authorize[^"]*)"', page)
    assert link
    asked = parse_qs(urlsplit(html.unescape(link[1])).query)

    assert "chat:write" in asked["scope"][0]
    assert asked["redirect_uri"] == ["https://vejviser.example/slack/oauth_redirect"]


def test_each_workspace_is_answered_with_its_own_token(place: Workplace) -> None:
    assert [installed(place, team).status_code for team in ("T1", "T2")] == [200, 200]

    for team in ("T2", "T1"):
        place.event({"type": "message", "text": "er Otter godkendt?", "user": place.user, "channel": f"D{team}",
                     "channel_type": "im", "ts": "1.0"}, team=team)  # fmt: skip
    place.api.wait_for("chat.postMessage", 2)

    sent = zip([name for name, _ in place.api.calls], place.api.tokens, place.api.calls, strict=True)
    said = {call[1]["channel"]: token for name, (_, token), call in sent if name == "chat.postMessage"}
    assert said == {"DT2": "xoxb-T2", "DT1": "xoxb-T1"}


def test_a_notice_goes_through_the_workspace_that_knows_its_recipient(place: Workplace) -> None:
    for team in ("T1", "T2"):
        installed(place, team)

    def unless_known(error: str) -> Callable[[object], dict[str, Any]]:
        return lambda values: {} if place.api.tokens[-1][1] == "xoxb-T2" else {"ok": False, "error": error}

    place.api.answers["chat.postMessage"] = unless_known("channel_not_found")
    place.api.answers["conversations.open"] = unless_known("user_not_found")
    form = {"type": "modal", "callback_id": "request", "private_metadata": "", "title": {"text": "x"}}
    filled = {"name": {"n": {"value": f"Tool {place.user}"}}, "purpose": {"p": {"value": "jingle"}}}

    place.submit(form, filled)

    place.api.wait_for("chat.postMessage", 2)
    assert ("chat.postMessage", "xoxb-T2") in place.api.tokens


def test_a_workspace_that_is_not_named_is_turned_away_and_its_token_given_back(place: Workplace) -> None:
    refused = installed(place, "TSTRANGER")

    assert refused.status_code == 500
    place.api.wait_for("auth.revoke")
    assert ("auth.revoke", "xoxb-TSTRANGER") in place.api.tokens


def test_an_installation_that_nobody_began_is_refused(place: Workplace) -> None:
    assert installed(place, "T1", state="invented").status_code == 401


def test_what_a_workspace_takes_away_is_forgotten(place: Workplace) -> None:
    installed(place, "T1")
    place.event({"type": "app_uninstalled"}, team="T1")
    for text in ("er Otter godkendt?", "er Gemini godkendt?"):
        place.command("/vejviser", text)

    # The address that came with the command serves without a token; a message would need one.
    place.api.wait_for("response", 2)
    place.message("er Otter godkendt?")
    installed(place, "T1")
    place.message("er Gemini godkendt?")
    assert "Gemini" in place.api.wait_for("chat.postMessage")[0]["text"]


@pytest.fixture
def database(tmp_path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{tmp_path / 'vejviser.db'}")
    migrate(engine)
    return engine


def installation(
    team: str | None, token: str, *, enterprise: str | None = None, ends: int | None = None
) -> Installation:
    return Installation(app_id="A1", enterprise_id=enterprise, team_id=team, user_id="UADMIN", bot_token=token,
                        bot_id="B1", bot_user_id="UBOT", is_enterprise_install=team is None,
                        bot_refresh_token="xoxe-1", bot_token_expires_at=ends)  # fmt: skip


def test_a_workspace_is_found_with_its_organisation_or_without(database: Engine) -> None:
    store = SqlInstallations(database, "1.2")
    store.save(installation("T1", "xoxb-own", enterprise="E1"))
    store.save(installation(None, "xoxb-whole", enterprise="E1"))
    found = [store.find(team) for team in (Team("T1", "E1"), Team("T1"), Team("T9", "E1"), Team("T9"))]

    assert [bot and bot.bot_token for bot in found] == ["xoxb-own", "xoxb-own", "xoxb-whole", None]


def many(database: Engine, api: WebApi) -> tuple[ManyWorkspaces, SqlInstallations]:
    store = SqlInstallations(database, "1.2")
    settings = SlackSettings(api_url=f"{api.address}/api/", client_id="1.2", client_secret="hidden")
    return ManyWorkspaces(settings, store), store


def tokens(workspaces: ManyWorkspaces, times: int = 1) -> list[str | None]:
    async def ask() -> list[str | None]:
        return [client.token for client in await asyncio.gather(*(workspaces.client(Team("T1")) for _ in range(times)))]

    return asyncio.run(ask())


def test_a_token_is_renewed_once_before_it_ends(database: Engine, api: WebApi) -> None:
    workspaces, store = many(database, api)
    store.save(installation("T1", "xoxb-old", ends=int(time.time()) + 3600))
    api.answers["oauth.v2.access"] = {"access_token": "xoxb-new", "token_type": "bot", "refresh_token": "xoxe-2",
                                      "expires_in": 43200}  # fmt: skip

    assert tokens(workspaces, 5) == ["xoxb-new"] * 5
    assert [values["refresh_token"] for name, values in api.calls if name == "oauth.v2.access"] == ["xoxe-1"]
    kept = store.find(Team("T1"))
    assert kept
    assert (kept.bot_token, kept.bot_refresh_token) == ("xoxb-new", "xoxe-2")


def test_a_token_that_another_process_renewed_first_is_taken(database: Engine, api: WebApi) -> None:
    workspaces, store = many(database, api)
    store.save(installation("T1", "xoxb-old", ends=int(time.time()) - 1))

    def refuse(_: object) -> dict[str, object]:
        bot = Bot(**installation("T1", "xoxb-theirs", ends=int(time.time()) + 43200).to_bot().to_dict_for_copying())
        store.renew(bot)
        return {"ok": False, "error": "invalid_refresh_token"}

    api.answers["oauth.v2.access"] = refuse

    assert tokens(workspaces) == ["xoxb-theirs"]


def test_a_token_that_cannot_be_renewed_serves_until_it_ends(database: Engine, api: WebApi) -> None:
    workspaces, store = many(database, api)
    store.save(installation("T1", "xoxb-old", ends=int(time.time()) + 60))
    api.answers["oauth.v2.access"] = {"ok": False, "error": "internal_error"}

    assert tokens(workspaces) == ["xoxb-old"]


def test_where_the_app_is_not_installed_nothing_is_sent(database: Engine, api: WebApi) -> None:
    workspaces, _ = many(database, api)

    with pytest.raises(NotInstalled, match="T1"):
        tokens(workspaces)


FOR_SEVERAL = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "x", "SLACK_SIGNING_SECRET": "x"}


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({**FOR_SEVERAL, "SLACK_CLIENT_SECRET": ""}, "SLACK_CLIENT_SECRET: is needed"),
        ({**FOR_SEVERAL, "SLACK_BOT_TOKEN": "xoxb-1"}, "unset it, or SLACK_BOT_TOKEN"),
    ],
)
def test_settings_that_do_not_go_together_are_told(environment: dict[str, str], fault: str) -> None:
    with pytest.raises(SettingsError, match=fault):
        Settings.from_env(environment)
