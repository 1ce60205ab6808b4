"""``vejviser serve``: everything on one port."""

from __future__ import annotations

import click

from bot.commands.common import advisor_for, settings_from_environment


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Serve the web chat, its API and the guide's sections on one port."""
    from adapters.registry import load

    settings = settings_from_environment()
    load("web")(advisor_for(settings), settings, host, port)
