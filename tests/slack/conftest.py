"""What the tests of Slack share: drawings' judges and the words of the shipped knowledge base."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from adapters.slack.wording import Wording
from bot.knowledge import Knowledge
from bot.model import Language

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / ".bin" / "node"
GENERATOR = HERE / "node_modules" / ".bin" / "ts-json-schema-generator"

Faults = Callable[[str, Mapping[str, Any]], list[str]]


@pytest.fixture(scope="session")
def wording(knowledge: Knowledge) -> Wording:
    return Wording(knowledge, Language.ENGLISH)


@pytest.fixture(scope="session")
def schema_faults() -> Faults:
    """What Slack's own types find wrong with a message, a Home tab, a modal or a manifest."""
    arguments = [NODE, GENERATOR, "--path", "surfaces.ts", "--tsconfig", "tsconfig.json", "--no-type-check"]
    made = subprocess.run(
        [*arguments, "--type", "Surfaces"], cwd=HERE, check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    schema = json.loads(made)
    validators = {
        name: Draft7Validator({**schema, "$ref": f"#/definitions/{definition}"})
        for name, definition in (("message", "Message"), ("home", "HomeView"), ("modal", "ModalView"))
    }

    def faults(surface: str, drawn: Mapping[str, Any]) -> list[str]:
        return [
            f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
            for error in validators[surface].iter_errors(drawn)
        ]

    return faults
