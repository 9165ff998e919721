"""What every test starts from: a clean environment, and a ledger on SQLite and on PostgreSQL in turn."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from scheduler.ledger.database import Database
from tests.ledger.keeper import Keeper

DRIVER = "postgresql+psycopg://"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test, and none that a test makes reaches the next."""
    for name in [name for name in os.environ if name.startswith("LOA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LOA_LOCALE", "vi")


class Postgres:
    """A PostgreSQL server of this test session (one for each xdist worker)."""

    def __init__(self, uri: str) -> None:
        self.address = uri.replace("postgresql://", DRIVER, 1)
        self._numbers = itertools.count()
        self._order(
            "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()"
        )
        self.shared = self.new()
        Database(self.shared).close()

    def new(self) -> str:
        """Return the address of a new, empty database."""
        name = f"loa_{os.getpid()}_{next(self._numbers)}"
        self._order(f"CREATE DATABASE {name}")
        return self.address.replace("/postgres?", f"/{name}?", 1)

    def emptied(self) -> Database:
        """Open the shared database, with all its tables emptied."""
        database = Database(self.shared)
        names = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
        with database.writing() as connection:
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
        return database

    def _order(self, *statements: str) -> None:
        engine = create_engine(self.address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this session."""
    from tests.range.postgres import postgres as running  # slow to import, and not every session needs it

    with running() as server:
        yield Postgres(server.uri)


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite ledger at the newest schema, to be copied."""
    file = tmp_path_factory.mktemp("empty") / "loa.db"
    Database(f"sqlite:///{file}").close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty ledger, on each database in turn."""
    if request.param == "sqlite":
        file = tmp_path / "var" / "loa.db"
        file.parent.mkdir()
        shutil.copy(request.getfixturevalue("empty_ledger"), file)
        opened = Database(f"sqlite:///{file}")
    else:
        opened = request.getfixturevalue("postgres").emptied()
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Keeper:
    """A hand that writes in an empty ledger, on each database in turn."""
    return Keeper(database)
