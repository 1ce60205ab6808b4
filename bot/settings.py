"""What an operator sets through the environment, read once and checked as a whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.model import Language

SHIPPED_KNOWLEDGE = Path(__file__).resolve().parent.parent / "knowledge"

_DATABASES = ("sqlite", "postgresql")
_LOG_LEVELS = ("debug", "info", "warning", "error")
_TEAMS_TYPES = ("MultiTenant", "SingleTenant", "UserAssignedMSI")
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """What Slack needs; the secrets never show when the value is printed.

    With ``client_id`` and ``client_secret`` instead of ``bot_token`` workspaces install the app by themselves: those
    named in ``workspaces``, or whoever Slack lets where none is named.
    """

    bot_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    workspaces: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """What Teams needs, under the Bot Framework's own names.

    ``tenants`` are other organisations that are let in beside ``tenant``; without either everybody is. An empty
    ``app_id`` is a bot without an identity, for a test client on the same machine alone. The addresses lead elsewhere
    in national clouds, behind gateways and in tests.
    """

    app_id: str = ""
    password: str = field(default="", repr=False)
    type: str = "MultiTenant"
    tenant: str = ""
    tenants: frozenset[str] = frozenset()
    keys_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    issuer: str = "https://api.botframework.com"
    login_url: str = "https://login.microsoftonline.com"
    scope: str = "https://api.botframework.com/.default"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set; ``slack`` and ``teams`` are None where they are not set up."""

    home: Path = Path("var")
    database_url: str = field(default="", repr=False)
    knowledge: Path = SHIPPED_KNOWLEDGE
    overlay: Path | None = None
    roles: Path | None = None
    language: Language = Language.DANISH
    public_url: str = ""
    trust_proxy: bool = False
    approve_everyone: bool = False
    log_level: str = "info"
    slack: SlackSettings | None = None
    teams: TeamsSettings | None = None

    @property
    def positive_list(self) -> Path:
        """The file that the positive list begins with: the organisation's own where there is one."""
        own = self.overlay / "tools.yaml" if self.overlay else None
        return own if own and own.is_file() else self.knowledge / "tools.yaml"

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check every setting.

        Raises:
            SettingsError: one or more values are wrong; the text lists all of them.

        """
        reader = _Reader(environment)
        home = reader.read("VEJVISER_HOME", Path, Path("var"))
        settings = cls(
            home=home,
            database_url=reader.read("VEJVISER_DATABASE_URL", _database, f"sqlite:///{home / 'vejviser.db'}"),
            knowledge=reader.read("VEJVISER_KNOWLEDGE", _folder, SHIPPED_KNOWLEDGE),
            overlay=reader.read("VEJVISER_OVERLAY", _folder, None),
            roles=reader.read("VEJVISER_ROLES", _file, None),
            language=reader.read("VEJVISER_LANG", _language, Language.DANISH),
            public_url=reader.read("VEJVISER_PUBLIC_URL", _web_address, ""),
            trust_proxy=reader.read("VEJVISER_TRUST_PROXY", _switch, default=False),
            approve_everyone=reader.read("VEJVISER_APPROVE_EVERYONE", _switch, default=False),
            log_level=reader.read("VEJVISER_LOG_LEVEL", _log_level, "info"),
            slack=_slack(reader),
            teams=_teams(reader),
        )
        reader.finish()
        return settings


class _Reader:
    """Reads values one by one and keeps what is wrong, so that all of it is told at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._faults: list[str] = []

    def text(self, name: str) -> str:
        return self._environment.get(name, "").strip()

    def read(self, name: str, parse: Callable[[str], Value], default: Value) -> Value:
        """Return the parsed value of ``name``; ``default`` where it is unset, empty or wrong."""
        text = self.text(name)
        if not text:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.reject(name, str(error))
            return default

    def reject(self, name: str, remedy: str) -> None:
        self._faults.append(f"{name}: {remedy}")

    def finish(self) -> None:
        if self._faults:
            raise SettingsError("\n".join(self._faults))


