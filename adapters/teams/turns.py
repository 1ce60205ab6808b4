"""What the bot library, whichever it is, gives and is given."""

from __future__ import annotations

from typing import Protocol

from adapters.teams.activities import Activity, Message, Reply


class Turn(Protocol):
    """One thing that happened, and the way to answer it."""

    @property
    def activity(self) -> Activity:
        """What happened."""
        ...

    async def say(self, message: Message) -> str:
        """Answer where it happened, in the same thread; return the new message's id."""
        ...

    async def change(self, message_id: str, message: Message) -> None:
        """Put ``message`` in the place of one of the bot's own."""
        ...


class Listener(Protocol):
    """Decides what each turn leads to."""

    async def hear(self, turn: Turn) -> Reply | None:
        """Do what ``turn`` asks for; what is invoked is answered by the returned reply."""
        ...
