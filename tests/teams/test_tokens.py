"""Who is let in, over HTTP, with tokens good and forged."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import jwt
import pytest
from cloud import APP, ISSUER, SECRET, TENANT, Cloud, activity, make_key, public
from ports import served
from starlette.applications import Starlette

from adapters.teams.activities import Message, Reply
from adapters.teams.part import Line, TeamsPart
from adapters.teams.tokens import Issuer, KeyRing, Refused, TokenCheck
from adapters.teams.turns import Turn
from bot.settings import TeamsSettings

FOREIGN = "99999999-bbbb-cccc-dddd-eeeeeeeeeeee"
PATH = "/api/messages"
ENTRA = f"https://sts.windows.net/{TENANT}/"


class Parrot:
    """Says what it heard."""

    async def hear(self, turn: Turn) -> Reply | None:
        await turn.say(Message(text=turn.activity.text))
        return None


def settings(cloud: Cloud, **changes: Any) -> TeamsSettings:
    usual = TeamsSettings(APP, SECRET, "SingleTenant", TENANT, keys_url=f"{cloud.url}/meta", login_url=cloud.url)
    return TeamsSettings(**{**{name: getattr(usual, name) for name in TeamsSettings.__slots__}, **changes})


@pytest.fixture(scope="module")
def client(cloud: Cloud) -> Iterator[httpx.Client]:
    chosen = settings(cloud)
    with served(TeamsPart(chosen, Line.open(chosen), Parrot())) as client:
        yield client


@pytest.fixture(autouse=True)
def fresh(cloud: Cloud) -> None:
    cloud.reset()


def post(client: httpx.Client, body: object, token: str, scheme: str = "Bearer") -> int:
    headers = {"Authorization": f"{scheme} {token}"} if token else {}
    return client.post(PATH, json=body, headers=headers).status_code


def unsigned(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)]
    return ".".join((*parts, ""))


def good_claims(cloud: Cloud) -> dict[str, Any]:
    return {"iss": ISSUER, "aud": APP, "serviceurl": cloud.url, "exp": int(time.time()) + 3600}


def test_a_good_token_is_answered_with_a_token_of_our_own(client: httpx.Client, cloud: Cloud) -> None:
    assert post(client, activity(cloud, "hej"), cloud.token()) == 200

    assert [(call.body["text"], call.authorization.split("-")[0]) for call in cloud.sent] == [("hej", "Bearer bot")]


def test_a_token_of_our_own_is_asked_for_once(client: httpx.Client, cloud: Cloud) -> None:
    for _ in range(3):
        post(client, activity(cloud, "hej"), cloud.token())

    assert cloud.logins == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-app"},
        {"aud": None},
        {"iss": "https://ond.example"},
        {"iss": None},
        {"iss": [ISSUER]},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"nbf": 4_000_000_000},
        {"kid": "first", "key": "another"},
        {"kid": "unknown", "key": "another"},
    ],
    ids=str,
)
def test_a_forged_token_is_refused(client: httpx.Client, cloud: Cloud, claims: dict[str, Any]) -> None:
    if "key" in claims:
        claims = {**claims, "key": make_key()}
    try:
        token = cloud.token(**claims)
    except TypeError:  # the library refuses to forge this one itself
        token = unsigned({"alg": "RS256", "kid": "first"}, {**good_claims(cloud), **claims}) + "c2ln"

    assert post(client, activity(cloud, "hej"), token) == 401
    assert cloud.sent == []


@pytest.mark.parametrize(
    "token",
    ["", "garbage", "a.b.c", "..", "\u00e6.\u00f8.\u00e5".encode().decode("latin-1"), "x" * 20_000, "a." * 5000],
    ids=lambda token: token[:8],
)
def test_garbage_is_refused(client: httpx.Client, cloud: Cloud, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")} if token else {}

    assert client.post(PATH, json=activity(cloud, "hej"), headers=headers).status_code == 401


def test_a_token_without_a_signature_is_refused(client: httpx.Client, cloud: Cloud) -> None:
    token = unsigned({"alg": "none", "typ": "JWT"}, good_claims(cloud))

    assert post(client, activity(cloud, "hej"), token) == 401


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(client: httpx.Client, cloud: Cloud) -> None:
    token = jwt.encode(good_claims(cloud), "0" * 64, algorithm="HS256", headers={"kid": "first"})

    assert post(client, activity(cloud, "hej"), token) == 401


def test_another_scheme_is_refused(client: httpx.Client, cloud: Cloud) -> None:
    assert post(client, activity(cloud, "hej"), cloud.token(), scheme="Basic") == 401


@pytest.mark.parametrize(
    ("changes", "claims"),
    [
        ({"serviceUrl": None}, {}),
        ({"serviceUrl": ""}, {}),
        ({"serviceUrl": "https://ond.example/"}, {}),
        ({}, {"serviceurl": None}),
        ({}, {"serviceurl": "https://ond.example/"}),
        ({"channelId": "webchat"}, {}),
        ({"conversation": {"id": "a:1", "tenantId": FOREIGN}, "channelData": {}}, {}),
        ({"channelData": {"tenant": {"id": FOREIGN}}}, {}),
        ({"conversation": {"id": "a:1"}, "channelData": {}}, {}),
    ],
    ids=str,
)
def test_what_the_token_was_not_made_for_is_forbidden(
    client: httpx.Client, cloud: Cloud, changes: dict[str, Any], claims: dict[str, Any]
) -> None:
    assert post(client, activity(cloud, "hej", **changes), cloud.token(**claims)) == 403
    assert cloud.sent == []


def test_another_channel_of_the_same_bot_is_forbidden() -> None:
    with Cloud() as cloud:
        cloud.endorsements = ["msteams", "webchat"]
        chosen = settings(cloud)
        with served(TeamsPart(chosen, Line.open(chosen), Parrot())) as client:
            statuses = [
                post(client, activity(cloud, "hej", channelId=channel), cloud.token())
                for channel in ("msteams", "webchat")
            ]

    assert statuses == [200, 403]


def test_a_key_that_may_not_speak_for_teams_is_refused() -> None:
    with Cloud() as cloud:
        cloud.endorsements = ["webchat"]
        chosen = settings(cloud)
        with served(TeamsPart(chosen, Line.open(chosen), Parrot())) as client:
            assert post(client, activity(cloud, "hej"), cloud.token()) == 403


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"1", b'"x"', b"{}", b'{"type": 1}', b"[" * 100_000, b'{"type": "message"}', b"\xff\xfe"]
)
def test_a_body_that_is_no_activity_is_faulty(client: httpx.Client, cloud: Cloud, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {cloud.token()}", "Content-Type": "application/json"}

    assert client.post(PATH, content=body, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "yesterday"},
        {"from": []},
        {"entities": "x"},
        {"attachments": {}},
        {"id": "\ud800"},
        {"text": "hej \ud83d"},
        {"conversation": {"id": "a:\ud83d", "tenantId": TENANT}},
    ],
    ids=ascii,
)
def test_an_activity_with_odd_parts_never_breaks_anything(
    client: httpx.Client, cloud: Cloud, changes: dict[str, Any]
) -> None:
    headers = {"Authorization": f"Bearer {cloud.token()}", "Content-Type": "application/json"}
    body = json.dumps(activity(cloud, **{"text": "hej", **changes}))

    assert client.post(PATH, content=body, headers=headers).status_code in {200, 400}


def test_a_body_without_end_is_cut_off(client: httpx.Client, cloud: Cloud) -> None:
    headers = {"Authorization": f"Bearer {cloud.token()}", "Content-Type": "application/json"}

    assert client.post(PATH, content=b" " * 300_000, headers=headers).status_code == 413


def test_what_is_no_json_is_faulty(client: httpx.Client, cloud: Cloud) -> None:
    headers = {"Authorization": f"Bearer {cloud.token()}", "Content-Type": "text/plain"}

    assert client.post(PATH, content=json.dumps(activity(cloud, "hej")), headers=headers).status_code == 400


def test_refusing_costs_neither_a_fetch_nor_a_look_at_the_body(cloud: Cloud) -> None:
    chosen = settings(cloud)
    app = Starlette(routes=list(TeamsPart(chosen, Line.open(chosen), Parrot()).routes()))
    scope = {"type": "http", "method": "POST", "path": PATH, "query_string": b"", "headers": [
        (b"authorization", b"Bearer a.b.c"), (b"content-type", b"application/json"),
    ]}  # fmt: skip
    fetches, sent = cloud.fetches, []

    async def receive() -> Any:
        raise AssertionError("the body was asked for")

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))

    assert (sent[0]["status"], cloud.fetches - fetches) == (401, 0)


def test_listed_organisations_are_let_in_beside_our_own(cloud: Cloud) -> None:
    chosen = settings(cloud, tenants=frozenset({FOREIGN}))
    foreign = {"conversation": {"id": "a:1", "tenantId": FOREIGN}, "channelData": {"tenant": {"id": FOREIGN}}}
    with served(TeamsPart(chosen, Line.open(chosen), Parrot())) as client:
        assert post(client, activity(cloud, "hej"), cloud.token()) == 200
        assert post(client, activity(cloud, "hej", **foreign), cloud.token()) == 200


def test_the_bots_own_sign_in_at_entra_is_let_in(client: httpx.Client, cloud: Cloud) -> None:
    token = cloud.token(iss=ENTRA, serviceurl=None, appid=APP, tid=TENANT)

    assert post(client, activity(cloud, "hej"), token) == 200


@pytest.mark.parametrize("claims", [{"appid": "another"}, {"appid": None}, {"appid": APP, "tid": FOREIGN}], ids=str)
def test_another_sign_in_at_entra_is_not(client: httpx.Client, cloud: Cloud, claims: dict[str, Any]) -> None:
    token = cloud.token(**{"iss": ENTRA, "serviceurl": None, "tid": TENANT, **claims})

    assert post(client, activity(cloud, "hej"), token) == 403


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_new_keys_are_followed_at_once_and_asked_for_once_a_minute(cloud: Cloud) -> None:
    clock, fetched = Clock(), []
    first, second = make_key(), make_key()
    published = {"first": first}

    async def fetch(url: str) -> Mapping[str, Any]:
        fetched.append(url)
        if url.endswith("meta"):
            return {"jwks_uri": "keys"}
        return {"keys": [public(kid, key) for kid, key in published.items()]}

    async def story() -> None:
        check = TokenCheck(APP, (Issuer(frozenset({ISSUER}), "meta"),), fetch, clock)
        await check.check(f"Bearer {cloud.token(key=first)}", "")
        published["second"] = second
        clock.now += 61
        await check.check(f"Bearer {cloud.token(kid='second', key=second)}", "")
        for _ in range(5):
            with pytest.raises(Refused):
                await check.check(f"Bearer {cloud.token(kid='third', key=second)}", "")

    asyncio.run(story())

    assert fetched == ["meta", "keys", "meta", "keys"]


def test_keys_are_renewed_every_hour_and_those_withdrawn_are_dropped() -> None:
    clock, slept, found = Clock(), [], []
    first, second = public("first", make_key()), public("second", make_key())
    answers: list[Any] = [[first], OSError, OSError, [first, second], [second]]

    async def fetch(url: str) -> Mapping[str, Any]:
        if url == "meta":
            return {"jwks_uri": "keys"}
        answer = answers.pop(0)
        if answer is OSError:
            raise OSError
        return {"keys": answer}

    async def story() -> None:
        ring = KeyRing("meta", fetch, clock)

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            clock.now += seconds
            found.append([kid for kid in ("first", "second") if kid in ring])
            if not answers:
                raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await ring.keep_fresh(sleep)

    asyncio.run(story())

    # Two failures in between leave the old key, and are made good for within minutes.
    assert slept == [3600, 60, 60, 3600, 3600]
    assert found == [["first"], ["first"], ["first"], ["first", "second"], ["second"]]


def test_nobody_with_a_known_key_waits_for_the_issuer() -> None:
    answers: list[Mapping[str, Any]] = [{"jwks_uri": "keys"}, {"keys": [public("first", make_key())]}]
    clock = Clock()

    async def story() -> bool:
        never = asyncio.Event()

        async def fetch(_: str) -> Mapping[str, Any]:
            if not answers:
                await never.wait()
            return answers.pop(0)

        ring = KeyRing("meta", fetch, clock)
        await ring.refresh()
        clock.now += 100_000
        renewing = asyncio.create_task(ring.refresh())
        await asyncio.sleep(0)
        found = await ring.find("first")
        renewing.cancel()
        return found is not None

    assert asyncio.run(story())


def test_many_at_once_fetch_the_keys_once(cloud: Cloud) -> None:
    fetched = []

    async def fetch(url: str) -> Mapping[str, Any]:
        fetched.append(url)
        await asyncio.sleep(0)
        return {"jwks_uri": "keys", "keys": []}

    async def story() -> None:
        ring = KeyRing("meta", fetch)
        await asyncio.gather(*(ring.find("kid") for _ in range(50)))

    asyncio.run(story())

    assert fetched == ["meta", "keys"]


def local_part() -> TeamsPart:
    return TeamsPart(TeamsSettings(), Line.open(TeamsSettings()), Parrot())


def test_without_an_identity_this_machine_is_let_in_with_a_loud_warning(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    with served(local_part()) as client:
        assert post(client, activity(cloud, "hej"), "") == 200

    assert [call.authorization for call in cloud.sent] == [""]
    assert "TEAMS RUNS WITHOUT AN IDENTITY" in caplog.text


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded"])
def test_without_an_identity_nobody_comes_through_a_proxy(cloud: Cloud, header: str) -> None:
    with served(local_part()) as client:
        assert client.post(PATH, json=activity(cloud, "hej"), headers={header: "127.0.0.1"}).status_code == 403


def test_without_an_identity_nothing_leaves_this_machine(cloud: Cloud) -> None:
    with served(local_part()) as client:
        assert post(client, activity(cloud, "hej", serviceUrl="https://ond.example/"), "") == 403
