"""What an operator sets, and what is said when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.model import Language
from bot.settings import SHIPPED_KNOWLEDGE, Settings

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s3cret"}
TEAMS = {"MicrosoftAppId": "app", "MicrosoftAppPassword": "s3cret"}


def test_everything_has_a_default() -> None:
    settings = Settings.from_env({})

    assert settings.knowledge == SHIPPED_KNOWLEDGE
    assert settings.language is Language.DANISH
    assert settings.slack is None
    assert settings.teams is None


def test_the_store_lies_in_the_home_folder() -> None:
    assert Settings.from_env({"VEJVISER_HOME": "data"}).database_url == f"sqlite:///{Path('data/vejviser.db')}"


def test_an_empty_value_counts_as_unset() -> None:
    assert Settings.from_env({"VEJVISER_LANG": " "}) == Settings.from_env({})


def test_paths_that_exist_are_taken(tmp_path: Path) -> None:
    roles = tmp_path / "roles.yaml"
    roles.touch()

    settings = Settings.from_env({"VEJVISER_OVERLAY": str(tmp_path), "VEJVISER_ROLES": str(roles)})

    assert (settings.overlay, settings.roles) == (tmp_path, roles)


@pytest.mark.parametrize(("text", "value"), [("1", True), ("Yes", True), ("0", False), ("off", False)])
def test_a_switch_is_read_in_the_usual_ways(text: str, value: bool) -> None:  # noqa: FBT001 a row of the table
    assert Settings.from_env({"VEJVISER_TRUST_PROXY": text}).trust_proxy is value


@pytest.mark.parametrize(
    ("name", "value", "remedy"),
    [
        ("VEJVISER_KNOWLEDGE", "/nowhere", "create it or correct the path"),
        ("VEJVISER_OVERLAY", "/nowhere", "create it or correct the path"),
        ("VEJVISER_ROLES", "/nowhere", "create it or correct the path"),
        ("VEJVISER_LANG", "no", "use one of da, en"),
        ("VEJVISER_DATABASE_URL", "mysql://db", "sqlite:///PATH"),
        ("VEJVISER_DATABASE_URL", "sqlite", "sqlite:///PATH"),
        ("VEJVISER_PUBLIC_URL", "chat.example", "https://NAME"),
        ("VEJVISER_TRUST_PROXY", "maybe", "use 1 or 0"),
        ("VEJVISER_LOG_LEVEL", "loud", "use one of debug"),
        ("VEJVISER_SLACK_API_URL", "slack", "https://NAME"),
        ("SLACK_BOT_TOKEN", "token", "xoxb-"),
        ("MicrosoftAppType", "Both", "use one of MultiTenant"),
    ],
)
def test_a_wrong_value_is_named_with_its_remedy(name: str, value: str, remedy: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value})

    assert f"{name}: " in str(caught.value)
    assert remedy in str(caught.value)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"VEJVISER_LANG": "fr", "VEJVISER_TRUST_PROXY": "x", "VEJVISER_KNOWLEDGE": "/nowhere"})

    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN"),
        ({"MicrosoftAppPassword": "x"}, "MicrosoftAppId"),
        ({"MicrosoftAppId": "x"}, "MicrosoftAppPassword"),
        (TEAMS | {"MicrosoftAppType": "SingleTenant"}, "MicrosoftAppTenantId"),
    ],
)
def test_half_a_platform_is_a_fault(given: dict[str, str], missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        Settings.from_env(given)


def test_a_platform_is_on_once_its_settings_are_whole() -> None:
    settings = Settings.from_env(SLACK | TEAMS)

    assert settings.slack is not None
    assert settings.slack.api_url == "https://slack.com/api/"
    assert settings.teams is not None


def test_secrets_never_show() -> None:
    settings = Settings.from_env(SLACK | TEAMS | {"VEJVISER_DATABASE_URL": "postgresql://u:s3cret@db/v"})

    assert "s3cret" not in repr(settings)
    assert "xoxb-1" not in repr(settings)


def test_a_wrong_database_address_is_not_repeated_since_it_may_hold_a_password() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"VEJVISER_DATABASE_URL": "mysql://u:s3cret@db"})

    assert "s3cret" not in str(caught.value)


def test_teams_takes_the_bot_frameworks_own_names() -> None:
    teams = Settings.from_env(
        {
            **TEAMS,
            "MicrosoftAppTenantId": "ours",
            "VEJVISER_TEAMS_TENANTS": "one, two,",
            "TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL": "https://keys.example/meta",
            "TO_CHANNEL_FROM_BOT_LOGIN_URL": "https://login.example",
        }
    ).teams

    assert teams is not None
    assert (teams.tenant, teams.tenants) == ("ours", frozenset({"one", "two"}))
    assert (teams.keys_url, teams.login_url) == ("https://keys.example/meta", "https://login.example")
    assert teams.issuer == "https://api.botframework.com"


def test_a_teams_bot_without_an_id_has_to_be_asked_for() -> None:
    teams = Settings.from_env({"VEJVISER_TEAMS_LOCAL": "1"}).teams

    assert teams is not None
    assert teams.app_id == ""


def test_a_teams_bot_has_an_id_or_none() -> None:
    with pytest.raises(SettingsError, match="unset one of the two"):
        Settings.from_env({**TEAMS, "VEJVISER_TEAMS_LOCAL": "1"})


def test_an_organisations_own_list_is_what_the_store_begins_with(tmp_path: Path) -> None:
    (tmp_path / "tools.yaml").write_text("tools: []", encoding="utf-8")

    assert Settings.from_env({"VEJVISER_OVERLAY": str(tmp_path)}).positive_list == tmp_path / "tools.yaml"
    assert Settings.from_env({}).positive_list.parent.name == "knowledge"
