"""Runs the emulator of Slack's Web API that others keep, and asks it what became of things."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import yaml

from adapters.slack.manifest import SCOPES
from tests.slack.acting import SECRET

HERE = Path(__file__).parent
NODE = HERE / "node_modules" / ".bin" / "node"
PEOPLE = ("bo", "anna", "eva")
_EVERYTHING = ["chat:write", "channels:read", "channels:history", "channels:join", "groups:history", "im:history",
               "im:read", "im:write", "users:read"]  # fmt: skip


class Emulator:
    """Slack, as far as the emulator goes: a workspace with three people, two channels and the bot."""

    def __init__(self, folder: Path) -> None:
        # Tokens differ from run to run: whatever else is on this machine knows none of them.
        self.bot = f"xoxb-{secrets.token_hex(8)}"
        self.people = {name: f"xoxp-{name}-{secrets.token_hex(8)}" for name in PEOPLE}
        seed = folder / "seed.yaml"
        seed.write_text(yaml.safe_dump({"slack": self._seed()}), encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [NODE, HERE / "node_modules/emulate/dist/index.js", "start", "--service", "slack"]
        self._process = subprocess.Popen(
            [*command, "--port", str(port), "--seed", seed], stdout=subprocess.DEVNULL, cwd=folder
        )
        self.address = f"http://127.0.0.1:{port}"
        self._wait()
        users = self.call("users.list", "bo")["members"]
        self.ids = {user["name"]: user["id"] for user in users}
        self.channels = {each["name"]: each["id"] for each in self.call("conversations.list", "bo")["channels"]}

    def _seed(self) -> dict[str, Any]:
        tokens = [{"token": token, "user": name, "scopes": _EVERYTHING} for name, token in self.people.items()]
        bot = {"token": self.bot, "type": "bot", "user": "vejviser", "bot_id": "B1", "scopes": list(SCOPES)}
        return {
            "team": {"name": "Kommunen", "domain": "kommunen"},
            "users": [{"name": name} for name in (*PEOPLE, "vejviser")],
            "channels": [{"name": "general"}, {"name": "eksperter"}],
            "bots": [{"name": "vejviser"}],
            "tokens": [*tokens, bot],
            "signing_secret": SECRET,
            "strict_scopes": True,
        }

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                httpx.get(self.address, timeout=5)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the emulator did not start")

    def call(self, method: str, who: str, **values: Any) -> dict[str, Any]:
        """Call the Web API as one of the people, or as the bot."""
        token = self.bot if who == "bot" else self.people[who]
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{self.address}/api/{method}", json=values, headers=headers, timeout=10)
        found: dict[str, Any] = answer.json()
        return found

    def direct(self, who: str) -> str:
        """Return the conversation of somebody with the bot."""
        return str(self.call("conversations.open", "bot", users=self.ids[who])["channel"]["id"])

    def trigger(self, who: str) -> str:
        """Return what a click of somebody opens a modal with."""
        return str(self.call("views.generateTriggerId", "bot", user_id=self.ids[who])["trigger_id"])

    def message(self, channel: str, sign: str, *, thread: str = "") -> dict[str, Any]:
        """Return the message in ``channel``, or in a thread there, in which ``sign`` stands, once it is there."""
        method = "conversations.replies" if thread else "conversations.history"
        values = {"channel": channel, "limit": 100, "include_all_metadata": True} | ({"ts": thread} if thread else {})
        end = time.monotonic() + 15
        while time.monotonic() < end:
            messages: list[dict[str, Any]] = self.call(method, "bot", **values).get("messages", [])
            found = [each for each in messages if sign in json.dumps(each, ensure_ascii=False)]
            if found:
                return found[0]
            time.sleep(0.05)
        raise AssertionError(f"'{sign}' was not posted; there stand {[each.get('text') for each in messages]}")

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait()
