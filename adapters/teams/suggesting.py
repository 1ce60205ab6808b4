"""Completes a field of a form while somebody types."""

from __future__ import annotations

from adapters.teams.activities import Activity, Reply
from adapters.teams.forms import packed
from adapters.teams.speech import person_of
from adapters.teams.surface import Surface, in_thread

_RESULT = "application/vnd.microsoft.search.searchResponse"


class Suggesting:
    """Answers Teams' typeahead search."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface

    async def suggested(self, activity: Activity) -> Reply:
        """Return the options that fit what was typed."""
        source, typed = activity.value.get("dataset"), activity.value.get("queryText")
        found = await in_thread(
            self._surface.suggestions.suggest,
            source if isinstance(source, str) else "",
            typed if isinstance(typed, str) else "",
            person_of(activity),
        )
        results = [{"title": option.label, "value": packed(option.value)} for option in found]
        return Reply({"statusCode": 200, "type": _RESULT, "value": {"results": results}})
