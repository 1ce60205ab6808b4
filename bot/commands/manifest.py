"""``vejviser manifest``: what an administrator uploads to a chat platform."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.common import advisor_for, settings_from_environment
from bot.errors import SettingsError


@click.group()
def manifest() -> None:
    """Make what an administrator uploads to a chat platform."""


@manifest.command("teams")
@click.option("--url", required=True, help="Address that staff and Teams reach Vejviser on, https://NAME.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The zip to write.")
def manifest_teams(url: str, out: Path) -> None:
    """Make the app package for Teams: manifest, both languages and icons."""
    from adapters.teams.manifest import package

    settings = settings_from_environment()
    if settings.teams is None or not settings.teams.app_id:
        raise SettingsError("MicrosoftAppId: is missing; the package names the bot, so register it first")
    if not url.startswith("https://"):
        raise click.UsageError(f"'{url}' is no address that Teams calls; write it as https://NAME")
    out.write_bytes(package(settings.teams.app_id, url, advisor_for(settings).knowledge()))
    click.echo(f"{out} is ready; upload it under Manage apps in the Teams admin center.")


@manifest.command("slack")
@click.option("--url", default="", help="The address that Slack reaches Vejviser on; leave it out for Socket Mode.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where to write it.")
@click.option("--rotate-tokens", is_flag=True, help="Let tokens end after 12 hours; for apps that workspaces install.")
def manifest_slack(url: str, out: Path, *, rotate_tokens: bool) -> None:
    """Write the app manifest that is pasted into Slack."""
    import json

    from adapters.slack.manifest import manifest as of_slack

    if url and not url.startswith("https://"):
        raise click.UsageError(f"'{url}' is no address that Slack calls; write it as https://NAME")
    made = of_slack(url, rotates=rotate_tokens)
    out.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    click.echo(f"Written to {out}.")
