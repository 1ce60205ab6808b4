"""Draws answers, cards and a person's own page as Adaptive Cards 1.5.

What a button does travels in its data and comes back in ``pressing``; every word is the knowledge base's or the desk's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from adapters.teams.activities import Json, Message
from adapters.teams.fitting import fitted
from adapters.teams.texts import SUBTLE, Look, Part, heading, lines, listed, marked_up, rich, run, safe_address
from bot.interaction import Button, Card, Fact, Home, Tone
from bot.knowledge import Knowledge
from bot.model import Answer, Choice, Citation, Language, Verdict

SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION: Final = "1.5"
#: What comes back with a press of ours, so that other cards' presses are told apart.
VERB: Final = "vejviser"

#: Each verdict has a sign of its own beside its word and colour.
_SIGNS: Final = {
    Verdict.NO: "✖",
    Verdict.CONDITIONAL: "⚠",
    Verdict.CLARIFY: "?",
    Verdict.YES: "✔",
    Verdict.INFORM: "ℹ",
    Verdict.STATUS: "☰",
    Verdict.UNKNOWN: "◇",
}
_STYLES: Final = {
    Verdict.NO: "attention",
    Verdict.CONDITIONAL: "warning",
    Verdict.CLARIFY: "accent",
    Verdict.YES: "good",
    Verdict.INFORM: "emphasis",
    Verdict.STATUS: "emphasis",
    Verdict.UNKNOWN: "emphasis",
}
_TONES: Final = {Tone.PRIMARY: "positive", Tone.DANGER: "destructive"}
_BOLD: Final = Look(is_bold=True)
_ITALIC: Final = Look(is_italic=True)
_LINK: Final = Look(is_accent=True)
_NEXT: Final = "→ "
#: A button that asks something in the presser's name.
_ASK: Final = "ask"
#: The most that a client shows beside each other before it hides the rest behind a menu.
_MOST_ACTIONS: Final = 6
_LONGEST_LABEL: Final = 44


class Cards:
    """Draws with the words of the knowledge base as it stands at that moment."""

    def __init__(self, knowledge: Callable[[], Knowledge]) -> None:
        self._knowledge = knowledge

    def say(self, id_: str, language: Language) -> str:
        """Return message ``id_``."""
        words = self._knowledge().messages.get(id_)
        return words.in_language(language) if words else id_

    def answer(self, answer: Answer, buttons: Sequence[Button] = (), *, notes: Sequence[str] = ()) -> Message:
        """Return ``answer`` with what may be done about it, below ``notes`` of what was asked."""
        before = [rich([run(note, SUBTLE)]) for note in notes]
        parts = [*before, self._verdict(answer), *self._reply(answer)]
        card = self._card(parts, answer.text, answer.lang, actions(buttons, answer.lang))
        return Message(card=card, summary=answer.headline or answer.text)

    def card(self, card: Card, language: Language) -> Message:
        """Return ``card``."""
        drawn = self._card(
            list(_card_parts(card, 1)), card.text or card.title, language, actions(card.buttons, language)
        )
        return Message(card=drawn, summary=card.title)

    def home(self, home: Home, language: Language) -> Message:
        """Return a person's own page, each of its sections with its own buttons."""
        parts = [heading(home.title, level=1)]
        for card in home.cards:
            inside = list(_card_parts(card, 2))
            if card.buttons and all(button.act == _ASK for button in card.buttons):
                # Its text lists the questions, which would then stand there twice.
                inside = [heading(card.title), *_questions([(button.label, button.value) for button in card.buttons])]
            else:
                inside.append({"type": "ActionSet", "actions": actions(card.buttons, language, stays=True)})
            parts.append({"type": "Container", "separator": True, "spacing": "Medium", "items": inside})
        return Message(card=self._card(parts, home.title, language, []), summary=home.title)

    def words(self, text: str, language: Language) -> Message:
        """Return a short message without anything to press."""
        return Message(card=self._card(list(lines(text)), text, language, []), summary=text)

    def _card(self, body: list[Part], text: str, language: Language, buttons: list[Part]) -> Json:
        card: Part = {
            "type": "AdaptiveCard",
            "$schema": SCHEMA,
            "version": VERSION,
            "lang": language.value,
            "fallbackText": text,
            "msteams": {"width": "Full"},
            "body": body,
        }
        return fitted(card | {"actions": buttons} if buttons else card)

    def _verdict(self, answer: Answer) -> Part:
        word = self.say(f"verdict-{answer.verdict}", answer.lang)
        headline = answer.headline or answer.text.partition("\n")[0]
        sign = _SIGNS[answer.verdict]
        if headline.lower().startswith(word.lower()):
            items = [heading(f"{sign} {headline}", level=1)]
        else:
            items = [rich([run(f"{sign} {word}", _BOLD)]), heading(headline, level=1)]
        return {"type": "Container", "style": _STYLES[answer.verdict], "bleed": True, "items": items}

    def _reply(self, answer: Answer) -> Iterator[Part]:
        if answer.warning:
            yield {"type": "Container", "style": "warning", "items": list(lines(answer.warning, _BOLD))}
        yield from lines(answer.reason if answer.headline else answer.text.partition("\n")[2])
        if answer.facts:
            yield _facts(answer.facts)
        yield from self._list("conditions", answer.conditions, answer.lang)
        if answer.choices:
            yield from _choices(answer.choices)
        yield from self._list("instead", answer.instead, answer.lang)
        if answer.citations:
            yield self._source(answer)
        if answer.law:
            yield from self._law(answer)
        if answer.contact:
            yield rich([run(answer.contact, SUBTLE)])
        if answer.suggestions:
            yield heading(self.say("page-more", answer.lang))
            yield from _questions([(text, text) for text in answer.suggestions])

    def _list(self, label: str, items: Sequence[str], language: Language) -> Iterator[Part]:
        if items:
            yield heading(self.say(label, language))
            yield from listed(items)

    def _source(self, answer: Answer) -> Part:
        items = [heading(self.say("page-source", answer.lang))]
        for citation in answer.citations:
            items += self._citation(citation, answer.lang)
        return {"type": "Container", "style": "emphasis", "spacing": "Medium", "items": items}

    def _law(self, answer: Answer) -> Iterator[Part]:
        """Yield the statutes behind a button of their own, as the web folds them away."""
        unfold = {"type": "Action.ToggleVisibility", "targetElements": ["law"]}
        yield {"type": "ActionSet", "actions": [_titled(unfold, self.say("page-law", answer.lang))]}
        items = [
            rich([run(f"{law.ref}", Look(is_subtle=True, is_small=True, url=law.url)), run(f": {law.title}", SUBTLE)])
            for law in answer.law
        ]
        yield {"type": "Container", "id": "law", "isVisible": False, "items": items}

    def _citation(self, citation: Citation, language: Language) -> Iterator[Part]:
        yield rich([run(citation.path, Look(url=citation.url or ""))])
        if citation.quote:
            yield from lines(citation.quote, _ITALIC)
        elif citation.find:
            yield rich([run(f"{self.say('page-find', language)} ", SUBTLE), run(f"“{citation.find}”", _ITALIC)])


