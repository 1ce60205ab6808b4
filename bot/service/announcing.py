"""What managers do with announcements: write, try out, send, follow up and take back; and what readers do: say so.

Every step is checked against the roles file and stands in the audit log, refusals included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.announcing import (
    OUT,
    UNSENT,
    Announcement,
    Copy,
    Draft,
    DraftFaulty,
    Read,
    Report,
    Stage,
    Timing,
    card_of,
    faults_of,
)
from bot.delivering import Address, Outgoing
from bot.errors import ChangedMeanwhile, NotAllowed
from bot.interaction import Card
from bot.knowledge import Knowledge
from bot.model import Language
from bot.people import Person, PersonId, Role
from bot.ports import Announcements, AuditLog, Clock, Outbox, Reports, Roles, Rounds
from bot.registering import Entry
from bot.sending import Action

_LOCAL: Final = "cli:"


@dataclass(frozen=True, slots=True)
class AnnouncingStores:
    """Where announcements, their rounds and reports are kept, and what goes with them."""

    announcements: Announcements
    rounds: Rounds
    reports: Reports
    outbox: Outbox
    audit: AuditLog


class Announcing:
    """The uses of announcements; ``needs_approval`` asks for a second manager before one goes to everyone."""

    def __init__(
        self,
        stores: AnnouncingStores,
        roles: Roles,
        clock: Clock,
        knowledge: Callable[[], Knowledge],
        personal: Callable[[str], tuple[str, ...]],
        *,
        language: Language = Language.DANISH,
        needs_approval: bool = False,
    ) -> None:
        self._stores = stores
        self._roles = roles
        self._clock = clock
        self._knowledge = knowledge
        self._personal = personal
        self._language = language
        self._needs_approval = needs_approval

    # Writing

    def draft(self, person: Person, draft: Draft) -> Announcement:
        """Keep a new draft.

        Raises:
            NotAllowed: the person is no manager.
            DraftFaulty: something is wrong with it; every fault is told.

        """
        self._require(person, "announce-draft", "")
        self._check(draft)
        made = self._stores.announcements.add(draft, person.id, self._clock())
        self._note(person, "announce-draft", made.id, after=_told(made))
        return made

    def duplicate(self, person: Person, id_: str) -> Announcement:
        """Keep a copy as a new draft, without its time."""
        return self.draft(person, replace(self.one(id_).draft, send_at=None))

    def edit(self, person: Person, id_: str, draft: Draft, *, revision: int | None = None) -> Announcement:
        """Change an announcement; one that is out already is changed in every copy.

        Raises:
            NotAllowed: the person is no manager.
            DraftFaulty: something is wrong with it; every fault is told.
            ChangedMeanwhile: somebody else changed it first.

        """
        self._require(person, "announce-edit", id_)
        before = self.one(id_)
        is_out = before.stage in OUT
        # What is out keeps its time and audience; only the words can still change.
        kept = replace(draft, audience=before.draft.audience, send_at=None) if is_out else draft
        self._check(kept)
        if is_out:
            kept = replace(kept, send_at=before.draft.send_at)
        at = self._clock()
        changed = self._stores.announcements.change(id_, kept, revision=revision or before.revision, at=at)
        if is_out:
            round_ = f"{id_}-update-{changed.revision}"
            self._stores.rounds.begin(self._timing(changed, round_, Action.UPDATE, at, person))
        elif before.stage in {Stage.SCHEDULED, Stage.AWAITING_APPROVAL}:
            changed = self._again(person, changed)
        self._note(person, "announce-edit", id_, before=_told(before), after=_told(changed))
        return changed

    def _again(self, person: Person, changed: Announcement) -> Announcement:
        """Put a changed announcement where it stood; an approval was for the old words."""
        if self._must_be_approved(person, changed):
            return self._await_approval(person, changed)
        return self._schedule(person, changed, approver=changed.approver)

    # Trying out

    def preview(self, announcement: Announcement) -> Card:
        """Return what recipients will see."""
        draft = announcement.draft
        labels = (self._text("announcement-read", language) for language in draft.languages)
        footnote = self._text("announcement-footnote", (draft.languages or (self._language,))[0])
        return card_of(announcement, read=" · ".join(labels), footnote=footnote)

    def preview_of(self, draft: Draft) -> Card:
        """Return what recipients would see of a draft that is not kept yet."""
        now = self._clock()
        return self.preview(Announcement("preview", draft, Stage.DRAFT, 1, PersonId(""), "", now, now))

    def send_to_self(self, person: Person, id_: str, to: Address | None = None) -> Address:
        """Send an announcement to the person alone, or from the command line to ``to``."""
        self._require(person, "announce-try", id_)
        address = to or Address(person.id)
        if address.startswith(_LOCAL):
            raise ChangedMeanwhile("the terminal has no conversation; say with --to where the trial goes")
        announcement = self.one(id_)
        card = replace(self.preview(announcement), buttons=())
        key = f"trial-{id_}-{announcement.revision}-{self._clock():%Y%m%d%H%M%S}"
        self._stores.outbox.put(address, Outgoing(key, card))
        self._note(person, "announce-try", id_)
        return address

    # Sending

    def send(self, person: Person, id_: str) -> Announcement:
        """Schedule an announcement for its time, or have it approved first where that is asked for.

        Raises:
            NotAllowed: the person is no manager.
            ChangedMeanwhile: it was sent or cancelled already.

        """
        self._require(person, "announce-send", id_)
        announcement = self.one(id_)
        if self._must_be_approved(person, announcement):
            return self._await_approval(person, announcement)
        return self._schedule(person, announcement, approver="")

    def approve(self, person: Person, id_: str) -> Announcement:
        """Let somebody else's announcement go to everyone.

        Raises:
            NotAllowed: the person is no manager, or wrote it.

        """
        self._require(person, "announce-approve", id_)
        announcement = self.one(id_)
        if person.id == announcement.author and not person.id.startswith(_LOCAL):
            self._refuse(person, "announce-approve", id_)
        if announcement.stage is not Stage.AWAITING_APPROVAL:
            raise ChangedMeanwhile("the announcement does not wait for approval")
        return self._schedule(person, announcement, approver=person.id)

    def cancel(self, person: Person, id_: str) -> Announcement:
        """Call an announcement off; of one that is being sent, whatever has not gone yet."""
        self._require(person, "announce-cancel", id_)
        allowed = (*UNSENT, Stage.SENDING)
        cancelled = self._stores.announcements.move(id_, allowed, Stage.CANCELLED, at=self._clock())
        self._note(person, "announce-cancel", id_)
        return cancelled

    def retry(self, person: Person, id_: str) -> int:
        """Try every failed recipient again, and return how many there are."""
        self._require(person, "announce-retry", id_)
        count = self._stores.rounds.retry(id_, self._clock())
        self._note(person, "announce-retry", id_)
        return count

    def remind(self, person: Person, id_: str) -> Announcement:
        """Remind those who have not said that they read it, now."""
        self._require(person, "announce-remind", id_)
        announcement = self.one(id_)
        if not announcement.draft.acknowledge or announcement.stage not in OUT:
            raise ChangedMeanwhile("only an announcement that is out and asks to be acknowledged has reminders")
        at = self._clock()
        self._stores.rounds.begin(self.reminder(announcement, at, person, name=f"remind-{at:%Y%m%d%H%M%S}"))
        self._note(person, "announce-remind", id_)
        return announcement

    def recall(self, person: Person, id_: str, *, leave_word: bool = False) -> Announcement:
        """Delete every copy, or put a word in its place that it was withdrawn."""
        self._require(person, "announce-recall", id_)
        announcement = self.one(id_)
        at = self._clock()
        action = Action.UPDATE if leave_word else Action.DELETE
        round_ = self._timing(announcement, f"{id_}-recall", action, at, person)
        if leave_word:
            language = (announcement.draft.languages or (self._language,))[0]
            withdrawn = self._text("announcement-withdrawn", language)
            round_ = replace(round_, card=Card(withdrawn, f"{withdrawn}: {announcement.title}", announcement.title))
        self._stores.announcements.move(id_, (*OUT, Stage.RECALLED), Stage.RECALLED, at=at, round_=round_)
        self._note(person, "announce-recall", id_)
        return self.one(id_)

    # Reading

    def acknowledge(self, person: Person, id_: str, place: str) -> bool:
        """Keep that ``person`` has read it; say whether that is new."""
        announcement = self.one(id_)
        if announcement.stage in UNSENT:
            return False
        return self._stores.reports.acknowledge(id_, person.id, place, self._clock())

    def one(self, id_: str) -> Announcement:
        """Return the announcement called ``id_``."""
        return self._stores.announcements.one(id_)

    def search(self, words: str = "", *, limit: int = 50) -> tuple[Announcement, ...]:
        """Return announcements that hold every one of ``words``, the newest first."""
        return self._stores.announcements.find(words, limit=limit)

    def latest(self, count: int = 3) -> tuple[Announcement, ...]:
        """Return the newest announcements that went out."""
        found = self._stores.announcements.find("", limit=50)
        return tuple(each for each in found if each.stage in {Stage.SENDING, Stage.SENT})[:count]

    def report(self, id_: str) -> Report:
        """Return how an announcement stands."""
        return self._stores.reports.report(id_)

    def copies(self, id_: str) -> Iterator[Copy]:
        """Yield what became of every recipient."""
        return self._stores.reports.copies(id_)

    def reads(self, id_: str) -> tuple[Read, ...]:
        """Return who read it and when."""
        return self._stores.reports.reads(id_)

    # Helpers of the above

    def reminder(self, announcement: Announcement, at: datetime, person: Person, *, name: str = "remind") -> Timing:
        """Return the round that reminds those who have not read an announcement."""
        card = self.preview(announcement)
        title = self._text("announcement-reminder", (announcement.draft.languages or (self._language,))[0])
        card = replace(card, title=f"{title}: {card.title}"[:150], text=f"{title}: {card.text}")
        round_ = self._timing(announcement, f"{announcement.id}-{name}", Action.REMIND, at, person)
        return replace(round_, card=card)

    def _timing(self, announcement: Announcement, name: str, action: Action, due: datetime, by: Person) -> Timing:
        return Timing(name, announcement.id, action, self.preview(announcement), due, by.id, key=name)

    def _schedule(self, person: Person, announcement: Announcement, *, approver: str) -> Announcement:
        now = self._clock()
        due = announcement.draft.send_at or now
        round_ = self._timing(announcement, f"{announcement.id}-post", Action.POST, max(due, now), person)
        scheduled = self._stores.announcements.move(
            announcement.id, UNSENT, Stage.SCHEDULED, at=now, approver=approver, round_=round_
        )
        what = "announce-approve" if approver == person.id else "announce-send"
        self._note(person, what, announcement.id, after=_told(scheduled))
        return scheduled

    def _must_be_approved(self, person: Person, announcement: Announcement) -> bool:
        is_local = person.id.startswith(_LOCAL)
        return self._needs_approval and announcement.draft.is_for_everyone and not is_local

    def _await_approval(self, person: Person, announcement: Announcement) -> Announcement:
        waiting = self._stores.announcements.move(
            announcement.id, UNSENT, Stage.AWAITING_APPROVAL, at=self._clock(), approver=""
        )
        self._note(person, "announce-ask-approval", announcement.id)
        return waiting

    def other_managers(self, person: Person) -> tuple[Address, ...]:
        """Return who may approve what ``person`` wrote, as far as they can be written to."""
        holders = self._roles.holders(Role.MANAGER)
        return tuple(Address(id_) for id_ in holders if id_ != person.id and not id_.startswith("slack-group:"))

    def is_manager(self, person: Person) -> bool:
        """Say whether ``person`` may announce."""
        return self._roles.has(person, Role.MANAGER)

    def _check(self, draft: Draft) -> None:
        faults = faults_of(draft, now=self._clock(), personal=self._personal)
        if faults:
            raise DraftFaulty(faults)

    def _require(self, person: Person, what: str, id_: str) -> None:
        if not self.is_manager(person):
            self._refuse(person, what, id_)

    def _refuse(self, person: Person, what: str, id_: str) -> None:
        self._stores.audit.write(Entry(self._clock(), person.id, what, id_ or "announcement", refused=True))
        raise NotAllowed(self._roles.holders(Role.MANAGER))

    def _note(
        self,
        person: Person,
        what: str,
        id_: str,
        *,
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
    ) -> None:
        self._stores.audit.write(Entry(self._clock(), person.id, what, id_, before=before, after=after))

    def _text(self, id_: str, language: Language) -> str:
        return self._knowledge().messages[id_].in_language(language)


def _told(announcement: Announcement) -> dict[str, object]:
    """Return what the audit log keeps of an announcement."""
    draft = announcement.draft
    return {
        "stage": announcement.stage.value, "title_da": draft.title.da, "title_en": draft.title.en,
        "body_da": draft.body.da, "body_en": draft.body.en, "audience": list(draft.audience),
        "acknowledge": draft.acknowledge, "send_at": draft.send_at.isoformat() if draft.send_at else None,
    }  # fmt: skip
