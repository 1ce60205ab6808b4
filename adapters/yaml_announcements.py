"""An announcement as a YAML file: read and checked as a whole, every fault with its line and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.announcing import LONGEST_REMINDER, Draft, DraftFault, faults_of
from bot.errors import AnnouncementError, Fault
from bot.knowledge import Knowledge
from bot.model import Language, Words

_KEYS: Final = ("title", "body", "audience", "acknowledge", "send_at", "remind_after")
_YES: Final = frozenset({"true", "yes", "on"})
_NO: Final = frozenset({"false", "no", "off"})


@dataclass(frozen=True, slots=True)
class _Placed:
    line: int
    fault: DraftFault


def read_announcement(
    path: Path, *, knowledge: Knowledge, now: datetime, personal: Callable[[str], tuple[str, ...]]
) -> Draft:
    """Read the announcement in ``path``.

    Raises:
        AnnouncementError: the file has faults; all of them are told.

    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise _error(path, [_Placed(line, DraftFault("", "announce-fault-yaml"))], knowledge) from error
    reader = _Reader()
    draft = reader.draft(node)
    known = {placed.fault.field for placed in reader.faults}
    checked = [
        _Placed(reader.lines.get(fault.field, 1), fault)
        for fault in faults_of(draft, now=now, personal=personal)
        if fault.field not in known
    ]
    if reader.faults or checked:
        raise _error(path, [*reader.faults, *checked], knowledge)
    return draft


class _Reader:
    """Turns the file's nodes into a draft, and keeps what does not fit and where each key stands."""

    def __init__(self) -> None:
        self.faults: list[_Placed] = []
        self.lines: dict[str, int] = {}

    def draft(self, node: Node | None) -> Draft:
        entries = self._entries(node)
        return Draft(
            title=self._words(entries.get("title"), "title"),
            body=self._words(entries.get("body"), "body"),
            audience=self._audience(entries.get("audience")),
            acknowledge=self._switch(entries.get("acknowledge")),
            send_at=self._moment(entries.get("send_at")),
            remind_after=self._hours(entries.get("remind_after")),
        )

    def _entries(self, node: Node | None) -> Mapping[str, Node]:
        if not isinstance(node, MappingNode):
            self._reject(node, "", "announce-fault-yaml")
            return {}
        entries = {}
        for key, value in node.value:
            if key.value not in _KEYS:
                self._reject(key, "", "announce-fault-key", key=key.value, keys=", ".join(_KEYS))
                continue
            self.lines[key.value] = key.start_mark.line + 1
            entries[key.value] = value
        return entries

    def _words(self, node: Node | None, name: str) -> Words:
        if node is None:
            return Words()
        if isinstance(node, ScalarNode):
            return Words(da=node.value.strip())
        if not isinstance(node, MappingNode):
            self._reject(node, name, "announce-fault-kind", kind="{da: …, en: …}")
            return Words()
        texts = {}
        for key, value in node.value:
            if key.value not in list(Language) or not isinstance(value, ScalarNode):
                self._reject(key, name, "announce-fault-key", key=str(key.value), keys=", ".join(Language))
            else:
                texts[key.value] = value.value.strip()
        return Words(**texts)

    def _audience(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        if isinstance(node, ScalarNode):
            return (node.value,)
        if not isinstance(node, SequenceNode) or not all(isinstance(each, ScalarNode) for each in node.value):
            self._reject(node, "audience", "announce-fault-kind", kind="[slack:C0123, everyone]")
            return ()
        return tuple(each.value for each in node.value)

    def _switch(self, node: Node | None) -> bool:
        text = _scalar(node).lower()
        if text and text not in _YES | _NO:
            self._reject(node, "acknowledge", "announce-fault-kind", kind="true/false")
        return text in _YES

    def _moment(self, node: Node | None) -> datetime | None:
        text = _scalar(node)
        if not text:
            return None
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            self._reject(node, "send_at", "announce-fault-moment")
            return None

    def _hours(self, node: Node | None) -> int | None:
        text = _scalar(node)
        if text and not text.isdecimal():
            self._reject(node, "remind_after", "announce-fault-hours", most=str(LONGEST_REMINDER))
            return None
        return int(text) if text else None

    def _reject(self, node: Node | None, name: str, code: str, **filled: str) -> None:
        line = node.start_mark.line + 1 if node is not None else 1
        self.faults.append(_Placed(line, DraftFault(name, code, filled)))


def _scalar(node: Node | None) -> str:
    return str(node.value).strip() if isinstance(node, ScalarNode) else "" if node is None else "?"


def _error(path: Path, faults: Sequence[_Placed], knowledge: Knowledge) -> AnnouncementError:
    ordered = sorted(faults, key=lambda placed: (placed.line, placed.fault.field, placed.fault.code))
    return AnnouncementError(list(_worded(path.name, ordered, knowledge)))


def _worded(file: str, faults: Sequence[_Placed], knowledge: Knowledge) -> Iterator[Fault]:
    for placed in faults:
        fault = placed.fault
        problem, remedy = (
            knowledge.messages[f"{fault.code}{part}"].in_language(Language.ENGLISH) for part in ("", "-remedy")
        )
        for name, value in fault.filled.items():
            problem, remedy = problem.replace("{" + name + "}", value), remedy.replace("{" + name + "}", value)
        yield Fault(file, placed.line, fault.field, problem, remedy)
