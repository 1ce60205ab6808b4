"""What every command needs: settings, the advisor, a terminal, and the exit statuses."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from bot.service.advising import Advisor

BAD_USAGE = 2
FAULT_FOUND = 1


def settings_from_environment() -> Settings:
    """Return what the environment sets.

    Raises:
        SettingsError: a value is wrong.

    """
    return Settings.from_env(os.environ)


def advisor_for(settings: Settings) -> Advisor:
    """Return the advisor that ``settings`` describe."""
    from bot.bootstrap import build_advisor

    # What is built here stays until the process ends, so looking for garbage in it is a sixth of the time from cold.
    gc.disable()
    try:
        return build_advisor(settings)
    finally:
        gc.freeze()
        gc.enable()


def console() -> Console:
    """Return the terminal, or the file or pipe in its place."""
    from rich.console import Console

    return Console()


def unknown_id(id_: str, known: Iterable[str]) -> str:
    """Say that there is no ``id_``, and which ones are written nearly like it."""
    from rapidfuzz.process import extract

    near = ", ".join(name for name, _, _ in extract(id_, list(known), limit=3))
    return f"there is no '{id_}'; did you mean {near}?"
