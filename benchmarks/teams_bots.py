"""The two bots that are measured beside each other: the library's echo as it comes, and Vejviser."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from bot.interaction import Button, Home, Option, Outcome
from bot.model import Language
from bot.people import Person

#: Both bots have the first core to themselves.
CORE = 0


def echo(port: int) -> None:
    """Serve the echo bot of the library's own samples."""
    from aiohttp import web
    from botbuilder.core import ActivityHandler, TurnContext
    from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication

    class Echo(ActivityHandler):
        async def on_message_activity(self, turn_context: TurnContext) -> None:
            await turn_context.send_activity(f"Echo: {turn_context.activity.text}")

    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(SimpleNamespace(APP_ID="", APP_PASSWORD="")))
    bot = Echo()

    async def messages(request: web.Request) -> web.StreamResponse:
        return await adapter.process(request, bot) or web.Response()

    app = web.Application()
    app.router.add_post("/api/messages", messages)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def vejviser(port: int) -> None:
    """Serve the whole web application with Teams in it, on a database of its own."""
    from adapters.memory import MemoryConversations, MemoryKnowledge
    from adapters.sql.engine import open_engine
    from adapters.sql.migrating import migrate
    from adapters.sql.references import SqlReferences
    from adapters.teams.building import Product, build
    from adapters.web.app import WebOptions, create_app
    from adapters.web.serving import run
    from adapters.yaml_knowledge.loading import load
    from adapters.yaml_tools import YamlTools
    from bot.bootstrap import now
    from bot.service.advising import Advisor
    from bot.service.finding import SearchService
    from bot.settings import SHIPPED_KNOWLEDGE, TeamsSettings

    engine = open_engine(f"sqlite:///{Path(tempfile.mkdtemp()) / 'vejviser.db'}")
    migrate(engine)
    tools = YamlTools(SHIPPED_KNOWLEDGE / "tools.yaml")
    today = datetime.now(UTC)
    advisor = Advisor(MemoryKnowledge(load(SHIPPED_KNOWLEDGE)), tools, MemoryConversations(), lambda: today)
    desk = _Desk()
    product = Product(advisor, desk, desk, SearchService(advisor, tools), _offers)
    teams = build(TeamsSettings(), product, SqlReferences(engine, now))
    app = create_app(advisor, WebOptions(), [teams.part])
    run(app, "127.0.0.1", port)


class _Desk:
    """Has nothing to do here: only questions are asked."""

    def run(self, _: object) -> Outcome:
        return Outcome()

    press = submit = run

    def home(self, _person: Person, _language: Language) -> Home:
        return Home("", ())

    def suggest(self, _source: str, _typed: str, _person: Person) -> tuple[Option, ...]:
        return ()


def _offers(_: object, *, is_private: bool = False) -> tuple[Button, ...]:  # noqa: ARG001 nothing is private here
    return (Button("Det hjalp", "helpful", "x"), Button("Det hjalp ikke", "unhelpful", "x"))


if __name__ == "__main__":
    os.sched_setaffinity(0, {CORE})
    if sys.version_info < (3, 14):
        asyncio.set_event_loop(asyncio.new_event_loop())
    {"echo": echo, "vejviser": vejviser}[sys.argv[1]](int(sys.argv[2]))
