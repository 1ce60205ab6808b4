"""Messages that nobody is waiting for at the other end of a request: notices and announcements.

::

    VejviserError
    └── DeliveryError        a message could not be handed to a platform
        ├── Throttled        too fast; ``retry_after`` says when to go on, ``scope`` what it concerns
        ├── TemporaryFault   the platform's fault; worth another try
        ├── RecipientGone    blocked, archived, deleted or uninstalled; never worth another try
        └── OutcomeUnknown   it may or may not have been posted; ``Messenger.find`` is asked before another try
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from bot.errors import VejviserError
from bot.interaction import Card

#: Where a message goes: ``slack:C0123``, ``slack:U0123``, ``teams:<conversation id>``, ``teams:<Entra object id>``.
Address = NewType("Address", str)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way out; the same ``key`` and address are never delivered twice."""

    key: str
    card: Card


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a platform calls a posted message, enough to edit or delete it."""

    to: Address
    message: str


class DeliveryError(VejviserError):
    """A message could not be handed to a platform.

    ``code`` names the reason in ``knowledge/messages``; ``status`` is what the platform answered, 0 for nothing.
    """

    def __init__(self, text: str, *, code: str = "delivery-failed", status: int = 0) -> None:
        super().__init__(text)
        self.code = code
        self.status = status


class Throttled(DeliveryError):  # noqa: N818 the field's own word
    """The platform wants fewer messages; ``scope`` is the channel, thread, app or workspace that it concerns."""

    def __init__(self, text: str, *, retry_after: float, scope: str) -> None:
        super().__init__(text, code="delivery-throttled", status=429)
        self.retry_after = retry_after
        self.scope = scope


class TemporaryFault(DeliveryError):  # noqa: N818 as above
    """The platform failed in a way that may pass; without a ``status`` the message never left."""


class RecipientGone(DeliveryError):  # noqa: N818 as above
    """The recipient blocked the bot, left, or is archived or deleted."""


class OutcomeUnknown(DeliveryError):  # noqa: N818 as above
    """The connection broke after the message was sent; nobody knows whether it arrived."""
