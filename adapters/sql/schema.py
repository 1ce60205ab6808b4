"""The tables. What stands here is the newest form; ``migrations`` leads every older one to it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

METADATA = MetaData()

#: SQLite counts up by itself only for its own INTEGER.
Number = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 given by SQLAlchemy
        """Turn ``value`` to UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 as above
        """Say that what is stored is UTC."""
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)) if value else None


#: Every decision on a tool that was ever made; the newest of a tool is what holds. Rows are never changed.
decisions = Table(
    "tool_decisions",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("tool", String(100), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(200), nullable=False),
    Column("why", Text, nullable=False),
    Column("entry", JSON, nullable=False),
    UniqueConstraint("tool", "revision", name="one_decision_a_revision"),
)

#: What employees ask to have assessed; several who ask for the same share one row.
requests = Table(
    "tool_requests",
    METADATA,
    Column("id", Number, primary_key=True, autoincrement=True),
    Column("name", String(200), nullable=False),
    Column("name_key", String(200), nullable=False, index=True),
    Column("opened_at", Moment, nullable=False),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("decided_by", String(200), nullable=False, default=""),
    Column("decided_at", Moment),
)

askers = Table(
    "tool_request_askers",
    METADATA,
    Column("request", Number, nullable=False, index=True),
    Column("person", String(200), nullable=False, index=True),
    Column("language", String(2), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("request", "person", name="one_wish_a_person"),
)

#: Who did or tried what. Rows are never changed.
audit = Table(
    "audit",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),
    Column("what", String(100), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("refused", Boolean, nullable=False, default=False),
    Column("before", JSON),
    Column("after", JSON),
)

#: Messages on their way out; a key and address stand here once, sent or not.
outbox = Table(
    "outbox",
    METADATA,
    Column("number", Number, primary_key=True, autoincrement=True),
    Column("to", String(300), nullable=False),
    Column("key", String(200), nullable=False),
    Column("card", JSON, nullable=False),
    Column("put_at", Moment, nullable=False),
    Column("sent_at", Moment),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Moment),
    Column("failure", String(200), nullable=False, default=""),
    UniqueConstraint("to", "key", name="one_message_a_key"),
)

#: Where the bot may speak in Teams without being spoken to: one row a conversation, in no bot library's shape.
teams_references = Table(
    "teams_references",
    METADATA,
    Column("conversation", String(300), primary_key=True),
    Column("scope", String(20), nullable=False),
    Column("service_url", String(500), nullable=False),
    Column("bot", String(200), nullable=False),
    Column("tenant", String(100), nullable=False),
    Column("person", String(100), nullable=False),
    Column("account", String(300), nullable=False),
    Column("title", String(300), nullable=False),
    Column("team", String(300), nullable=False),
    Column("locale", String(20), nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index("teams_references_person", "person"),
    Index("teams_references_team", "team"),
)
