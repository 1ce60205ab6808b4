"""Where the bot may speak without being spoken to: conversation references in a shape of our own.

No bot library's type is stored, so that another library reads what this one learned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
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
        """Remember that nothing may be posted there: the bot is blocked, or the conversation is gone."""
        ...

    def forget(self, conversation: str, team: str) -> None:
        """Forget a conversation that the bot was taken away from, and every channel of ``team`` where it is named."""
        ...

    def open(self) -> tuple[Reference, ...]:
        """Return every conversation where the bot may post."""
        ...


class MemoryReferences:
    """Keeps references as long as the process runs; for one process without a store, and for tests."""

    def __init__(self) -> None:
        self._kept: dict[str, Reference] = {}
        self._closed: set[str] = set()
        self._lock = Lock()

    def keep(self, reference: Reference) -> bool:
        """Keep ``reference``; say whether the conversation is new."""
        with self._lock:
            before = self._kept.get(reference.conversation)
            self._kept[reference.conversation] = completed(reference, before)
            self._closed.discard(reference.conversation)
            return before is None

    def find(self, id_: str) -> Reference | None:
        """Return the reference of a conversation, or of the personal chat with an Entra object id."""
        with self._lock:
            person = (kept for kept in self._kept.values() if id_ and kept.person == id_)
            return self._kept.get(id_) or next(person, None)

    def close(self, conversation: str) -> None:
        """Remember that nothing may be posted there."""
        with self._lock:
            self._closed.add(conversation)

    def forget(self, conversation: str, team: str) -> None:
        """Forget a conversation, and every channel of ``team`` where it is named."""
        with self._lock:
            self._kept.pop(conversation, None)
            if team:
                self._kept = {id_: kept for id_, kept in self._kept.items() if kept.team != team}

    def open(self) -> tuple[Reference, ...]:
        """Return every conversation where the bot may post."""
        with self._lock:
            return tuple(kept for id_, kept in sorted(self._kept.items()) if id_ not in self._closed)


def completed(reference: Reference, before: Reference | None) -> Reference:
    """Return ``reference`` with the names that it does not tell again and ``before`` did."""
    if before is None:
        return reference
    return replace(
        reference,
        person=reference.person or before.person,
        account=reference.account or before.account,
        title=reference.title or before.title,
        team=reference.team or before.team,
        locale=reference.locale or before.locale,
    )
