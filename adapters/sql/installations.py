"""Who installed the app in Slack, with the tokens of each workspace; the tables are those of Slack's own library."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import Engine, and_, delete, or_, select

from adapters.slack.place import Team
from adapters.sql.engine import reading, writing
from adapters.sql.schema import METADATA

_SECONDS_TO_INSTALL: Final = 600
_LOG = logging.getLogger("vejviser.slack")

INSTALLATIONS = SQLAlchemyInstallationStore.build_installations_table(METADATA, "slack_installations")
BOTS = SQLAlchemyInstallationStore.build_bots_table(METADATA, "slack_bots")
STATES = SQLAlchemyOAuthStateStore.build_oauth_states_table(METADATA, "slack_oauth_states")


class SqlInstallations:
    """Satisfies ``adapters.slack.workspaces.Installations``."""

    def __init__(self, engine: Engine, client_id: str) -> None:
        self._engine = engine
        self._client_id = client_id
        self._store = SQLAlchemyInstallationStore(client_id, engine, logger=_LOG)
        self._states = SQLAlchemyOAuthStateStore(_SECONDS_TO_INSTALL, engine, logger=_LOG)

    def find(self, team: Team) -> Bot | None:
        """Return the bot of ``team``: its own, or else the one of its whole organisation."""
        is_own = and_(BOTS.c.team_id == team.id, BOTS.c.is_enterprise_install.is_(False))
        is_whole = and_(BOTS.c.enterprise_id == team.enterprise, BOTS.c.is_enterprise_install.is_(True))
        # The library looks for a workspace under the organisation that it was installed with, which Slack does not
        # always send along.
        query = select(BOTS).where(BOTS.c.client_id == self._client_id, BOTS.c.bot_token.is_not(None))
        query = query.where(or_(is_own, is_whole) if team.enterprise else is_own)
        query = query.order_by(BOTS.c.is_enterprise_install, BOTS.c.installed_at.desc())
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().first()
        return SQLAlchemyInstallationStore.build_bot_entity(row) if row else None

    def all(self) -> Sequence[Bot]:
        """Return the bot of every workspace, the first installed first."""
        query = select(BOTS).where(BOTS.c.client_id == self._client_id, BOTS.c.bot_token.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(BOTS.c.installed_at, BOTS.c.id)).mappings().all()
        return [SQLAlchemyInstallationStore.build_bot_entity(row) for row in rows]

    def save(self, installation: Installation) -> None:
        """Keep a new installation, in the place of an older one of the same workspace."""
        self._store.save(installation)

    def renew(self, bot: Bot) -> None:
        """Keep the new tokens of a bot."""
        self._store.save_bot(bot)

    def forget(self, team: Team) -> None:
        """Forget the tokens of ``team``."""
        with writing(self._engine) as connection:
            for table in (BOTS, INSTALLATIONS):
                is_it = table.c.enterprise_id == team.enterprise if team.is_whole else table.c.team_id == team.id
                connection.execute(delete(table).where(table.c.client_id == self._client_id, is_it))

    def issue_state(self) -> str:
        """Return a word that an installation is begun with, and ends with within ten minutes."""
        return self._states.issue()

    def consume_state(self, state: str) -> bool:
        """Say whether ``state`` was issued and not used yet; it cannot be used again."""
        return self._states.consume(state)
