"""The database: opened at the newest schema, on SQLite and on PostgreSQL, or refused in words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, text
from sqlmodel import SQLModel

from scheduler.errors import SettingsError
from scheduler.ledger.database import PRAGMAS, Database
from scheduler.ledger.schema import MIGRATIONS, NEWEST
from tests.conftest import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database in which nothing is, not even tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/deep/er/loa.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new()


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == NEWEST


def test_a_fresh_ledger_is_at_the_newest_schema(new_url: str) -> None:
    database = Database(new_url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [NEWEST]
    database.close()


def test_tables_and_migrations_say_the_same(new_url: str) -> None:
    database = Database(new_url)
    with database.reading() as connection:
        opts = {"compare_type": True, "compare_server_default": not database.is_sqlite}  # Alembic misreads '' of SQLite
        context = MigrationContext.configure(connection, opts={**opts, "target_metadata": SQLModel.metadata})
        assert compare_metadata(context, SQLModel.metadata) == []
    database.close()


def test_partial_indexes_stand_in_the_database(new_url: str) -> None:
    database = Database(new_url)
    names = {str(index["name"]) for index in inspect(database.engine).get_indexes("delivery")}
    database.close()
    assert {"delivery_next", "delivery_late", "delivery_look", "delivery_sending", "delivery_message"} <= names
    assert {
        "delivery_mourned",
        "delivery_expiring",
        "delivery_tagged",
        "delivery_urgent",
        "delivery_unmeasured",
    } <= names


def test_a_ledger_of_the_first_loa_keeps_its_rows_and_gets_bounds_and_tags(new_url: str) -> None:
    database = Database(new_url)
    _back_to(database, "0001")
    with database.writing() as connection:
        assert "mourning" not in inspect(connection).get_table_names()
        connection.execute(text("INSERT INTO delivery (key, state, due_us, late_us) VALUES ('a', 'scheduled', 1, 2)"))
    database.close()
    database = Database(new_url)
    with database.reading() as connection:
        [row] = connection.execute(text("SELECT * FROM delivery")).mappings()
        assert (row["key"], row["tags"], row["not_before_us"], row["not_after_us"]) == ("a", "", None, None)
        assert connection.execute(text("SELECT count(*) FROM mourning")).scalar() == 0
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST
    database.close()


def _back_to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_opening_twice_migrates_once(new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Database(new_url).close()
    monkeypatch.setattr("scheduler.ledger.schema.upgrade", lambda connection: pytest.fail("migrated again"))
    Database(new_url).close()


def test_four_that_open_a_new_ledger_at_once_all_get_it(new_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        for database in threads.map(Database, [new_url] * 4):
            with database.reading() as connection:
                assert connection.execute(text("SELECT count(*) FROM delivery")).scalar() == 0
            database.close()


def test_a_ledger_of_a_newer_loa_is_left_alone(new_url: str) -> None:
    database = Database(new_url)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(SettingsError, match="mới hơn"):
        Database(new_url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://loa:mat-khau-that@127.0.0.1:1/loa",
        "postgresql+psycopg://loa:mat-khau-that@127.0.0.1:cong/loa",
        "postgresql+psycopg://loa:mat-khau-that@khong-co-may-nay.invalid/loa",
        "mysql://loa:mat-khau-that@127.0.0.1/loa",
        "khong-phai-dia-chi mat-khau-that",
    ],
)
def test_an_address_that_leads_nowhere_is_said_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Database(url)
    assert "mat-khau-that" not in str(caught.value)
    assert caught.value.exit_code == 2
    assert caught.value.__cause__ is None


def test_a_place_where_no_file_can_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with pytest.raises(SettingsError, match="var"):
        Database(f"sqlite:///{tmp_path}/var/loa.db")
    (tmp_path / "loa.db").write_text("not a database, but a text that is long enough to be read as one" * 20)
    with pytest.raises(SettingsError, match=r"loa\.db"):
        Database(f"sqlite:///{tmp_path}/loa.db")


def test_sqlite_forgets_nothing_in_a_power_cut(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/loa.db")
    assert "synchronous=FULL" in PRAGMAS
    with database.reading() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


def test_a_reader_sees_what_was_committed_while_somebody_writes(database: Database) -> None:
    with database.writing() as writing:
        writing.execute(text("INSERT INTO beat (name, at_us) VALUES ('x', 1)"))
        with database.reading() as reading:
            assert reading.execute(text("SELECT count(*) FROM beat")).scalar() == 0
        opened = Database(database.url)  # so does who opens the ledger now
        with opened.reading() as reading:
            assert reading.execute(text("SELECT count(*) FROM beat")).scalar() == 0
        opened.close()
    with database.reading() as reading:
        assert reading.execute(text("SELECT count(*) FROM beat")).scalar() == 1


def test_a_writer_on_sqlite_takes_the_lock_at_once(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/loa.db")
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda c, cur, statement, *_: said.append(statement))
    with database.writing() as connection:
        connection.execute(text("SELECT 1"))
    database.close()
    assert said[0] == "BEGIN IMMEDIATE"
