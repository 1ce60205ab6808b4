"""Where the bot may speak in Teams."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "teams_references",
        sa.Column("conversation", sa.String(300), primary_key=True),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("service_url", sa.String(500), nullable=False),
        sa.Column("bot", sa.String(200), nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("account", sa.String(300), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("team", sa.String(300), nullable=False),
        sa.Column("locale", sa.String(20), nullable=False),
        sa.Column("is_closed", sa.Boolean, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("teams_references_person", "teams_references", ["person"])
    op.create_index("teams_references_team", "teams_references", ["team"])
