"""A person's orders: each for its states only, and who and why are kept."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.errors import NotFoundInLedger
from scheduler.ledger import counts, orders, plans, turn
from scheduler.ledger.delivery import Event, State, name_of
from scheduler.ledger.orders import OrderRefused
from tests.ledger.keeper import HOUR, KEY, NOON, Keeper

WHO: dict[str, Any] = {"at_us": NOON + 1, "by": "Lan", "why": "vì thế"}
ORDERS: dict[str, tuple[Any, dict[State, State]]] = {
    "confirm": (
        lambda c, key: orders.confirm(c, key, "https://x/9", **WHO),
        {State.UNCONFIRMED: State.PUBLISHED},
    ),
    "retry": (
        lambda c, key: orders.retry(c, key, late_us=NOON + HOUR, **WHO),
        dict.fromkeys((State.UNCONFIRMED, State.FAILED, State.MISSED), State.SCHEDULED),
    ),
    "cancel": (
        lambda c, key: orders.cancel(c, key, **WHO),
        dict.fromkeys((State.HELD, State.SCHEDULED, State.FAILED, State.MISSED), State.CANCELLED),
    ),
    "withdrawn": (lambda c, key: orders.withdrawn(c, key, **WHO), {State.PUBLISHED: State.WITHDRAWN}),
    "hold": (lambda c, key: orders.hold_one(c, key, **WHO), {State.SCHEDULED: State.HELD}),
    "release": (lambda c, key: orders.release_one(c, key, **WHO), {State.HELD: State.SCHEDULED}),
}


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_is_for_its_states_only_and_is_kept(ledger: Keeper, name: str) -> None:
    order, arrows = ORDERS[name]
    for state in State:
        key = f"thu/{state}@once/a"
        ledger.write(key, state)
        before = (ledger.row(key), ledger.events(key))
        if state in arrows:
            with ledger.database.writing() as connection:
                order(connection, key)
            assert ledger.state(key) is arrows[state]
            last = ledger.events(key)[-1]
            assert (last.by, last.why, last.at_us) == ("Lan", "vì thế", NOON + 1)
        else:
            with pytest.raises(OrderRefused, match=name_of(state)) as caught, ledger.database.writing() as connection:
                order(connection, key)
            assert caught.value.exit_code == 3
            assert (ledger.row(key), ledger.events(key)) == before
    assert ledger.counted() == ledger.truth()


@pytest.mark.parametrize("name", ORDERS)
def test_an_unknown_key_is_said_with_the_remedy(ledger: Keeper, name: str) -> None:
    with pytest.raises(NotFoundInLedger, match="loa deliveries"), ledger.database.writing() as connection:
        ORDERS[name][0](connection, "thu/khong-co@once/a")


def test_what_a_person_confirms_has_its_address(ledger: Keeper) -> None:
    ledger.write(state=State.UNCONFIRMED)
    with ledger.database.writing() as connection:
        orders.confirm(connection, KEY, "https://x/9", **WHO)
    row = ledger.row()
    assert (row.url, row.published_us, row.next_us, row.error) == ("https://x/9", NOON + 1, None, "")


def test_what_a_person_retries_goes_at_once_and_starts_anew(ledger: Keeper) -> None:
    ledger.write(state=State.MISSED)
    ledger.now_us = NOON + 9 * HOUR
    with ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=ledger.now_us + HOUR, at_us=ledger.now_us, by="Lan", why="")
    row = ledger.row()
    assert (row.next_us, row.looks, row.resends, row.error) == (ledger.now_us, 0, 0, "")
    assert ledger.claim()


def test_what_waits_for_an_approval_is_not_released_otherwise(ledger: Keeper) -> None:
    ledger.write(approval=True)
    with pytest.raises(OrderRefused, match="loa approve thu"), ledger.database.writing() as connection:
        orders.release_one(connection, KEY, **WHO)


def test_holds_are_lifted_and_counted(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        for scope, value in (("unit", "ha-noi"), ("unit", "ba-dinh"), ("channel", "a"), ("all", "all")):
            turn.hold(connection, scope, value, at_us=NOON, by="Lan", why="Quốc tang")
    with ledger.database.writing() as connection:
        assert orders.release(connection, "unit", ["ha-noi", "ba-dinh", "hue"], **WHO) == 2
        assert orders.release(connection, "unit", ["ha-noi"], **WHO) == 0
        assert orders.release(connection, "all", ["all"], **WHO) == 1
        assert [(s.scope, s.value) for s in turn.stops(connection)] == [("channel", "a")]
    assert [(o.event, o.by, o.why) for o in ledger.orders() if o.event == "release"] == [
        ("release", "Lan", "vì thế")
    ] * 2


def test_a_running_daemon_hears_of_every_order(ledger: Keeper) -> None:
    ledger.write()
    with ledger.database.writing() as connection:
        before = counts.pulse(connection)
        orders.hold_one(connection, KEY, **WHO)
        orders.release_one(connection, KEY, **WHO)
        orders.release(connection, "all", ["all"], **WHO)
        assert counts.pulse(connection) == before + 3


@pytest.mark.parametrize("by_plan", [False, True])
def test_what_is_cancelled_is_held_for_nothing_any_more(ledger: Keeper, by_plan: bool) -> None:
    id = ledger.write()
    ledger.move(id, State.SCHEDULED, Event.HOLD, values={"held_for": "mourning"})

    with ledger.database.writing() as connection:
        if by_plan:
            plans.cancel(connection, [id], at_us=NOON, by="Lan", why="")
        else:
            orders.cancel(connection, ledger.row().key, at_us=NOON, by="Lan", why="")

    assert (ledger.state(), ledger.row().held_for) == (State.CANCELLED, "")
