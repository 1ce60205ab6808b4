"""The web's routes, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from adapters.web.app import WebOptions, create_app
from bot.service.advising import Advisor


@pytest.fixture
def client(advisor: Advisor) -> Iterator[TestClient]:
    with TestClient(create_app(advisor, WebOptions(per_minute=5))) as client:
        yield client


def test_a_question_is_answered(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"text": "may I put a patient record into Gemini?"}).json()

    assert (answer["verdict"], answer["citations"][0]["section"]) == ("no", "b.law.personal-data")


def test_a_conversation_is_followed(client: TestClient) -> None:
    client.post("/api/ask", json={"text": "may I put a patient record into Gemini?", "conversation": "a"})

    answer = client.post("/api/ask", json={"text": "and in KommuneGPT?", "conversation": "a"}).json()

    assert answer["verdict"] in {"no", "conditional"}
    assert answer["tools"] == ["kommunegpt"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"text": ""}', 422, "message-empty"),
        (b'{"text": "' + b"a" * 5000 + b'"}', 413, "message-too-long"),
        (b'{"text": "' + b"a" * 70_000 + b'"}', 413, "message-too-long"),
        (b'{"text"', 422, "request-faulty"),
        (b'{"text": 7}', 422, "request-faulty"),
        (b"[]", 422, "request-faulty"),
    ],
)
def test_a_faulty_body_gets_a_clear_error(client: TestClient, body: bytes, status: int, code: str) -> None:
    response = client.post("/api/ask", content=body, headers={"content-type": "application/json"})

    assert (response.status_code, response.json()["error"]) == (status, code)
    assert response.json()["remedy"]


def test_asking_too_often_is_refused_with_a_time_to_wait(client: TestClient) -> None:
    statuses = [client.post("/api/ask", json={"text": "hej"}) for _ in range(6)]

    assert statuses[-1].status_code == 429
    assert int(statuses[-1].headers["retry-after"]) > 0


def test_the_form_works_without_a_script(client: TestClient) -> None:
    page = client.post("/?lang=en", data={"text": "may I put a patient record into Gemini?"}).text

    assert "Do not put personal data into Gemini" in page


def test_text_is_escaped(client: TestClient) -> None:
    assert "<script>alert" not in client.post("/", data={"text": "<script>alert(1)</script> Gemini?"}).text


@pytest.mark.parametrize("path", ["/", "/guide", "/guide/b.law.personal-data?lang=en", "/healthz", "/readyz",
                                  "/metrics", "/openapi.json"])  # fmt: skip
def test_every_page_is_served_with_a_strict_policy(client: TestClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_an_unknown_section_gets_the_list(client: TestClient) -> None:
    response = client.get("/guide/nothing")

    assert response.status_code == 404
    assert "/guide/b.law.personal-data" in response.text


def test_metrics_hold_no_message(client: TestClient) -> None:
    client.post("/api/ask", json={"text": "zebrafink in Gemini?"})

    metrics = client.get("/metrics").text

    assert "vejviser_answers_total" in metrics
    assert "zebrafink" not in metrics
