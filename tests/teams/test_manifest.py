"""The app package, against the schemas that Microsoft publishes."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cloud import APP
from jsonschema import Draft4Validator
from PIL import Image

from adapters.teams.manifest import SCHEMA_VERSION, package
from bot.cli import commands
from bot.errors import SettingsError
from bot.knowledge import Knowledge

SCHEMAS = Path(__file__).parent.parent / "browser/node_modules/@microsoft/app-manifest/build/json-schemas/teams"
URL = "https://vejviser.example.dk"


@pytest.fixture(scope="module")
def archive(knowledge: Knowledge) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(package(APP, URL, knowledge)))


def schema(name: str) -> Draft4Validator:
    return Draft4Validator(json.loads((SCHEMAS / f"v{SCHEMA_VERSION}" / name).read_text("utf-8")))


def test_the_schema_is_the_newest_that_is_published() -> None:
    versions = [tuple(map(int, path.name[1:].split("."))) for path in SCHEMAS.glob("v[0-9]*")]

    assert ".".join(map(str, max(versions))) == SCHEMA_VERSION


@pytest.mark.parametrize(
    ("file", "name"),
    [("manifest.json", "MicrosoftTeams.schema.json"), ("en.json", "MicrosoftTeams.Localization.schema.json")],
)
def test_manifest_and_languages_fit_their_schemas(archive: zipfile.ZipFile, file: str, name: str) -> None:
    faults = [
        f"{list(error.path)}: {error.message}" for error in schema(name).iter_errors(json.loads(archive.read(file)))
    ]

    assert faults == []


def test_the_schema_check_refuses_what_is_no_manifest(archive: zipfile.ZipFile) -> None:
    manifest = json.loads(archive.read("manifest.json"))
    manifest["bots"][0]["commandLists"][0]["triggers"] = ["shout"]

    assert list(schema("MicrosoftTeams.schema.json").iter_errors(manifest))


@pytest.mark.parametrize(("name", "mode", "side"), [("color.png", "RGB", 192), ("outline.png", "RGBA", 32)])
def test_icons_have_the_sizes_that_teams_wants(archive: zipfile.ZipFile, name: str, mode: str, side: int) -> None:
    image = Image.open(io.BytesIO(archive.read(name)))

    assert (image.mode, image.size) == (mode, (side, side))


def test_the_outline_is_white_on_nothing(archive: zipfile.ZipFile) -> None:
    pixels = Image.open(io.BytesIO(archive.read("outline.png"))).get_flattened_data()

    assert {pixel[:3] for pixel in pixels if pixel[3]} == {(255, 255, 255)}
    assert {pixel[3] for pixel in pixels} >= {0, 255}


def test_commands_are_offered_by_mention_and_slash(archive: zipfile.ZipFile) -> None:
    bot = json.loads(archive.read("manifest.json"))["bots"][0]

    assert bot["supportsTargetedMessages"] is True
    assert [command["title"] for command in bot["commandLists"][1]["commands"]] == [
        "spørg", "status", "værktøjer", "anmod", "hjælp", "opslag",
    ]  # fmt: skip
    assert bot["commandLists"][1]["triggers"] == ["mention", "slash"]


def test_english_stands_beside_danish(archive: zipfile.ZipFile) -> None:
    english = json.loads(archive.read("en.json"))

    assert english["bots[0].commandLists[0].commands[0].title"] == "ask"
    assert english["composeExtensions[0].commands[1].title"] == "May I use this with AI?"


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(commands, ["manifest", "teams", *arguments], env={"MicrosoftAppId": "", **environment})


def test_the_command_writes_the_zip(tmp_path: Path) -> None:
    out = tmp_path / "vejviser.zip"

    result = run("--url", URL, "--out", str(out), MicrosoftAppId=APP, MicrosoftAppPassword="x")

    assert result.exit_code == 0
    assert zipfile.ZipFile(out).testzip() is None


def test_without_an_id_the_command_says_what_is_missing(tmp_path: Path) -> None:
    result = run("--url", URL, "--out", str(tmp_path / "x.zip"), VEJVISER_HOME=str(tmp_path))

    assert isinstance(result.exception, SettingsError)
    assert "MicrosoftAppId" in str(result.exception)


def test_teams_calls_no_address_without_a_certificate(tmp_path: Path) -> None:
    result = run("--url", "http://x", "--out", str(tmp_path / "x.zip"), MicrosoftAppId=APP, MicrosoftAppPassword="x")

    assert result.exit_code == 2
