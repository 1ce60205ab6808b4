"""The one HTTP session that everything of Teams goes through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import aiohttp

_TIMEOUT: Final = aiohttp.ClientTimeout(total=30, connect=5)
#: A request may be waiting for what is fetched, and Teams for that request.
_FETCH_TIMEOUT: Final = aiohttp.ClientTimeout(total=4, connect=2)
_MOST_CONNECTIONS: Final = 100


class Session:
    """Opened where the event loop is, and shared until it is closed."""

    def __init__(self) -> None:
        self._open: aiohttp.ClientSession | None = None

    def __call__(self) -> aiohttp.ClientSession:
        """Return the open session, a new one where there is none."""
        if self._open is None or self._open.closed:
            connections = aiohttp.TCPConnector(limit=_MOST_CONNECTIONS, keepalive_timeout=60)
            self._open = aiohttp.ClientSession(connector=connections, timeout=_TIMEOUT)
        return self._open

    async def close(self) -> None:
        """Close it; the next use opens another."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    async def fetch(self, url: str) -> Mapping[str, Any]:
        """Return the JSON object at ``url``.

        Raises:
            OSError: it cannot be reached, or answers with an error.
            ValueError: it is no JSON object.

        """
        try:
            async with self().get(url, timeout=_FETCH_TIMEOUT) as response:
                response.raise_for_status()
                found = await response.json(content_type=None)
        except aiohttp.ClientError as error:
            raise OSError("the address cannot be reached") from error
        if not isinstance(found, dict):
            raise ValueError("no JSON object")  # noqa: TRY004 the content is wrong, not a type of ours
        return found
