"""The docs name everything there is, and nothing that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from adapters.registry import ENTRY_POINTS
from bot.cli import commands

ROOT = Path(__file__).parent.parent
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
SETTING = re.compile(r'"((?:VEJVISER|SLACK)_[A-Z_]+|MicrosoftApp\w+)"')
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)


def paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something by itself."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name, inner in command.commands.items():
        yield from paths(inner, (*path, name))


COMMANDS = sorted(" ".join(path) for path in paths(commands))


@pytest.mark.parametrize(
    "name", sorted(set(SETTING.findall((ROOT / "bot" / "settings.py").read_text(encoding="utf-8"))))
)
def test_every_setting_is_in_the_docs(name: str) -> None:
    assert f"`{name}`" in DOCS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_docs(command: str) -> None:
    assert f"vejviser {command}" in DOCS


@pytest.mark.parametrize("name", sorted(ENTRY_POINTS))
def test_every_adapter_is_in_the_docs(name: str) -> None:
    assert re.search(rf"\b{name}\b", DOCS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_commands_that_there_are(page: Path) -> None:
    code = re.findall(r"```console\n(.*?)```|`([^`\n]+)`", page.read_text(encoding="utf-8"), re.DOTALL)
    written = [line for parts in code for line in "".join(parts).splitlines()]
    named = {match[1] for line in written if (match := re.match(r"(?:\$ )?\S*\bvejviser ([a-z][a-z-]*)", line))}

    assert named <= {command.split()[0] for command in COMMANDS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_only_make_targets_that_there_are(page: Path) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))

    assert set(re.findall(r"`make ([a-z]+)", page.read_text(encoding="utf-8"))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_to_a_file_that_there_is(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []
