"""What became of posts: which are to be measured, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, text

from scheduler.ledger import metrics, turn
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.metrics import AGES, GONE, METRIC, OLDEST, Measure, age_of
from scheduler.ledger.turn import Stop
from tests.ledger.keeper import HOUR, KEY, MINUTE, NOON, Keeper

OTHER = "thu/tin@once/b"
DAY = 24 * HOUR


def publish(ledger: Keeper, key: str = KEY, published_us: int = NOON, remote_id: str = "7", **other: Any) -> int:
    """Write a delivery down that has been public since then."""
    id = ledger.write(key, State.SENDING, **other)
    values = {"remote_id": remote_id, "published_us": published_us}
    ledger.move(id, State.SENDING, Event.CONFIRM, values=values)
    return id


def to_measure(ledger: Keeper, at_us: int, **how: Any) -> list[str]:
    with ledger.database.reading() as connection:
        return [row.key for row in metrics.to_measure(connection, at_us, **how)]


def keep(ledger: Keeper, id: int, age: str, at_us: int, **numbers: int) -> None:
    with ledger.database.writing() as connection:
        metrics.keep(connection, [Measure(id, age, at_us, numbers)])


def kept(ledger: Keeper) -> list[tuple[str, str, int, int]]:
    with ledger.database.reading() as connection:
        rows = connection.execute(select(METRIC).order_by(METRIC.c.at_us, METRIC.c.name))
        return [(row.age, row.name, row.value, row.at_us) for row in rows]


def test_a_post_is_measured_at_four_ages(ledger: Keeper) -> None:
    id = publish(ledger)
    for n, (age, since) in enumerate(AGES.items()):
        assert to_measure(ledger, NOON + since - 1) == []
        assert to_measure(ledger, NOON + since) == [KEY]
        keep(ledger, id, age, NOON + since + MINUTE, reactions=n, shares=1)
    assert to_measure(ledger, NOON + OLDEST - 1) == []
    assert kept(ledger)[:3] == [
        ("1h", "reactions", 0, NOON + HOUR + MINUTE),
        ("1h", "shares", 1, NOON + HOUR + MINUTE),
        ("24h", "reactions", 1, NOON + DAY + MINUTE),
    ]
    assert len(kept(ledger)) == 8


def test_an_age_that_passed_unmeasured_is_measured_late_or_skipped_for_the_next() -> None:
    for (age, since), (following, until) in pairwise(AGES.items()):
        assert age_of(NOON, NOON + since) == age_of(NOON, NOON + until - 1) == age
        assert age_of(NOON, NOON + until) == following
    assert age_of(NOON, NOON + HOUR - 1) == ""


def test_after_an_age_was_skipped_it_does_not_come_back(ledger: Keeper) -> None:
    id = publish(ledger)
    keep(ledger, id, "24h", NOON + 2 * DAY, comments=3)
    assert to_measure(ledger, NOON + 3 * DAY) == []
    assert to_measure(ledger, NOON + 7 * DAY) == [KEY]


def test_what_is_too_old_is_measured_no_more(ledger: Keeper) -> None:
    publish(ledger)
    assert to_measure(ledger, NOON + OLDEST - 1) == [KEY]
    assert to_measure(ledger, NOON + OLDEST) == []


@pytest.mark.parametrize("state", [s for s in State if s is not State.PUBLISHED])
def test_what_is_not_public_is_not_measured(ledger: Keeper, state: State) -> None:
    id = ledger.write(state=state)
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE delivery SET published_us = :at, remote_id = '7'"), {"at": NOON})
    assert to_measure(ledger, NOON + DAY) == []
    keep(ledger, id, "24h", NOON + DAY, reactions=1)  # taken down while it was asked for
    assert kept(ledger) == []


def test_what_a_person_has_seen_bears_no_id_to_ask_by(ledger: Keeper) -> None:
    publish(ledger, remote_id="")
    assert to_measure(ledger, NOON + HOUR) == []


def test_what_is_held_or_stands_on_another_channel_is_left_for_later(ledger: Keeper) -> None:
    publish(ledger)
    publish(ledger, OTHER, unit="hue")
    at = NOON + HOUR
    assert to_measure(ledger, at) == [KEY, OTHER]
    assert to_measure(ledger, at, not_on=["a"]) == [OTHER]
    assert to_measure(ledger, at, held=[Stop("unit", "hue", "Lan", "", NOON)]) == [KEY]
    assert to_measure(ledger, at, held=[Stop("channel", "a", "", "token", NOON)]) == [OTHER]
    assert to_measure(ledger, at, held=[Stop("all", "all", "Lan", "", NOON)]) == []


def test_the_oldest_comes_first_and_no_more_than_were_asked_for(ledger: Keeper) -> None:
    for n in range(3):
        publish(ledger, f"thu/tin@{n}/a", NOON - n)
    assert to_measure(ledger, NOON + HOUR, limit=2) == ["thu/tin@2/a", "thu/tin@1/a"]


def test_what_is_gone_is_noted_and_asked_for_no_more(ledger: Keeper) -> None:
    id = publish(ledger)
    keep(ledger, id, "24h", NOON + DAY, **{GONE: 1})
    assert kept(ledger) == [("24h", GONE, 1, NOON + DAY)]
    assert to_measure(ledger, NOON + 8 * DAY) == []
    assert ledger.state() is State.PUBLISHED  # that somebody took it down is for a person to say


def test_what_nobody_tells_of_is_passed_over(ledger: Keeper) -> None:
    id = publish(ledger)
    with ledger.database.writing() as connection:
        metrics.pass_over(connection, [id])
    assert to_measure(ledger, NOON + DAY) == []


def test_a_measure_written_twice_stands_once(ledger: Keeper) -> None:
    id = publish(ledger)
    for value in (3, 4):
        keep(ledger, id, "1h", NOON + HOUR, reactions=value)
    assert kept(ledger) == [("1h", "reactions", 4, NOON + HOUR)]


def test_measuring_touches_nothing_that_was_armed(ledger: Keeper) -> None:
    id = publish(ledger)
    before = ledger.row()
    keep(ledger, id, "1h", NOON + HOUR, reactions=1)
    assert ledger.row().rev == before.rev
    assert len(ledger.events()) == 2


def test_what_is_to_be_measured_is_found_by_its_index(ledger: Keeper) -> None:
    plan = plan_of(ledger, lambda connection: metrics.to_measure(connection, NOON))
    assert "delivery_unmeasured" in plan
    assert "Sort" not in plan and "TEMP B-TREE" not in plan


def test_the_channels_of_what_is_due_are_found_by_their_index(ledger: Keeper) -> None:
    assert "delivery_next" in plan_of(ledger, lambda connection: turn.due_on(connection, NOON))


def plan_of(ledger: Keeper, work: Callable[[Connection], Any]) -> str:
    """Return how the database carries out the last statement of some work."""
    asked: list[tuple[str, Any]] = []

    def hear(connection: Any, cursor: Any, statement: str, given: Any, *_: Any) -> None:
        asked.append((statement, given))

    event.listen(ledger.database.engine, "before_cursor_execute", hear)
    with ledger.database.reading() as connection:
        work(connection)
        statement, given = asked[-1]
        if ledger.database.is_sqlite:
            return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).all())
        connection.execute(text("SET enable_seqscan = off"))  # an empty table would be read whole
        plan = str(connection.exec_driver_sql(f"EXPLAIN {statement}", given).all())
        connection.execute(text("SET enable_seqscan = on"))
        return plan
