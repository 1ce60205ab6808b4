"""Brings a database to the newest form, and says where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from adapters.sql.engine import reading, writing
from bot.errors import StoreError

_SCRIPTS = Path(__file__).parent / "migrations"
#: Any number will do, as long as all processes lock the same one.
_LOCK = 727_272_001


@dataclass(frozen=True, slots=True)
class Standing:
    """Which revision a database is at, and which is the newest; "" where it is empty."""

    now: str
    newest: str

    @property
    def is_due(self) -> bool:
        """Say whether a migration is due."""
        return self.now != self.newest


def standing(engine: Engine) -> Standing:
    """Return where the database stands.

    Raises:
        StoreError: it cannot be read, or a newer version of Vejviser made it.

    """
    with reading(engine) as connection:
        return _standing(connection)


def migrate(engine: Engine) -> Standing:
    """Bring the database to the newest form, and return where it stood before.

    Several processes may do so at once: one does the work and the others wait.

    Raises:
        StoreError: it cannot be written, or a newer version of Vejviser made it.

    """
    before = standing(engine)
    if not before.is_due:
        return before
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"select pg_advisory_xact_lock({_LOCK})")
        if _standing(connection).is_due:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return before


def _standing(connection: Connection) -> Standing:
    scripts = ScriptDirectory.from_config(_config())
    now = MigrationContext.configure(connection).get_current_revision() or ""
    known = {script.revision for script in scripts.walk_revisions()}
    if now and now not in known:
        raise StoreError(f"the database was made by a newer Vejviser (revision {now}); install that version")
    return Standing(now, scripts.get_current_head() or "")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config
