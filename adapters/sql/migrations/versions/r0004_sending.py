"""Announcements, who has read them, and the work of the background worker."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables of announcements and of their sending."""
    _add_announcements()
    _add_work()
    _add_workers()


def _add_announcements() -> None:
    op.create_table(
        "announcements",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("title_da", sa.Text, nullable=False),
        sa.Column("title_en", sa.Text, nullable=False),
        sa.Column("body_da", sa.Text, nullable=False),
        sa.Column("body_en", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("acknowledge", sa.Boolean, nullable=False),
        sa.Column("send_at", _MOMENT),
        sa.Column("remind_after", sa.Integer),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("approver", sa.String(200), nullable=False, server_default=""),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_announcements_state", "announcements", ["state", "changed_at"])
    op.create_table(
        "acknowledgements",
        sa.Column("announcement", sa.String(20), nullable=False),
        sa.Column("person", sa.String(200), nullable=False),
        sa.Column("place", sa.String(400), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("announcement", "person"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("value", sa.String(200), nullable=False),
    )


def _add_work() -> None:
    op.create_table(
        "rounds",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("announcement", sa.String(20)),
        sa.Column("outbox", _NUMBER),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("card", sa.JSON, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False, server_default=""),
        sa.Column("due", sa.Double, nullable=False),
        sa.Column("began", sa.Double),
        sa.Column("ended", sa.Double),
        sa.Column("error", sa.String(400), nullable=False, server_default=""),
        sa.UniqueConstraint("outbox", name="one_round_a_notice"),
    )
    op.create_index("ix_rounds_state", "rounds", ["state", "due"])
    op.create_index("ix_rounds_announcement", "rounds", ["announcement"])
    op.create_table(
        "shares",
        sa.Column("round", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("run", sa.Integer, nullable=False, server_default="0"),
        sa.Column("due", sa.Double, nullable=False),
        sa.Column("holder", sa.String(80), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("round", "number"),
    )
    op.create_index("ix_shares_state", "shares", ["state", "due"])
    op.create_table(
        "deliveries",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("round", sa.String(80), nullable=False),
        sa.Column("share", sa.Integer, nullable=False),
        sa.Column("address", sa.String(400), nullable=False),
        sa.Column("target", sa.String(400), nullable=False, server_default=""),
        sa.Column("state", sa.String(20), nullable=False, server_default="waiting"),
        sa.Column("doubtful", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("statuses", sa.Text, nullable=False, server_default="[]"),
        sa.Column("message", sa.String(400), nullable=False, server_default=""),
        sa.Column("error", sa.String(100), nullable=False, server_default=""),
        sa.Column("due", sa.Double, nullable=False, server_default="0"),
        sa.Column("at", sa.Double),
        sa.UniqueConstraint("round", "address", "target", name="one_delivery_a_recipient"),
    )
    op.create_index("ix_deliveries_share", "deliveries", ["round", "share", "state"])


def _add_workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("began", sa.Double, nullable=False),
        sa.Column("seen", sa.Double, nullable=False),
    )
    op.create_table(
        "paces",
        sa.Column("scope", sa.String(400), primary_key=True),
        sa.Column("next", sa.Double, nullable=False),
    )
