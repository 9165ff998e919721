"""Workers and pumps: one that was taken for dead writes no intent, and a channel is never two workers' at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from scheduler.errors import LeaseLost
from scheduler.ledger import looks, pumps, turn, workers
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event
from tests.conftest import Postgres
from tests.ledger.keeper import NOON, Keeper

OLD = 1  # microseconds


@pytest.fixture
def database(postgres: Postgres) -> Iterator[Database]:
    opened = postgres.emptied()
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Keeper:
    return Keeper(database)


def do(database: Database, act: Any, *words: Any, **how: Any) -> Any:
    with database.writing() as connection:
        return act(connection, *words, **how)


def enter(database: Database, name: str, queues: str = "") -> int:
    return int(do(database, workers.join, name, f"here:{name}", queues))


def take(database: Database, worker: int, *channels: str) -> tuple[set[str], int]:
    at_us = NOON
    return do(database, pumps.take, worker, channels, at_us=at_us, first_look_us=0)  # type: ignore[no-any-return]


# --- the lease ---------------------------------------------------------------------------------------------------------


def test_a_worker_that_was_taken_away_can_secure_nothing_and_hears_it_at_its_next_beat(database: Database) -> None:
    one, two = enter(database, "one"), enter(database, "two")
    do(database, workers.secure, one)
    assert do(database, workers.beat, one)
    assert [row.name for row in do(database, workers.take_away, OLD, but=two)] == ["one"]
    assert not do(database, workers.beat, one)
    with pytest.raises(LeaseLost):
        do(database, workers.secure, one)
    do(database, workers.secure, two)


def test_one_whose_beat_is_young_is_left_alone(database: Database) -> None:
    one, two = enter(database, "one"), enter(database, "two")
    assert do(database, workers.take_away, 60_000_000, but=two) == []
    assert do(database, workers.beat, one)


def test_who_takes_a_worker_away_waits_for_what_it_is_just_committing(database: Database) -> None:
    one, two = enter(database, "one"), enter(database, "two")
    with ThreadPoolExecutor(1) as threads:
        with database.writing() as committing:
            workers.secure(committing, one)
            taking = threads.submit(do, database, workers.take_away, OLD, but=two)
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not committing.execute(waiting).scalar():
                assert not taking.done()
        assert [row.name for row in taking.result(10)] == ["one"]


def test_a_beat_does_not_wait_for_a_turn_that_is_being_written(database: Database) -> None:
    one = enter(database, "one")
    with ThreadPoolExecutor(1) as threads, database.writing() as committing:
        workers.secure(committing, one)
        assert threads.submit(do, database, workers.beat, one).result(10)


def test_who_comes_back_to_the_same_place_takes_its_predecessor_away(database: Database) -> None:
    one = enter(database, "one")
    again = enter(database, "one")
    assert again != one
    assert [row.number for row in do(database, workers.living)] == [again]


def test_a_turn_of_a_worker_that_falls_asleep_is_ended_by_the_server(database: Database) -> None:
    one = enter(database, "one")
    with database.writing() as connection:
        workers.secure(connection, one)
        said = "SELECT current_setting('idle_in_transaction_session_timeout')"
        assert connection.execute(text(said)).scalar() == "5s"


# --- channels ----------------------------------------------------------------------------------------------------------


def test_a_channel_is_taken_once_and_again_only_when_its_worker_is_gone(database: Database) -> None:
    one, two = enter(database, "one"), enter(database, "two")
    assert take(database, one, "a", "b") == ({"a", "b"}, 0)
    assert take(database, two, "b", "c") == ({"c"}, 0)
    assert take(database, one, "a") == ({"a"}, 0)  # it is its own already
    do(database, workers.leave, one)
    assert take(database, two, "a", "b") == ({"a", "b"}, 0)
    assert do(database, pumps.held) == {"a", "b", "c"}


def test_a_channel_that_was_given_back_is_free_and_only_its_own_worker_gives_it_back(database: Database) -> None:
    one, two = enter(database, "one"), enter(database, "two")
    take(database, one, "a")
    do(database, pumps.give_back, two, ["a"])
    assert take(database, two, "a") == (set(), 0)
    do(database, pumps.give_back, one, ["a"])
    assert take(database, two, "a") == ({"a"}, 0)


def test_one_that_was_taken_away_takes_nothing(database: Database) -> None:
    one, two = enter(database, "one"), enter(database, "two")
    do(database, workers.take_away, OLD, but=two)
    with pytest.raises(LeaseLost):
        take(database, one, "a")


def test_what_a_dead_worker_left_in_mid_sending_is_unconfirmed_when_its_channel_is_taken_over(ledger: Keeper) -> None:
    ledger.write()
    row = ledger.row()
    one, two = enter(ledger.database, "one"), enter(ledger.database, "two")
    take(ledger.database, one, row.channel)
    ledger.claim()
    assert take(ledger.database, one, "elsewhere") == ({"elsewhere"}, 0)  # that of other channels is left alone
    do(ledger.database, workers.take_away, OLD, but=two)
    assert take(ledger.database, two, row.channel) == ({row.channel}, 1)
    assert ledger.row().state == "unconfirmed"


# --- each for itself -----------------------------------------------------------------------------------------------------


def test_a_worker_reads_only_what_is_on_its_channels(ledger: Keeper) -> None:
    ledger.write()
    row = ledger.row()
    one, two = enter(ledger.database, "one"), enter(ledger.database, "two")
    take(ledger.database, one, row.channel)
    with ledger.database.reading() as connection:
        far = row.next_us
        for worker, keys in ((one, [row.key]), (two, []), (None, [row.key])):
            assert [r.key for r in turn.due(connection, far, (0, 0), 10, [], worker)] == keys
            assert (turn.next_due(connection, [], until_us=far, worker=worker) is not None) == bool(keys)
            assert turn.urgent(connection, far, [], worker) == []
            assert looks.to_look_for(connection, far, worker=worker) == []


def test_a_channel_is_wanted_when_something_is_due_soon_or_was_left(ledger: Keeper) -> None:
    ledger.write()
    row = ledger.row()

    def wanted(until_us: int) -> set[str]:
        with ledger.database.reading() as connection:
            return pumps.wanted(connection, until_us, turn.stops(connection))

    assert wanted(row.next_us - 1) == set()
    assert wanted(row.next_us) == {row.channel}
    ledger.claim()
    assert wanted(0) == {row.channel}  # in mid-sending: whoever has it not, has lost it


def test_a_channel_on_hold_is_not_wanted(ledger: Keeper) -> None:
    ledger.write()
    row = ledger.row()
    do(ledger.database, turn.hold, "channel", row.channel, at_us=1, by="An", why="x")
    with ledger.database.reading() as connection:
        assert pumps.wanted(connection, row.next_us, turn.stops(connection)) == set()


# --- after all -----------------------------------------------------------------------------------------------------------


def test_what_one_that_was_taken_for_dead_knows_to_be_public_is_recorded_after_all(ledger: Keeper) -> None:
    ledger.write()
    ledger.claim()
    row = ledger.row()
    shared = {"id": row.id, "campaign": row.campaign, "message": row.message, "channel": row.channel}
    outcome = turn.Outcome(**shared, started_us=row.started_us, event=Event.CONFIRM, remote_id="9", url="https://x/9")
    with ledger.database.writing() as connection:
        looks.adopt_unfinished(connection, at_us=1, first_look_us=0)
    assert do(ledger.database, turn.confirm_after_all, [outcome], at_us=NOON) == []
    assert (ledger.row().state, ledger.row().remote_id) == ("published", "9")
    assert do(ledger.database, turn.confirm_after_all, [outcome], at_us=NOON) == []  # once is enough


def test_what_others_have_sent_again_meanwhile_is_told(ledger: Keeper) -> None:
    ledger.write()
    ledger.claim()
    row = ledger.row()
    shared = {"id": row.id, "campaign": row.campaign, "message": row.message, "channel": row.channel}
    outcome = turn.Outcome(**shared, started_us=row.started_us, event=Event.CONFIRM, remote_id="9")
    with ledger.database.writing() as connection:
        looks.adopt_unfinished(connection, at_us=1, first_look_us=0)
        [seen] = looks.to_look_for(connection, NOON)
        looks.send_again(connection, seen, at_us=NOON, next_us=NOON)
    ledger.now_us += 1
    ledger.claim()
    assert do(ledger.database, turn.confirm_after_all, [outcome], at_us=NOON) == [outcome]
    with ledger.database.writing() as connection:  # and of theirs nobody knows either: that is looked for by itself
        looks.adopt_unfinished(connection, at_us=NOON, first_look_us=0)
    assert do(ledger.database, turn.confirm_after_all, [outcome], at_us=NOON) == [outcome]
    assert ledger.row().state == "unconfirmed"
