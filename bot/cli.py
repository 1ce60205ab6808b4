"""The ``vejviser`` command."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click

from bot.commands.announce import announce, worker
from bot.commands.asking import ask, chat
from bot.commands.audit import audit
from bot.commands.common import BAD_USAGE, FAULT_FOUND
from bot.commands.doctor import doctor
from bot.commands.knowledge import knowledge
from bot.commands.manifest import manifest
from bot.commands.serving import serve
from bot.commands.tools import tools
from bot.errors import VejviserError

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command and leave with its exit status; never with a traceback for a fault of the user's."""
    try:
        status = commands.main(prog_name="vejviser", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except VejviserError as error:
        click.echo(str(error), err=True)
        status = BAD_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        click.echo(str(error), err=True)
        status = FAULT_FOUND
    except (KeyboardInterrupt, click.Abort):
        status = _INTERRUPTED
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Ask what you may do with generative AI at work."""


for command in (ask, chat, serve, knowledge, tools, audit, doctor, manifest, announce, worker):
    commands.add_command(command)
