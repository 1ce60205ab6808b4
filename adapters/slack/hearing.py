"""What comes in from Slack. It is answered at once, and the work is begun; only forms and searches are waited for.

Slack waits three seconds. What needs no content gets its acknowledgement before anything is looked at; the two kinds
whose acknowledgement carries content have a limit of their own, after which they are acknowledged without it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, Protocol

from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.acting import Acting, told_in
from adapters.slack.forms import SUGGEST, Carried, draw_form, draw_note, draw_options
from adapters.slack.mrkdwn import from_slack
from adapters.slack.place import Json, Place, Team, of_action, of_assistant, of_command, of_event, of_shortcut, of_view
from adapters.slack.recent import Recent
from bot.errors import VejviserError
from bot.interaction import Card, Form, Option, Outcome
from bot.model import Language

_LOG = logging.getLogger("vejviser.slack")
#: What each slash command is to the desk.
COMMANDS: Final = {"/vejviser": "ask", "/ai-status": "status", "/ai-tools": "tools", "/ai-request": "request",
                    "/ai-announce": "announce"}  # fmt: skip
#: Messages of people; all other kinds are edits, joins and the like.
_SAID: Final = frozenset({None, "file_share", "thread_broadcast"})
_EVENT: Final = "event"
_SECONDS_FOR_A_FORM: Final = 2.0
_SECONDS_FOR_A_SEARCH: Final = 2.0
_SECONDS_REMEMBERED: Final = 3600.0
#: Two clicks on the same button within so long are one that was meant.
_SECONDS_OF_A_CLICK: Final = 1.5

Forget = Callable[[Team], Awaitable[None]]


class Claims(Protocol):
    """Where processes that share the work agree on who does what."""

    def take(self, key: str) -> bool:
        """Say whether nobody took ``key`` before, and take it."""
        ...


class Hearing(AsyncMiddleware):
    """Stands before the library's own dispatching, which would try one listener after the other."""

    def __init__(self, acting: Acting, claims: Claims, forget: Forget) -> None:
        self._acting = acting
        self._claims = claims
        self._forget = forget
        self._done = Recent(_SECONDS_REMEMBERED)
        self._clicked = Recent(_SECONDS_OF_A_CLICK)
        self._tasks: set[asyncio.Task[None]] = set()
        self._kinds: Mapping[str, Callable[[Json, Team], None]] = {
            "command": self._command,
            "event_callback": self._event,
            "block_actions": self._action,
            "message_action": self._shortcut,
        }
        self._events: Mapping[str, Callable[[Json, Json, Team], None]] = {
            "message": self._message,
            "app_mention": self._mention,
            "app_home_opened": self._home,
            "assistant_thread_started": self._assistant,
            "app_uninstalled": self._uninstalled,
            "tokens_revoked": self._uninstalled,
        }

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,  # noqa: ARG002 given by the library
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 as the library has it
    ) -> BoltResponse:
        """Acknowledge what Slack sent and begin what follows."""
        kind = str(req.body.get("type") or ("command" if "command" in req.body else ""))
        if kind in {"", "url_verification"}:
            return await next()
        try:
            return await self._heard(kind, req.body, _team(req))
        except Exception as error:  # noqa: BLE001 what cannot be read is sent no better by sending it again
            _LOG.error("slack_request_unread kind=%s error=%s", kind[:30], type(error).__name__)
            return _acknowledged()

    async def _heard(self, kind: str, body: Json, team: Team) -> BoltResponse:
        if kind == "view_submission":
            return await self._view(body, team)
        if kind == "block_suggestion":
            return await self._search(body)
        hear = self._kinds.get(kind)
        if hear is not None:
            hear(body, team)
        return _acknowledged()

    async def finish(self, seconds: float) -> None:
        """Wait for what is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        self._acting.close()

    def _event(self, body: Json, team: Team) -> None:
        event = body.get("event") or {}
        hear = self._events.get(str(event.get("type", "")))
        if hear is not None:
            hear(body, event, team)

    def _mention(self, body: Json, event: Json, team: Team) -> None:
        # Two bots that mention each other would never stop.
        if not event.get("bot_id"):
            place = of_event(event, team)
            self._begin(self._acting.asked(place, from_slack(str(event.get("text", "")))), place, _key_of_event(body))

    def _message(self, body: Json, event: Json, team: Team) -> None:
        if event.get("bot_id") or event.get("subtype") not in _SAID or not event.get("user"):
            return
        place, text = of_event(event, team), str(event.get("text", ""))
        if event.get("channel_type") == "im" or place.is_direct:
            self._begin(self._acting.asked(place, from_slack(text)), place, _key_of_event(body))
        elif event.get("thread_ts") and self._acting.is_of_experts(place):
            self._begin(self._acting.answered(place, text), place, _key_of_event(body))

    def _home(self, body: Json, event: Json, team: Team) -> None:
        if event.get("tab", "home") == "home":
            place = Place("", str(event.get("user", "")), team=team)
            self._begin(self._acting.published(place), None, _key_of_event(body))

    def _assistant(self, body: Json, event: Json, team: Team) -> None:
        place = of_assistant(event, team)
        self._begin(self._acting.welcomed(place), place, _key_of_event(body))

    def _uninstalled(self, body: Json, event: Json, team: Team) -> None:
        if event.get("type") == "app_uninstalled" or (event.get("tokens") or {}).get("bot"):
            self._begin(self._forgotten(team), None, _key_of_event(body))

    async def _forgotten(self, team: Team) -> None:
        await self._forget(team)

    def _command(self, body: Json, team: Team) -> None:
        name, text = COMMANDS.get(str(body.get("command", "")), "ask"), str(body.get("text", "")).strip()
        place, trigger = of_command(body, team), str(body.get("trigger_id") or "")
        self._begin(self._acting.ran(place, name, text, trigger), place, f"command {trigger}" if trigger else "")

    def _shortcut(self, body: Json, team: Team) -> None:
        place, trigger = of_shortcut(body, team), str(body.get("trigger_id") or "")
        work = self._acting.ran(place, "check", told_in(body.get("message") or {}), trigger)
        self._begin(work, place, f"shortcut {trigger}" if trigger else "")

    def _action(self, body: Json, team: Team) -> None:
        action = (body.get("actions") or [{}])[0]
        if action.get("url"):
            return
        place, trigger = of_action(body, team), str(body.get("trigger_id") or "")
        act, value = str(action.get("action_id", "")), str(action.get("value", ""))
        click = f"{place.user} {place.channel} {place.message} {act} {value}"
        if (place.message or place.is_home) and not self._clicked.is_new(click):
            return
        key = f"action {trigger} {action.get('action_ts', '')}" if trigger else ""
        self._begin(self._acting.pressed(place, act, value, trigger), place, key)

    async def _search(self, body: Json) -> BoltResponse:
        source = str(body.get("action_id", "")).partition(f"{SUGGEST}:")[2]
        user = str((body.get("user") or {}).get("id", ""))
        work = asyncio.ensure_future(self._acting.suggested(source, str(body.get("value", "")), user))
        found: Sequence[Option] = ()
        if await _is_done(work, _SECONDS_FOR_A_SEARCH):
            found = work.result()
        return _json({"options": draw_options(found)})

    async def _view(self, body: Json, team: Team) -> BoltResponse:
        view, place, key = body.get("view") or {}, of_view(body, team), _key_of_view(body)
        if not self._done.is_new(key):
            return _acknowledged()
        work = asyncio.ensure_future(self._acting.submitted(place, view))
        if not await _is_done(work, _SECONDS_FOR_A_FORM, is_needed=True):
            self._begin(self._acting.told_later(place, work), place, "")
            return _acknowledged()
        outcome, language = work.result(), _language(view)
        if outcome.faults:
            # What is corrected comes again from the same modal.
            self._done.forget(key)
        self._begin(self._acting.replaced(place, view, outcome, language), None, "")
        title = str((view.get("title") or {}).get("text", "")) or "Vejviser"
        return self._after_form(outcome, place, title, language)

    def _after_form(self, outcome: Outcome, place: Place, title: str, language: Language | None) -> BoltResponse:
        words = self._acting.words(language)
        if outcome.faults:
            return _json({"response_action": "errors", "errors": dict(outcome.faults)})
        if isinstance(outcome.show, Form):
            return _json({"response_action": "update", "view": draw_form(outcome.show, words, place.address)})
        self._begin(self._acting.published(place), None, "")
        if isinstance(outcome.show, Card) and outcome.show.buttons:
            # Buttons belong below a message: what can be done next comes as one, and stays when the modal is gone.
            self._begin(self._acting.shown(place, outcome, language), place, "")
        elif isinstance(outcome.show, Card):
            return _json({"response_action": "update", "view": draw_note(title, outcome.show.text, words)})
        return _acknowledged()

    def _begin(self, work: Coroutine[Any, Any, None], place: Place | None, key: str) -> None:  # any: asyncio's own
        """Begin ``work`` unless it was done before; where it fails, ``place`` is told."""
        if key and not self._done.is_new(key):
            work.close()
            return
        task = asyncio.create_task(self._guarded(self._claimed(work, key), place))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _claimed(self, work: Coroutine[Any, Any, None], key: str) -> None:  # any: as above
        """Do ``work`` unless another process does; only events are sent again, and so perhaps to another one."""
        try:
            is_ours = not key.startswith(_EVENT) or await asyncio.to_thread(self._claims.take, key)
        except VejviserError as error:
            # Answered twice is better than never.
            _LOG.warning("slack_event_unclaimed error=%s", type(error).__name__)
            is_ours = True
        if is_ours:
            await work
        else:
            work.close()

    async def _guarded(self, work: Coroutine[Any, Any, None], place: Place | None) -> None:  # any: as above
        try:
            await work
        except Exception as error:  # noqa: BLE001 the boundary: one event's fault never stops the rest
            # The text of an error may hold what was typed, so only its kind and its place are logged.
            _LOG.error("slack_event_failed error=%s at=%s", _kind(error), _where(error))
            if place is not None:
                await self._tell_failure(place)

    async def _tell_failure(self, place: Place) -> None:
        try:
            await self._acting.failed(place)
        except Exception as error:  # noqa: BLE001 as above
            _LOG.error("slack_failure_untold error=%s", _kind(error))


def _team(req: AsyncBoltRequest) -> Team:
    context = req.context
    return Team(context.team_id or "", context.enterprise_id or "", bool(context.is_enterprise_install))


async def _is_done(work: asyncio.Future[Any], seconds: float, *, is_needed: bool = False) -> bool:  # any: of any kind
    """Wait for ``work``, and say whether it came to an end in time; unless it is needed it is given up then."""
    done, _ = await asyncio.wait({work}, timeout=seconds)
    if not done and not is_needed:
        work.cancel()
    if done and not is_needed and work.exception() is not None:
        _LOG.error("slack_search_failed error=%s", type(work.exception()).__name__)
        return False
    return bool(done) and work.exception() is None


def _language(view: Json) -> Language | None:
    code = Carried.unpacked(str(view.get("private_metadata", ""))).language
    return Language(code) if code in list(Language) else None


def _key_of_event(body: Json) -> str:
    """Return what is the same when Slack sends an event again."""
    event = body.get("event") or {}
    id_ = body.get("event_id") or f"{event.get('channel')} {event.get('event_ts') or event.get('ts')}"
    return f"{_EVENT} {event.get('type')} {id_}"


def _key_of_view(body: Json) -> str:
    view = body.get("view") or {}
    filled = json.dumps((view.get("state") or {}).get("values") or {}, sort_keys=True)
    return f"view {view.get('id')} {view.get('hash')} {body.get('trigger_id')} {filled}"


def _acknowledged() -> BoltResponse:
    return BoltResponse(status=200, body="")


def _json(content: Mapping[str, Any]) -> BoltResponse:  # any: JSON
    return BoltResponse(status=200, body=dict(content))


def _kind(error: Exception) -> str:
    """Return the kind of an error, with the word that Slack uses for it, which holds nothing of a message."""
    response = getattr(error, "response", None)
    said = response.get("error") if response is not None and hasattr(response, "get") else None
    return f"{type(error).__name__}({said})" if said else type(error).__name__


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else "-"