def actions(buttons: Iterable[Button], language: Language, *, stays: bool = False) -> list[Part]:
    """Return what is pressed beneath a card, which ``stays`` whatever comes of it where it is one of several."""
    return [_action(button, language, stays=stays) for button in buttons]


def _action(button: Button, language: Language, *, stays: bool) -> Part:
    if button.act == _ASK and not button.url:
        return _asking(button.label, button.value or button.label)
    if button.url:
        action: Part = {"type": "Action.OpenUrl", "url": safe_address(button.url) or "about:blank"}
    else:
        data: Part = {"act": button.act, "value": button.value, "language": language.value}
        if stays:
            data["stays"] = True
        action = {"type": "Action.Execute", "verb": VERB, "data": data}
    if button.tone in _TONES:
        action["style"] = _TONES[button.tone]
    return _titled(action, button.label)


def _choices(choices: Sequence[Choice]) -> Iterator[Part]:
    """Yield a button for each choice, on a line of its own: clients cut off what does not fit beside each other."""
    for choice in choices[:_MOST_ACTIONS]:
        yield {"type": "ActionSet", "spacing": "Small", "actions": [_asking(choice.label, choice.say)]}


def _questions(says: Sequence[tuple[str, str]]) -> Iterator[Part]:
    """Yield what can be asked next; whole questions are too long for buttons, whose one line is short on a phone."""
    for label, say in says[:_MOST_ACTIONS]:
        asks = {"type": "Action.Submit", "title": label, "data": {"say": say}}
        yield {
            "type": "Container",
            "spacing": "Small",
            "selectAction": asks,
            "items": [rich([run(_NEXT + label, _LINK)])],
        }


def _asking(label: str, say: str) -> Part:
    """Return a button that asks ``say``.

    Teams could put the words into the asker's mouth (``messageBack``), but not every client does; this works in all.
    """
    return _titled({"type": "Action.Submit", "data": {"say": say}}, label)


def _titled(action: Part, label: str) -> Part:
    """Return ``action`` under its label, the whole of which shows when it is pointed at."""
    if len(label) <= _LONGEST_LABEL:
        return action | {"title": label}
    return action | {"title": label[: _LONGEST_LABEL - 1].rstrip() + "…", "tooltip": label}


def _card_parts(card: Card, level: int) -> Iterator[Part]:
    yield heading(card.title, level=level)
    yield from marked_up(card.body) if card.body else lines(card.text if card.text != card.title else "")
    if card.facts:
        yield _facts(card.facts)
    if card.footnote:
        yield from lines(card.footnote, SUBTLE)


def _facts(facts: Sequence[Fact]) -> Part:
    """Return a line for each fact: the columns of a table would be too narrow for Danish words on a phone."""
    items = [rich([run(f"{fact.label}: ", _BOLD), run(fact.value or "–")]) for fact in facts]
    return {"type": "Container", "spacing": "Medium", "items": items}
