"""Opens the database that the settings name, and tells its faults in words."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import StoreError

_SECONDS_TO_WAIT = 10
_WRITER = "vejviser_writer"
_REMEDIES = (
    ("locked", "is locked by another process", "close what holds it, or use PostgreSQL for several processes"),
    ("readonly", "is read-only", "give the user that runs Vejviser the right to write the file and its folder"),
    ("read-only", "is read-only", "connect to a server that takes changes"),
    ("full", "has no room left", "free some disk space; nothing was changed"),
    ("unable to open", "cannot be opened", "create its folder, or correct VEJVISER_DATABASE_URL"),
    ("not a database", "is no database", "restore a backup, or move the file away to begin with an empty one"),
    ("malformed", "is damaged", "restore a backup"),
    ("no such table", "has not been set up", "run 'vejviser serve' once"),
    ("does not exist", "has not been set up", "create it, and run 'vejviser serve' once"),
    ("authentication", "refuses the user or password", "correct VEJVISER_DATABASE_URL"),
    ("connection", "cannot be reached", "start the server, or correct VEJVISER_DATABASE_URL"),
)


def open_engine(url: str) -> Engine:
    """Return an engine for ``url``, without connecting yet.

    A SQLite file is set to write-ahead logging, so that reading goes on while somebody writes.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # Waiting for the file, SQLite sleeps and tries again, and may be overtaken for seconds; a queue of our own is fair.
    engine = create_engine(parsed, connect_args={"timeout": _SECONDS_TO_WAIT}, execution_options={_WRITER: _Queue()})
    event.listen(engine, "connect", _prepare_sqlite)
    # The driver would begin a transaction only at the first write, too late to keep two writers apart.
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _Queue:
    """Lets threads in one by one, in the order in which they came."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn; after the longest wait go on without it, so that the file itself says what is wrong."""
        mine = threading.Event()
        with self._lock:
            if self._is_taken:
                self._waiting.append(mine)
            else:
                self._is_taken = True
                mine.set()
        mine.wait(_SECONDS_TO_WAIT)
        try:
            yield
        finally:
            self._leave(mine)

    def _leave(self, mine: threading.Event) -> None:
        with self._lock:
            if not mine.is_set():
                self._waiting.remove(mine)
            elif self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:  # any: the driver's own connection
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=wal", "foreign_keys=on", "synchronous=normal"):
        try:
            cursor.execute(f"pragma {pragma}")
        except connection.OperationalError:
            continue  # a read-only file still answers questions; writing to it is told when it is tried
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("vejviser_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection to read from.

    Raises:
        StoreError: the database cannot be used; the text says what to do.

    """
    with _told(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose changes are kept together at the end, or not at all.

    Raises:
        StoreError: the database cannot be used; the text says what to do.

    """
    queue: _Queue | None = engine.get_execution_options().get(_WRITER)
    with queue.turn() if queue else nullcontext(), _told(engine), engine.connect() as connection:
        connection = connection.execution_options(vejviser_writes=True)
        with connection.begin():
            yield connection


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise  # what it means is known only where it was caused
    except DatabaseError as error:
        raise _in_words(engine, error) from error


def _in_words(engine: Engine, error: DBAPIError) -> StoreError:
    # What the driver says may hold values, so only the kind of fault is told.
    said = str(error.orig).lower()
    place = engine.url.render_as_string(hide_password=True)
    for sign, problem, remedy in _REMEDIES:
        if sign in said:
            return StoreError(f"the database {place} {problem}; {remedy}")
    return StoreError(f"the database {place} failed; run 'vejviser doctor'")
