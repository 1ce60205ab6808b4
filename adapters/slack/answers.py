"""Answers as messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from cachetools import LRUCache

from adapters.slack.mrkdwn import bold, escape, link
from adapters.slack.sheet import Drawn, Part, Sheet
from adapters.slack.wording import Wording
from bot.interaction import Button
from bot.knowledge import Knowledge
from bot.model import Answer, Citation, Law, Verdict, unexplained

#: Each verdict has a sign of its own shape beside its word, so that colour is never needed to tell them apart.
_SIGNS = {
    Verdict.NO: "⛔",
    Verdict.CONDITIONAL: "⚠️",
    Verdict.CLARIFY: "❓",
    Verdict.YES: "✅",
    Verdict.INFORM: "📖",
    Verdict.STATUS: "📋",
    Verdict.UNKNOWN: "🤷",
}
_LONGEST_QUOTE = 400
_MOST_FOLLOW_UPS = 5
_MOST_KEPT = 2000
ASK = "ask"


def draw_answer(answer: Answer, words: Wording, buttons: Sequence[Button] = (), *, asked: str = "") -> Drawn:
    """Return ``answer`` as a message with ``buttons`` under it; ``asked`` is the masked question, where it is told."""
    return _finished(answer, words, _body(answer, words), buttons, asked)


class AnswerDrawing:
    """Draws answers like ``draw_answer``, and what was drawn before not again.

    Only what the knowledge base says is kept, which is the same for all who ask alike; questions are not.
    """

    def __init__(self) -> None:
        self._drawn: LRUCache[Answer, Part] = LRUCache(_MOST_KEPT)
        self._knowledge: Knowledge | None = None
        self._lock = Lock()

    def draw(self, answer: Answer, words: Wording, buttons: Sequence[Button], *, asked: str = "") -> Drawn:
        """Return ``answer`` as a message; several threads may ask at once."""
        with self._lock:
            body = self._kept(answer, words)
        return _finished(answer, words, body, buttons, asked)

    def _kept(self, answer: Answer, words: Wording) -> Part:
        if words.knowledge is not self._knowledge:
            self._drawn.clear()
            self._knowledge = words.knowledge
        key = replace(answer, id="", asked="", confidence=0.0, because=unexplained, tools=())
        body = self._drawn.get(key)
        if body is None:
            body = self._drawn[key] = _body(answer, words)
        return body


def _body(answer: Answer, words: Wording) -> Part:
    sheet = Sheet(answer.lang)
    if answer.warning:
        sheet.section(f"🔒 {escape(answer.warning)}")
    sheet.section(_verdict(answer, words))
    sheet.section(escape(answer.reason if answer.headline else answer.text))
    sheet.facts(answer.facts)
    _list(sheet, words.say("conditions"), answer.conditions)
    sheet.buttons([Button(choice.label, ASK, choice.say) for choice in answer.choices])
    _list(sheet, words.say("instead"), answer.instead)
    sheet.context(*(_citation(citation, words) for citation in answer.citations), _law(answer.law, words))
    sheet.context(escape(answer.contact))
    sheet.buttons([Button(text, ASK, text) for text in answer.suggestions[:_MOST_FOLLOW_UPS]])
    return sheet.part()


def _finished(answer: Answer, words: Wording, body: Part, buttons: Sequence[Button], asked: str) -> Drawn:
    sheet = Sheet(answer.lang, body)
    if asked:
        sheet.context_above(words.say("slack-asked").format(question=escape(asked)))
    sheet.buttons(buttons)
    return sheet.message(answer.text, cut=_cut(answer, words))


def _verdict(answer: Answer, words: Wording) -> str:
    word = words.say(f"verdict-{answer.verdict}")
    sign = _SIGNS[answer.verdict]
    if answer.headline.startswith(word):
        return f"{sign} {bold(answer.headline)}"
    return f"{sign} {bold(word)}\n{bold(answer.headline)}".rstrip()


def _list(sheet: Sheet, title: str, lines: Sequence[str]) -> None:
    if lines:
        sheet.section("\n".join((bold(title), *(f"• {escape(line)}" for line in lines))))


def _citation(citation: Citation, words: Wording) -> str:
    own = citation.section.startswith("org.")
    title = link(citation.url, citation.title) if citation.url else escape(citation.title)
    place = escape(words.say("source-own" if own else "source-guide")).format(
        title=title, path=escape(citation.path), paragraph=citation.paragraph, find=escape(citation.find)
    )
    return f"{place}\n“{escape(_shortened(citation.quote))}”" if citation.quote else place


def _shortened(quote: str) -> str:
    return quote if len(quote) <= _LONGEST_QUOTE else quote[: _LONGEST_QUOTE - 1].rstrip() + "…"


def _law(laws: Sequence[Law], words: Wording) -> str:
    if not laws:
        return ""
    refs = "; ".join(f"{link(law.url, law.ref)} {escape(law.title)}" for law in laws)
    return escape(words.say("law")).format(refs=refs)


def _cut(answer: Answer, words: Wording) -> str:
    addresses = [citation.url for citation in answer.citations if citation.url]
    said = words.say("slack-shortened")
    return link(addresses[0], said) if addresses else escape(said)
