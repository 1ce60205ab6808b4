"""The positive list: looked up by everybody, asked to grow by employees, decided on by curators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process

from bot.delivering import Address, Outgoing
from bot.errors import ChangedMeanwhile, ChangeFaulty, NotAllowed
from bot.interaction import Card
from bot.knowledge import Knowledge
from bot.model import DataClass, Language, Status, Tool, ToolId
from bot.people import Person, PersonId, Role
from bot.ports import AuditLog, Outbox, Roles, ToolHistory, ToolRequests
from bot.positive_list import NameIndex
from bot.register_cards import RegisterCards
from bot.registering import (
    Decided,
    Difference,
    Entry,
    RequestState,
    ToolRequest,
    Wish,
    as_facts,
    check_change,
    decided_tool,
    differences,
    due_for_review,
    held_at,
    name_key,
)
from bot.text import split_words

_MOST_SUGGESTIONS = 3
_LIKE_ENOUGH = 75
_LONGEST_NAME = 100
_LONGEST_PURPOSE = 2000


@dataclass(frozen=True, slots=True)
class Stores:
    """Where the positive list and what belongs to it are kept."""

    tools: ToolHistory
    requests: ToolRequests
    audit: AuditLog
    outbox: Outbox


@dataclass(frozen=True, slots=True)
class Found:
    """What a name leads to: the tools that bear it, or else at most three that are written nearly so."""

    tools: tuple[Tool, ...]
    near: tuple[Tool, ...] = ()


class PositiveList:
    """Every use of the positive list beside the decision table's."""

    def __init__(
        self,
        stores: Stores,
        roles: Roles,
        clock: Callable[[], datetime],
        knowledge: Callable[[], Knowledge],
        *,
        language: Language = Language.DANISH,
    ) -> None:
        self._stores = stores
        self._roles = roles
        self._clock = clock
        self._cards = RegisterCards(knowledge)
        self._language = language
        self._index = NameIndex(())
        self._held: Mapping[ToolId, Decided] | None = None

    def tools(self) -> tuple[Tool, ...]:
        """Return every listed tool as it stands now."""
        return tuple(decided.tool for decided in self._stores.tools.current().values())

    def current(self, tool: ToolId) -> Decided | None:
        """Return the newest decision on ``tool``."""
        return self._stores.tools.current().get(tool)

    def look_up(self, name: str) -> Found:
        """Return the tools that ``name`` leads to, several where it names a product with plans."""
        index = self._names()
        words = split_words(name)
        mentioned = dict.fromkeys(mention.tool.id for mention in index.find(words))
        exact = tuple(tool for id_ in mentioned if (tool := index.by_id(ToolId(id_))))
        if exact or not words:
            return Found(exact)
        names = index.spellings()
        like = process.extract(name_key(name), names.keys(), scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH, limit=10)
        near = dict.fromkeys(names[spelling] for spelling, _, _ in like)
        return Found((), tuple(tool for id_ in near if (tool := index.by_id(id_)))[:_MOST_SUGGESTIONS])

    def history(self, tool: ToolId | None = None) -> tuple[Decided, ...]:
        """Return every decision on ``tool``, or on all, from the first to the last."""
        return self._stores.tools.history(tool)

    def at(self, moment: datetime) -> dict[ToolId, Decided]:
        """Return what held for each tool at ``moment``."""
        return held_at(self.history(), moment)

    def decide(self, person: Person, tool: Tool, why: str, *, revision: int | None = None) -> Decided:
        """Record a decision; ``revision`` is the one that the person saw, None for whatever holds.

        Raises:
            NotAllowed: the person is no curator; the attempt is in the audit log.
            ChangedMeanwhile: somebody else decided on the tool since ``revision``.
            ChangeFaulty: a value is wrong.

        """
        self._demand(person, Role.CURATOR, "tool-decided", str(tool.id))
        if not why.strip():
            raise ChangeFaulty("say why; the reason stays in the history")
        held = self._stores.tools.current()
        before = held.get(tool.id)
        seen = revision if revision is not None else before.revision if before else 0
        if seen != (before.revision if before else 0):
            raise ChangedMeanwhile(f"{tool.name} was changed meanwhile; look at it and decide again")
        others = (decided.tool for decided in held.values())
        check_change(tool, others, self._clock().date(), before=before.tool if before else None)
        decided = Decided(tool, seen + 1, self._clock(), person.id, why.strip())
        self._stores.tools.record([decided], [self._entry(decided, before)])
        return decided

    def compare(self, wanted: Sequence[Tool]) -> tuple[Difference, ...]:
        """Return what a file with ``wanted`` would change."""
        return differences(self._stores.tools.current(), wanted)

    def apply(
        self, person: Person, changes: Sequence[Difference], why: str, *, told: Callable[[int], None] = lambda _: None
    ) -> int:
        """Record all of ``changes``, or none, and return how many; ``told`` hears of each as it is checked.

        Raises:
            NotAllowed: the person is no curator.
            ChangedMeanwhile: somebody else decided on one of the tools meanwhile.
            ChangeFaulty: a value is wrong.

        """
        self._demand(person, Role.CURATOR, "tools-imported", f"{len(changes)} tools")
        held = self._stores.tools.current()
        now = self._clock()
        names = {name_key(name): tool.id for tool in self._after(held, changes) for name in (tool.name, *tool.aliases)}
        decisions, entries = [], []
        for done, change in enumerate(changes, start=1):
            before = held.get(change.tool.id)
            clash = [name for name in (change.tool.name, *change.tool.aliases)
                     if names[name_key(name)] != change.tool.id]  # fmt: skip
            if clash:
                raise ChangeFaulty(f"'{clash[0]}' leads to two tools; give each name to one")
            check_change(change.tool, (), now.date(), before=before.tool if before else None)
            decided = Decided(change.tool, change.revision + 1, now, person.id, why)
            decisions.append(decided)
            entries.append(self._entry(decided, before))
            told(done)
        self._stores.tools.record(decisions, entries)
        return len(decisions)

    def seed(self, tools: Sequence[Tool]) -> int:
        """Fill an empty store with the file's ``tools``, and return how many; a store that holds any is left alone."""
        if self._stores.tools.current():
            return 0
        by = PersonId("cli:seed")
        now = self._clock()
        decisions = [Decided(tool, 1, now, by, "seed") for tool in tools]
        try:
            self._stores.tools.record(decisions, [self._entry(decided, None) for decided in decisions])
        except ChangedMeanwhile:
            return 0  # another process was first
        return len(decisions)

    def request(
        self, person: Person, name: str, purpose: str, data: frozenset[DataClass], language: Language
    ) -> ToolRequest:
        """Take an employee's wish for a tool; those who ask for the same share one request.

        ``purpose`` has been redacted. Curators are told of a new request.

        Raises:
            ChangeFaulty: the name or the purpose is missing or too long.

        """
        name, purpose = " ".join(name.split()), purpose.strip()
        if not 0 < len(name) <= _LONGEST_NAME or not name_key(name):
            raise ChangeFaulty(f"give the tool's name, at most {_LONGEST_NAME} characters")
        if not 0 < len(purpose) <= _LONGEST_PURPOSE:
            raise ChangeFaulty(f"say what it is for, in at most {_LONGEST_PURPOSE} characters")
        request = self._stores.requests.add(name, Wish(person.id, purpose, data, self._clock(), language))
        self._stores.audit.write(Entry(self._clock(), person.id, "tool-requested", request.name))
        self._tell(
            self._roles.holders(Role.CURATOR), f"request-{request.id}", self._cards.to_decide(request, self._language)
        )
        return request

    def requests(self) -> tuple[ToolRequest, ...]:
        """Return the open requests, those that most people ask for first."""
        waiting = (request for request in self._stores.requests.all() if request.state is RequestState.OPEN)
        return tuple(sorted(waiting, key=lambda request: (-len(request.wishes), request.id)))

    def one_request(self, request: int) -> ToolRequest | None:
        """Return the request with this number, open or closed."""
        return next((found for found in self._stores.requests.all() if found.id == request), None)

    def mine(self, person: PersonId) -> tuple[ToolRequest, ...]:
        """Return what ``person`` asked for, the newest first."""
        found = [request for request in self._stores.requests.all() if any(w.person == person for w in request.wishes)]
        return tuple(reversed(found))

    def resolve(
        self, person: Person, request: int, state: RequestState, reason: str, *, data: Iterable[DataClass] = ()
    ) -> ToolRequest:
        """Decide on a request: its tool gets the status, and everyone who asked is told.

        Raises:
            NotAllowed: the person is no curator.
            ChangedMeanwhile: the request is closed already, or there is none.
            ChangeFaulty: the reason, or the data that may go in, is missing.

        """
        self._demand(person, Role.CURATOR, "request-decided", f"request {request}")
        found = self.one_request(request)
        if found is None or found.state is not RequestState.OPEN:
            raise ChangedMeanwhile(f"request {request} is closed already, or there is none")
        if not reason.strip():
            raise ChangeFaulty("say why; everyone who asked is told")
        tool = self._requested(found)
        held = self.current(tool.id)
        self.decide(person, decided_tool(tool, state, frozenset(data)), reason, revision=held.revision if held else 0)
        closed = self._stores.requests.close(request, state, by=person.id, reason=reason.strip(), at=self._clock())
        for wish in closed.wishes:
            self._tell([wish.person], f"request-{request}-{state}", self._cards.decided(closed, wish.language))
        return closed

    def remind(self) -> int:
        """Remind owners and curators, once, of tools that are due for review within 30 days; return how many tools."""
        due = due_for_review(self.tools(), self._clock().date())
        for tool in due:
            owner = [tool.owner] if tool.owner.startswith(("slack:", "teams:")) else []
            card = self._cards.due(tool, self._language)
            self._tell([*owner, *self._roles.holders(Role.CURATOR)], f"review-{tool.id}-{tool.review_by}", card)
        return len(due)

    def _names(self) -> NameIndex:
        held = self._stores.tools.current()
        if held is not self._held:
            self._index, self._held = NameIndex(self.tools()), held
        return self._index

    def _requested(self, request: ToolRequest) -> Tool:
        found = self.look_up(request.name).tools
        if found:
            return found[0]
        return Tool(ToolId(name_key(request.name).replace(" ", "-")), request.name, status=Status.UNDER_REVIEW)

    def _after(self, held: Mapping[ToolId, Decided], changes: Sequence[Difference]) -> Iterable[Tool]:
        changed = {change.tool.id: change.tool for change in changes}
        return {**{id_: decided.tool for id_, decided in held.items()}, **changed}.values()

    def _demand(self, person: Person, role: Role, what: str, subject: str) -> None:
        if self._roles.has(person, role):
            return
        self._stores.audit.write(Entry(self._clock(), person.id, what, subject, refused=True))
        raise NotAllowed(self._roles.holders(role))

    def _entry(self, decided: Decided, before: Decided | None) -> Entry:
        facts = as_facts(before.tool) if before else None
        after = {**as_facts(decided.tool), "why": decided.why}
        return Entry(decided.at, decided.by, "tool-decided", str(decided.tool.id), before=facts, after=after)

    def _tell(self, people: Iterable[str], key: str, card: Card) -> None:
        for person in people:
            # A group has no conversation of its own; its members see the queue in their home.
            if not person.startswith("slack-group:") and not person.startswith("cli:"):
                self._stores.outbox.put(Address(person), Outgoing(key, card))
