"""The positive list's pages, over HTTP."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from adapters.memory import MemoryRegister
from adapters.web.app import WebOptions, create_app
from adapters.yaml_tools import read_tools
from bot.service.advising import Advisor
from bot.settings import SHIPPED_KNOWLEDGE

TOOLS = read_tools(SHIPPED_KNOWLEDGE / "tools.yaml")


@pytest.fixture
def client(advisor: Advisor) -> Iterator[TestClient]:
    tools = (*TOOLS, replace(TOOLS[0], id="evil", name="=HYPERLINK(1)", aliases=()))  # type: ignore[arg-type]
    with TestClient(create_app(advisor, WebOptions(register=MemoryRegister(tools)))) as client:
        yield client


def test_the_list_is_filtered_by_data(client: TestClient) -> None:
    page = client.get("/tools?data=personal&lang=en").text

    assert "KommuneGPT" in page
    assert "DeepL" not in page


def test_a_misspelt_search_finds_the_tool(client: TestClient) -> None:
    page = client.get("/tools?q=komunegpt&lang=en").text

    assert "KommuneGPT" in page
    assert "DeepL" not in page


def test_a_tool_has_a_page_with_its_history(client: TestClient) -> None:
    page = client.get("/tools/chatgpt?lang=en").text

    assert "approved with restrictions" in page
    assert "as handed over" in page


def test_an_unknown_tool_is_not_approved(client: TestClient) -> None:
    page = client.get("/tools/nothing?lang=en")

    assert page.status_code == 404
    assert "not approved" in page.text


def test_the_yaml_reads_back_as_the_same_list(client: TestClient, tmp_path: Path) -> None:
    file = tmp_path / "tools.yaml"
    file.write_text(client.get("/tools.yaml").text, encoding="utf-8")

    assert read_tools(file)[:-1] == TOOLS


def test_no_cell_of_the_csv_is_a_formula(client: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(client.get("/tools.csv").text)))

    assert rows[-1]["name"] == "'=HYPERLINK(1)"
    assert {row["id"] for row in rows} >= {"chatgpt", "kommunegpt"}
