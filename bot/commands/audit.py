"""``vejviser audit``: who did or tried what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bot.commands.common import console, settings_from_environment


@click.command()
@click.option("--since", type=click.DateTime(formats=["%Y-%m-%d"]), help="Only from this day on.")
@click.option("--format", "form", type=click.Choice(["table", "jsonl", "csv"]), default="table", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the terminal.")
def audit(since: datetime | None, form: str, out: Path | None) -> None:
    """Show or export the audit log: decisions, requests, and attempts that were refused."""
    from adapters.console.auditing import print_entries, write_entries
    from bot.bootstrap import Workshop

    entries = Workshop(settings_from_environment()).audit.entries(since.astimezone() if since else None)
    if form == "table":
        print_entries(entries, console())
        return
    with click.open_file(str(out) if out else "-", "w", encoding="utf-8") as stream:
        count = write_entries(entries, form, stream)
    if out:
        click.echo(f"{count} entries written to {out}.")
