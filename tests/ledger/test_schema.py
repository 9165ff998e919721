"""The schema of PostgreSQL: a role that may do no more than it needs, nothing that waits for ever, and workers that live on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from scheduler.errors import NotFoundInLedger, SettingsError
from scheduler.ledger import schema
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import State
from scheduler.settings import DatabaseLimits
from tests.conftest import Postgres
from tests.ledger.keeper import KEY, Keeper
from tests.ledger.test_chain import link_all

OTHER = "thu/tin@once/b"
ROLE = "loa_daemon"


@pytest.fixture
def owner(postgres: Postgres) -> Iterator[Database]:
    """A fresh ledger, opened by the owner of its tables; there is a role for the daemon that may nothing yet."""
    database = Database(postgres.new(), migrate=False)
    with database.writing() as connection:
        connection.execute(text(f"DO $$ BEGIN CREATE ROLE {ROLE} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"))
    yield database
    database.close()


def as_daemon(owner: Database) -> str:
    return re.sub(r"//[^@]*@", f"//{ROLE}@", owner.url)


def granted(owner: Database) -> Keeper:
    """Migrate and grant as the owner; return a hand that writes as the daemon does."""
    owner.migrate()
    with owner.writing() as connection:
        schema.grant(connection, ROLE)
    return Keeper(Database(as_daemon(owner)))


def refused(keeper: Keeper, statement: str) -> str:
    with pytest.raises(SettingsError) as caught, keeper.database.writing() as connection:
        connection.execute(text(statement))
    return str(caught.value)


def test_the_daemons_role_can_do_all_that_the_daemon_does(owner: Database) -> None:
    keeper = granted(owner)
    for number, state in enumerate(State):
        keeper.write(f"thu/tin@once/k{number}", state)
    assert keeper.truth() == keeper.counted()
    assert link_all(keeper) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM delivery",
        "DELETE FROM event",
        "UPDATE event SET by = 'ai khác'",
        "DELETE FROM link",
        "UPDATE link SET digest = ''",
        "TRUNCATE attempt",
        "DROP TABLE beat",
        "ALTER TABLE delivery ADD COLUMN x text",
        "CREATE TABLE x (y int)",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_the_daemons_role_rewrites_nothing_that_was_done(owner: Database, statement: str) -> None:
    keeper = granted(owner)
    keeper.write()
    assert "loa migrate --grant" in refused(keeper, statement)


def test_a_role_that_may_nothing_is_told_what_to_do(owner: Database) -> None:
    with pytest.raises(SettingsError, match="loa migrate --grant") as caught:
        Database(as_daemon(owner))  # there is no ledger yet, and it may not make one
    assert caught.value.__cause__ is None
    owner.migrate()
    with pytest.raises(SettingsError, match=r"alembic_version.*loa migrate --grant"):
        Database(as_daemon(owner))


def test_a_missing_privilege_is_said_by_its_table(owner: Database) -> None:
    keeper = granted(owner)
    with owner.writing() as connection:
        connection.execute(text(f"REVOKE INSERT ON attempt FROM {ROLE}"))
    keeper.write()
    with pytest.raises(SettingsError, match="attempt"):
        keeper.claim(KEY)
    assert keeper.state() is State.SCHEDULED


def test_a_role_that_is_none_is_said(owner: Database) -> None:
    owner.migrate()
    with pytest.raises(NotFoundInLedger, match="khong-co"), owner.writing() as connection:
        schema.grant(connection, "khong-co")


def test_a_role_with_a_strange_name_is_only_a_name(owner: Database) -> None:
    owner.migrate()
    with owner.writing() as connection:
        connection.execute(text('CREATE ROLE "a""; DROP TABLE beat; --"'))
        schema.grant(connection, 'a"; DROP TABLE beat; --')
        connection.execute(text('DROP OWNED BY "a""; DROP TABLE beat; --"; DROP ROLE "a""; DROP TABLE beat; --"'))


def test_every_connection_says_whose_it_is_and_has_its_bounds(postgres: Postgres) -> None:
    database = Database(postgres.new(), DatabaseLimits(statement=7, lock=0.5))
    with database.reading() as connection:
        said = {
            name: connection.execute(text(f"SHOW {name}")).scalar() for name in ("application_name", "lock_timeout")
        }
        said["statement"] = connection.execute(text("SHOW statement_timeout")).scalar()
        said["idle"] = connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()
    assert str(said.pop("application_name")).startswith(f"loa {schema.NEWEST} ")
    assert said == {"lock_timeout": "500ms", "statement": "7s", "idle": "7s"}
    database.close()


def test_no_process_opens_more_connections_than_it_may(postgres: Postgres) -> None:
    database = Database(postgres.new(), DatabaseLimits(pool=3))
    assert database.engine.pool.status().startswith("Pool size: 3 ")
    assert database.engine.pool._max_overflow == 0  # type: ignore[attr-defined]
    database.close()


def test_who_waits_too_long_for_a_lock_is_told_so(postgres: Postgres) -> None:
    url = postgres.new()
    keeper = Keeper(Database(url, DatabaseLimits(lock=0.1)))
    keeper.write()
    with create_engine(url).begin() as somebody:
        somebody.execute(text("LOCK TABLE delivery"))
        with pytest.raises(DBAPIError) as caught:
            keeper.write(OTHER)
    assert "đang bận" in schema.plainly(caught.value)


# --- migrations while workers live -----------------------------------------------------------------------------------------


def set_back(owner: Database, to: str = "-1") -> None:
    """Let the ledger be at an older schema, the one before the newest."""
    from alembic import command

    config = schema._config()
    with owner.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to)


def test_a_migration_does_not_stand_in_the_way_of_workers(owner: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    owner.migrate()
    set_back(owner, "0004")  # the next one changes the deliveries
    monkeypatch.setattr(schema, "IN_THE_WAY", "100ms")
    with create_engine(owner.url).begin() as worker:
        worker.execute(text("SELECT count(*) FROM delivery"))
        with pytest.raises(SettingsError, match="đang bận, chưa có gì thay đổi"):
            owner.migrate()
    assert owner.version() != schema.NEWEST
    owner.migrate()
    assert owner.version() == schema.NEWEST


def test_the_chain_comes_into_a_ledger_in_which_workers_write(owner: Database) -> None:
    owner.migrate()
    keeper = Keeper(owner)
    keeper.write()
    set_back(owner, "0005")
    with create_engine(owner.url).begin() as worker:
        worker.execute(text("INSERT INTO event (delivery, at_us, event) VALUES (0, 1, 'hold')"))
        owner.migrate()
    assert owner.version() == schema.NEWEST
    assert link_all(keeper) == 1


def test_a_daemons_role_does_not_migrate(owner: Database) -> None:
    granted(owner)
    set_back(owner)
    with pytest.raises(SettingsError, match="loa migrate"):
        Database(as_daemon(owner))


def test_a_migration_that_takes_away_waits_until_no_older_worker_lives(
    owner: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.migrate()
    set_back(owner)
    monkeypatch.setattr(schema, "_contracts", lambda current, config: iter([schema.NEWEST]))
    worker = create_engine(owner.url, connect_args={"application_name": "loa 0004 may-cu 77"})
    with worker.connect() as living:
        living.execute(text("SELECT 1"))
        with pytest.raises(SettingsError, match="may-cu 77"):
            owner.migrate()
        assert owner.version() != schema.NEWEST
    worker.dispose()
    for _ in range(50):  # PostgreSQL notices a moment later
        try:
            owner.migrate()
            break
        except SettingsError:
            pass
    assert owner.version() == schema.NEWEST


def test_only_a_migration_that_says_so_takes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(schema._contracts("0001", schema._config())) == ["0007"]
    (tmp_path / "versions").mkdir()
    for number, words in (("0001", ""), ("0002", "contract = True"), ("0003", "")):
        before = None if number == "0001" else f"000{int(number) - 1}"
        said = f"revision = {number!r}\ndown_revision = {before!r}\n{words}\ndef upgrade(): ...\n"
        (tmp_path / "versions" / f"{number}.py").write_text(said)
    (tmp_path / "env.py").write_text("")
    monkeypatch.setattr(schema, "MIGRATIONS", tmp_path)
    assert list(schema._contracts("0001", schema._config())) == ["0002"]
    assert list(schema._contracts("0002", schema._config())) == []
    assert list(schema._contracts(None, schema._config())) == []