def _slack(reader: _Reader) -> SlackSettings | None:
    bot, secret, app = (reader.text(f"SLACK_{name}") for name in ("BOT_TOKEN", "SIGNING_SECRET", "APP_TOKEN"))
    client, client_secret = reader.text("SLACK_CLIENT_ID"), reader.text("SLACK_CLIENT_SECRET")
    url = reader.read("VEJVISER_SLACK_API_URL", _web_address, "https://slack.com/api/")
    if not (bot or secret or app or client):
        return None
    if client and not client_secret:
        reader.reject("SLACK_CLIENT_SECRET", "is needed with SLACK_CLIENT_ID; copy it from Basic Information")
    if not client and not bot.startswith("xoxb-"):
        reader.reject("SLACK_BOT_TOKEN", "must begin with xoxb-; copy it from the app's page OAuth & Permissions")
    if client and bot:
        reader.reject("SLACK_CLIENT_ID", "lets workspaces install the app; unset it, or SLACK_BOT_TOKEN")
    if app and not app.startswith("xapp-"):
        reader.reject("SLACK_APP_TOKEN", "must begin with xapp-; make one under Basic Information, App-Level Tokens")
    if not (app or secret):
        reader.reject("SLACK_SIGNING_SECRET", "is needed without SLACK_APP_TOKEN; copy it from Basic Information")
    allowed = _listed(reader.text("VEJVISER_SLACK_WORKSPACES"))
    return SlackSettings(bot, secret, app, url.rstrip("/") + "/", client, client_secret, allowed)


def _listed(text: str) -> frozenset[str]:
    return frozenset(filter(None, (item.strip() for item in text.split(","))))


def _teams(reader: _Reader) -> TeamsSettings | None:
    app_id, password = reader.text("MicrosoftAppId"), reader.text("MicrosoftAppPassword")
    kind = reader.read("MicrosoftAppType", _teams_type, "MultiTenant")
    tenant = reader.text("MicrosoftAppTenantId")
    is_local = reader.read("VEJVISER_TEAMS_LOCAL", _switch, default=False)
    usual = TeamsSettings()
    settings = TeamsSettings(
        app_id,
        password,
        kind,
        tenant,
        _listed(reader.text("VEJVISER_TEAMS_TENANTS")),
        reader.read("TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL", _web_address, usual.keys_url),
        reader.text("TO_BOT_FROM_CHANNEL_TOKEN_ISSUER") or usual.issuer,
        reader.read("TO_CHANNEL_FROM_BOT_LOGIN_URL", _web_address, usual.login_url),
        reader.text("TO_CHANNEL_FROM_BOT_OAUTH_SCOPE") or usual.scope,
    )
    if not (app_id or password):
        return settings if is_local else None
    if not app_id:
        reader.reject("MicrosoftAppId", "is missing; copy the app's id from its registration")
    if is_local:
        reader.reject("VEJVISER_TEAMS_LOCAL", "is for a bot without MicrosoftAppId; unset one of the two")
    if not password and kind != "UserAssignedMSI":
        reader.reject("MicrosoftAppPassword", "is missing; make a client secret in the app's registration")
    if not tenant and kind != "MultiTenant":
        reader.reject("MicrosoftAppTenantId", f"is needed where MicrosoftAppType is {kind}; copy the directory's id")
    return settings


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_dir():
        raise ValueError(f"there is no folder '{text}'; create it or correct the path")
    return path


def _file(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_file():
        raise ValueError(f"there is no file '{text}'; create it or correct the path")
    return path


def _database(text: str) -> str:
    # The value may hold a password, so the fault never repeats it.
    if text.partition("://")[0].partition("+")[0] not in _DATABASES or "://" not in text:
        raise ValueError("is no database address; write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
    return text


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"'{text}' is no web address; write it as https://NAME")
    return text


def _language(text: str) -> Language:
    return Language(_one_of(tuple(Language), text.lower()))


def _log_level(text: str) -> str:
    return _one_of(_LOG_LEVELS, text.lower())


def _teams_type(text: str) -> str:
    return _one_of(_TEAMS_TYPES, text)


def _one_of(allowed: tuple[str, ...], text: str) -> str:
    if text not in allowed:
        raise ValueError(f"'{text}' is not allowed; use one of {', '.join(allowed)}")
    return text


def _switch(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError(f"'{text}' is neither yes nor no; use 1 or 0")
