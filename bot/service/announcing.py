"""What managers do with announcements: write, try out, send, follow up and take back; and what readers do: say so.

Every step is checked against the roles file and stands in the audit log, refusals included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.announcing import (
    OUT,
    RECALL,
    UNSENT,
    Announcement,
    Copy,
    Draft,
    DraftFaulty,
    Read,
    Report,
    RoundReport,
    Stage,
    Timing,
    card_of,
    faults_of,
)
from bot.delivering import Address, Outgoing
from bot.errors import ChangedMeanwhile, NotAllowed, RemindedJustNow
from bot.interaction import Card
from bot.knowledge import Knowledge
from bot.model import Language
from bot.people import Person, PersonId, Role
from bot.ports import Announcements, AuditLog, Clock, Outbox, Reports, Roles, Rounds
from bot.registering import Entry
from bot.sending import Action

_LOCAL: Final = "cli:"
#: How the round of the reminder is called that was asked for beforehand.
_PLANNED: Final = "remind"
_BETWEEN_REMINDERS: Final = timedelta(minutes=10)


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
        if before.stage is Stage.RECALLED:
            raise ChangedMeanwhile("what was recalled cannot be changed; make a copy of it")
        at = self._clock()
        changed = replace(
            before, draft=self._kept(before, draft), revision=(revision or before.revision) + 1, author=person.id,
            changed_at=at,
        )  # fmt: skip
        if before.stage in OUT:
            changed = self._change_copies(person, before, changed)
        elif before.stage not in {Stage.SCHEDULED, Stage.AWAITING_APPROVAL}:
            changed = self._stores.announcements.change(changed, allowed=(before.stage,))
        elif self._must_be_approved(person, changed):
            # An approval was for the old words.
            waiting = replace(changed, stage=Stage.AWAITING_APPROVAL, approver="")
            changed = self._stores.announcements.change(waiting, allowed=(before.stage,))
            self._note(person, "announce-ask-approval", id_)
        else:
            scheduled = replace(changed, stage=Stage.SCHEDULED)
            post = self._post(scheduled, at, person)
            changed = self._stores.announcements.change(scheduled, allowed=(before.stage,), begin=post)
        self._note(person, "announce-edit", id_, before=_told(before), after=_told(changed))
        return changed

    def _kept(self, before: Announcement, draft: Draft) -> Draft:
        """Return what is kept of a change: what is out keeps its time and audience, only the rest can still change."""
        if before.stage not in OUT:
            self._check(draft)
            return draft
        kept = replace(draft, audience=before.draft.audience, send_at=None)
        self._check(kept)
        return replace(kept, send_at=before.draft.send_at)

    def _change_copies(self, person: Person, before: Announcement, changed: Announcement) -> Announcement:
        """Change every copy of what is out, the words of those still to come, and when the reminder comes."""
        id_, at = changed.id, changed.changed_at
        update = self._timing(changed, f"{id_}-update-{changed.revision}", Action.UPDATE, at, person)
        reminder = self.reminder(changed, at, person)
        cards = {Action.POST: update.card, Action.REMIND: reminder.card}
        kept = self._stores.announcements.change(changed, allowed=(before.stage,), begin=update, cards=cards)
        posted = self.report(id_).round(Action.POST)
        hours = kept.draft.remind_after
        if hours == before.draft.remind_after or posted is None or posted.began is None:
            return kept
        if hours is None:
            self._stores.rounds.call_off(reminder.id, at)
        elif before.stage is not Stage.CANCELLED:
            self._stores.rounds.begin(replace(reminder, due=max(at, posted.began + timedelta(hours=hours))))
        return kept

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
        card = self.preview(announcement)
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
        count = self._stores.rounds.retry(id_, self._worth_another_try(id_), self._clock())
        self._note(person, "announce-retry", id_)
        return count

    def _worth_another_try(self, id_: str) -> tuple[Action, ...]:
        """Return what may be done again; what was recalled is not posted any more."""
        if self.one(id_).stage is not Stage.RECALLED:
            return (Action.POST, Action.REMIND, Action.UPDATE)
        return (Action.DELETE,) if self.report(id_).round(Action.DELETE) else (Action.UPDATE,)

    def remind(self, person: Person, id_: str) -> Announcement:
        """Remind those who have not said that they read it, now.

        Raises:
            NotAllowed: the person is no manager.
            ChangedMeanwhile: it is not out, or asks nobody to say so.
            RemindedJustNow: a reminder is on its way or has just gone out.

        """
        self._require(person, "announce-remind", id_)
        announcement = self.one(id_)
        if not announcement.draft.acknowledge or announcement.stage not in OUT:
            raise ChangedMeanwhile("only an announcement that is out and asks to be acknowledged has reminders")
        at = self._clock()
        if any(_is_recent(each, at) for each in self.report(id_).rounds if each.action is Action.REMIND):
            raise RemindedJustNow("a reminder is on its way or has just gone out")
        self._stores.rounds.begin(self.reminder(announcement, at, person, name=f"remind-{at:%Y%m%d%H%M%S}"))
        self._note(person, "announce-remind", id_)
        return announcement

    def recall(self, person: Person, id_: str, *, leave_word: bool = False) -> Announcement:
        """Delete every copy, or put a word in its place that it was withdrawn."""
        self._require(person, "announce-recall", id_)
        announcement = self.one(id_)
        at = self._clock()
        action = Action.UPDATE if leave_word else Action.DELETE
        round_ = self._timing(announcement, f"{id_}{RECALL}{action}", action, at, person)
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

    def reminder(self, announcement: Announcement, at: datetime, person: Person, *, name: str = _PLANNED) -> Timing:
        """Return the round that reminds those who have not read an announcement."""
        card = self.preview(announcement)
        title = self._text("announcement-reminder", (announcement.draft.languages or (self._language,))[0])
        card = replace(card, title=f"{title}: {card.title}"[:150], text=f"{title}: {card.text}")
        round_ = self._timing(announcement, f"{announcement.id}-{name}", Action.REMIND, at, person)
        return replace(round_, card=card)

    def _timing(self, announcement: Announcement, name: str, action: Action, due: datetime, by: Person) -> Timing:
        return Timing(name, announcement.id, action, self.preview(announcement), due, by.id, key=name)

    def _post(self, announcement: Announcement, now: datetime, person: Person) -> Timing:
        due = max(announcement.draft.send_at or now, now)
        return self._timing(announcement, f"{announcement.id}-post", Action.POST, due, person)

    def _schedule(self, person: Person, announcement: Announcement, *, approver: str) -> Announcement:
        now = self._clock()
        round_ = self._post(announcement, now, person)
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


def _is_recent(reminder: RoundReport, now: datetime) -> bool:
    """Say whether a reminder is on its way or has just gone out; one that is planned for later is not."""
    if reminder.began is None:
        return reminder.state == "due" and not reminder.id.endswith(f"-{_PLANNED}")
    return reminder.state != "cancelled" and reminder.began > now - _BETWEEN_REMINDERS


def _told(announcement: Announcement) -> dict[str, object]:
    """Return what the audit log keeps of an announcement."""
    draft = announcement.draft
    return {
        "stage": announcement.stage.value, "title_da": draft.title.da, "title_en": draft.title.en,
        "body_da": draft.body.da, "body_en": draft.body.en, "audience": list(draft.audience),
        "acknowledge": draft.acknowledge, "send_at": draft.send_at.isoformat() if draft.send_at else None,
    }  # fmt: skip
