"""Hard bounds in the ledger: before an embargo ends and once it has expired nothing is sent, whoever orders it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from scheduler.ledger import orders, plans, turn
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY
from scheduler.ledger.orders import OrderRefused
from tests.ledger.keeper import HOUR, KEY, MINUTE, NOON, Keeper, wanted

WHO: dict[str, Any] = {"by": "Lan", "why": "vì thế"}


def set_bounds(ledger: Keeper, **bounds: int) -> None:
    """Set bounds behind the back of everything that keeps the row in step with them."""
    with ledger.database.writing() as connection:
        connection.execute(update(DELIVERY).values(**bounds))


@pytest.mark.parametrize(
    ("bounds", "claimed"),
    [
        ({"not_before_us": NOON}, True),
        ({"not_before_us": NOON + 1}, False),
        ({"not_after_us": NOON + 1}, True),
        ({"not_after_us": NOON}, False),
        ({"not_before_us": NOON - 5, "not_after_us": NOON + 5}, True),
    ],
)
def test_a_claim_asks_for_both_bounds(ledger: Keeper, bounds: dict[str, int], claimed: bool) -> None:
    ledger.write()
    set_bounds(ledger, **bounds)
    assert bool(ledger.claim()) is claimed


def test_what_lies_before_its_embargo_is_tried_when_that_ends(ledger: Keeper) -> None:
    ledger.write(not_before_us=NOON + MINUTE)
    assert ledger.row().next_us == NOON + MINUTE
    assert ledger.arm() == []


def test_nothing_is_late_later_than_its_end(ledger: Keeper) -> None:
    ledger.write(not_after_us=NOON + HOUR)
    assert ledger.row().late_us == NOON + HOUR - 1


@pytest.mark.parametrize("how", ["scheduled", "approval", "person", "mourning"])
def test_what_expires_while_it_waits_is_missed(ledger: Keeper, how: str) -> None:
    id = ledger.write(not_after_us=NOON + HOUR, approval=how == "approval")
    if how in ("person", "mourning"):
        ledger.move(id, State.SCHEDULED, Event.HOLD, values={"held_for": how})
    with ledger.database.writing() as connection:
        assert turn.miss(connection, at_us=NOON + HOUR - 1) == 0
        assert turn.miss(connection, at_us=NOON + HOUR) == 1
        assert turn.miss(connection, at_us=NOON + HOUR) == 0
    row = ledger.row()
    assert (row.state, row.error, row.held_for) == (State.MISSED, "expired", "")
    assert (ledger.events()[-1].event, ledger.events()[-1].why) == ("miss", "expired")
    assert ledger.counted() == ledger.truth()


def test_what_is_merely_late_while_it_is_held_waits_for_its_person(ledger: Keeper) -> None:
    ledger.write(approval=True)
    with ledger.database.writing() as connection:
        assert turn.miss(connection, at_us=NOON + 9 * HOUR) == 0
    assert ledger.state() is State.HELD


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.FAILED, State.MISSED])
def test_what_has_expired_is_not_tried_again(ledger: Keeper, state: State) -> None:
    ledger.write(state=state, not_after_us=NOON + HOUR)
    with pytest.raises(OrderRefused, match="hết hạn lúc 06:00 26/06/2027"), ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=NOON + 9 * HOUR, at_us=NOON + HOUR, **WHO)
    assert ledger.state() is state


def test_a_retry_keeps_to_the_bounds(ledger: Keeper) -> None:
    ledger.write(state=State.FAILED, not_before_us=NOON + MINUTE, not_after_us=NOON + HOUR)
    with ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=NOON + 9 * HOUR, at_us=NOON, **WHO)
    assert (ledger.row().next_us, ledger.row().late_us) == (NOON + MINUTE, NOON + HOUR - 1)


def test_what_has_expired_is_not_released(ledger: Keeper) -> None:
    id = ledger.write(not_after_us=NOON + HOUR)
    ledger.move(id, State.SCHEDULED, Event.HOLD, values={"held_for": "person"})
    with pytest.raises(OrderRefused, match="hết hạn"), ledger.database.writing() as connection:
        orders.release_one(connection, KEY, at_us=NOON + HOUR, **WHO)


def test_an_approval_is_not_for_what_has_expired(ledger: Keeper) -> None:
    ledger.write(approval=True, not_after_us=NOON + HOUR)
    seen = {ledger.row().id: wanted().fingerprint}
    with ledger.database.writing() as connection:
        assert plans.approve(connection, seen, at_us=NOON + HOUR, by="Minh", why="") == 0
        assert plans.approve(connection, seen, at_us=NOON + HOUR - 1, by="Minh", why="") == 1


def test_the_lateness_of_now_counts_from_its_approval(ledger: Keeper) -> None:
    ledger.write(approval=True, kind="emergency", at_once_us=HOUR)
    ledger.write("thu/tin@2/a", approval=True)
    ledger.now_us = NOON + 9 * HOUR
    seen = {ledger.row(key).id: wanted(key).fingerprint for key in (KEY, "thu/tin@2/a")}
    with ledger.database.writing() as connection:
        assert plans.approve(connection, seen, at_us=ledger.now_us, by="Minh", why="") == 2
    assert ledger.row().late_us == NOON + 10 * HOUR
    assert ledger.row("thu/tin@2/a").late_us == NOON + 2 * HOUR
    assert ledger.claim() == {ledger.row().id}


def test_but_never_beyond_its_end(ledger: Keeper) -> None:
    ledger.write(approval=True, kind="emergency", at_once_us=HOUR, not_after_us=NOON + 10 * HOUR - MINUTE)
    seen = {ledger.row().id: wanted().fingerprint}
    with ledger.database.writing() as connection:
        plans.approve(connection, seen, at_us=NOON + 9 * HOUR, by="Minh", why="")
    assert ledger.row().late_us == NOON + 10 * HOUR - MINUTE - 1


def test_emergencies_are_read_however_much_else_is_due(ledger: Keeper) -> None:
    ledger.write("thu/tin@1/a", due_us=NOON - 1)
    ledger.write("thu/tin@2/a", kind="emergency", due_us=NOON)
    ledger.write("thu/tin@3/a", kind="emergency", due_us=NOON + 1)
    with ledger.database.reading() as connection:
        assert [row.key for row in turn.urgent(connection, NOON, [])] == ["thu/tin@2/a"]
        assert turn.urgent(connection, NOON, [turn.Stop("class", "emergency", "Lan", "", 0)]) == []
