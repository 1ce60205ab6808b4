"""Wires the product together; the only module of ``bot`` that knows the adapters."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from adapters.memory import MemoryConversations
from adapters.yaml_knowledge.folder import KnowledgeFolder
from adapters.yaml_knowledge.guide import stored_at
from adapters.yaml_roles import YamlRoles
from adapters.yaml_tools import YamlTools, read_tools
from bot.errors import KnowledgeError, StoreError
from bot.ports import Directory, Messenger, Outbox, ToolSource
from bot.service.advising import Advisor
from bot.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from adapters.report_links import ReportLinks
    from adapters.sending.worker import Worker
    from adapters.slack.building import Slack
    from adapters.sql.audit import SqlAudit
    from adapters.sql.installations import SqlInstallations
    from adapters.teams.building import Teams
    from adapters.web.parts import Part
    from adapters.web.reports import ReportPages
    from bot.service.announce_desk import AnnounceDesk
    from bot.service.announcing import Announcing
    from bot.service.desk import Desk
    from bot.service.listing import PositiveList
    from bot.service.spreading import Spreader

_SQLITE = "sqlite:///"


def now() -> datetime:
    """Return the present moment with its time zone."""
    return datetime.now().astimezone()


def build_advisor(
    settings: Settings, tools: ToolSource | None = None, conversations: MemoryConversations | None = None
) -> Advisor:
    """Return the advisor that ``settings`` describe.

    Without ``tools`` it reads the database, or the file where there is no database yet, so that a single question
    neither makes nor changes one.

    Raises:
        KnowledgeError: the knowledge base has faults.
        PositiveListError: the positive list has faults.
        StoreError: the database cannot be used.

    """
    knowledge = KnowledgeFolder(settings.knowledge, settings.overlay, guide=stored_at(settings.home))
    try:
        return Advisor(
            knowledge,
            tools or _tools_as_they_stand(settings),
            conversations or MemoryConversations(),
            now,
            language=settings.language,
            public_url=settings.public_url,
        )
    except (ValueError, KeyError) as error:
        if faults := knowledge.check():
            raise KnowledgeError(faults) from error
        raise


def _tools_as_they_stand(settings: Settings) -> ToolSource:
    path = settings.database_url.removeprefix(_SQLITE)
    if settings.database_url.startswith(_SQLITE) and not Path(path).is_file():
        return YamlTools(settings.positive_list)
    from adapters.sql.engine import open_engine
    from adapters.sql.tools import SqlTools

    return SqlTools(open_engine(settings.database_url))


class Platform(Protocol):
    """A chat platform that is set up: what listens, what sends of its own accord, and who can be reached."""

    @property
    def part(self) -> Part:
        """What listens."""
        ...

    @property
    def messenger(self) -> Messenger:
        """What sends."""
        ...

    @property
    def directory(self) -> Directory:
        """Who can be reached."""
        ...


class Workshop:
    """Everything that works on the database, made on first use; opening it brings the database up to date.

    Raises:
        StoreError: the database cannot be used; from whatever is used first.

    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def engine(self) -> Engine:
        """Return the database, migrated, and seeded with the file's tools where it held none."""
        from adapters.sql.engine import open_engine
        from adapters.sql.migrating import migrate

        engine = open_engine(self.settings.database_url)
        migrate(engine)
        return engine

    @cached_property
    def roles(self) -> YamlRoles:
        """Return who may do what."""
        return YamlRoles(self.settings.roles)

    @cached_property
    def audit(self) -> SqlAudit:
        """Return the audit log."""
        from adapters.sql.audit import SqlAudit

        return SqlAudit(self.engine)

    @cached_property
    def tools(self) -> ToolSource:
        """Return the positive list as the decision table reads it."""
        return self._stores[0]

    @cached_property
    def advisor(self) -> Advisor:
        """Return the advisor on the live positive list."""
        self.positive_list.tools()
        return build_advisor(self.settings, self.tools, self.conversations)

    @cached_property
    def positive_list(self) -> PositiveList:
        """Return the uses of the positive list, on a store that holds at least the file's tools."""
        listed = self._stores[1]
        if not listed.tools():
            listed.seed(read_tools(self.settings.positive_list))
        return listed

    @cached_property
    def desk(self) -> Desk:
        """Return what every chat platform can do beside asking."""
        from adapters.sql.outbox import SqlOutbox
        from adapters.sql.people import SqlEscalations, SqlFeedback
        from bot.service.desk import Desk, DeskStores

        outbox = SqlOutbox(self.engine, now)
        stores = DeskStores(SqlFeedback(self.engine), SqlEscalations(self.engine), outbox, self.conversations)
        language = self.settings.language
        extensions = (self._announce_desk(outbox),)
        return Desk(self.advisor, self.positive_list, stores, self.roles, now, language=language, extensions=extensions)

    def _announce_desk(self, outbox: Outbox) -> AnnounceDesk:
        from bot.service.announce_desk import AnnounceDesk

        return AnnounceDesk(
            self.announcing,
            self.positive_list,
            outbox,
            self.roles,
            self.advisor.knowledge,
            now,
            language=self.settings.language,
            link=self.report_links.link if self.settings.public_url else lambda _: "",
        )

    @cached_property
    def report_links(self) -> ReportLinks:
        """Return what signs the addresses of reports."""
        from adapters.report_links import ReportLinks
        from adapters.sql.announcements import SqlAnnouncements

        return ReportLinks(SqlAnnouncements(self.engine).secret("report-links"), self.settings.public_url)

    def report_pages(self) -> ReportPages:
        """Return the pages on which reports are read."""
        from adapters.web.reports import ReportPages

        return ReportPages(self.announcing, self.report_links)

    @cached_property
    def teams(self) -> Teams | None:
        """Return Microsoft Teams, or None where it is not set up."""
        if self.settings.teams is None:
            return None
        from adapters.registry import load
        from adapters.sql.references import SqlReferences
        from adapters.teams.building import Product
        from bot.service.finding import SearchService

        finder = SearchService(self.advisor, self.tools, public_url=self.settings.public_url)
        product = Product(self.advisor, self.desk, self.desk, finder, self.desk.offers, self.settings.language)
        teams: Teams = load("teams")(self.settings.teams, product, SqlReferences(self.engine, now))
        return teams

    @cached_property
    def slack(self) -> Slack | None:
        """Return the Slack adapter, where Slack is set up."""
        if self.settings.slack is None:
            return None
        from adapters.registry import load
        from adapters.slack.acting import Product
        from adapters.sql.claims import SqlClaims

        product = Product(self.advisor, self.desk, self.desk, self.desk.offers, self.roles, self.settings.language)
        claims, url = SqlClaims(self.engine, now), self.settings.public_url
        slack: Slack = load("slack")(self.settings.slack, product, claims, self.installations, public_url=url)
        return slack

    @cached_property
    def installations(self) -> SqlInstallations | None:
        """Return where it is kept which workspaces installed the app in Slack, where they can."""
        if self.settings.slack is None or not self.settings.slack.client_id:
            return None
        from adapters.sql.installations import SqlInstallations

        return SqlInstallations(self.engine, self.settings.slack.client_id)

    def parts(self) -> tuple[Part, ...]:
        """Return what the chat platforms that are set up add to the one port, and the worker that sends to them."""
        platforms = self.platforms
        if not platforms:
            return ()
        from adapters.sending.part import SendingPart

        return (*(platform.part for platform in platforms.values()), SendingPart(self.worker))

    @cached_property
    def platforms(self) -> dict[str, Platform]:
        """Return the chat platforms that are set up, by the name that their addresses begin with."""
        platforms: dict[str, Platform | None] = {"slack": self.slack, "teams": self.teams}
        return {name: platform for name, platform in platforms.items() if platform}

    @cached_property
    def worker(self) -> Worker:
        """Return what sends announcements and notices."""
        from adapters.sending.worker import Worker

        messengers = {name: platform.messenger for name, platform in self.platforms.items()}
        return Worker(self.engine, messengers, self._spreader.spread, self.positive_list.remind)

    async def finish(self) -> None:
        """Close what the platforms have open."""
        for platform in self.platforms.values():
            await platform.part.stop()

    @cached_property
    def announcing(self) -> Announcing:
        """Return the uses of announcements."""
        from adapters.sql.announcements import SqlAnnouncements
        from adapters.sql.outbox import SqlOutbox
        from bot.service.announcing import Announcing, AnnouncingStores

        kept = SqlAnnouncements(self.engine)
        stores = AnnouncingStores(kept, kept, kept, SqlOutbox(self.engine, now), self.audit)
        return Announcing(
            stores,
            self.roles,
            now,
            self.advisor.knowledge,
            self.advisor.personal,
            language=self.settings.language,
            needs_approval=self.settings.approve_everyone,
        )

    @cached_property
    def _spreader(self) -> Spreader:
        from adapters.sql.announcements import SqlAnnouncements
        from adapters.sql.sending import SendingStore
        from bot.service.spreading import Spreader, SpreadingStores

        kept = SqlAnnouncements(self.engine)
        stores = SpreadingStores(kept, kept, kept, kept, SendingStore(self.engine))
        directories = {name: platform.directory for name, platform in self.platforms.items()}
        return Spreader(stores, self.announcing, self.roles, directories, now)

    @cached_property
    def conversations(self) -> MemoryConversations:
        """Return what is remembered of each conversation for ten minutes."""
        return MemoryConversations()

    def checks(self) -> dict[str, str]:
        """Return what is wrong with the knowledge folder and the database, "" where nothing is."""
        return {"knowledge": self._knowledge_fault(), "database": self._database_fault()}

    def _knowledge_fault(self) -> str:
        self._knowledge.current()
        return str(self._knowledge.faults[0]) if self._knowledge.faults else ""

    def _database_fault(self) -> str:
        from adapters.sql.engine import reading

        try:
            with reading(self.engine) as connection:
                connection.exec_driver_sql("select 1")
        except StoreError as error:
            return str(error)
        return ""

    @cached_property
    def _knowledge(self) -> KnowledgeFolder:
        return KnowledgeFolder(self.settings.knowledge, self.settings.overlay, guide=stored_at(self.settings.home))

    @cached_property
    def _stores(self) -> tuple[ToolSource, PositiveList]:
        from adapters.sql.outbox import SqlOutbox
        from adapters.sql.requests import SqlRequests
        from adapters.sql.tools import SqlTools
        from bot.service.listing import PositiveList, Stores

        tools = SqlTools(self.engine)
        stores = Stores(tools, SqlRequests(self.engine), self.audit, SqlOutbox(self.engine, now))
        listed = PositiveList(stores, self.roles, now, self._knowledge.current, language=self.settings.language)
        return tools, listed
