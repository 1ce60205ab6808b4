"""The roles file: who may post announcements, decide on tools, and answer for a person."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bot.errors import Fault, RolesError
from bot.people import Person, Role

_SECONDS_BETWEEN_LOOKS = 1.0
_PREFIXES = ("slack:", "slack-group:", "teams:")
#: Whoever can run the command can change the database as well, so the command line may do everything.
_COMMAND_LINE = "cli:"


class YamlRoles:
    """Satisfies ``bot.ports.Roles``; a changed file is picked up, and a faulty one keeps the old roles."""

    def __init__(self, path: Path | None, timer: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._timer = timer
        self._holders: Mapping[Role, tuple[str, ...]] = read_roles(path) if path else {}
        self._stamp = _stamp(path)
        self._looked_at = timer()
        self.faults: tuple[Fault, ...] = ()

    def has(self, person: Person, role: Role) -> bool:
        """Say whether ``person``, or a group that they are in, holds ``role`` right now."""
        if person.id.startswith(_COMMAND_LINE):
            return True
        holders = self.holders(role)
        return person.id in holders or not person.groups.isdisjoint(holders)

    def holders(self, role: Role) -> tuple[str, ...]:
        """Return the ids that hold ``role``, as the file has them."""
        self._refresh()
        return self._holders.get(role, ())

    def _refresh(self) -> None:
        now = self._timer()
        if self._path is None or now - self._looked_at < _SECONDS_BETWEEN_LOOKS:
            return
        self._looked_at = now
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._holders = read_roles(self._path)
            self.faults = ()
        except RolesError as error:
            self.faults = error.faults


def read_roles(path: Path) -> dict[Role, tuple[str, ...]]:
    """Read the roles file.

    Raises:
        RolesError: the file has faults; all of them are told.

    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", -1) + 1
        raise RolesError([Fault(path.name, line, "", "cannot be read as YAML", "mend the line")]) from error
    if not isinstance(content, dict):
        raise RolesError([Fault(path.name, 1, "", "holds no roles", "begin with 'managers:', 'curators:', 'experts:'")])
    lines = {key.value: key.start_mark.line + 1 for key, _ in root.value} if root else {}
    faults = [fault for key, ids in content.items() for fault in _faults(path.name, lines.get(key, 0), key, ids)]
    if faults:
        raise RolesError(faults)
    return {role: tuple(content.get(role.value) or ()) for role in Role}


def _faults(file: str, line: int, key: object, ids: Any) -> list[Fault]:  # any: whatever stands in the file
    if key not in list(Role):
        return [Fault(file, line, str(key), "is no role", f"use one of {', '.join(Role)}")]
    if not isinstance(ids, list | None):
        return [Fault(file, line, str(key), "is no list", "write the ids in square brackets")]
    return [
        Fault(file, line, str(key), f"'{id_}' is no id", f"begin it with one of {', '.join(_PREFIXES)}")
        for id_ in ids or ()
        if not (isinstance(id_, str) and id_.startswith(_PREFIXES))
    ]


def _stamp(path: Path | None) -> tuple[float, int]:
    try:
        found = path.stat() if path else None
    except OSError:
        return (0.0, 0)
    return (found.st_mtime, found.st_size) if found else (0.0, 0)
