"""The cards and forms of the desk, worded from the messages of the knowledge base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from bot.escalating import Escalation
from bot.interaction import Button, Card, Field, Form, Home, Kind, Option, Tone
from bot.knowledge import Knowledge
from bot.model import Answer, DataClass, Language, Tool, Verdict
from bot.positive_list import status_on
from bot.register_cards import RegisterCards
from bot.registering import RequestState, ToolRequest
from bot.wording import Wording, literal

_TOOLS_A_PAGE = 10
_MOST_AT_HOME = 10
_EXAMPLES = 3
#: A button holds 2,000 characters at most; signs outside the basic plane count twice.
_LONGEST_ASKED = 1000


class DeskCards(Wording):
    """Words what the desk shows."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        super().__init__(knowledge)
        self._register = RegisterCards(knowledge)

    def offers(self, answer: Answer, *, is_private: bool) -> tuple[Button, ...]:
        """Return what may be done about ``answer`` beside asking on."""
        language = answer.lang
        value = f"{answer.verdict}|{answer.rule}|{answer.topic or ''}"
        asked = answer.asked if len(answer.asked) <= _LONGEST_ASKED else ""
        buttons = [
            Button(self.text("offer-helpful", language), "helpful", value),
            Button(self.text("offer-unhelpful", language), "unhelpful", value),
            Button(self.text("offer-ask-person", language), "ask-person", asked, opens_form=True),
        ]
        if answer.verdict is Verdict.STATUS:
            tool = answer.tools[0] if len(answer.tools) == 1 else ""
            button = Button(self.text("offer-request-tool", language), "request-tool", tool, opens_form=True)
            buttons.append(button)
        if is_private:
            buttons.append(Button(self.text("offer-share", language), "share", asked))
        return tuple(buttons)

    def status_question(self, name: str, language: Language) -> str:
        """Return the question that ``status NAME`` stands for."""
        return self.text("status-question", language, tool=name)

    def help(self, language: Language) -> Card:
        """Return what the product can do."""
        title, body = self.text("help-title", language), self.text("help-body", language)
        return Card(title, f"{title}\n{body}", body)

    def tools(
        self, shown: Sequence[Tool], data: DataClass | None, page: int, total: int, language: Language, today: date
    ) -> Card:
        """Return a page of the positive list."""
        title = self.text("tools-title", language)
        if data:
            title = self.text("tools-for", language, data=self.text(f"data-{data}", language))
        lines = [f"- {self._line(tool, language, today)}" for tool in shown]
        body = "\n".join(lines) or self.text("tools-none", language)
        return Card(title, f"{title}\n{body}", body, buttons=self._page_buttons(data, page, total, language))

    def data_named(self, text: str) -> str:
        """Return the data class that ``text`` names, as itself or in the words of either language; "" for none."""
        typed = " ".join(text.lower().split())
        named = (
            data
            for data in DataClass
            if typed in {data.value, *(self.text(f"data-{data}", each).lower() for each in Language)}
        )
        return next((data.value for data in named), "")

    def request_form(self, name: str, language: Language) -> Form:
        """Return the form that asks for a tool."""
        fields = (
            Field("name", self.text("request-name", language), Kind.SUGGESTED,
                  self.text("request-name-hint", language), value=name, source="tools", longest=100),
            Field("purpose", self.text("request-purpose", language), Kind.PARAGRAPH,
                  self.text("request-purpose-hint", language)),
            Field("data", self.text("request-which-data", language), Kind.SOME_OF, options=self._data_options(language),
                  is_required=False),
        )  # fmt: skip
        title, body, send = (self.text(f"request-{part}", language) for part in ("title", "body", "send"))
        return Form("request", title, send, fields, body, opener="request-tool")

    def decide_form(self, request: ToolRequest, state: RequestState, language: Language) -> Form:
        """Return the form on which a curator gives the reason."""
        wanted = "\n".join(data.value for data in DataClass if data in request.data)
        data = Field("data", self.text("decide-data", language), Kind.SOME_OF, options=self._data_options(language),
                     value=wanted)  # fmt: skip
        reason = Field("reason", self.text("decide-reason", language), Kind.PARAGRAPH,
                       self.text("decide-reason-hint", language))  # fmt: skip
        fields = (reason,) if state is RequestState.REJECTED else (data, reason)
        word = self.text(f"state-{state}", language)
        body = self.text("decide-body", language, name=request.name, state=word)
        title, send = self.text("decide-title", language), self.text("decide-send", language)
        return Form("decide", title, send, fields, body, f"{request.id} {state}")

    def person_form(self, question: str, language: Language) -> Form:
        """Return the form that passes a question on."""
        field = Field("question", self.text("person-question", language), Kind.PARAGRAPH, value=question)
        title, body, send = (self.text(f"person-{part}", language) for part in ("title", "body", "send"))
        return Form("ask-person", title, send, (field,), body)

    def for_experts(self, escalation: Escalation, language: Language) -> Card:
        """Return the card that experts get."""
        title = self.text("expert-title", language)
        button = Button(self.text("expert-answer", language), "answer-person", str(escalation.id), Tone.PRIMARY,
                        opens_form=True)  # fmt: skip
        footnote = self.text("expert-footnote", language)
        return Card(title, f"{title}: {escalation.question}", literal(escalation.question), (), (button,), footnote)

    def answer_form(self, escalation: Escalation, language: Language) -> Form:
        """Return the form on which an expert answers."""
        field = Field("answer", self.text("expert-answer", language), Kind.PARAGRAPH, longest=3000)
        title, send = self.text("expert-form", language), self.text("expert-send", language)
        return Form("answer-person", title, send, (field,), escalation.question, str(escalation.id))

    def from_expert(self, escalation: Escalation) -> Card:
        """Return the card that brings an expert's answer."""
        title = self.text("answer-title", escalation.language)
        return Card(title, f"{title}: {escalation.answer}", escalation.answer, footnote=escalation.question)

    def home(
        self,
        mine: Sequence[ToolRequest],
        queue: Sequence[ToolRequest],
        usable: Sequence[Tool],
        own: Sequence[Card],
        language: Language,
        today: date,
    ) -> Home:
        """Return a person's page."""
        examples = [words.in_language(language) for words in self._knowledge().lists["examples"][:_EXAMPLES]]
        asked = tuple(Button(example, "ask", example) for example in examples)
        waiting = [self._register.to_decide(request, language) for request in queue[:_MOST_AT_HOME]]
        cards = [
            self.help(language),
            Card(self.text("home-examples", language), self.text("home-examples-body", language), buttons=asked),
            *waiting,
            self._listed("home-mine", [self._mine(request, language) for request in mine], language),
            replace(
                self._listed("home-tools", [self._line(tool, language, today) for tool in usable], language),
                buttons=(Button(self.text("home-all-tools", language), "list-tools", "|0"),),
            ),
            *own,
        ]
        return Home(self.text("home-title", language), tuple(cards))

    def _listed(self, id_: str, lines: Sequence[str], language: Language) -> Card:
        empty = {"home-mine": "home-mine-none", "home-tools": "tools-none"}[id_]
        body = "\n".join(f"- {line}" for line in lines[:_MOST_AT_HOME]) or self.text(empty, language)
        return Card(self.text(id_, language), body, body)

    def _mine(self, request: ToolRequest, language: Language) -> str:
        reason = f" {literal(request.reason)}" if request.reason else ""
        return f"**{literal(request.name)}**: {self.text(f'state-{request.state}', language)}.{reason}"

    def _line(self, tool: Tool, language: Language, today: date) -> str:
        status = self.text(f"state-{status_on(tool, today)}", language)
        data = self._register.data(tool.data, language).capitalize() if tool.data else ""
        return self.text(
            "tools-line", language, tool=literal(tool.name), status=status, data=f"{data}." if data else ""
        ).strip()

    def _page_buttons(self, data: DataClass | None, page: int, total: int, language: Language) -> tuple[Button, ...]:
        chosen = data.value if data else ""
        buttons = [Button(self.text("tools-all", language), "list-tools", "|0")] if data else []
        buttons += [Button(self.text(f"data-{item}", language).capitalize(), "list-tools", f"{item}|0")
                    for item in DataClass if item is not data]  # fmt: skip
        if page > 0:
            buttons.append(Button(self.text("tools-previous", language), "list-tools", f"{chosen}|{page - 1}"))
        if (page + 1) * _TOOLS_A_PAGE < total:
            buttons.append(
                Button(self.text("tools-next", language), "list-tools", f"{chosen}|{page + 1}", Tone.PRIMARY)
            )
        return tuple(buttons)

    def _data_options(self, language: Language) -> tuple[Option, ...]:
        return tuple(Option(self.text(f"data-{data}", language).capitalize(), data.value) for data in DataClass)
