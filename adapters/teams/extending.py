"""The message extension: search from the compose box, and "May I use this with AI?" on any message."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from adapters.teams.activities import CARD_TYPE, Activity, Json, Reply
from adapters.teams.invoking import found, found_nothing, task
from adapters.teams.speech import person_of, plain_text
from adapters.teams.surface import Surface, in_thread
from bot.interaction import Card, Command, Finding
from bot.model import Answer
from bot.ports import Finder

#: The manifest's names of the two.
SEARCH: Final = "search"
CHECK: Final = "check"
_QUERY: Final = "query"
_PREVIEW: Final = "application/vnd.microsoft.card.thumbnail"
_HTML: Final = "html"


class Extending:
    """Answers the message extension; what it inserts carries no feedback, for those who read it asked nothing."""

    def __init__(self, surface: Surface, finder: Finder) -> None:
        self._surface = surface
        self._finder = finder

    async def searched(self, activity: Activity) -> Reply:
        """Return what fits what was typed in the compose box."""
        if _is_next_page(activity):
            return Reply(found([]))
        findings = await in_thread(self._finder.find, _typed(activity), self._surface.language_in(activity))
        if not findings:
            return Reply(found_nothing(self._surface.say("teams-nothing-found", activity)))
        return Reply(found([self._attachment(finding, activity) for finding in findings]))

    async def checked(self, activity: Activity) -> Reply:
        """Say in a dialog, to the one who asked alone, what may be done with a message that somebody wrote."""
        payload = activity.value.get("messagePayload")
        text = _words_of(payload if isinstance(payload, dict) else {})
        if not text:
            return Reply(self._nothing_to_check(activity))
        title, language = self._surface.say("teams-check-title", activity), self._surface.language_in(activity)
        command = Command(person_of(activity), "check", text, language=language)
        shown = (await in_thread(self._surface.desk.run, command)).show
        if not isinstance(shown, (Answer, Card)):
            return Reply(self._nothing_to_check(activity))
        return Reply(task(title, self._surface.draw(shown, language, is_dialog=True).card))

    def _nothing_to_check(self, activity: Activity) -> Json:
        return self._surface.dialog(
            self._surface.say("teams-nothing-to-check", activity), self._surface.language_in(activity)
        )

    def _attachment(self, finding: Finding, activity: Activity) -> Json:
        language = self._surface.language_in(activity)
        card = self._surface.draw(finding.shown, language, is_dialog=True, is_shared=True).card
        preview = {"title": escape(finding.title), "text": escape(finding.text)}
        return {"contentType": CARD_TYPE, "content": card, "preview": {"contentType": _PREVIEW, "content": preview}}


def _typed(activity: Activity) -> str:
    for parameter in _mappings(activity.value.get("parameters")):
        value = parameter.get("value")
        if parameter.get("name") == _QUERY and isinstance(value, str):
            return value
    return ""


def _is_next_page(activity: Activity) -> bool:
    """Say whether Teams asks for what comes after the first page, where everything that fits has stood."""
    options = activity.value.get("queryOptions")
    skipped = options.get("skip") if isinstance(options, dict) else 0
    return isinstance(skipped, int) and skipped > 0


def _mappings(source: object) -> Iterator[Json]:
    if isinstance(source, list):
        yield from (item for item in source if isinstance(item, dict))


def _words_of(payload: Json) -> str:
    """Return the words of a message that an action was chosen on."""
    body = payload.get("body")
    content = body.get("content") if isinstance(body, dict) else None
    if not isinstance(content, str):
        return ""
    return plain_text(content) if isinstance(body, dict) and body.get("contentType") == _HTML else content.strip()
