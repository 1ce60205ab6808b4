"""What somebody wrote, without what Teams adds to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final

from adapters.teams.activities import Activity, Scope
from adapters.teams.references import PREFIX
from bot.knowledge import Knowledge
from bot.model import Language
from bot.people import Person, PersonId

#: What stands in the text for a card that was put into it from the compose box.
_CARD: Final = re.compile(
    r"<span\b[^>]{0,200}schema\.skype\.com/InputExtension[^>]{0,200}>\s{0,20}(?:<span\b[^>]{0,200}></span>\s{0,20})?</span>",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"</?at\b[^>]*>", re.IGNORECASE)
_BLANK: Final = re.compile(r"[ \t\u00a0]+")
_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "blockquote"})
_SILENT: Final = frozenset({"script", "style", "head", "title"})
_REPLY: Final = "http://schema.skype.com/Reply"
#: Commands that take words after their name; the others are meant only where nothing follows.
_WITH_WORDS: Final = ("ask", "status", "request")
_ALONE: Final = ("tools", "help", "announce", "home")
_HTML: Final = "text/html"


@dataclass(frozen=True, slots=True)
class Typed:
    """A command, and the words after its name."""

    name: str
    text: str


def person_of(activity: Activity) -> Person:
    """Return who did it, by the id in Entra; a name is only ever shown."""
    sender = activity.sender
    return Person(PersonId(PREFIX + (sender.object_id or sender.id)), sender.name)


def language_of(locale: str) -> Language | None:
    """Return the language that a client is set to, where it is one of ours."""
    code = locale.partition("-")[0].lower()
    return Language(code) if code in set(Language) else None


def memory_key(activity: Activity) -> str:
    """Return what is remembered together: a chat or a thread, and in a group chat each person's own questions."""
    who = f" {activity.sender.id}" if activity.scope is Scope.GROUP else ""
    return f"{PREFIX}{activity.conversation}{who}"


def spoken(activity: Activity) -> str:
    """Return what was written, without the mention of the bot and without the message that it answers."""
    text = _CARD.sub("", _without_quote(activity))
    for mention in activity.mentions:
        if mention.id == activity.recipient.id:
            text = text.replace(mention.words, " ", 1).strip().removeprefix(_TAG.sub("", mention.words))
    text = _TAG.sub("", text)
    return "\n".join(filter(None, (_BLANK.sub(" ", line).strip() for line in text.splitlines())))


def read_command(text: str, knowledge: Knowledge) -> Typed | None:
    """Return the command in ``text``, in whichever language its name is."""
    is_slashed = text.startswith("/")
    first, _, rest = text.removeprefix("/").strip().partition(" ")
    whole = f"{first} {rest}".strip().casefold()
    for name in (*_WITH_WORDS, *_ALONE):
        for word in _names(name, knowledge):
            if whole == word:
                return Typed(name, "")
            if first.casefold() == word and (name in _WITH_WORDS or is_slashed):
                return Typed(name, rest.strip())
    return None


def plain_text(html: str) -> str:
    """Return the words of a message that another program sent as HTML."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (_BLANK.sub(" ", line).strip() for line in "".join(reader.words).splitlines())
    return "\n".join(filter(None, lines))


def _names(command: str, knowledge: Knowledge) -> frozenset[str]:
    words = knowledge.messages.get(f"teams-command-{command}")
    return frozenset(words.in_language(language).casefold() for language in Language) if words else frozenset()


def _without_quote(activity: Activity) -> str:
    for attachment in activity.attachments:
        if attachment.kind == _HTML and isinstance(attachment.content, str) and _REPLY in attachment.content:
            return plain_text(attachment.content)
    return activity.text


class _Words(HTMLParser):
    """Keeps the words of HTML; what it quotes, runs or hides is left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skipped:
            self._skipped += [tag] if tag == self._skipped[0] else []
        elif tag in _SILENT or (tag == "blockquote" and dict(attrs).get("itemtype") == _REPLY):
            self._skipped.append(tag)
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._skipped:
            if tag == self._skipped[0]:
                self._skipped.pop()
        elif tag in _BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.words.append(data)
