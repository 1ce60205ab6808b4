"""``vejviser serve``: everything on one port."""

from __future__ import annotations

import click

from bot.commands.common import settings_from_environment


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Serve the web chat, its API, the guide's sections and the chat platforms that are set up, on one port."""
    from adapters.registry import load
    from bot.bootstrap import Workshop

    settings = settings_from_environment()
    workshop = Workshop(settings)
    live = {"register": workshop.positive_list, "reports": workshop.report_pages(), "checks": workshop.checks}
    load("web")(workshop.advisor, settings, host, port, workshop.parts(), **live)
