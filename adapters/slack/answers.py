"""Answers as messages."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.slack.mrkdwn import bold, escape, link
from adapters.slack.sheet import Drawn, Sheet
from adapters.slack.wording import Wording
from bot.interaction import Button
from bot.model import Answer, Citation, Law, Verdict

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
ASK = "ask"


def draw_answer(answer: Answer, words: Wording, buttons: Sequence[Button] = (), *, asked: str = "") -> Drawn:
    """Return ``answer`` as a message with ``buttons`` under it; ``asked`` is the masked question, where it is told."""
    sheet = Sheet(answer.lang)
    if asked:
        sheet.context(words.say("slack-asked").format(question=escape(asked)))
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
