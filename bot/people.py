"""Who somebody is to the product: an id with its platform in front, and what the roles file lets them do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

#: ``slack:U0123``, ``teams:<Entra object id>`` or ``cli:<name>``; never a display name.
PersonId = NewType("PersonId", str)


class Role(StrEnum):
    """A list of the roles file, under its key there."""

    MANAGER = "managers"
    CURATOR = "curators"
    EXPERT = "experts"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wrote or clicked.

    ``name`` is only ever shown; ``groups`` are ids such as ``slack-group:S0123`` that the platform vouches for.
    """

    id: PersonId
    name: str = ""
    groups: frozenset[str] = frozenset()
