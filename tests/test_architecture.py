"""The rules of the layout, enforced."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OUTSIDE = {"yaml", "fastapi", "starlette", "uvicorn", "sqlalchemy", "requests", "httpx", "slack_bolt", "botbuilder"}
BOT_LIBRARY = {"botbuilder", "botframework", "msrest"}
WIRING = {"bootstrap.py", "cli.py", "__main__.py"}
CORE = sorted(
    path for path in (ROOT / "bot").rglob("*.py") if path.name not in WIRING and path.parent.name != "commands"
)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_core_imports_no_adapter_and_nothing_of_the_outside(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imports(path)}

    assert not roots & (OUTSIDE | {"adapters"})


@pytest.mark.parametrize("path", sorted((ROOT / "adapters").rglob("*.py")), ids=lambda path: str(path.name))
def test_an_adapter_never_imports_the_use_cases(path: Path) -> None:
    assert not [
        name for name in imports(path) if name.startswith(("bot.service", "bot.bootstrap", "bot.cli", "bot.commands"))
    ]


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_the_core_reads_no_environment(path: Path) -> None:
    assert "os" not in set(imports(path))


@pytest.mark.parametrize(
    "path", sorted({*(ROOT / "adapters").rglob("*.py"), *CORE} - {ROOT / "adapters" / "teams" / "library.py"}), ids=str
)
def test_one_file_alone_knows_the_library_of_teams(path: Path) -> None:
    assert not {name.partition(".")[0] for name in imports(path)} & BOT_LIBRARY
