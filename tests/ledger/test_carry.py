"""A ledger is carried whole to PostgreSQL, or not at all; and nobody ever writes into two."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from scheduler.errors import LoaError, PlanRefused, SettingsError, Unauthorized
from scheduler.ledger import audit, plans, schema, vault, witness
from scheduler.ledger import carry as carrying
from scheduler.ledger.audit import Breaks
from scheduler.ledger.carry import Carried, carry, tables
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import State
from scheduler.ledger.moves import BEAT, DELIVERY, EVENT
from scheduler.ledger.seal import Pair, Seal, new_key
from scheduler.ledger.vault import TOKEN, Kept
from tests.conftest import Postgres
from tests.ledger.keeper import KEY, NOON, Keeper, wanted
from tests.ledger.test_chain import head, link_all

OTHER = "thu/tin@once/b"


@pytest.fixture
def source(tmp_path: Path) -> Keeper:
    """A ledger on SQLite in which something happened: public, waiting, a token, an order."""
    keeper = Keeper(Database(f"sqlite:///{tmp_path}/var/loa.db"))
    keeper.write(KEY, State.PUBLISHED)
    keeper.write(OTHER, State.UNCONFIRMED)
    keeper.count_intents()
    with keeper.database.writing() as connection:
        connection.execute(insert(TOKEN).values(channel="tab\t", sealed="", trouble='xuống\ndòng \\ "nháy" \\N é'))
    return keeper


@pytest.fixture
def target(postgres: Postgres) -> Database:
    return Database(postgres.new(), migrate=False)


def moved(source: Keeper, target: Database, seal: Seal | None = None, **more: Any) -> Carried:
    old = Database(source.database.url, migrate=False)
    try:
        return carry(old, target, seal=seal, by="Minh", at_us=NOON, **more)
    finally:
        old.close()


def rows(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {t.name: sorted(map(tuple, connection.execute(select(t))), key=repr) for t in tables()}


def test_every_row_of_every_table_arrives(source: Keeper, target: Database) -> None:
    with source.database.reading() as connection:
        before = rows(connection)
    done = moved(source, target)
    with target.reading() as connection:
        after = rows(connection)
        assert schema.version(connection) == schema.NEWEST
    [order] = [row for row in after["event"] if row not in before["event"]]
    after["event"].remove(order)
    assert after == before
    assert {name: table.rows for name, table in done.tables.items()} == {name: len(r) for name, r in before.items()}
    assert "moved" in order and "Minh" in order


def test_the_chain_arrives_whole_and_goes_on(source: Keeper, target: Database) -> None:
    link_all(source)
    before = head(source)
    done = moved(source, target)
    assert (done.links, done.breaks) == (before.number, 0)
    new = Keeper(target)
    link_all(new)
    with target.reading() as connection:
        assert audit.verify(connection, breaks := Breaks(), expected=before.digest).expected == before.number
    assert breaks.total == 0
    assert head(new).number == before.number + 1


def test_a_chain_that_was_broken_before_is_carried_as_it_is_and_told_of(source: Keeper, target: Database) -> None:
    link_all(source)
    with source.database.writing() as connection:
        connection.execute(text("UPDATE event SET by = 'khác' WHERE id = 2"))
    assert moved(source, target).breaks == 1


def test_a_chain_that_breaks_on_its_way_stops_the_move(
    source: Keeper, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_all(source)
    copying = carrying._carry_rows

    def damaged(out: Connection, into: Connection, progress: Any) -> Carried:
        done = copying(out, into, progress)
        into.execute(text("UPDATE event SET by = 'khác' WHERE id = 2"))
        return done

    monkeypatch.setattr(carrying, "_carry_rows", damaged)
    with pytest.raises(LoaError, match="chuỗi"):
        moved(source, target)
    assert target.version() is None
    assert source.database.version() == schema.NEWEST


def test_the_new_ledger_goes_on_where_the_old_one_stopped(source: Keeper, target: Database) -> None:
    moved(source, target)
    keeper = Keeper(target)
    id = keeper.write("thu/moi@once/a", State.PUBLISHED)
    assert id == 3
    assert keeper.truth() == keeper.counted()
    with target.reading() as connection:
        assert not witness.older_than(connection, 1)
        assert witness.older_than(connection, 2), "the witness of the workspace speaks of the new ledger as of the old"


def test_what_was_public_is_not_planned_again(source: Keeper, target: Database) -> None:
    moved(source, target)
    with target.reading() as connection:
        assert set(plans.planned(connection, "thu", "tin")) == {KEY, OTHER}


def test_a_character_that_postgresql_does_not_know_is_left_out(source: Keeper, target: Database) -> None:
    with source.database.writing() as connection:
        connection.execute(text("UPDATE delivery SET error = 'a' || char(0) || 'b' WHERE key = :key"), {"key": KEY})
    done = moved(source, target)
    assert done.tables["delivery"].cleaned == 1
    assert Keeper(target).row(KEY).error == "ab"


def test_a_database_that_holds_rows_is_refused(source: Keeper, target: Database) -> None:
    target.migrate()
    Keeper(target).write("thu/khac@once/a")
    with pytest.raises(PlanRefused, match="không trống"):
        moved(source, target)
    assert source.state() is State.PUBLISHED
    Database(source.database.url).close()


def test_an_empty_ledger_that_its_owner_has_made_is_taken(source: Keeper, target: Database) -> None:
    target.migrate()
    assert moved(source, target).rows > 5


def test_the_vault_is_opened_in_the_new_ledger(source: Keeper, target: Database) -> None:
    seal = Seal(new_key())
    with source.database.writing() as connection:
        kept = Kept(seal.close("zalo", Pair({"access_token": "bi-mat"})), expires_us=NOON)
        vault.consent(connection, "zalo", kept, by="Minh", at_us=NOON)
    for wrong, error in ((None, SettingsError), (Seal(new_key()), Unauthorized)):
        with pytest.raises(error):
            moved(source, target, wrong)
        assert target.version() is None, "nothing is left behind"
    assert moved(source, target, seal).secrets == 1


def test_a_rehearsal_changes_nothing(source: Keeper, target: Database) -> None:
    assert moved(source, target, rehearse=True).rows == 0
    assert target.version() is None
    source.write("thu/sau@once/a")


def test_what_arrives_otherwise_is_not_believed(
    source: Keeper, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = carrying._set_sequence

    def spoil(into: Connection, table: Any) -> None:
        real(into, table)
        if table is DELIVERY:
            into.execute(DELIVERY.update().where(DELIVERY.c.key == KEY).values(url="https://sai.example"))

    monkeypatch.setattr(carrying, "_set_sequence", spoil)
    with pytest.raises(LoaError, match="delivery"):
        moved(source, target)
    assert target.version() is None
    assert source.state() is State.PUBLISHED
    source.write("thu/sau@once/a")


# --- the old one -----------------------------------------------------------------------------------------------------------


def test_no_daemon_opens_the_old_ledger_and_none_makes_a_new_one_in_its_place(source: Keeper, target: Database) -> None:
    file = source.database.file
    assert file is not None
    moved(source, target)
    assert not file.exists()
    with pytest.raises(SettingsError, match="LOA_DATABASE_URL"):
        Database(source.database.url)
    kept = file.with_name("loa.db.moved")
    kept.rename(file)  # somebody wants it back
    with pytest.raises(SettingsError, match="đã chuyển sang postgresql://") as caught:
        Database(source.database.url)
    assert target.shown in str(caught.value)
    with sqlite3.connect(file) as connection, pytest.raises(sqlite3.IntegrityError, match="was moved"):
        connection.execute("UPDATE delivery SET state = 'scheduled'")


def test_an_order_that_waited_for_the_move_is_refused_not_lost(source: Keeper, target: Database) -> None:
    said: list[Any] = []

    def order() -> None:
        try:
            source.write("thu/cung-luc@once/a")
        except DBAPIError as error:
            said.append(str(error.orig))

    waiting: list[Thread] = []

    def start(rows: int) -> None:
        if not waiting:
            waiting.append(Thread(target=order))
            waiting[0].start()

    moved(source, target, progress=start)
    waiting[0].join(20)
    assert len(said) == 1 and "was moved" in said[0]


DIE = """
import os, signal, sys
from scheduler.ledger import carry
from scheduler.ledger.database import Database
where = sys.argv[3]
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
if where == "copying": carry._set_sequence = die
elif where == "sealing": carry._close = die
else: carry._finish = die
old, new = Database(sys.argv[1], migrate=False), Database(sys.argv[2], migrate=False)
if where == "before the commit": new.engine.dialect.do_commit = die
carry.carry(old, new, seal=None, by="Minh", at_us=1)
"""


def killed(source: Keeper, target: Database, where: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", DIE, source.database.url, target.url, where], cwd=Path.cwd(), timeout=60
    )
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("where", ["copying", "sealing"])
def test_killed_in_the_middle_leaves_the_old_one_usable_and_the_new_one_empty(
    source: Keeper, target: Database, where: str
) -> None:
    killed(source, target, where)
    assert target.version() is None
    Database(source.database.url).close()
    source.write("thu/sau@once/a")
    assert moved(source, target).rows > 5


def test_killed_before_the_last_commit_it_is_given_back_and_moved_anew(source: Keeper, target: Database) -> None:
    killed(source, target, "before the commit")
    assert target.version() is None
    with pytest.raises(SettingsError, match="loa move"):
        Database(source.database.url)
    done = moved(source, target)
    assert (done.resumed, done.rows > 5) == (False, True)
    assert Keeper(target).state() is State.PUBLISHED


def test_killed_after_the_last_commit_it_is_finished(source: Keeper, target: Database) -> None:
    killed(source, target, "after the commit")
    with pytest.raises(SettingsError, match="loa move"):
        Database(source.database.url)
    Keeper(target).write("thu/sau@once/a")  # the new ledger may be at work already
    assert moved(source, target).resumed
    with pytest.raises(SettingsError, match="LOA_DATABASE_URL"):
        Database(source.database.url)


def test_an_interrupted_move_is_not_given_back_for_another_address(
    source: Keeper, target: Database, postgres: Postgres
) -> None:
    killed(source, target, "after the commit")
    with pytest.raises(SettingsError, match="bước cuối"):
        moved(source, Database(postgres.new(), migrate=False))
    with pytest.raises(SettingsError):
        Database(source.database.url)


@pytest.mark.parametrize("spoil", [lambda row: (*row[:-1], "khác"), lambda row: (*row, None)])
def test_a_checksum_knows_one_row_from_another(spoil: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> None:
    one, other, turned = carrying.Sum(), carrying.Sum(), carrying.Sum()
    rows = [(1, "a", None), (2, "b", "c")]
    for row in rows:
        one.add(row)
    for row in reversed(rows):
        turned.add(row)
    other.add(rows[0])
    other.add(spoil(rows[1]))
    assert one.checksum == turned.checksum != other.checksum


def test_memory_stays_flat(source: Keeper, target: Database) -> None:
    with source.database.writing() as connection:
        for part in range(10):
            many = [wanted(f"thu/m{part}@once/k{n}") for n in range(2000)]
            plans.create(connection, many, set(), at_us=NOON, by="")
    tracemalloc.start()
    moved(source, target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40e6, f"{peak / 1e6:.0f} MB for 20,000 deliveries, in parts of {carrying.PART}"
    with target.reading() as connection:
        assert connection.execute(select(EVENT.c.id).where(EVENT.c.event == "moved")).scalar() is not None
        assert connection.execute(select(BEAT.c.name).where(BEAT.c.name == "moved")).scalar() is None
