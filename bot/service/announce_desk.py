"""Announcements at the desk: the command ``announce``, its form, the buttons below it and "I have read this".

========  ==================================================================================================
command   ``announce`` (the form) · ``announce ID`` (that one) · ``announce WORDS`` (search)
buttons   ``acknowledge`` ``announce-new`` ``announce-tool`` (value: tool id) ``announce-send`` ``announce-try``
          ``announce-edit`` ``announce-cancel`` ``announce-duplicate`` ``announce-approve`` ``announce-status``
          ``announce-retry`` ``announce-remind`` ``announce-recall``; value: the announcement's id
forms     ``announce`` (state: "" or id and revision) · ``announce-recall`` (field how: delete, word; state: id)
keys      ``approve-ID-REVISION`` (to the other managers)
========  ==================================================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from bot.announce_cards import AnnounceCards, draft_from
from bot.announcing import OUT, UNSENT, Announcement, DraftFaulty, Stage
from bot.delivering import Outgoing
from bot.errors import ChangedMeanwhile, ChangeError, NotAllowed
from bot.interaction import Button, Card, Command, Outcome, Press, Submission
from bot.knowledge import Knowledge
from bot.model import Language, ToolId
from bot.people import Person, Role
from bot.ports import Clock, Outbox, Roles
from bot.sending import Action
from bot.service.announcing import Announcing
from bot.service.listing import PositiveList

_MOST_REASONS = 5


class AnnounceDesk:
    """Satisfies ``bot.service.desk.Extension``."""

    def __init__(
        self,
        announcing: Announcing,
        positive_list: PositiveList,
        outbox: Outbox,
        roles: Roles,
        knowledge: Callable[[], Knowledge],
        clock: Clock,
        *,
        language: Language = Language.DANISH,
        link: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._announcing = announcing
        self._list = positive_list
        self._outbox = outbox
        self._roles = roles
        self._clock = clock
        self._language = language
        self._link = link
        self._cards = AnnounceCards(knowledge)

    def run(self, command: Command) -> Outcome | None:
        """Show the form, one announcement, or what a search finds."""
        if command.name != "announce":
            return None
        language = command.language or self._language
        return self._tried(lambda: self._announce(command.person, command.text.strip(), language), language)

    def press(self, press: Press) -> Outcome | None:
        """Do what was pressed."""
        language = press.language or self._language
        acts: dict[str, Callable[[Press, Language], Outcome]] = {
            "acknowledge": self._acknowledge,
            "announce-new": self._new,
            "announce-tool": self._of_tool,
            "announce-send": self._send,
            "announce-try": self._try,
            "announce-edit": self._edit,
            "announce-cancel": self._cancel,
            "announce-duplicate": self._duplicate,
            "announce-approve": self._approve,
            "announce-status": self._status,
            "announce-retry": self._retry,
            "announce-remind": self._remind,
            "announce-recall": self._recall,
        }
        act = acts.get(press.act)
        return self._tried(lambda: act(press, language), language) if act else None

    def submit(self, submission: Submission) -> Outcome | None:
        """Take a form."""
        language = submission.language or self._language
        forms = {"announce": self._written, "announce-recall": self._recalled}
        take = forms.get(submission.form)
        return self._tried(lambda: take(submission, language), language) if take else None

    def cards(self, person: Person, language: Language) -> tuple[Card, ...]:
        """Return the latest announcements."""
        is_manager = self._announcing.is_manager(person)
        return (self._cards.latest(self._announcing.latest(), language, is_manager=is_manager),)

    def after_decision(self, person: Person, tool: ToolId, language: Language) -> tuple[Button, ...]:
        """Return the offer to tell everyone what was decided, for somebody who may."""
        return (self._cards.offer(tool, language),) if self._announcing.is_manager(person) else ()

    # Writing

    def _announce(self, person: Person, text: str, language: Language) -> Outcome:
        self._demand(person)
        if not text:
            return Outcome(self._cards.form(language))
        found = self._announcing.search(text, limit=20)
        try:
            return Outcome(self._shown(self._announcing.one(text), language))
        except ChangedMeanwhile:
            return Outcome(self._cards.found(found, language))

    def _new(self, press: Press, language: Language) -> Outcome:
        self._demand(press.person)
        return Outcome(self._cards.form(language))

    def _of_tool(self, press: Press, language: Language) -> Outcome:
        self._demand(press.person)
        decided = self._list.current(ToolId(press.value))
        if decided is None:
            raise ChangedMeanwhile("the tool is not on the list any more")
        return Outcome(self._cards.form(language, self._cards.of_tool(decided.tool, decided.why, self._clock())))

    def _edit(self, press: Press, language: Language) -> Outcome:
        self._demand(press.person)
        announcement = self._announcing.one(press.value)
        state = f"{announcement.id} {announcement.revision}"
        is_out = announcement.stage in OUT
        return Outcome(self._cards.form(language, announcement.draft, state=state, is_out=is_out))

    def _written(self, submission: Submission, language: Language) -> Outcome:
        draft, unreadable = draft_from(submission.values)
        if unreadable:
            return Outcome(faults=self._cards.faults(unreadable, draft, language))
        id_, _, revision = submission.state.partition(" ")
        try:
            if id_:
                seen = int(revision) if revision.isdigit() else None
                kept = self._announcing.edit(submission.person, id_, draft, revision=seen)
                self._ask_approval(submission.person, kept)
            else:
                kept = self._announcing.draft(submission.person, draft)
        except DraftFaulty as error:
            return Outcome(faults=self._cards.faults(error.faults, draft, language))
        return Outcome(self._shown(kept, language))

    def _duplicate(self, press: Press, language: Language) -> Outcome:
        return Outcome(self._shown(self._announcing.duplicate(press.person, press.value), language))

    # Sending

    def _try(self, press: Press, language: Language) -> Outcome:
        self._announcing.send_to_self(press.person, press.value)
        return Outcome(self._cards.note("announce-tried", language))

    def _send(self, press: Press, language: Language) -> Outcome:
        sent = self._announcing.send(press.person, press.value)
        self._ask_approval(press.person, sent)
        return self._replaced(sent, language)

    def _ask_approval(self, person: Person, announcement: Announcement) -> None:
        if announcement.stage is not Stage.AWAITING_APPROVAL:
            return
        card = self._cards.to_approve(announcement, self._announcing.preview(announcement), self._language)
        outgoing = Outgoing(f"approve-{announcement.id}-{announcement.revision}", card)
        for manager in self._announcing.other_managers(person):
            self._outbox.put(manager, outgoing)

    def _approve(self, press: Press, language: Language) -> Outcome:
        return self._replaced(self._announcing.approve(press.person, press.value), language)

    def _cancel(self, press: Press, language: Language) -> Outcome:
        self._announcing.cancel(press.person, press.value)
        return Outcome(replace=self._cards.note("announce-cancelled", language))

    # Following up

    def _status(self, press: Press, language: Language) -> Outcome:
        self._demand(press.person)
        return self._replaced(self._announcing.one(press.value), language)

    def _retry(self, press: Press, language: Language) -> Outcome:
        count = self._announcing.retry(press.person, press.value)
        return Outcome(self._cards.note("announce-retried", language, count=str(count)))

    def _remind(self, press: Press, language: Language) -> Outcome:
        self._announcing.remind(press.person, press.value)
        return Outcome(self._cards.note("announce-reminded", language))

    def _recall(self, press: Press, language: Language) -> Outcome:
        self._demand(press.person)
        return Outcome(self._cards.recall_form(self._announcing.one(press.value).id, language))

    def _recalled(self, submission: Submission, language: Language) -> Outcome:
        leave_word = submission.values.get("how") == "word"
        self._announcing.recall(submission.person, submission.state, leave_word=leave_word)
        return Outcome(self._cards.note("announce-recalled", language))

    def _acknowledge(self, press: Press, language: Language) -> Outcome:
        if self._announcing.one(press.value).stage in UNSENT:
            return Outcome(self._cards.note("announcement-read-trial", language))
        is_new = self._announcing.acknowledge(press.person, press.value, press.place)
        return Outcome(self._cards.note(f"announcement-read-{'thanks' if is_new else 'already'}", language))

    # What is shown

    def _replaced(self, announcement: Announcement, language: Language) -> Outcome:
        return Outcome(replace=self._shown(announcement, language))

    def _shown(self, announcement: Announcement, language: Language) -> Card:
        if announcement.stage in UNSENT and not self._is_due(announcement):
            return self._cards.managed(announcement, self._announcing.preview(announcement), language)
        report = self._announcing.report(announcement.id)
        copies = self._announcing.copies(announcement.id)
        codes = Counter(copy.error for copy in copies if copy.action is Action.POST and copy.error)
        return self._cards.report(report, codes.most_common(_MOST_REASONS), language, self._link(announcement.id))

    def _is_due(self, announcement: Announcement) -> bool:
        """Say whether it goes out as soon as a worker has it, so that a report says more than a preview."""
        due = announcement.draft.send_at
        return announcement.stage is Stage.SCHEDULED and (due is None or due <= self._clock())

    def _demand(self, person: Person) -> None:
        if not self._announcing.is_manager(person):
            raise NotAllowed(self._roles.holders(Role.MANAGER))

    def _tried(self, act: Callable[[], Outcome], language: Language) -> Outcome:
        try:
            return act()
        except NotAllowed as error:
            return Outcome(self._cards.refusal(error.holders, language))
        except ChangeError as error:
            return Outcome(self._cards.note(error.code, language))
