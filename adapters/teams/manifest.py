"""Makes the app package that an administrator uploads to Teams: manifest, languages and icons in one zip."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from adapters.teams.extending import CHECK, SEARCH
from bot.knowledge import Knowledge
from bot.model import Language

SCHEMA_VERSION: Final = "1.30"
_SCHEMA: Final = "https://developer.microsoft.com/json-schemas/teams/v{}/{}"
_ICONS: Final = Path(__file__).parent / "package"
_NAME: Final = "Vejviser"
_ACCENT: Final = "#0b4f5c"
#: The zip is the same whenever it is made, so that an upload shows what has changed and nothing else.
_MOMENT: Final = (2026, 1, 1, 0, 0, 0)

_EVERYWHERE: Final = ("ask", "status", "tools", "request", "help", "announce")
_PERSONAL: Final = (*_EVERYWHERE, "home")


def package(app_id: str, url: str, knowledge: Knowledge) -> bytes:
    """Return the zip for the bot ``app_id``, which is reached at ``url``."""
    files = {
        "manifest.json": _json(manifest(app_id, url, knowledge)),
        "en.json": _json(translation(app_id, url, knowledge)),
        **{icon.name: icon.read_bytes() for icon in sorted(_ICONS.glob("*.png"))},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), content)
    return packed.getvalue()


def manifest(app_id: str, url: str, knowledge: Knowledge, language: Language = Language.DANISH) -> dict[str, Any]:
    """Return the manifest with its words in ``language``."""
    words = _Words(knowledge, language)
    base = url.rstrip("/")
    return {
        "$schema": _SCHEMA.format(SCHEMA_VERSION, "MicrosoftTeams.schema.json"),
        "manifestVersion": SCHEMA_VERSION,
        "version": _version(),
        "id": app_id,
        "localizationInfo": {
            "defaultLanguageTag": "da",
            "additionalLanguages": [{"languageTag": "en", "file": "en.json"}],
        },
        "developer": {
            "name": _NAME,
            "websiteUrl": f"{base}/",
            "privacyUrl": f"{base}/",
            "termsOfUseUrl": f"{base}/guide",
        },
        "name": {"short": _NAME, "full": words.text("page-title")},
        "description": {"short": words.text("teams-app-short"), "full": words.text("teams-app-long")},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": _ACCENT,
        "bots": [_bot(app_id, words)],
        "composeExtensions": [_extension(app_id, words)],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [urlsplit(base).netloc],
        "supportsChannelFeatures": "tier1",
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot", "groupchat": "bot"},
    }


def translation(app_id: str, url: str, knowledge: Knowledge) -> dict[str, str]:
    """Return the English words, each under the place where it stands in the manifest."""
    danish, english = (manifest(app_id, url, knowledge, language) for language in (Language.DANISH, Language.ENGLISH))
    schema = _SCHEMA.format(SCHEMA_VERSION, "MicrosoftTeams.Localization.schema.json")
    # A name that is the same in both has to be there too.
    named = {"name.short": _NAME, "name.full": english["name"]["full"]}
    return {"$schema": schema, **named, **dict(_differences(danish, english, ""))}


def _bot(app_id: str, words: _Words) -> dict[str, Any]:
    return {
        "botId": app_id,
        "scopes": ["personal", "team", "groupChat"],
        "supportsFiles": False,
        "supportsTargetedMessages": True,
        "commandLists": [
            {"scopes": ["personal"], "commands": words.commands(_PERSONAL)},
            {
                "scopes": ["team", "groupChat"],
                "triggers": ["mention", "slash"],
                "commands": words.commands(_EVERYWHERE),
            },
        ],
    }


def _extension(app_id: str, words: _Words) -> dict[str, Any]:
    query = {
        "name": "query",
        "title": words.text("teams-search-hint"),
        "description": words.text("teams-search-about"),
        "inputType": "text",
    }
    search = {
        "id": SEARCH,
        "type": "query",
        "title": words.text("teams-search"),
        "description": words.text("teams-search-about"),
        "context": ["compose", "commandBox"],
        "initialRun": True,
        "parameters": [query],
    }
    check = {
        "id": CHECK,
        "type": "action",
        "title": words.text("teams-check"),
        "description": words.text("teams-check-about"),
        "context": ["message"],
        "fetchTask": True,
    }
    return {"botId": app_id, "commands": [search, check]}


class _Words:
    def __init__(self, knowledge: Knowledge, language: Language) -> None:
        self._knowledge = knowledge
        self._language = language

    def text(self, id_: str) -> str:
        return self._knowledge.messages[id_].in_language(self._language)

    def commands(self, names: tuple[str, ...]) -> list[dict[str, str]]:
        return [
            {"title": self.text(f"teams-command-{name}"), "description": self.text(f"teams-about-{name}")}
            for name in names
        ]


def _differences(danish: Any, english: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield each text that is not the same in both, by its place."""
    if isinstance(danish, dict):
        for key, value in danish.items():
            yield from _differences(value, english[key], f"{path}.{key}" if path else key)
    elif isinstance(danish, list):
        for position, (one, other) in enumerate(zip(danish, english, strict=True)):
            yield from _differences(one, other, f"{path}[{position}]")
    elif danish != english:
        yield path, english


def _version() -> str:
    try:
        return version("vejviser")
    except PackageNotFoundError:
        return "0.0.0"


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()
