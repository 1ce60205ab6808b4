"""What the tests of Slack share: drawings' judges and the words of the shipped knowledge base."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from jsonschema import Draft7Validator

from adapters.slack.wording import Wording
from adapters.web.app import create_app
from bot.bootstrap import Workshop
from bot.knowledge import Knowledge
from bot.model import Language
from bot.settings import Settings
from tests.slack.acting import SECRET, WebApi, Workplace
from tests.slack.sockets import SocketServer, SocketWorkplace

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
        for name, definition in (
            ("message", "Message"),
            ("home", "HomeView"),
            ("modal", "ModalView"),
            ("manifest", "Manifest"),
        )
    }

    known: dict[tuple[str, str], list[str]] = {}

    def faults(surface: str, drawn: Mapping[str, Any]) -> list[str]:
        # The types say nothing of what a text, value or id holds, so what differs in nothing else is looked at once.
        shape = _shape(drawn)
        key = surface, json.dumps(shape, sort_keys=True)
        if key not in known:
            known[key] = [
                f"{'/'.join(map(str, error.path))}: {error.message[:200]}"
                for error in validators[surface].iter_errors(shape)
            ]
        return known[key]

    return faults


_FREE = frozenset({"text", "value", "url", "action_id", "block_id", "private_metadata", "callback_id"})


def _shape(tree: Any, key: str = "") -> Any:
    """Return ``tree`` with one word in the place of every free text."""
    if isinstance(tree, Mapping):
        return {name: _shape(part, name) for name, part in tree.items()}
    if isinstance(tree, list | tuple):
        shapes = [_shape(part) for part in tree]
        # Of neighbours that are alike the first says all; limits on how many there are, are looked at elsewhere.
        return [each for at, each in enumerate(shapes) if not at or each != shapes[at - 1]]
    return "text" if isinstance(tree, str) and key in _FREE and tree else tree


ROLES = """
managers: ['slack:UMIA']
curators: ['slack:UANNA', 'slack-group:SCURATORS']
experts: ['slack:CEXPERTS']
"""


@contextmanager
def serving(folder: Path, api: WebApi, *, sends: bool = True, roles: str = ROLES, **more: str) -> Iterator[str]:
    """Serve the whole product with Slack in it, and yield its address.

    The engine that ``sends`` notices is one in a process, so only one server at a time may have it.
    """
    file = folder / "roles.yaml"
    file.write_text(roles, encoding="utf-8")
    environment = {
        "VEJVISER_HOME": str(folder),
        "VEJVISER_ROLES": str(file),
        "SLACK_BOT_TOKEN": "xoxb-test",
        "SLACK_SIGNING_SECRET": SECRET,
        "VEJVISER_SLACK_API_URL": f"{api.address}/api/",
    }
    settings = {name: value for name, value in (environment | more).items() if value}
    workshop = Workshop(Settings.from_env(settings))
    assert workshop.slack
    app = create_app(workshop.advisor, parts=workshop.parts() if sends else (workshop.slack.part,))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def web_api() -> Iterator[WebApi]:
    api = WebApi()
    yield api
    api.close()


@pytest.fixture
def api(web_api: WebApi) -> WebApi:
    """Return the Web API with nothing on its mind."""
    web_api.begin()
    return web_api


@pytest.fixture(scope="module")
def socket_server(web_api: WebApi) -> Iterator[SocketServer]:
    server = SocketServer()
    web_api.sockets = server.url
    yield server
    server.close()


@pytest.fixture(scope="module", params=["HTTP", "Socket Mode"])
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, web_api: WebApi
) -> Iterator[Callable[[], Workplace]]:
    """Serve the product, first over the one and then over the other; yield what makes workplaces on it."""
    folder = tmp_path_factory.mktemp("line")
    if request.param == "HTTP":
        with serving(folder, web_api) as address:
            yield lambda: Workplace(address, web_api)
    else:
        server: SocketServer = request.getfixturevalue("socket_server")
        with serving(folder, web_api, SLACK_APP_TOKEN="xapp-test"):
            yield lambda: SocketWorkplace(server, web_api)


@pytest.fixture
def place(line: Callable[[], Workplace], api: WebApi) -> Workplace:
    """Return a workplace, once over HTTP and once over Socket Mode."""
    return line()
