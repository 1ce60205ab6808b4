"""What a chat platform adds to the one port that everything is served on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.routing import BaseRoute


class Part(Protocol):
    """Routes of a chat platform, with what they need to be running."""

    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes to add; none where the platform is reached by a connection of our own."""
        ...

    async def start(self) -> None:
        """Open connections; called once before the first request."""
        ...

    async def stop(self) -> None:
        """Finish what is under way and close connections."""
        ...

    def checks(self) -> Mapping[str, str]:
        """Return each dependency's fault for ``/readyz``, or "" where it is fine."""
        ...
