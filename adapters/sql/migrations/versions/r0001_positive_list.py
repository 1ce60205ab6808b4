"""The positive list with its history, requests, audit log and outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_KEPT = ("tool_decisions", "audit")


def upgrade() -> None:
    """Create the tables, and forbid changes to those that only grow."""
    op.create_table(
        "tool_decisions",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("tool", sa.String(100), nullable=False, index=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("entry", sa.JSON, nullable=False),
        sa.UniqueConstraint("tool", "revision", name="one_decision_a_revision"),
    )
    op.create_table(
        "tool_requests",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", sa.String(200), nullable=False, index=True),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(200), nullable=False),
        sa.Column("decided_at", _MOMENT),
    )
    op.create_table(
        "tool_request_askers",
        sa.Column("request", _NUMBER, nullable=False, index=True),
        sa.Column("person", sa.String(200), nullable=False, index=True),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.UniqueConstraint("request", "person", name="one_wish_a_person"),
    )
    op.create_table(
        "audit",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("what", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("refused", sa.Boolean, nullable=False),
        sa.Column("before", sa.JSON),
        sa.Column("after", sa.JSON),
    )
    op.create_table(
        "outbox",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("to", sa.String(300), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("card", sa.JSON, nullable=False),
        sa.Column("put_at", _MOMENT, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", _MOMENT),
        sa.Column("failure", sa.String(200), nullable=False),
        sa.UniqueConstraint("to", "key", name="one_message_a_key"),
    )
    for table in _KEPT:
        _forbid_changes(table)


def _forbid_changes(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"create trigger {table}_no_{act} before {act} on {table} "
                f"begin select raise(abort, '{table} only grows'); end"
            )
        return
    op.execute(
        f"create function {table}_only_grows() returns trigger language plpgsql as "
        f"$$ begin raise exception '{table} only grows'; end $$"
    )
    op.execute(
        f"create trigger {table}_only_grows before update or delete or truncate on {table} "
        f"for each statement execute function {table}_only_grows()"
    )
