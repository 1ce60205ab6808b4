"""What people said of answers, and what they asked other people, in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean as Flag
from sqlalchemy import Column, Engine, Row, String, Table, Text, UniqueConstraint, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.engine import reading, writing
from adapters.sql.schema import METADATA, Moment, Number
from bot.errors import ChangedMeanwhile
from bot.escalating import Escalation, Kept, Opinion
from bot.model import Language
from bot.people import PersonId

feedback = Table(
    "feedback",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("key", String(64), nullable=False),
    Column("rule", String(100), nullable=False),
    Column("topic", String(100), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("platform", String(20), nullable=False),
    Column("helpful", Flag, nullable=False),
    UniqueConstraint("key", name="one_opinion_an_answer"),
)

escalations = Table(
    "escalations",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("person", String(200), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("question", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_by", String(200), nullable=False),
    Column("answered_at", Moment),
    Column("kept", String(20), nullable=False),
)


class SqlFeedback:
    """Satisfies ``bot.ports.Feedback``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, opinion: Opinion) -> None:
        """Keep ``opinion``; a second one with the same key takes the first one's place."""
        row = {name: getattr(opinion, name) for name in ("at", "rule", "topic", "verdict", "platform", "helpful")}
        try:
            with writing(self._engine) as connection:
                connection.execute(insert(feedback).values(key=opinion.key, **row))
        except IntegrityError:
            with writing(self._engine) as connection:
                connection.execute(update(feedback).where(feedback.c.key == opinion.key).values(**row))

    def all(self) -> tuple[Opinion, ...]:
        """Return every opinion, the oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(feedback).order_by(feedback.c.number)).all()
        return tuple(
            Opinion(row.key, row.rule, row.topic, row.verdict, row.platform, row.helpful, row.at) for row in rows
        )


class SqlEscalations:
    """Satisfies ``bot.ports.Escalations``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, person: PersonId, language: Language, question: str, at: datetime) -> Escalation:
        """Keep a question, already redacted, and return it with its number."""
        row = {"at": at, "person": person, "language": language.value, "question": question}
        with writing(self._engine) as connection:
            new = insert(escalations).values(**row, answer="", answered_by="", kept=Kept.NO.value)
            created = connection.execute(new).inserted_primary_key
        return Escalation(int(created[0]) if created else 0, person, language, question, at)

    def all(self) -> tuple[Escalation, ...]:
        """Return every question that was passed on, the oldest first."""
        with reading(self._engine) as connection:
            return tuple(map(_escalation, connection.execute(select(escalations).order_by(escalations.c.id))))

    def answer(self, id_: int, text: str, *, by: PersonId, at: datetime) -> Escalation:
        """Keep an expert's answer, already redacted, as a candidate for the knowledge base.

        Raises:
            ChangedMeanwhile: somebody answered already, or there is no such question.

        """
        values = {"answer": text, "answered_by": by, "answered_at": at, "kept": Kept.CANDIDATE.value}
        return self._change(id_, escalations.c.answer == "", values)

    def keep(self, id_: int, kept: Kept) -> Escalation:
        """Say what became of a candidate.

        Raises:
            ChangedMeanwhile: it is no candidate any more, or never was.

        """
        return self._change(id_, escalations.c.kept == Kept.CANDIDATE.value, {"kept": kept.value})

    def _change(self, id_: int, condition: Any, values: dict[str, object]) -> Escalation:  # any: SQLAlchemy's own
        change = update(escalations).where(escalations.c.id == id_, condition).values(**values)
        with writing(self._engine) as connection:
            if connection.execute(change).rowcount == 0:
                raise ChangedMeanwhile(f"question {id_} has been dealt with already, or there is none")
            row = connection.execute(select(escalations).where(escalations.c.id == id_)).one()
        return _escalation(row)


def _escalation(row: Row[Any]) -> Escalation:  # any: the columns above
    return Escalation(
        row.id,
        PersonId(row.person),
        Language(row.language),
        row.question,
        row.at,
        row.answer,
        row.answered_by,
        Kept(row.kept),
    )
