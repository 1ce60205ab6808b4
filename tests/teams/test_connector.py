"""What goes to Teams: tried again where Teams says so, and never faster than it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from cloud import APP, SECRET, TENANT, Cloud, Failure

from adapters.teams.connector import Connector, Place
from adapters.teams.credentials import ClientSecret, CredentialsRefused, NoCredentials
from adapters.teams.pacing import LIMITS, Pace
from adapters.teams.session import Session
from bot.delivering import DeliveryError, OutcomeUnknown, RecipientGone, TemporaryFault, Throttled
from bot.settings import TeamsSettings

BODY = {"type": "message", "text": "hej"}


@pytest.fixture(autouse=True)
def fresh(cloud: Cloud) -> None:
    cloud.reset()


class Sleeper:
    """Sleeps no time at all, and remembers how long it should have been."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


def run(story: Callable[[Connector], Awaitable[object]], sleep: Sleeper | None = None) -> object:
    async def told() -> object:
        session = Session()
        try:
            return await story(Connector(NoCredentials(), session, sleep=sleep or Sleeper()))
        finally:
            await session.close()

    return asyncio.run(told())


def place(cloud: Cloud, conversation: str = "19:a b/c@thread.tacv2;messageid=1") -> Place:
    return Place(cloud.url + "/", conversation)


def test_a_message_goes_to_its_thread_with_the_id_kept_whole(cloud: Cloud) -> None:
    run(lambda connector: connector.post_patiently(place(cloud), BODY, reply_to="17/0"))

    assert cloud.sent[0].path == "/v3/conversations/19%3Aa%20b%2Fc%40thread.tacv2%3Bmessageid%3D1/activities/17%2F0"


def test_a_private_message_says_so(cloud: Cloud) -> None:
    run(lambda connector: connector.post_patiently(place(cloud), BODY, is_private=True))

    assert cloud.sent[0].query == "isTargetedActivity=true"


@pytest.mark.parametrize("status", [412, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(cloud: Cloud, status: int) -> None:
    cloud.failures += [Failure(status), Failure(status)]

    assert str(run(lambda connector: connector.post_patiently(place(cloud), BODY))).startswith("message-")
    assert len(cloud.sent) == 3


def test_waiting_grows_and_is_never_the_same(cloud: Cloud) -> None:
    waits = []
    for _ in range(8):
        sleep = Sleeper()
        cloud.failures += [Failure(503)] * 5
        run(lambda connector: connector.post_patiently(place(cloud), BODY), sleep)
        waits.append(sleep.slept)

    assert max(wait[0] for wait in waits) < max(wait[-1] for wait in waits)
    assert len({tuple(wait) for wait in waits}) == 8


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("7", 7, 20),
        ("in 90 s", 60, 110),
        ("soon", 2, 10),
        ("999999", 600, 620),
    ],
)
def test_teams_says_how_long_to_wait(cloud: Cloud, said: str, least: float, most: float) -> None:
    sleep = Sleeper()
    in_a_while = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    cloud.failures.append(Failure(429, {"Retry-After": in_a_while if said == "in 90 s" else said}))

    run(lambda connector: connector.post_patiently(place(cloud), BODY), sleep)

    assert least <= sleep.slept[0] <= most


def test_it_gives_up_in_the_end(cloud: Cloud) -> None:
    cloud.failures += [Failure(502)] * 10

    with pytest.raises(TemporaryFault):
        run(lambda connector: connector.post_patiently(place(cloud), BODY))
    assert len(cloud.sent) == 6


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure(403, code="MessageWritesBlocked"), RecipientGone),
        (Failure(403, code="BotNotInConversationRoster"), RecipientGone),
        (Failure(404, code="ConversationNotFound"), RecipientGone),
        (Failure(413, code="MessageSizeTooBig"), DeliveryError),
        (Failure(400, code="BadSyntax"), DeliveryError),
        (Failure(200, cuts=True), OutcomeUnknown),
    ],
)
def test_what_will_not_pass_is_tried_once(cloud: Cloud, failure: Failure, error: type[DeliveryError]) -> None:
    cloud.failures.append(failure)

    with pytest.raises(error) as caught:
        run(lambda connector: connector.post_patiently(place(cloud), BODY))
    assert type(caught.value) is error
    assert len(cloud.sent) == 1


