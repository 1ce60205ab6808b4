"""``vejviser tools``: the positive list."""

from __future__ import annotations

import click

from bot.commands.common import console, settings_from_environment, unknown_id


@click.group()
def tools() -> None:
    """Look at the positive list."""


@tools.command("list")
def tools_list() -> None:
    """Show every tool."""
    from adapters.console.listing import print_tools
    from adapters.yaml_tools import read_tools

    print_tools(read_tools(settings_from_environment().positive_list), console())


@tools.command("show")
@click.argument("id_", metavar="ID")
def tools_show(id_: str) -> None:
    """Show one tool."""
    from adapters.console.listing import print_entry
    from adapters.yaml_tools import read_tools

    listed = {str(tool.id): tool for tool in read_tools(settings_from_environment().positive_list)}
    if id_ not in listed:
        raise click.UsageError(unknown_id(id_, listed))
    print_entry("tool", listed[id_], console())
