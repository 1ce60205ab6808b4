"""The web's pages and languages, over HTTP."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from adapters.web.app import create_app
from adapters.web.pages import preferred
from bot.model import Verdict
from bot.service.advising import Advisor


@pytest.fixture
def client(advisor: Advisor) -> TestClient:
    return TestClient(create_app(advisor))


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [("/", "de, en;q=0.1, da;q=0.9", "da"), ("/", "en-GB", "en"), ("/", "de", "da"), ("/?lang=en", "da", "en"),
     ("/?lang=xx", "en;q=0", "da"), ("/guide", "en;q=high", "da")],
)  # fmt: skip
def test_the_page_is_in_the_language_asked_for(client: TestClient, path: str, accepted: str, language: str) -> None:
    response = client.get(path, headers={"accept-language": accepted})

    assert response.headers["content-language"] == language
    assert f'<html lang="{language}">' in response.text


def test_languages_are_ordered_by_weight() -> None:
    assert preferred("da;q=0.5, en, de;q=0") == ("en", "da")


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("path", ["/", "/guide", "/guide/nothing"])
def test_every_word_on_a_page_is_known(client: TestClient, path: str, language: str) -> None:
    page = client.get(f"{path}?lang={language}").text

    assert not re.search(r">[^<]*\b(page|verdict)-[a-z]+", page)


def test_every_section_has_its_page_in_both_languages(client: TestClient, advisor: Advisor) -> None:
    sections = advisor.knowledge().sections

    found = [client.get(f"/guide/{id_}?lang={language}").status_code for id_ in sections for language in ("da", "en")]

    assert set(found) == {200}


def test_a_statute_on_a_section_page_keeps_its_caveat(client: TestClient) -> None:
    assert "check current status" in client.get("/guide/c.review?lang=en").text


def test_every_verdict_has_a_word_in_both_languages(advisor: Advisor) -> None:
    messages = advisor.knowledge().messages

    assert all(messages[f"verdict-{verdict}"].da and messages[f"verdict-{verdict}"].en for verdict in Verdict)


def test_files_of_the_page_may_be_kept_and_pages_may_not(client: TestClient) -> None:
    page = client.get("/")
    files = re.findall(r'"(/static/[^"]+)"', page.text)

    assert page.headers["cache-control"] == "no-store"
    assert len(set(files)) == 3
    assert all("immutable" in client.get(file).headers["cache-control"] for file in files)


def test_no_page_holds_a_script_or_style_of_its_own(client: TestClient) -> None:
    pages = client.get("/").text + client.post("/", data={"text": "what is bias?"}).text + client.get("/guide").text

    assert not re.search(r"<style|style=|\son[a-z]+=|<script(?! src=)", pages)


def test_the_script_gets_the_reply_alone(client: TestClient) -> None:
    reply = client.post("/", data={"text": "what is bias?"}, headers={"vejviser-part": "answer"})

    assert "<article" in reply.text
    assert "<html" not in reply.text
    assert reply.headers["content-language"] == "en"


def test_a_refused_form_keeps_what_was_typed(client: TestClient) -> None:
    page = client.post("/?lang=en", data={"text": "b" * 4001})

    assert page.status_code == 413
    assert "b" * 4001 in page.text
