"""Lets in what Slack signed: checked on the raw bytes, before anything reads them."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping
from typing import Final

from starlette.requests import Request

from adapters.slack.recent import Recent

#: Far more than Slack sends; a view with everything filled in stays below 250 KB.
LARGEST_BODY: Final = 1024 * 1024
_WINDOW: Final = 300
_STAMP: Final = "x-slack-request-timestamp"
_SIGNATURE: Final = "x-slack-signature"
_RETRY: Final = "x-slack-retry-num"


class Door:
    """Admits a request that is signed, at most five minutes old, and not sent before.

    Slack signs each of its own retries anew and numbers them; they are let in, and known again by what is in them.
    """

    def __init__(self, secret: str, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret.encode()
        self._clock = clock
        # A stamp may lie as far ahead as behind, so a signature holds for two windows at most.
        self._used = Recent(2 * _WINDOW, clock)

    def is_late(self, headers: Mapping[str, str]) -> bool:
        """Say whether the request is outside the window, which is known before its body is read."""
        stamp = headers.get(_STAMP, "")
        is_number = stamp.isascii() and stamp.isdigit() and len(stamp) < 16
        return not is_number or abs(self._clock() - int(stamp)) > _WINDOW

    def admits(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Say whether Slack sent ``body``, and sent it for the first time."""
        if self.is_late(headers):
            return False
        signed = b"v0:%s:%s" % (headers[_STAMP].encode(), body)
        right = "v0=" + hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right.encode(), headers.get(_SIGNATURE, "").encode()):
            return False
        return self._used.is_new(right) or _RETRY in headers


async def read(request: Request) -> bytes | None:
    """Return the body, or None where it is larger than anything that Slack sends; no more than that is ever held."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
