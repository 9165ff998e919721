"""Status of a ledger that many workers share: who they are, and which channels none of them takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler import clock
from scheduler.clock import micros
from scheduler.ledger import workers
from scheduler.ledger.database import Database
from scheduler.ledger.moves import beat
from scheduler.reporting.status import SILENT, Status, status
from tests.conftest import Postgres

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    opened = postgres.emptied()
    yield opened
    opened.close()


def look(database: Database) -> Status:
    with database.reading() as connection:
        return status(connection, now=clock.now(), zone=HANOI, holder=None)


def test_every_worker_that_lives_is_named_wherever_it_runs(database: Database) -> None:
    with database.writing() as connection:
        workers.join(connection, "mot", "a", "")
        workers.join(connection, "hai", "b", "zalo")
        workers.join(connection, "chet", "c", "")
        long_ago = micros(clock.now() - 2 * SILENT)
        connection.exec_driver_sql(f"UPDATE worker SET beat_us = {long_ago} WHERE name = 'chet'")
    found = look(database)
    assert (found.daemon["running"], found.daemon["holder"]) == (True, "mot; hai")
    assert [(worker["name"], worker["queues"]) for worker in found.daemon["workers"]] == [("mot", ""), ("hai", "zalo")]


@pytest.mark.parametrize(("age", "told"), [(timedelta(seconds=5), True), (2 * SILENT, False)])
def test_a_channel_that_no_worker_takes_is_a_trouble_while_it_lasts(
    database: Database, age: timedelta, told: bool
) -> None:
    with database.writing() as connection:
        beat(connection, "unserved", micros(clock.now() - age), '["zalo-1"]')
    found = [trouble for trouble in look(database).troubles if trouble.name == "unserved"]
    assert bool(found) == told
    if told:
        assert "zalo-1" in found[0].what
        assert "LOA_QUEUES" in found[0].remedy


def test_what_is_served_again_is_no_trouble(database: Database) -> None:
    with database.writing() as connection:
        beat(connection, "unserved", micros(clock.now()), "")
    assert look(database).daemon["unserved"] == []
