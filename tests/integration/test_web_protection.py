"""The web's limits, headers and log, over HTTP."""

from __future__ import annotations

import asyncio
import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Message

from adapters.memory import MemoryHandler
from adapters.web.app import WebOptions, create_app
from bot.model import Answer, Question
from bot.service.advising import Advisor


@pytest.fixture
def client(advisor: Advisor) -> TestClient:
    return TestClient(create_app(advisor))


@pytest.fixture
def broken(advisor: Advisor) -> TestClient:
    def fail(question: Question) -> Answer:
        raise ValueError(question.text)

    return TestClient(create_app(MemoryHandler(advisor.knowledge(), fail)))


def statuses(client: TestClient, addresses: list[str]) -> list[int]:
    asked = [client.post("/api/ask", json={"text": "hej"}, headers={"x-forwarded-for": each}) for each in addresses]
    return [response.status_code for response in asked]


def chunks_read(app: FastAPI, length: bytes) -> int:
    """Return how many chunks of 16 KB are taken from an endless body that is declared as ``length``."""
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"a" * 16384, "more_body": True}

    async def send(message: Message) -> None:
        pass

    headers = [(b"content-type", b"application/json"), (b"content-length", length)]
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/api/ask", "raw_path": b"/api/ask",
             "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
             "scheme": "http", "root_path": ""}  # fmt: skip
    asyncio.run(app(scope, receive, send))
    return taken


@pytest.mark.parametrize(("length", "most"), [(b"10", 5), (b"70000", 0)])
def test_no_more_than_the_limit_is_read_of_a_body(advisor: Advisor, length: bytes, most: int) -> None:
    assert chunks_read(create_app(advisor), length) <= most


def test_a_body_without_a_length_is_read(client: TestClient) -> None:
    headers = {"content-type": "application/json"}

    assert client.post("/api/ask", content=iter([b'{"text": "hej"}']), headers=headers).status_code == 200


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"text": "\\ud800"}', b"\xff\xfe", b'{"text": "a", "more": 1}'])
def test_a_hostile_body_is_refused_like_any_faulty_one(client: TestClient, body: bytes) -> None:
    response = client.post("/api/ask", content=body, headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["error"]) == (422, "request-faulty")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("POST", "/api/ask", 415, "wrong-content-type"), ("GET", "/api/ask", 405, "wrong-method"),
     ("GET", "/nothing", 404, "not-found"), ("GET", "/static/style.css", 404, "not-found")],
)  # fmt: skip
def test_every_refusal_says_what_to_do(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    response = client.request(method, path, content=b"x", headers={"accept-language": "en"})

    assert (response.status_code, response.json()["error"]) == (status, code)
    assert response.json()["remedy"] not in {"", f"{code}-remedy"}


def test_a_browser_is_refused_with_a_page(client: TestClient) -> None:
    response = client.get("/nothing", headers={"accept": "text/html", "accept-language": "en"})

    assert response.status_code == 404
    assert "There is no such page." in response.text


def test_a_failure_of_ours_is_told_politely_with_the_same_headers(broken: TestClient) -> None:
    response = broken.post("/api/ask", json={"text": "hej"})

    assert (response.status_code, response.json()["error"]) == (500, "answer-failed")
    assert "content-security-policy" in response.headers


def test_nothing_of_a_message_is_logged(
    client: TestClient, broken: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    broken.post("/api/ask", json={"text": "zebrafink"})
    client.post("/", data={"text": "zebrafink"})
    ours = [record for record in caplog.records if not record.name.startswith("httpx")]
    client.get("/zebrafink?text=zebrafink")

    assert [record for record in ours if record.name == "adapters.web.protection"]
    assert "zebrafink" not in "".join(record.getMessage() + str(record.exc_info) for record in ours)


def test_an_address_as_typed_is_not_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "adapters.web")
    client.get("/guide/zebrafink?text=zebrafink")
    client.get("/zebrafink")

    routes = [record.getMessage() for record in caplog.records if record.name.startswith("adapters")]

    assert len(routes) == 2
    assert "zebrafink" not in "".join(routes)


def test_a_forwarded_address_is_not_believed_by_default(advisor: Advisor) -> None:
    client = TestClient(create_app(advisor, WebOptions(per_minute=1)))

    assert statuses(client, ["10.0.0.1", "10.0.0.2"]) == [200, 429]


def test_behind_a_proxy_the_address_that_it_added_counts(advisor: Advisor) -> None:
    client = TestClient(create_app(advisor, WebOptions(per_minute=1, trust_proxy=True)))

    assert statuses(client, ["10.0.0.1", "10.0.0.2", "1.1.1.1, 10.0.0.1"]) == [200, 200, 429]
