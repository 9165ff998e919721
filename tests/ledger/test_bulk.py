"""Bulk: what a turn leaves to be written at its end is one statement on a server, and the same as many elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select

from scheduler.errors import IllegalMove
from scheduler.ledger import turn, witness
from scheduler.ledger.bulk import in_one, insert_rows, write_now
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import ATTEMPT, EVENT, together
from scheduler.ledger.turn import Outcome
from tests.ledger.keeper import KEY, NOON, Keeper

OTHER = "thu/tin@once/b"
NEXT = "thu/tin@once/c"


def claimed(ledger: Keeper, key: str) -> Any:
    id = ledger.write(key)
    with ledger.database.writing() as connection:
        row = armed(connection, id)
        assert turn.claim(connection, [row], at_us=NOON) == {id}
    return ledger.row(key)


def armed(connection: Connection, id: int) -> Any:
    return next(row for row in turn.due(connection, NOON, (0, 0), 100, []) if row.id == id)


def outcome(row: Any, event: Event, **other: Any) -> Outcome:
    return Outcome(row.id, row.campaign, row.message, row.channel, NOON, event, **other)


def statements(ledger: Keeper, work: Any) -> list[str]:
    """Return the statements that some work sends to the ledger in one transaction."""
    said: list[str] = []

    def hear(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(ledger.database.engine, "before_cursor_execute", hear)
    try:
        with ledger.database.writing() as connection:
            work(connection)
    finally:
        event.remove(ledger.database.engine, "before_cursor_execute", hear)
    return said


def test_a_turn_writes_outcomes_intents_events_and_counters_as_if_one_by_one(ledger: Keeper) -> None:
    public, again = claimed(ledger, KEY), claimed(ledger, OTHER)
    ledger.write(NEXT)
    outcomes = [
        outcome(public, Event.CONFIRM, remote_id="1", url="https://mang.vn/1"),
        outcome(again, Event.RETRY, why="đang bảo trì: 503", next_us=NOON + 5),
    ]
    numbers: list[int] = []

    def work(connection: Connection) -> None:
        row = armed(connection, ledger.row(NEXT).id)
        with together(connection):
            turn.record(connection, outcomes, at_us=NOON + 1)
            turn.claim(connection, [row], at_us=NOON + 1)
            witness.count_intents(connection, numbers.append)

    written = [said for said in statements(ledger, work) if "INSERT" in said or "UPDATE" in said]
    assert len(written) == (8 if ledger.database.is_sqlite else 2)
    assert [ledger.row(key).state for key in (KEY, OTHER, NEXT)] == ["published", "scheduled", "sending"]
    assert ledger.row(KEY).url == "https://mang.vn/1"
    assert (ledger.row(OTHER).next_us, ledger.row(OTHER).error) == (NOON + 5, "đang bảo trì: 503")
    assert ledger.truth() == ledger.counted()
    assert numbers == [1]
    with ledger.database.reading() as connection:
        ended = connection.execute(select(ATTEMPT.c.outcome, ATTEMPT.c.ended_us).order_by(ATTEMPT.c.delivery)).all()
        events = connection.execute(select(EVENT.c.event).order_by(EVENT.c.id)).scalars().all()
    assert [tuple(row) for row in ended] == [("confirm", NOON + 1), ("retry", NOON + 1), ("", None)]
    assert sorted(events[-3:]) == ["claim", "confirm", "retry"]


def test_an_outcome_of_what_somebody_moved_meanwhile_writes_nothing_at_all(ledger: Keeper) -> None:
    row, other = claimed(ledger, KEY), claimed(ledger, OTHER)
    ledger.move(row.id, State.SENDING, Event.FAIL)
    before = ledger.counted()
    outcomes = [outcome(row, Event.CONFIRM, remote_id="1"), outcome(other, Event.CONFIRM, remote_id="2")]
    with pytest.raises(IllegalMove), ledger.database.writing() as connection, together(connection):
        turn.record(connection, outcomes, at_us=NOON)
    assert ledger.row(OTHER).state == "sending"
    assert ledger.counted() == before == ledger.truth()


def test_what_is_read_before_the_end_is_written_before(ledger: Keeper) -> None:
    row = claimed(ledger, KEY)
    with ledger.database.writing() as connection, together(connection):
        turn.record(connection, [outcome(row, Event.CONFIRM, remote_id="1")], at_us=NOON)
        write_now(connection)
        assert (
            connection.execute(select(turn.DELIVERY.c.state).where(turn.DELIVERY.c.id == row.id)).scalar()
            == "published"
        )
    assert ledger.truth() == ledger.counted()


def test_after_a_block_that_failed_a_connection_writes_at_once_again(ledger: Keeper) -> None:
    happened = {"delivery": 0, "at_us": NOON, "event": "x", "before": "", "after": "", "by": "", "why": "a:b"}
    with ledger.database.writing() as connection:
        with pytest.raises(ZeroDivisionError), in_one(connection):
            insert_rows(connection, EVENT, [happened])
            raise ZeroDivisionError
        insert_rows(connection, EVENT, [happened])
        count = connection.execute(select(func.count()).select_from(EVENT).where(EVENT.c.why == "a:b")).scalar()
    assert count == (2 if ledger.database.is_sqlite else 1)
