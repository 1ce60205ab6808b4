"""Half an hour's worth of everything, replayed as fast as it goes: no error, no doubled reply, flat memory."""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from cloud import APP, SECRET, TENANT, Cloud, activity
from desk import TableDesk, offers
from ports import served

from adapters.teams.building import Product, build
from adapters.teams.references import MemoryReferences
from bot.ports import ToolSource
from bot.service.advising import Advisor
from bot.service.finding import SearchService
from bot.settings import TeamsSettings

EVENTS = 600
PEOPLE = 120
AT_ONCE = 16
PRESS = "adaptiveCard/action"
QUESTIONS = (
    "hvad er en grundmodel?",
    "may I put a patient record into Gemini?",
    "status ChatGPT",
    "og i Copilot?",
    "hej",
)


def events(cloud: Cloud, seed: int) -> list[dict[str, Any]]:
    """Return a mixture of what Teams sends, some of it twice and out of order."""
    dice = random.Random(seed)
    mixed = []
    for number in range(EVENTS):
        person = dice.randrange(PEOPLE)
        place = {"id": f"a:{person}", "tenantId": TENANT, "conversationType": "personal"}
        who = {"id": f"29:{person}", "name": "Bo", "aadObjectId": f"person-{person}"}
        common: dict[str, Any] = {"conversation": place, "from": who, "id": f"{seed}-{number}"}
        kind = dice.randrange(10)
        if kind < 6:
            mixed.append(activity(cloud, dice.choice(QUESTIONS), **common))
        elif kind == 6:
            action = {"type": "Action.Execute", "verb": "vejviser", "data": {"act": "helpful", "value": "x"}}
            value = {"action": action}
            mixed.append(activity(cloud, None, type="invoke", name=PRESS, value=value, **common))
        elif kind == 7:
            value = {"commandId": "search", "parameters": [{"name": "query", "value": "copilot"}]}
            mixed.append(activity(cloud, None, type="invoke", name="composeExtension/query", value=value, **common))
        elif kind == 8:
            mixed.append(activity(cloud, None, type="messageReaction", reactionsAdded=[{"type": "like"}], **common))
        else:
            mixed.append(activity(cloud, None, type="conversationUpdate", membersAdded=[{"id": "29:x"}], **common))
    mixed += dice.sample(mixed, EVENTS // 10)
    dice.shuffle(mixed)
    return mixed


async def replay(address: str, cloud: Cloud, bodies: list[dict[str, Any]]) -> Counter[int]:
    headers = {"Authorization": f"Bearer {cloud.token()}"}
    waiting = iter(bodies)
    statuses: Counter[int] = Counter()
    async with aiohttp.ClientSession(headers=headers) as session:

        async def send() -> None:
            for body in waiting:
                async with session.post(f"{address}/api/messages", json=body) as response:
                    await response.read()
                    statuses[response.status] += 1

        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return statuses


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.fixture
def product(advisor: Advisor, tools: ToolSource) -> Product:
    desk = TableDesk()
    return Product(advisor, desk, desk, SearchService(advisor, tools), offers)


def test_half_an_hour_replayed(cloud: Cloud, product: Product) -> None:
    settings = TeamsSettings(APP, SECRET, "SingleTenant", TENANT, keys_url=f"{cloud.url}/meta", login_url=cloud.url)
    desk: Any = product.desk
    sizes = []
    with served(build(settings, product, MemoryReferences()).part) as client:
        for seed in range(4):
            cloud.reset()
            desk.reset()
            bodies = events(cloud, seed)

            statuses = asyncio.run(replay(str(client.base_url).rstrip("/"), cloud, bodies))

            assert statuses == {200: len(bodies)}
            assert len(desk.presses) == len({body["id"] for body in bodies if body.get("name") == PRESS})
            asked = {body["id"] for body in bodies if body["type"] == "message"}
            replies = Counter(call.path.rpartition("/")[2] for call in cloud.sent)
            greetings = replies.pop("activities", 0)
            assert {id_: count for id_, count in replies.items() if count > 1} == {}
            assert set(replies) == asked
            assert greetings <= PEOPLE
            sizes.append(resident())
    assert sizes[-1] - sizes[1] < 12 * 2**20
