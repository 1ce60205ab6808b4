"""Addresses of reports: whoever has one may read that report, for a week, and nobody can make one up."""

from __future__ import annotations

from itsdangerous import BadData, URLSafeTimedSerializer

_SECONDS_GOOD_FOR = 7 * 24 * 3600


class ReportLinks:
    """Signs and reads addresses; ``secret`` is this installation's own, ``public_url`` where it is reached."""

    def __init__(self, secret: str, public_url: str = "") -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="report")
        self._url = public_url.rstrip("/")

    def link(self, id_: str) -> str:
        """Return the address of the report on announcement ``id_``."""
        return f"{self._url}/announcements/{self._serializer.dumps(id_)}"

    def read(self, token: str) -> str:
        """Return the announcement that ``token`` is for, "" where it was made up or has expired."""
        try:
            return str(self._serializer.loads(token, max_age=_SECONDS_GOOD_FOR))
        except BadData:
            return ""
