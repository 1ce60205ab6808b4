"""Messages of the bot's own accord, from another process and after a restart."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from cloud import TENANT, Cloud, Failure

from adapters.sql.engine import open_engine
from adapters.sql.migrating import migrate
from adapters.sql.references import SqlReferences
from adapters.teams.activities import Scope
from adapters.teams.cards import Cards
from adapters.teams.connector import Connector
from adapters.teams.credentials import NoCredentials
from adapters.teams.messenger import TeamsDirectory, TeamsMessenger
from adapters.teams.references import MemoryReferences, Reference
from adapters.teams.session import Session
from bot.bootstrap import now
from bot.delivering import Address, OutcomeUnknown, Outgoing, RecipientGone, Throttled
from bot.interaction import Button, Card
from bot.knowledge import Knowledge
from bot.model import Language
from bot.settings import TeamsSettings

MESSAGE = Outgoing(
    "news-1", Card("Nyt værktøj", "KommuneGPT er godkendt.", buttons=(Button("Læst", "acknowledge", "1"),))
)


@pytest.fixture
def references(cloud: Cloud) -> MemoryReferences:
    cloud.reset()
    kept = MemoryReferences()
    kept.keep(
        Reference("a:bo", Scope.PERSONAL, cloud.url, "28:bot", TENANT, person="bo", account="29:bo", locale="en-GB")
    )
    kept.keep(Reference("19:c@thread.tacv2", Scope.CHANNEL, cloud.url, "28:bot", TENANT, title="HR"))
    return kept


def run(
    knowledge: Knowledge,
    references: Any,
    story: Callable[[TeamsMessenger, TeamsDirectory], Awaitable[Any]],
) -> Any:
    async def told() -> Any:
        session = Session()
        connector = Connector(NoCredentials(), session)
        settings = TeamsSettings(tenant=TENANT)
        messenger = TeamsMessenger(connector, references, Cards(lambda: knowledge), settings, Language.DANISH)
        try:
            return await story(messenger, TeamsDirectory(connector, references))
        finally:
            await session.close()

    return asyncio.run(told())


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("teams:a:bo", "a%3Abo"),
        ("teams:bo", "a%3Abo"),
        ("teams:19:c@thread.tacv2", "19%3Ac%40thread.tacv2"),
        ("teams:19:c@thread.tacv2;messageid=7", "19%3Ac%40thread.tacv2%3Bmessageid%3D7"),
    ],
)
def test_a_message_reaches_a_chat_a_person_a_channel_and_a_thread(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud, to: str, path: str
) -> None:
    receipt = run(knowledge, references, lambda messenger, _: messenger.post(Address(to), MESSAGE))

    assert cloud.sent[0].path == f"/v3/conversations/{path}/activities"
    assert cloud.sent[0].body["attachments"][0]["content"]["body"][0]["text"] == "Nyt værktøj"
    assert receipt.message.startswith("message-")


def test_a_posted_message_is_changed_and_taken_away(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud
) -> None:
    async def story(messenger: TeamsMessenger, _: TeamsDirectory) -> str:
        receipt = await messenger.post(Address("teams:bo"), MESSAGE)
        await messenger.update(receipt, MESSAGE)
        await messenger.delete(receipt)
        return receipt.message

    message = run(knowledge, references, story)

    assert [(call.method, call.path.rpartition("/")[2]) for call in cloud.sent] == [
        ("POST", "activities"), ("PUT", message), ("DELETE", message),
    ]  # fmt: skip


def test_a_person_without_a_chat_gets_one_once(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud
) -> None:
    async def story(messenger: TeamsMessenger, _: TeamsDirectory) -> None:
        await messenger.post(Address("teams:ida"), MESSAGE)
        await messenger.post(Address("teams:ida"), MESSAGE)

    run(knowledge, references, story)

    assert [call.path.rpartition("/")[2] for call in cloud.sent] == ["conversations", "activities", "activities"]
    assert cloud.sent[0].body["members"] == [{"id": "ida"}]
    assert cloud.sent[0].body["tenantId"] == TENANT


def test_a_conversation_that_the_bot_does_not_know_is_gone(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud
) -> None:
    with pytest.raises(RecipientGone):
        run(knowledge, references, lambda messenger, _: messenger.post(Address("teams:19:x@thread.v2"), MESSAGE))
    assert cloud.sent == []


def test_a_channel_is_reached_where_nobody_has_spoken_to_the_bot(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud
) -> None:
    run(knowledge, references, lambda messenger, _: messenger.post(Address("teams:19:x@thread.tacv2"), MESSAGE))

    assert [call.path.split("/")[3] for call in cloud.sent] == ["19%3Ax%40thread.tacv2"]
    assert run(knowledge, references, lambda _, directory: directory.conversations()) == (
        Address("teams:19:c@thread.tacv2"), Address("teams:bo")
    )  # fmt: skip


def test_who_blocks_the_bot_is_remembered(knowledge: Knowledge, references: MemoryReferences, cloud: Cloud) -> None:
    cloud.failures.append(Failure(403, code="MessageWritesBlocked"))

    with pytest.raises(RecipientGone):
        run(knowledge, references, lambda messenger, _: messenger.post(Address("teams:bo"), MESSAGE))

    found = run(knowledge, references, lambda _, directory: directory.conversations())
    assert found == (Address("teams:19:c@thread.tacv2"),)


def test_one_try_is_made_and_teams_wish_passed_on(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud
) -> None:
    cloud.failures.append(Failure(429, {"Retry-After": "12"}))

    with pytest.raises(Throttled) as caught:
        run(knowledge, references, lambda messenger, _: messenger.post(Address("teams:bo"), MESSAGE))

    assert (caught.value.retry_after, caught.value.scope, len(cloud.sent)) == (12, "teams:bo", 1)


def test_what_became_of_a_broken_connection_nobody_can_say(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud
) -> None:
    cloud.failures.append(Failure(200, cuts=True))

    with pytest.raises(OutcomeUnknown):
        run(knowledge, references, lambda messenger, _: messenger.post(Address("teams:bo"), MESSAGE))
    with pytest.raises(OutcomeUnknown):
        run(knowledge, references, lambda messenger, _: messenger.find(Address("teams:bo"), "news-1"))


def test_the_people_of_a_channel_are_known_by_their_ids(
    knowledge: Knowledge, references: MemoryReferences, cloud: Cloud
) -> None:
    cloud.members = [
        {"id": "29:1", "aadObjectId": "one"},
        {"id": "29:2", "objectId": "two"},
        {"id": "28:bot"},
        {"id": "29:3", "aadObjectId": "three"},
    ]

    found = run(knowledge, references, lambda _, directory: directory.members("teams:19:c@thread.tacv2"))

    assert found == ("teams:one", "teams:two", "teams:three")


SENDER = """
import asyncio, sys
sys.path.insert(0, sys.argv[3])
from adapters.sql.engine import open_engine
from adapters.sql.references import SqlReferences
from adapters.teams.cards import Cards
from adapters.teams.connector import Connector
from adapters.teams.credentials import NoCredentials
from adapters.teams.messenger import TeamsMessenger
from adapters.teams.session import Session
from adapters.yaml_knowledge.loading import load
from bot.bootstrap import now
from bot.delivering import Outgoing
from bot.interaction import Card
from bot.model import Language
from bot.settings import SHIPPED_KNOWLEDGE, TeamsSettings

async def main():
    session = Session()
    references = SqlReferences(open_engine(sys.argv[1]), now)
    knowledge = load(SHIPPED_KNOWLEDGE)
    connector, cards = Connector(NoCredentials(), session), Cards(lambda: knowledge)
    messenger = TeamsMessenger(connector, references, cards, TeamsSettings(), Language.DANISH)
    await messenger.post(sys.argv[2], Outgoing("k", Card("Fra en anden proces", "x")))
    await session.close()

asyncio.run(main())
"""


def test_another_process_reaches_who_this_one_has_met(cloud: Cloud, tmp_path: Path) -> None:
    cloud.reset()
    url = f"sqlite:///{tmp_path / 'vejviser.db'}"
    engine = open_engine(url)
    migrate(engine)
    SqlReferences(engine, now).keep(Reference("a:bo", Scope.PERSONAL, cloud.url, "28:bot", TENANT, person="bo"))
    engine.dispose()

    root = str(Path(__file__).parent.parent.parent)
    subprocess.run(
        [sys.executable, "-c", SENDER, url, "teams:bo", root], check=True, cwd=tmp_path, env=dict(os.environ)
    )

    assert cloud.sent[0].body["attachments"][0]["content"]["body"][0]["text"] == "Fra en anden proces"
