"""The lease: who is not heard stops by itself, before anybody takes its channels over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from scheduler.ledger import workers
from scheduler.ledger.database import Database
from scheduler.posting.lease import LIMIT, Lease
from tests.conftest import Postgres


class Clock:
    """A clock that nobody sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    opened = postgres.emptied()
    yield opened
    opened.close()


def enter(database: Database, name: str, clock: Clock) -> Lease:
    with database.writing() as connection:
        return Lease(database, workers.join(connection, name, name, ""), now=clock)


def test_it_holds_for_half_the_time_after_which_others_take_it_for_dead(database: Database) -> None:
    clock = Clock()
    lease = enter(database, "one", clock)
    asyncio.run(lease.beat())
    clock.now += LIMIT / 2 - 0.1
    assert lease.holds
    clock.now += 0.2
    assert not lease.holds
    asyncio.run(lease.beat())
    assert lease.holds


def test_a_worker_that_was_asleep_must_not_judge_others_by_their_beats(database: Database) -> None:
    clock = Clock()
    lease = enter(database, "one", clock)
    for _ in range(8):
        clock.now += 1
        asyncio.run(lease.beat())
    assert lease.steady
    clock.now += LIMIT
    asyncio.run(lease.beat())
    assert lease.holds
    assert not lease.steady
    for _ in range(8):
        clock.now += 1
        asyncio.run(lease.beat())
    assert lease.steady


def test_a_ledger_that_does_not_answer_is_waited_for(database: Database) -> None:
    clock = Clock()
    lease = enter(database, "one", clock)
    lease.database = Database("postgresql+psycopg://loa@127.0.0.1:1/loa", migrate=False)
    clock.now += LIMIT
    asyncio.run(lease.beat())
    assert not lease.lost.is_set()
    assert not lease.holds


def test_who_hears_that_its_row_is_gone_has_lost(database: Database) -> None:
    clock = Clock()
    lease, other = enter(database, "one", clock), enter(database, "two", clock)
    for _ in range(8):
        clock.now += 1
        asyncio.run(other.beat())
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE worker SET beat_us = 1 WHERE name = 'one'")
    assert asyncio.run(other.take_away_the_dead()) == ["one"]
    asyncio.run(asyncio.wait_for(lease.keep(), 5))
    assert lease.lost.is_set()
    assert not lease.holds


def test_who_is_not_steady_takes_nobody_for_dead(database: Database) -> None:
    clock = Clock()
    enter(database, "one", clock)
    other = enter(database, "two", clock)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE worker SET beat_us = 1 WHERE name = 'one'")
    assert asyncio.run(other.take_away_the_dead()) == []
