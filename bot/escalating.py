"""What people say of answers, and questions that are passed on to a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model import Language
from bot.people import PersonId


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether an answer helped; never what was asked, nor by whom. ``key`` keeps two clicks from counting twice."""

    key: str
    rule: str
    topic: str
    verdict: str
    platform: str
    helpful: bool
    at: datetime


class Kept(StrEnum):
    """Whether an expert's answer becomes part of the knowledge base."""

    NO = "no"
    CANDIDATE = "candidate"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Escalation:
    """A question that was passed on, redacted, with the expert's answer once there is one."""

    id: int
    person: PersonId
    language: Language
    question: str
    at: datetime
    answer: str = ""
    answered_by: str = ""
    kept: Kept = Kept.NO
