"""Run by Alembic: applies the revisions on the connection that ``adapters.sql.migrating`` hands over."""

from __future__ import annotations

from alembic import context

from adapters.sql.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
