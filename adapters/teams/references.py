"""Where the bot may speak without being spoken to: conversation references in a shape of our own.

No bot library's type is stored, so that another library reads what this one learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from adapters.teams.activities import Scope

PREFIX = "teams:"


@dataclass(frozen=True, slots=True)
class Reference:
    """A conversation where the bot is, and how it is reached.

    ``conversation`` has no thread in it. ``person`` is the Entra object id of the other one in a personal chat, and
    ``account`` what Teams calls that person towards this bot. ``bot`` is what Teams calls the bot itself. ``title`` and
    ``team`` say which channel it is.
    """

    conversation: str
    scope: Scope
    service_url: str
    bot: str
    tenant: str = ""
    person: str = ""
    account: str = ""
    title: str = ""
    team: str = ""
    locale: str = ""

    @property
    def address(self) -> str:
        """The conversation as the rest of the product writes it."""
        return PREFIX + self.conversation


class References(Protocol):
    """Keeps references; every call may block on a database."""

    def keep(self, reference: Reference) -> bool:
        """Keep ``reference`` in the place of an older one; say whether the conversation is new.

        A conversation that had blocked the bot counts as open again: somebody has just spoken there.
        """
        ...

    def find(self, id_: str) -> Reference | None:
        """Return the reference of a conversation, or of the personal chat with an Entra object id."""
        ...

    def close(self, conversation: str) -> None:
        """Remember that nothing may be posted there: blocked, or the bot was taken away."""
        ...

    def open(self) -> tuple[Reference, ...]:
        """Return every conversation where the bot may post."""
        ...
