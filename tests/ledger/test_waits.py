"""What a delivery waits for besides its time: looked at where it is claimed, and nothing is counted while it waits."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from scheduler.channels.contract import Post
from scheduler.ledger import turn, waits
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY
from scheduler.ledger.waits import Demand, Look, Room
from tests.ledger.keeper import HOUR, MINUTE, NOON, SECOND, Keeper

ARTICLE, SENT = "thu/tin@once/oa", "thu/tin@once/gui"
DAY = 24 * HOUR


def looked(ledger: Keeper, key: str = SENT, **how: Any) -> Look:
    """Look at what the armed delivery waits for."""
    [row] = ledger.arm(key)
    with ledger.database.writing() as connection:
        return waits.look(connection, [Demand(row, **how)], at_us=ledger.now_us)


@pytest.mark.parametrize("state", [s for s in State if s not in (State.PUBLISHED, State.WITHDRAWN)])
def test_it_waits_while_what_it_sends_on_is_not_public(ledger: Keeper, state: State) -> None:
    ledger.write(ARTICLE, state)
    ledger.write(SENT)

    found = looked(ledger, follows=ARTICLE)

    row = ledger.row(SENT)
    assert list(found.put_off) == [row.id] and not found.public and not found.never
    assert (row.state, row.next_us, row.attempts) == ("scheduled", NOON + 10 * SECOND, 0)
    assert ARTICLE in row.error and ledger.attempts(SENT) == []


def test_it_waits_where_nobody_has_planned_what_it_sends_on(ledger: Keeper) -> None:
    ledger.write(SENT)

    assert looked(ledger, follows=ARTICLE).put_off


def test_looks_become_rarer_and_the_last_is_where_it_is_missed(ledger: Keeper) -> None:
    ledger.write(SENT)
    waited = []
    while (row := ledger.row(SENT)).state == State.SCHEDULED:
        ledger.now_us = row.next_us
        with ledger.database.writing() as connection:
            turn.miss(connection, at_us=ledger.now_us)
        if ledger.state(SENT) is State.SCHEDULED:
            looked(ledger, follows=ARTICLE)
            waited.append(ledger.row(SENT).next_us - ledger.now_us)

    assert ledger.state(SENT) is State.MISSED and ledger.now_us == NOON + 2 * HOUR + SECOND
    assert max(waited) == 5 * MINUTE and len(waited) < 40


def test_what_is_public_is_given_to_it(ledger: Keeper) -> None:
    ledger.write(ARTICLE, State.PUBLISHED)
    id = ledger.write(SENT)
    with ledger.database.writing() as connection:
        values = {"remote_id": "article7", "url": "https://x"}
        connection.execute(update(DELIVERY).where(DELIVERY.c.key == ARTICLE).values(**values))

    found = looked(ledger, follows=ARTICLE)

    assert not found.put_off and (found.public[id].remote_id, found.public[id].url) == ("article7", "https://x")


def test_what_was_taken_down_is_never_sent(ledger: Keeper) -> None:
    ledger.write(ARTICLE, State.WITHDRAWN)
    id = ledger.write(SENT)

    found = looked(ledger, follows=ARTICLE)

    assert "đã gỡ" in found.never[id] and not found.put_off and not found.public


def test_another_text_than_the_public_one_is_never_sent(ledger: Keeper) -> None:
    ledger.write(ARTICLE, State.PUBLISHED)
    id = ledger.write(SENT, digest=Post("khác").digest)

    assert "khác bài được duyệt" in looked(ledger, follows=ARTICLE).never[id]


@pytest.mark.parametrize(
    ("state", "waits_"),
    [(State.PUBLISHED, True), (State.UNCONFIRMED, True), (State.SENDING, True), (State.FAILED, False)],
)
def test_a_month_counts_what_was_said_and_what_perhaps_was(ledger: Keeper, state: State, waits_: bool) -> None:
    ledger.write("thu/tin-0@once/gui")
    ledger.claim("thu/tin-0@once/gui")
    ending = {State.PUBLISHED: Event.CONFIRM, State.UNCONFIRMED: Event.AWAIT, State.FAILED: Event.FAIL}
    if state in ending:
        ledger.move(ledger.row("thu/tin-0@once/gui").id, State.SENDING, ending[state])
    ledger.write(SENT, late_us=NOON + 30 * DAY)

    found = looked(ledger, rooms=(Room(1, NOON - DAY, NOON + DAY),))

    assert bool(found.put_off) is waits_
    assert not waits_ or ledger.row(SENT).next_us == NOON + DAY


def test_the_month_before_is_not_counted(ledger: Keeper) -> None:
    ledger.write("thu/tin-0@once/gui")
    ledger.claim("thu/tin-0@once/gui")
    ledger.write(SENT)

    assert not looked(ledger, rooms=(Room(1, NOON + 1, NOON + DAY),)).put_off


def test_outside_the_hours_it_waits_for_them_and_no_longer_than_it_may_be_late(ledger: Keeper) -> None:
    ledger.write(SENT)

    looked(ledger, opens_us=NOON + DAY)

    assert ledger.row(SENT).next_us == NOON + 2 * HOUR + SECOND


def test_what_was_changed_meanwhile_is_left_alone(ledger: Keeper) -> None:
    ledger.write(SENT)
    [row] = ledger.arm(SENT)
    ledger.move(row.id, State.SCHEDULED, Event.HOLD)

    with ledger.database.writing() as connection:
        waits.look(connection, [Demand(row, follows=ARTICLE)], at_us=NOON)

    assert (ledger.row(SENT).next_us, ledger.row(SENT).error) == (NOON, "")
