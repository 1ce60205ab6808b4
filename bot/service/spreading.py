"""Finds out who a round concerns, when it begins: the audience of an announcement, or the copies that are out."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from bot.announcing import EVERYONE, MEMBERS, Announcement, Copy
from bot.delivering import Address, DeliveryError, OutcomeUnknown, TemporaryFault, Throttled
from bot.people import Person, PersonId, Role
from bot.ports import Announcements, Clock, Directory, Reports, Roles, Rounds, Spreading
from bot.sending import Action, State, platform_of
from bot.service.announcing import Announcing

_log = logging.getLogger(__name__)
_LOCAL = "cli:"
_Each = TypeVar("_Each")
_GROUP = "slack-group:"
#: An address that is a person's own conversation.
_PERSON = re.compile(r"slack:[UWD]|teams:(?:[0-9a-f]{8}-[0-9a-f]{4}-|a:|29:)")
_AT_A_TIME = 1000


class Readers(Protocol):
    """Who has read what."""

    def readers(self, id_: str) -> frozenset[str]:
        """Return who has read an announcement, and the conversations in which they said so."""
        ...


@dataclass(frozen=True, slots=True)
class SpreadingStores:
    """Where announcements, copies, readers and recipients are kept."""

    announcements: Announcements
    rounds: Rounds
    reports: Reports
    readers: Readers
    recipients: Spreading


class Spreader:
    """Writes down the recipients of rounds, after looking once more whether they may be sent at all."""

    def __init__(
        self,
        stores: SpreadingStores,
        announcing: Announcing,
        roles: Roles,
        directories: Mapping[str, Directory],
        clock: Clock,
    ) -> None:
        self._stores = stores
        self._announcing = announcing
        self._roles = roles
        self._directories = directories
        self._clock = clock

    async def spread(self, round_: str) -> None:
        """Write down everyone whom ``round_`` concerns; calling it again goes on where it ended.

        Raises:
            StoreError: the store failed.
            DeliveryError: a platform could not say who is there.

        """
        recipients = self._stores.recipients
        begun = await asyncio.to_thread(recipients.begin_round, round_, self._now())
        if begun is None:
            return
        id_, action = begun
        announcement = await asyncio.to_thread(self._stores.announcements.one, id_)
        if action.is_posting and not await self._may_send(announcement):
            _log.warning("announcement_refused id=%s reason=author-is-no-manager", id_)
            await asyncio.to_thread(recipients.refuse_round, round_, "announcement-author-gone", self._now())
            return
        if action is Action.POST:
            await self._plan_reminder(announcement)
        async for part in self._parts(announcement, action, round_):
            await asyncio.to_thread(recipients.spread, round_, part, action=action, now=self._now())
        await asyncio.to_thread(recipients.end_spreading, round_, self._now())

    async def _parts(
        self, announcement: Announcement, action: Action, round_: str
    ) -> AsyncIterator[list[tuple[Address, str]]]:
        """Yield the recipients, a thousand at a time at most."""
        if action is Action.POST:
            for entry in announcement.draft.audience:
                for addresses in _parts_of(await self._those(entry, round_)):
                    yield [(address, "") for address in addresses]
            return
        others = await asyncio.to_thread(self._copies_before, announcement.id, round_)
        copies = [copy for copy in others if copy.action.is_posting]
        if action is Action.REMIND:
            late = await self._late(announcement, copies)
            for addresses in _parts_of(late):
                yield [(address, "") for address in addresses]
            return
        if any(copy.state in {State.SENDING, State.WAITING} for copy in others if copy.action is not Action.DELETE):
            # Deleting would miss those that are on their way, and older words could come after newer ones; the engine
            # asks again in a moment.
            raise TemporaryFault("some copies are still on their way")
        out = [(Address(copy.to), copy.message) for copy in copies if copy.state is State.DELIVERED]
        for part in _parts_of(out):
            yield part

    async def _those(self, entry: str, round_: str) -> Sequence[Address]:
        """Return who ``entry`` of an audience is; one that nobody can look up fails alone, with its reason.

        Raises:
            DeliveryError: the platform may say so in a moment.

        """
        if entry == EVERYONE:
            found = [await self._looked_up(each.conversations(), entry, round_) for each in self._directories.values()]
            return [address for part in found for address in part]
        if entry.startswith((MEMBERS, _GROUP)):
            return await self._looked_up(self._members(entry.removeprefix(MEMBERS)), entry, round_)
        return (Address(entry),)

    async def _looked_up(self, look: Awaitable[tuple[Address, ...]], entry: str, round_: str) -> tuple[Address, ...]:
        try:
            return await look
        except (Throttled, TemporaryFault, OutcomeUnknown):
            raise
        except DeliveryError as error:
            _log.warning("audience_unknown round=%s code=%s", round_, error.code)
            await asyncio.to_thread(self._stores.recipients.fail, round_, entry, error.code, self._now())
            return ()

    async def _members(self, of: str) -> tuple[Address, ...]:
        platform = "slack" if of.startswith(_GROUP) else platform_of(of)
        directory = self._directories.get(platform)
        return await directory.members(of) if directory else ()

    async def _late(self, announcement: Announcement, copies: Sequence[Copy]) -> list[Address]:
        """Return the people who have the message and have not said that they read it.

        Whoever got it in a channel is reminded in person; in a place whose people nobody can name, the place is.
        """
        readers = await asyncio.to_thread(self._stores.readers.readers, announcement.id)
        late: dict[Address, None] = {}
        for copy in copies:
            if copy.action is not Action.POST or copy.state is not State.DELIVERED:
                continue
            people = await self._people_at(copy.to)
            late.update(dict.fromkeys(person for person in people if person not in readers))
            if not people:
                late[Address(copy.to)] = None
        return list(late)

    async def _people_at(self, address: str) -> tuple[Address, ...]:
        """Return who is there, as far as the platform tells."""
        if _PERSON.match(address):
            return (Address(address),)
        try:
            return await self._members(address)
        except DeliveryError:
            return ()

    def _copies_before(self, id_: str, round_: str) -> list[Copy]:
        return [copy for copy in self._stores.reports.copies(id_) if copy.round != round_]

    async def _plan_reminder(self, announcement: Announcement) -> None:
        hours = announcement.draft.remind_after
        if hours is None:
            return
        at = self._clock() + timedelta(hours=hours)
        reminder = self._announcing.reminder(announcement, at, Person(announcement.author))
        await asyncio.to_thread(self._stores.rounds.begin, reminder)

    async def _may_send(self, announcement: Announcement) -> bool:
        """Say whether whoever wrote and approved it are managers still."""
        held = [await self._is_manager(person) for person in (announcement.author, announcement.approver) if person]
        return all(held)

    async def _is_manager(self, person: str) -> bool:
        """Say whether ``person`` is a manager by name, or in a group that the platform vouches for."""
        if person.startswith(_LOCAL):
            return True
        if await asyncio.to_thread(self._roles.has, Person(PersonId(person)), Role.MANAGER):
            return True
        groups = [holder for holder in self._roles.holders(Role.MANAGER) if holder.startswith(_GROUP)]
        for group in groups:
            if Address(person) in await self._members(group):
                return True
        return False

    def _now(self) -> float:
        return self._clock().timestamp()


def _parts_of(whole: Sequence[_Each]) -> Iterator[list[_Each]]:
    for start in range(0, len(whole), _AT_A_TIME):
        yield list(whole[start : start + _AT_A_TIME])
