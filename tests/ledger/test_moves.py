"""Moves: along the arrows only, each naming the state it expects, with an event and counters in step."""

from __future__ import annotations

import itertools
import random

import pytest

from scheduler.errors import IllegalMove
from scheduler.ledger import counts, orders, plans, turn
from scheduler.ledger.delivery import ARROWS, Event, State
from scheduler.ledger.moves import DELIVERY, beat, move, move_each
from tests.ledger.keeper import KEY, NOON, Keeper, wanted


@pytest.mark.parametrize(("state", "event"), ARROWS)
def test_every_arrow_moves_and_says_who_and_why(ledger: Keeper, state: State, event: Event) -> None:
    id = ledger.write(state=state)
    moved = ledger.move(id, state, event, by="Lan", why="thử")
    assert [row.id for row in moved] == [id]
    assert ledger.state() is ARROWS[state, event]
    last = ledger.events()[-1]
    assert (last.event, last.before, last.after) == (event, state, ARROWS[state, event])
    assert (last.by, last.why, last.at_us) == ("Lan", "thử", NOON)
    assert ledger.counted() == ledger.truth()


def test_without_an_arrow_nothing_is_written(ledger: Keeper) -> None:
    id = ledger.write()
    for state, event in set(itertools.product(State, Event)) - set(ARROWS):
        with pytest.raises(IllegalMove):
            ledger.move(id, state, event)
    assert ledger.state() is State.SCHEDULED
    assert ledger.events() == []


def test_a_row_that_moved_meanwhile_is_not_moved(ledger: Keeper) -> None:
    ids = {state: ledger.write(f"thu/{state}@once/a", state) for state in State}
    before = {state: (ledger.row(f"thu/{state}@once/a"), ledger.events(f"thu/{state}@once/a")) for state in State}
    for state, event in ARROWS:
        others = [id for other, id in ids.items() if other is not state]
        with ledger.database.writing() as connection:
            assert move(connection, others, state, event, at_us=NOON) == []
    for state, known in before.items():
        assert (ledger.row(f"thu/{state}@once/a"), ledger.events(f"thu/{state}@once/a")) == known
    assert ledger.counted() == ledger.truth()


def test_a_move_may_ask_for_more_than_the_state(ledger: Keeper) -> None:
    id = ledger.write()
    rev = ledger.row().rev
    assert ledger.move(id, State.SCHEDULED, Event.HOLD, where=[DELIVERY.c.rev == rev + 1]) == []
    assert len(ledger.move(id, State.SCHEDULED, Event.HOLD, where=[DELIVERY.c.rev == rev])) == 1
    assert ledger.row().rev == rev + 1


def test_more_than_one_statement_takes_are_moved_together(ledger: Keeper) -> None:
    many = [wanted(f"thu/tin@{n}/a") for n in range(950)]
    with ledger.database.writing() as connection:
        plans.create(connection, many, set(), at_us=NOON, by="")
        ids = range(1, 951)
        assert len(move(connection, ids, State.SCHEDULED, Event.HOLD, at_us=NOON)) == 950
    assert ledger.counted() == {("thu", "tin", "held"): 950} == ledger.truth()


def test_counters_agree_with_the_rows_after_any_walk(ledger: Keeper) -> None:
    chance = random.Random(26)
    keys = [f"thu/tin-{n % 3}@{n}/a" for n in range(12)]
    ids = {key: ledger.write(key) for key in keys}
    for _ in range(150):
        key = chance.choice(keys)
        state = ledger.state(key)
        if events := [event for before, event in ARROWS if before is state]:
            ledger.move(ids[key], state, chance.choice(events))
    assert ledger.counted() == ledger.truth()


def test_outcomes_are_written_all_or_none(ledger: Keeper) -> None:
    first, second = ledger.write("thu/tin@1/a"), ledger.write("thu/tin@2/a")
    ledger.claim()
    ledger.move(second, State.SENDING, Event.AWAIT)
    of = {first: ("thu", "tin"), second: ("thu", "tin")}
    rows = [{"id": id, "error": "x", "why": "x"} for id in of]
    with pytest.raises(IllegalMove), ledger.database.writing() as connection:
        move_each(connection, rows, State.SENDING, Event.FAIL, at_us=NOON, columns=["error"], of=of)
    assert (ledger.state("thu/tin@1/a"), ledger.state("thu/tin@2/a")) == (State.SENDING, State.UNCONFIRMED)
    assert ledger.counted() == ledger.truth()


def test_a_broken_transaction_leaves_nothing(ledger: Keeper) -> None:
    id = ledger.write()
    before = (ledger.row(), ledger.events(), ledger.counted())
    with pytest.raises(ZeroDivisionError), ledger.database.writing() as connection:
        move(connection, [id], State.SCHEDULED, Event.HOLD, at_us=NOON)
        turn.hold(connection, "all", "all", at_us=NOON, by="Lan", why="")
        orders.changed(connection, NOON)
        1 / 0  # noqa: B018
    assert (ledger.row(), ledger.events(), ledger.counted()) == before
    with ledger.database.reading() as connection:
        assert turn.stops(connection) == []


def test_beats_are_counted(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        for at_us in (1, 2, 3):
            beat(connection, "changed", at_us, f"lần {at_us}")
    with ledger.database.reading() as connection:
        row = counts.beats(connection)["changed"]
        assert (row.at_us, row.n, row.detail) == (3, 3, "lần 3")
        assert counts.pulse(connection) == 3


def test_a_key_is_written_once(ledger: Keeper) -> None:
    ledger.write()
    with pytest.raises(Exception, match=r"(?i)unique"):
        ledger.write()
    assert ledger.counted() == ledger.truth() == {("thu", "tin", "scheduled"): 1}
    assert ledger.row().key == KEY