def test_one_try_tells_how_long_to_wait(cloud: Cloud) -> None:
    cloud.failures.append(Failure(429, {"Retry-After": "30"}))

    with pytest.raises(Throttled) as caught:
        run(lambda connector: connector.post(place(cloud, "a:1"), BODY))

    assert (caught.value.retry_after, caught.value.scope) == (30, "a:1")


def test_nobody_at_the_address_is_worth_another_try() -> None:
    with pytest.raises(TemporaryFault):
        run(lambda connector: connector.post(Place("http://127.0.0.1:9", "a:1"), BODY))


def test_taking_away_what_is_gone_is_fine(cloud: Cloud) -> None:
    cloud.failures.append(Failure(404, code="ActivityNotFoundInConversation"))

    run(lambda connector: connector.delete(place(cloud), "1"))

    assert [call.method for call in cloud.sent] == ["DELETE"]


def test_everybody_of_a_conversation_comes_page_by_page(cloud: Cloud) -> None:
    cloud.members = [{"id": str(number)} for number in range(5)]

    async def story(connector: Connector) -> list[str]:
        return [member["id"] async for member in connector.members(place(cloud))]

    assert run(story) == ["0", "1", "2", "3", "4"]


def test_a_thread_gets_no_more_than_teams_lets_through() -> None:
    now, sent = [0.0], []
    pace = Pace(clock=lambda: now[0])
    while now[0] < 3700:
        if seconds := pace.take("a:1"):
            now[0] += seconds
        else:
            sent.append(now[0])

    assert len(sent) > 1700
    for amount, window in LIMITS:
        assert min(later - earlier for earlier, later in zip(sent, sent[amount:], strict=False)) >= window


def test_one_busy_thread_holds_up_no_other() -> None:
    pace = Pace()
    for _ in range(7):
        pace.take("a:1")

    assert (pace.take("a:1") > 0, pace.take("a:2")) == (True, 0)


def secret(cloud: Cloud, password: str) -> TeamsSettings:
    return TeamsSettings(APP, password, "SingleTenant", TENANT, login_url=cloud.url)


def test_a_wrong_secret_is_told_with_its_remedy(cloud: Cloud) -> None:
    async def story() -> str:
        session = Session()
        try:
            return await ClientSecret(secret(cloud, "wrong"), session).token()
        finally:
            await session.close()

    with pytest.raises(CredentialsRefused, match=r"invalid_client.*MicrosoftAppPassword"):
        asyncio.run(story())


@pytest.mark.parametrize(("failures", "calls", "error"), [(1, 2, None), (2, 2, DeliveryError)])
def test_a_token_that_is_taken_no_more_is_renewed_once(
    cloud: Cloud, failures: int, calls: int, error: type[DeliveryError] | None
) -> None:
    cloud.failures += [Failure(401)] * failures

    async def story() -> None:
        session = Session()
        try:
            await Connector(ClientSecret(secret(cloud, SECRET), session), session).post(place(cloud), BODY)
        finally:
            await session.close()

    if error:
        with pytest.raises(error, match="401"):
            asyncio.run(story())
    else:
        asyncio.run(story())

    assert len({call.authorization for call in cloud.sent}) == len(cloud.sent) == calls


def test_half_a_character_holds_up_no_message(cloud: Cloud) -> None:
    run(lambda connector: connector.post(place(cloud), {"type": "message", "text": "hej \ud83d"}))

    assert cloud.sent[0].body["text"] == "hej \ud83d"


def test_many_at_once_sign_in_once(cloud: Cloud) -> None:
    before = cloud.logins

    async def story() -> set[str]:
        session = Session()
        try:
            credentials = ClientSecret(secret(cloud, SECRET), session)
            return set(await asyncio.gather(*(credentials.token() for _ in range(50))))
        finally:
            await session.close()

    assert len(asyncio.run(story())) == 1
    assert cloud.logins == before + 1
