"""The report on an announcement over HTTP: a page, a picture and a file behind a signed address."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from adapters.report_links import ReportLinks
from adapters.web.app import WebOptions, create_app
from adapters.web.reports import ReportPages
from bot.service.advising import Advisor
from tests.one_report import LINKS, Reporting


@pytest.fixture
def client(advisor: Advisor) -> Iterator[TestClient]:
    with TestClient(create_app(advisor, WebOptions(reports=ReportPages(Reporting(), LINKS)))) as client:
        yield client


def test_the_page_says_who_got_it_and_why_not(client: TestClient) -> None:
    page = client.get(f"{LINKS.link('abc')}?lang=en").text

    assert "The channel is archived." in page
    assert "It does not mean that anybody read it" in page
    assert "<rules>" not in page


def test_the_picture_is_drawn_without_script(client: TestClient) -> None:
    answer = client.get(f"{LINKS.link('abc')}.svg?lang=en")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert "<script" not in answer.text
    assert "Have read" in answer.text


def test_the_file_has_every_recipient_and_reader_and_no_formula(client: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get(f"{LINKS.link('abc')}.csv?lang=en").text)))

    assert [row["to"] for row in rows] == ["slack:C0", "slack:C1", "'=HYPERLINK(1)", "slack:UBO"]
    assert [row["what"] for row in rows] == ["post", "post", "post", "read"]


@pytest.mark.parametrize("end", ["", ".csv", ".svg"])
@pytest.mark.parametrize("address", ["/announcements/abc", ReportLinks("another").link("abc"), LINKS.link("nothing")])
def test_an_address_that_was_made_up_shows_nothing(client: TestClient, address: str, end: str) -> None:
    answer = client.get(f"{address}{end}?lang=en")

    assert answer.status_code == 404
    assert "slack:C0" not in answer.text
    assert "Ask for the report again" in answer.text
