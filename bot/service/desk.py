"""What every chat platform can do beside asking: commands, buttons, forms and a person's own page.

================  ==========================================================================================
commands          ``ask`` TEXT · ``status`` NAME · ``tools`` · ``request`` NAME · ``help`` · ``check`` TEXT ·
                  ``announce`` (handed to ``Extension``)
buttons (act)     ``helpful`` ``unhelpful`` (value: verdict|rule|topic) · ``ask-person`` ``share`` (value: the
                  masked question, "" where it is too long) · ``request-tool`` (value: name) · ``list-tools``
                  (value: data|page) · ``decide`` (value: id state) · ``answer-person`` (value: id) · anything
                  else is handed to ``Extension``
forms (id)        ``request`` fields name, purpose, data · ``decide`` fields data, reason; state: id state ·
                  ``ask-person`` field question · ``answer-person`` field answer; state: id ·
                  anything else is handed to ``Extension``
suggestions       ``tools``: names on the positive list
outbox keys       ``request-N`` · ``request-N-STATE`` · ``escalation-N`` (to experts) · ``escalation-N-answer``
================  ==========================================================================================

An expert who answers in the thread below ``escalation-N`` submits the form ``answer-person`` with state N.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from bot.delivering import Address, Outgoing
from bot.desk_cards import DeskCards
from bot.errors import ChangeError, ChangeFaulty, NotAllowed, RequestError
from bot.escalating import Escalation, Opinion
from bot.interaction import Button, Card, Command, Home, Option, Outcome, Press, Submission
from bot.knowledge import Knowledge
from bot.model import Answer, DataClass, Language, Question, Status, ToolId, Verdict
from bot.people import Person, Role
from bot.ports import Conversations, Escalations, Feedback, Outbox, Roles
from bot.positive_list import status_on, tools_for
from bot.registering import RequestState, name_key
from bot.service.listing import PositiveList

_TOOLS_A_PAGE = 10
_MOST_OPTIONS = 100
_LONGEST_QUESTION = 2000
_LONGEST_ANSWER = 4000


class Advising(Protocol):
    """What the desk needs of the advisor."""

    def ask(self, question: Question) -> Answer:
        """Answer ``question``."""
        ...

    def check(self, text: str, language: Language) -> Answer:
        """Say what may be done with ``text``."""
        ...

    def masked(self, text: str) -> str:
        """Return ``text`` with everything personal masked."""
        ...

    def knowledge(self) -> Knowledge:
        """Return the knowledge base."""
        ...


class Extension(Protocol):
    """Adds commands, buttons, forms and cards of its own to the desk; None means that they are not its own."""

    def run(self, command: Command) -> Outcome | None:
        """Do what was typed."""
        ...

    def press(self, press: Press) -> Outcome | None:
        """Do what was pressed."""
        ...

    def submit(self, submission: Submission) -> Outcome | None:
        """Take a form."""
        ...

    def cards(self, person: Person, language: Language) -> tuple[Card, ...]:
        """Return what stands on a person's page."""
        ...

    def after_decision(self, person: Person, tool: ToolId, language: Language) -> tuple[Button, ...]:
        """Return what may be done once ``tool`` is decided on."""
        ...


@dataclass(frozen=True, slots=True)
class DeskStores:
    """Where the desk keeps what people said and asked."""

    feedback: Feedback
    escalations: Escalations
    outbox: Outbox
    conversations: Conversations


