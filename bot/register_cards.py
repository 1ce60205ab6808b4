"""The cards that go with the positive list: a request to decide, a decision, a review that is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.interaction import Button, Card, Fact, Tone
from bot.knowledge import Knowledge
from bot.model import DataClass, Language, Tool
from bot.registering import RequestState, ToolRequest
from bot.wording import literal


class RegisterCards:
    """Words cards from the messages of the knowledge base."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge

    def to_decide(self, request: ToolRequest, language: Language) -> Card:
        """Return the card on which a curator decides."""
        title = self._text("request-new", language).format(name=request.name)
        purposes = "\n".join(f"- {' '.join(wish.purpose.split())}" for wish in request.wishes)
        body = "\n".join(f"- {literal(' '.join(wish.purpose.split()))}" for wish in request.wishes)
        facts = (
            Fact(self._text("request-count", language), str(len(request.wishes))),
            Fact(self._text("request-data", language), self.data(request.data, language)),
        )
        return Card(title, f"{title} {purposes}", body, facts, self._decisions(request, language))

    def decided(self, request: ToolRequest, language: Language) -> Card:
        """Return the card that tells somebody what became of their wish."""
        title = self._text(f"request-{request.state}", language).format(name=request.name)
        return Card(title, f"{title} {request.reason}", literal(request.reason))

    def due(self, tool: Tool, language: Language) -> Card:
        """Return the card that reminds of a review."""
        title = self._text("review-due", language).format(tool=tool.name, review_by=tool.review_by)
        body = self._text("review-due-body", language)
        return Card(title, f"{title} {body}", body)

    def data(self, data: Iterable[DataClass], language: Language) -> str:
        """Return data classes in words, from harmless to most protected."""
        chosen = set(data)
        names = [self._text(f"data-{item}", language) for item in DataClass if item in chosen]
        return ", ".join(names) or self._text("request-data-none", language)

    def _decisions(self, request: ToolRequest, language: Language) -> tuple[Button, ...]:
        acts = (
            (RequestState.APPROVED, Tone.PRIMARY),
            (RequestState.RESTRICTED, Tone.PLAIN),
            (RequestState.REJECTED, Tone.DANGER),
        )
        return tuple(
            Button(self._text(f"decide-{state}", language), "decide", f"{request.id} {state}", tone, opens_form=True)
            for state, tone in acts
        )

    def _text(self, id_: str, language: Language) -> str:
        return self._knowledge().messages[id_].in_language(language)
