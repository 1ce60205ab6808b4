"""``vejviser doctor``: what must be in order, and what to do about each fault."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.common import FAULT_FOUND, advisor_for, console, settings_from_environment
from bot.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.oauth.installation_store import Bot

    from adapters.console.examining import Check


@click.command()
def doctor() -> None:
    """Check settings, knowledge, database, tokens and endpoints, and say what to do about each fault."""
    from adapters.console.examining import Check, print_report

    terminal = console()
    if not print_report([Check("settings", _settings_in_words)], terminal):
        raise click.exceptions.Exit(FAULT_FOUND)
    settings = settings_from_environment()
    checks = (
        Check("knowledge", lambda: _sound(settings)),
        Check("positive list", lambda: _listed(settings)),
        Check("folder", lambda: _writable(settings.home)),
        Check("database", lambda: _standing(settings)),
        Check("roles", lambda: _roles(settings)),
    )
    if not print_report((*checks, *_slack(settings), *_teams(settings)), terminal):
        raise click.exceptions.Exit(FAULT_FOUND)


def _settings_in_words() -> str:
    settings = settings_from_environment()
    parts = {"Slack": settings.slack, "Teams": settings.teams, "overlay": settings.overlay, "roles": settings.roles}
    return ", ".join(f"{name} {'set' if value else 'not set'}" for name, value in parts.items())


def _slack(settings: Settings) -> tuple[Check, ...]:
    if settings.slack is None:
        return ()
    from adapters.console.examining import Check
    from adapters.slack import examining

    slack, url = settings.slack, settings.public_url
    entrance = Check("Slack entrance", lambda: examining.entrance(slack, url))
    if slack.client_id:
        return Check("Slack workspaces", lambda: examining.workspaces(slack, _installed(settings))), entrance
    return (
        Check("Slack token", lambda: examining.token(slack)),
        Check("Slack scopes", lambda: examining.scopes(slack)),
        entrance,
    )


def _installed(settings: Settings) -> Sequence[Bot]:
    from bot.bootstrap import Workshop

    installations = Workshop(settings).installations
    return installations.all() if installations else ()


def _teams(settings: Settings) -> tuple[Check, ...]:
    if settings.teams is None:
        return ()
    from adapters.console.examining import Check
    from adapters.teams import examining

    teams, url = settings.teams, settings.public_url
    return (
        Check("Teams identity", lambda: examining.identity(teams)),
        Check("Teams keys", lambda: examining.keys(teams)),
        Check("Teams endpoint", lambda: examining.endpoint(teams, url)),
    )


def _sound(settings: Settings) -> str:
    from adapters.yaml_knowledge.checking import check
    from bot.errors import KnowledgeError

    faults = check(settings.knowledge, settings.overlay, settings.home)
    if faults:
        raise KnowledgeError(faults)
    known = advisor_for(settings).knowledge()
    counts = f"{len(known.rules)} rules, {len(known.topics)} topics, {len(known.concepts)} concepts"
    return f"{counts} in {settings.knowledge}"


def _listed(settings: Settings) -> str:
    from adapters.yaml_tools import read_tools

    return f"{len(read_tools(settings.positive_list))} tools in {settings.positive_list}"


def _writable(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} cannot be written to; change its owner or set VEJVISER_HOME")
    return str(folder)


def _standing(settings: Settings) -> str:
    from adapters.sql.engine import open_engine
    from adapters.sql.migrating import standing

    engine = open_engine(settings.database_url)
    found = standing(engine)
    place = engine.url.render_as_string(hide_password=True)
    if not found.now:
        return f"{place} is empty; 'vejviser serve' sets it up"
    if found.is_due:
        return f"{place} is at revision {found.now}; 'vejviser serve' brings it to {found.newest}, so back it up first"
    return f"{place} is at the newest revision {found.now}"


def _roles(settings: Settings) -> str:
    from adapters.yaml_roles import read_roles

    if settings.roles is None:
        return "no roles file, so nobody may decide or announce from chat; set VEJVISER_ROLES"
    found = read_roles(settings.roles)
    return ", ".join(f"{len(ids)} {role}" for role, ids in found.items())
