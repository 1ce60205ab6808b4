"""Ways in and out by name; only the chosen one is imported, so that the others cost nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

#: What builds each adapter, as ``module:function``.
ENTRY_POINTS: Final[Mapping[str, str]] = {
    "console": "adapters.console.conversing:converse",
    "slack": "adapters.slack.building:build",
    "teams": "adapters.teams.building:build",
    "web": "adapters.web.serving:serve",
}


def load(name: str) -> Callable[..., Any]:  # any: each platform is built from settings of its own
    """Return what builds the adapter called ``name``."""
    module, _, function = ENTRY_POINTS[name].partition(":")
    builder: Callable[..., Any] = getattr(import_module(module), function)
    return builder