class Desk:
    """Satisfies ``bot.ports.Desk`` and ``bot.ports.Suggestions``."""

    def __init__(
        self,
        advisor: Advising,
        positive_list: PositiveList,
        stores: DeskStores,
        roles: Roles,
        clock: Callable[[], datetime],
        *,
        language: Language = Language.DANISH,
        extensions: tuple[Extension, ...] = (),
    ) -> None:
        self._advisor = advisor
        self._list = positive_list
        self._stores = stores
        self._roles = roles
        self._clock = clock
        self._language = language
        self._extensions = extensions
        self._cards = DeskCards(advisor.knowledge)

    def run(self, command: Command) -> Outcome:
        """Do what was typed."""
        language = command.language or self._language
        acts = {"ask": self._ask, "status": self._status, "tools": self._tools, "request": self._request,
                "check": self._check}  # fmt: skip
        if command.name in acts:
            return acts[command.name](command, language)
        for extension in self._extensions:
            outcome = extension.run(command)
            if outcome is not None:
                return outcome
        if command.name == "help":
            cards = (card for each in self._extensions for card in each.cards(command.person, language))
            buttons = tuple(button for card in cards for button in card.buttons)
            return Outcome(replace(self._cards.help(language), buttons=buttons))
        return Outcome(self._cards.note("unknown-command", language))

    def press(self, press: Press) -> Outcome:
        """Do what was pressed."""
        language = press.language or self._language
        acts = {
            "helpful": self._opinion,
            "unhelpful": self._opinion,
            "ask-person": self._person_form,
            "share": self._share,
            "request-tool": self._request_form,
            "list-tools": self._list_tools,
            "decide": self._decide_form,
            "answer-person": self._answer_form,
        }
        if press.act in acts:
            return acts[press.act](press, language)
        for extension in self._extensions:
            outcome = extension.press(press)
            if outcome is not None:
                return outcome
        return Outcome(self._cards.note("unknown-command", language))

    def submit(self, submission: Submission) -> Outcome:
        """Take a form that was filled in; nothing is done while ``Outcome.faults`` is not empty."""
        language = submission.language or self._language
        acts = {
            "request": self._requested,
            "decide": self._decided,
            "ask-person": self._asked_person,
            "answer-person": self._answered,
        }
        if submission.form in acts:
            return self._taken(acts[submission.form], submission, language)
        for extension in self._extensions:
            outcome = extension.submit(submission)
            if outcome is not None:
                return outcome
        return Outcome(self._cards.note("unknown-command", language))

    def home(self, person: Person, language: Language) -> Home:
        """Return the page of ``person``."""
        today = self._clock().date()
        queue = self._list.requests() if self._roles.has(person, Role.CURATOR) else ()
        usable = [tool for tool in self._list.tools() if status_on(tool, today) in {Status.APPROVED, Status.RESTRICTED}]
        own = tuple(card for extension in self._extensions for card in extension.cards(person, language))
        return self._cards.home(self._list.mine(person.id), queue, usable, own, language, today)

    def suggest(self, source: str, typed: str, person: Person) -> tuple[Option, ...]:  # noqa: ARG002 as the port has it
        """Return at most 100 names on the positive list that fit what was typed, the best first."""
        if source != "tools":
            return ()
        key = name_key(typed)
        names = sorted(tool.name for tool in self._list.tools())
        fitting = [name for name in names if key in name_key(name)]
        found = fitting or [tool.name for tool in self._list.look_up(typed).near]
        # What is typed may be asked for as well, because most wishes are for tools that are not on the list.
        own = [Option(typed.strip(), typed.strip())] if typed.strip() and typed.strip() not in found else []
        return (*own, *(Option(name, name) for name in found))[:_MOST_OPTIONS]

    def offers(self, answer: Answer, *, is_private: bool = False) -> tuple[Button, ...]:
        """Return what may be done about ``answer`` beside asking on."""
        return self._cards.offers(answer, is_private=is_private)

    def _ask(self, command: Command, language: Language) -> Outcome:
        try:
            return Outcome(self._advisor.ask(Question(command.text, command.conversation)))
        except RequestError as error:
            return Outcome(self._cards.note(error.code, language))

    def _status(self, command: Command, language: Language) -> Outcome:
        if not command.text.strip():
            return self._page("", 0, language)
        question = self._cards.status_question(self._advisor.masked(command.text.strip()), language)
        return self._ask(Command(command.person, "ask", question, command.conversation), language)

    def _tools(self, command: Command, language: Language) -> Outcome:
        return self._page(self._cards.data_named(command.text), 0, language)

    def _list_tools(self, press: Press, language: Language) -> Outcome:
        data, _, page = press.value.partition("|")
        return Outcome(replace=self._page(data, int(page) if page.isdigit() else 0, language).show)  # type: ignore[arg-type]  # a page is a card

    def _page(self, data: str, page: int, language: Language) -> Outcome:
        chosen = DataClass(data) if data in list(DataClass) else None
        today = self._clock().date()
        listed = sorted(self._list.tools(), key=lambda tool: name_key(tool.name))
        shown = tools_for(listed, {chosen}, today) if chosen else listed
        first = page * _TOOLS_A_PAGE
        card = self._cards.tools(shown[first : first + _TOOLS_A_PAGE], chosen, page, len(shown), language, today)
        return Outcome(card)

    def _check(self, command: Command, language: Language) -> Outcome:
        try:
            return Outcome(self._advisor.check(command.text, language))
        except RequestError as error:
            return Outcome(self._cards.note(error.code, language))

    def _opinion(self, press: Press, language: Language) -> Outcome:
        verdict, _, rest = press.value.partition("|")
        rule, _, topic = rest.partition("|")
        now = self._clock()
        said = f"{press.person.id} {press.conversation} {press.value} {now:%Y-%m-%d}"
        key = hashlib.sha256(said.encode()).hexdigest()
        platform = press.person.id.partition(":")[0]
        known = rule in {str(rule.id) for rule in self._advisor.knowledge().rules}
        opinion = Opinion(
            key=key,
            rule=rule if known else "",
            topic=topic[:100],
            verdict=verdict if verdict in list(Verdict) else "",
            platform=platform,
            helpful=press.act == "helpful",
            at=now,
        )
        self._stores.feedback.add(opinion)
        return Outcome(self._cards.note("feedback-thanks", language))

    def _share(self, press: Press, language: Language) -> Outcome:
        asked = self._asked(press)
        if not asked:
            return Outcome(self._cards.note("share-gone", language))
        return Outcome(share=self._advisor.ask(Question(asked)))

    def _request(self, command: Command, language: Language) -> Outcome:
        return Outcome(self._cards.request_form(self._advisor.masked(command.text.strip())[:100], language))

    def _request_form(self, press: Press, language: Language) -> Outcome:
        return Outcome(self._cards.request_form(press.value[:100], language))

    def _requested(self, submission: Submission, language: Language) -> Outcome:
        missing = self._missing(submission, ("name", "purpose"), language)
        if missing:
            return Outcome(faults=missing)
        name, purpose = (self._advisor.masked(submission.values[field]) for field in ("name", "purpose"))
        request = self._list.request(submission.person, name, purpose, _data(submission), language)
        return Outcome(self._cards.note("request-sent", language, name=request.name, count=str(len(request.wishes))))

    def _decide_form(self, press: Press, language: Language) -> Outcome:
        refused = self._refused(press.person, Role.CURATOR, language)
        if refused:
            return Outcome(refused)
        number, _, state = press.value.partition(" ")
        request = self._list.one_request(int(number)) if number.isdigit() else None
        if request is None or request.state is not RequestState.OPEN or state not in list(RequestState):
            return Outcome(self._cards.note("changed-meanwhile", language))
        return Outcome(self._cards.decide_form(request, RequestState(state), language))

    def _decided(self, submission: Submission, language: Language) -> Outcome:
        missing = self._missing(submission, ("reason",), language)
        number, _, state = submission.state.partition(" ")
        chosen = RequestState(state) if state in list(RequestState) else RequestState.OPEN
        if chosen in {RequestState.APPROVED, RequestState.RESTRICTED} and not _data(submission):
            missing |= {"data": self._cards.text("field-missing", language)}
        if missing:
            return Outcome(faults=missing)
        if not number.isdigit() or chosen is RequestState.OPEN:
            return Outcome(self._cards.note("changed-meanwhile", language))
        reason = self._advisor.masked(submission.values["reason"])
        closed = self._list.resolve(submission.person, int(number), chosen, reason, data=_data(submission))
        done = self._cards.note("decide-done", language, name=closed.name, count=str(len(closed.wishes)),
                                state=self._cards.text(f"state-{chosen}", language))  # fmt: skip
        return Outcome(replace(done, buttons=self._after_decision(submission.person, closed.name, language)), done)

    def _after_decision(self, person: Person, name: str, language: Language) -> tuple[Button, ...]:
        ids = [tool.id for tool in self._list.tools() if name_key(tool.name) == name_key(name)]
        offers = (extension.after_decision(person, id_, language) for id_ in ids for extension in self._extensions)
        return tuple(button for buttons in offers for button in buttons)

    def _person_form(self, press: Press, language: Language) -> Outcome:
        return Outcome(self._cards.person_form(self._asked(press), language))

    def _asked(self, press: Press) -> str:
        """Return the question of the answer that the button stands below, masked; "" where it is not known any more."""
        if press.value:
            return self._advisor.masked(press.value)
        memory = self._stores.conversations.recall(press.conversation) if press.conversation else None
        return memory.text if memory else ""

    def _asked_person(self, submission: Submission, language: Language) -> Outcome:
        missing = self._missing(submission, ("question",), language)
        if missing:
            return Outcome(faults=missing)
        experts = [to for to in self._roles.holders(Role.EXPERT) if not to.startswith("slack-group:")]
        if not experts:
            return Outcome(self._cards.note("person-nobody", language))
        question = self._advisor.masked(submission.values["question"])[:_LONGEST_QUESTION]
        escalation = self._stores.escalations.add(submission.person.id, language, question, self._clock())
        card = self._cards.for_experts(escalation, self._language)
        for expert in experts:
            self._stores.outbox.put(Address(expert), Outgoing(f"escalation-{escalation.id}", card))
        return Outcome(self._cards.note("person-sent", language))

    def _answer_form(self, press: Press, language: Language) -> Outcome:
        escalation = self._escalation(press.value)
        if escalation is None or escalation.answer:
            return Outcome(self._cards.note("changed-meanwhile", language))
        return Outcome(self._refused_expert(press.person, press.place, language)
                       or self._cards.answer_form(escalation, language))  # fmt: skip

    def _answered(self, submission: Submission, language: Language) -> Outcome:
        missing = self._missing(submission, ("answer",), language)
        if missing:
            return Outcome(faults=missing)
        escalation = self._escalation(submission.state)
        if escalation is None:
            return Outcome(self._cards.note("changed-meanwhile", language))
        refused = self._refused_expert(submission.person, submission.place, language)
        if refused:
            return Outcome(refused)
        text = self._advisor.masked(submission.values["answer"])[:_LONGEST_ANSWER]
        answered = self._stores.escalations.answer(escalation.id, text, by=submission.person.id, at=self._clock())
        card = self._cards.from_expert(answered)
        self._stores.outbox.put(Address(answered.person), Outgoing(f"escalation-{answered.id}-answer", card))
        return Outcome(self._cards.note("expert-sent", language))

    def _escalation(self, number: str) -> Escalation | None:
        return next((found for found in self._stores.escalations.all() if str(found.id) == number), None)

    def _refused_expert(self, person: Person, place: str, language: Language) -> Card | None:
        """Return a refusal for somebody who is neither an expert nor writes in a conversation of the experts."""
        if place and place in self._roles.holders(Role.EXPERT):
            return None
        return self._refused(person, Role.EXPERT, language)

    def _refused(self, person: Person, role: Role, language: Language) -> Card | None:
        return None if self._roles.has(person, role) else self._cards.refusal(self._roles.holders(role), language)

    def _taken(
        self, take: Callable[[Submission, Language], Outcome], submission: Submission, language: Language
    ) -> Outcome:
        try:
            return take(submission, language)
        except NotAllowed as error:
            return Outcome(self._cards.refusal(error.holders, language))
        except ChangeFaulty as error:
            return Outcome(self._cards.note("change-faulty", language, problem=str(error)))
        except ChangeError as error:
            return Outcome(self._cards.note(error.code, language))

    def _missing(self, submission: Submission, fields: tuple[str, ...], language: Language) -> dict[str, str]:
        empty = [field for field in fields if not submission.values.get(field, "").strip()]
        return {field: self._cards.text("field-missing", language) for field in empty}


def _data(submission: Submission) -> frozenset[DataClass]:
    chosen = submission.values.get("data", "").split("\n")
    return frozenset(DataClass(item) for item in chosen if item in list(DataClass))
