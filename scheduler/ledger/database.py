"""Opens the ledger's database, SQLite or PostgreSQL, with what durability needs, at the newest schema."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from scheduler.errors import SettingsError
from scheduler.text import say

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0005"  # the last file in migrations/versions; a test says when this is stale
MIGRATION_LOCK = 0x10C

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # a power cut must not forget an intent: that would be a second post
    "busy_timeout=10000",
    "cache_size=-65536",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)


class Database:
    """A connection pool to the ledger."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = self._engine()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_immediate)
        self._migrate()

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def _engine(self) -> Engine:
        try:
            if self.url.startswith("sqlite:///"):
                Path(self.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            return create_engine(self.url, pool_pre_ping=not self.is_sqlite, connect_args=self._arguments())
        except OSError as error:
            shown = f"{error.filename}: {error.strerror}"
        except (ArgumentError, ImportError, ValueError):  # their words may hold the address, and its password
            shown = say("địa chỉ phải là postgresql://USER:PASS@HOST/DB", "it must be postgresql://USER:PASS@HOST/DB")
        raise SettingsError(say(f"LOA_DATABASE_URL không dùng được: {shown}", f"LOA_DATABASE_URL is wrong: {shown}"))

    def _arguments(self) -> dict[str, Any]:
        return {"check_same_thread": False} if self.is_sqlite else {"connect_timeout": 10}

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it is on disk when the block ends, or none of it."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that takes no lock and sees what was committed."""
        option = {"only_reads": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        with self.engine.connect() as connection:
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

    def _migrate(self) -> None:
        try:
            if _version(self.engine) == NEWEST:
                return
            _upgrade(self.engine)
        except DBAPIError as error:
            shown = self.engine.url.render_as_string(hide_password=True)
            words = say(
                f"không mở được sổ cái {shown}: {error.orig}", f"the ledger {shown} cannot be opened: {error.orig}"
            )
            raise SettingsError(words) from None


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins transactions, not the driver
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    if not connection.get_execution_options().get("only_reads"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        connection.execution_options(only_reads=True)  # opening a ledger waits for no writer
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(engine: Engine) -> None:
    from alembic import command  # a fifth of a second, only when there is something to do
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # two that open a new ledger at once: one makes it
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            words = "sổ cái do bản Loa mới hơn viết; hãy nâng cấp: pip install --upgrade loa"
            raise SettingsError(say(words, "a newer Loa wrote this ledger: pip install --upgrade loa")) from None
