"""Opens the ledger's database, SQLite or PostgreSQL, with what durability needs, at the newest schema."""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError

from scheduler.errors import SettingsError
from scheduler.ledger import schema
from scheduler.settings import DatabaseLimits
from scheduler.text import say

MOVED_FILE = ".moved"  # the end of the name of a file whose ledger lives elsewhere now

# a machine that was cut off is noticed within seconds, here and on the server, and what it held falls free
CLIENT_SIDE = {"keepalives_idle": 3, "keepalives_interval": 2, "keepalives_count": 2, "tcp_user_timeout": 7000}
SERVER_SIDE = {
    "tcp_keepalives_idle": "3",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "7000",
}

PATIENCE = 100  # times, a twentieth of a second apart

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a power cut must not forget an intent: that would be a second post
    "busy_timeout=10000",
    "cache_size=-65536",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)


class Database:
    """A connection pool to the ledger. It is brought to the newest schema unless `migrate` is False."""

    def __init__(self, url: str, limits: DatabaseLimits | None = None, *, migrate: bool = True) -> None:
        self.url = url
        self.limits = limits or DatabaseLimits()
        self.engine = self._engine()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_immediate)
        else:
            event.listen(self.engine, "connect", self._prepare_postgresql)
        if migrate:
            self.migrate()

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def file(self) -> Path | None:
        """The file of a ledger on SQLite."""
        return Path(self.url.removeprefix("sqlite:///")) if self.url.startswith("sqlite:///") else None

    @property
    def shown(self) -> str:
        """The address without what is secret in it: a password may stand among the parameters, too."""
        url = self.engine.url
        plain = {name: value for name, value in url.query.items() if name in ("host", "port")}
        return url.set(drivername=url.get_backend_name(), query=plain).render_as_string(hide_password=True)

    def _engine(self) -> Engine:
        try:
            if self.file is not None:
                _must_not_be_moved(self.file)
                self.file.parent.mkdir(parents=True, exist_ok=True)
            if self.is_sqlite:
                return create_engine(self.url, connect_args={"check_same_thread": False})
            named = {"connect_timeout": 10, "application_name": schema.application_name(_who()), **CLIENT_SIDE}
            pool = {"pool_size": self.limits.pool, "max_overflow": 0}
            return create_engine(self.url, connect_args=named, **pool)
        except OSError as error:
            shown = f"{error.filename}: {error.strerror}"
        except (ArgumentError, ImportError, ValueError):  # their words may hold the address, and its password
            shown = say("địa chỉ phải là postgresql://USER:PASS@HOST/DB", "it must be postgresql://USER:PASS@HOST/DB")
        raise SettingsError(say(f"LOA_DATABASE_URL không dùng được: {shown}", f"LOA_DATABASE_URL is wrong: {shown}"))

    def _prepare_postgresql(self, connection: Any, _: Any) -> None:
        """Let nothing wait for ever: a statement, a lock, or what somebody began and left open."""
        bounds = {
            "statement_timeout": self.limits.statement,
            "lock_timeout": self.limits.lock,
            "idle_in_transaction_session_timeout": self.limits.statement,
        }
        with connection.cursor() as cursor:
            for name, seconds in bounds.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, f"{round(seconds * 1000)}ms"))
            for name, value in SERVER_SIDE.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is on disk when the block ends, or none of it. SettingsError: it may not."""
        with _told_what_is_denied(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that takes no lock and sees what was committed. SettingsError: it may not."""
        option = {"only_reads": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        with _told_what_is_denied(), self.engine.connect() as connection:
            yield connection.execution_options(**option)

    def stamp(self) -> tuple[int, ...] | None:
        """Return what changes with every write into the files of SQLite (the newest moment first); None: cannot say.

        Two writes within one tick of the file system's clock have one stamp.
        """
        if not self.url.startswith("sqlite:///"):
            return None
        file = self.url.removeprefix("sqlite:///")
        try:
            found = [os.stat(name) for name in (file, f"{file}-wal")]  # noqa: PTH116 - asked several times a second
        except OSError:
            return None
        return (max(f.st_mtime_ns for f in found), *(f.st_size for f in found), *(f.st_ino for f in found))

    def close(self) -> None:
        self.engine.dispose()

    def version(self) -> str | None:
        """Return the revision of the schema, None when there is no ledger yet."""
        with self.reading() as connection:  # opening a ledger waits for no writer
            return schema.version(connection)

    def migrate(self) -> str | None:
        """Bring the ledger to the newest schema; return the revision that stood before. SettingsError: not possible."""
        try:
            if (before := self.version()) != schema.NEWEST:
                with self.engine.begin() as connection:
                    schema.upgrade(connection)
        except DBAPIError as error:
            cause = error.orig if getattr(error.orig, "sqlstate", None) is None else schema.plainly(error)
            words = say(
                f"không mở được sổ cái {self.shown}: {cause}", f"the ledger {self.shown} cannot be opened: {cause}"
            )
            raise SettingsError(words) from None
        return before


def _who() -> str:
    return f"{socket.gethostname()} {os.getpid()}"


def _must_not_be_moved(file: Path) -> None:
    mark = file.with_name(file.name + MOVED_FILE)
    if mark.exists():
        raise SettingsError(schema.moved_words("PostgreSQL") + f" ({mark})")


@contextmanager
def _told_what_is_denied() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != schema.DENIED:
            raise
        raise SettingsError(schema.plainly(error)) from None


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
    for pragma in PRAGMAS:
        _patiently(connection, f"PRAGMA {pragma}")


def _patiently(connection: Any, order: str) -> None:
    """Give an order that SQLite refuses at once while another process makes the file what it is to be."""
    for left in reversed(range(PATIENCE)):
        try:
            connection.execute(order)
        except sqlite3.OperationalError:
            if not left:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_immediate(connection: Connection) -> None:
    if not connection.get_execution_options().get("only_reads"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
