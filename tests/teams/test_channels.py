"""Which channels an announcement may go to, and what they are called."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from cloud import TENANT, Cloud, Failure

from adapters.teams.activities import Scope
from adapters.teams.channels import Channels
from adapters.teams.connector import Connector
from adapters.teams.credentials import NoCredentials
from adapters.teams.references import MemoryReferences, Reference
from adapters.teams.session import Session

TEAM = "19:team@thread.tacv2"


@pytest.fixture
def references(cloud: Cloud) -> MemoryReferences:
    cloud.reset()
    cloud.channels = [{"id": TEAM}, {"id": "19:pay@thread.tacv2", "name": "Løn"}]
    kept = MemoryReferences()
    kept.keep(Reference(TEAM, Scope.CHANNEL, cloud.url, "28:bot", TENANT, title="HR", team=TEAM))
    kept.keep(Reference("19:chat@thread.v2", Scope.GROUP, cloud.url, "28:bot", TENANT, title="Ledere"))
    kept.keep(Reference("a:bo", Scope.PERSONAL, cloud.url, "28:bot", TENANT, person="bo"))
    return kept


def ask(references: MemoryReferences, times: int = 1) -> Sequence[tuple[str, str]]:
    async def asked() -> Sequence[tuple[str, str]]:
        session = Session()
        channels = Channels(Connector(NoCredentials(), session), references)
        try:
            for _ in range(times):
                options = await channels.options()
            return [(option.label, option.value) for option in options]
        finally:
            await session.close()

    return asyncio.run(asked())


def test_every_channel_of_a_team_can_be_picked_by_name(references: MemoryReferences) -> None:
    assert ask(references) == [
        ("HR", f"teams:{TEAM}"), ("HR › Løn", "teams:19:pay@thread.tacv2"), ("Ledere", "teams:19:chat@thread.v2")
    ]  # fmt: skip


def test_where_teams_does_not_say_the_known_ones_can_be_picked(references: MemoryReferences, cloud: Cloud) -> None:
    cloud.failures.append(Failure(500))

    assert ask(references) == [("HR", f"teams:{TEAM}"), ("Ledere", "teams:19:chat@thread.v2")]


def test_teams_is_asked_once_in_a_while(references: MemoryReferences, cloud: Cloud) -> None:
    ask(references, times=3)

    assert [call.path for call in cloud.calls] == [
        f"/v3/teams/{TEAM.replace(':', '%3A').replace('@', '%40')}/conversations"
    ]
