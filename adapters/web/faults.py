"""What can be wrong with a request over HTTP, beside what ``bot.errors`` names, and its status.

::

    RequestError
    ├── BodyTooLarge        answered as a message that is too long, because that is what it is to the asker
    ├── WrongContentType
    ├── NotFound
    ├── WrongMethod
    └── AnswerFailed        something of ours broke; what it was stands in the log, never in the reply
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.errors import MessageTooLong, RequestError


class BodyTooLarge(MessageTooLong):
    """The body holds more than is ever read."""


class WrongContentType(RequestError):  # noqa: N818 named as those in bot.errors
    """The body is neither JSON nor, for the page, a form."""

    code = "wrong-content-type"


class NotFound(RequestError):  # noqa: N818 named as those in bot.errors
    """There is nothing at this address."""

    code = "not-found"


class WrongMethod(RequestError):  # noqa: N818 named as those in bot.errors
    """The address exists, but is not used in this way."""

    code = "wrong-method"


class AnswerFailed(RequestError):  # noqa: N818 named as those in bot.errors
    """Something of ours broke."""

    code = "answer-failed"


#: The status by code; every other fault is 422.
STATUS: Final[Mapping[str, int]] = {
    "message-too-long": 413,
    "wrong-content-type": 415,
    "too-many-requests": 429,
    "not-found": 404,
    "wrong-method": 405,
    "answer-failed": 500,
}
