"""What the register of laws has stopped: held for it, named by status, let go by a person or by another text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Row

from scheduler.ledger import orders, unlawful
from scheduler.ledger.delivery import State
from scheduler.ledger.unlawful import Stopped
from tests.ledger.keeper import KEY, NOON, Keeper

OTHER = "thu/tin@once/b"
WHO: dict[str, Any] = {"at_us": NOON + 1, "by": "Lan", "why": "đã xem lại"}


def hold(ledger: Keeper, *pairs: tuple[Row[Any], str]) -> int:
    with ledger.database.writing() as connection:
        return unlawful.hold_for_law(connection, pairs, at_us=NOON)


def stopped(ledger: Keeper) -> list[Stopped]:
    with ledger.database.reading() as connection:
        return unlawful.held_for_law(connection)


def test_what_is_refused_is_held_with_the_reason_and_an_event(ledger: Keeper) -> None:
    ledger.write()

    assert hold(ledger, (ledger.row(), "hết hiệu lực")) == 1

    row = ledger.row()
    assert (row.state, row.held_for, row.error) == ("held", "law", "hết hiệu lực")
    last = ledger.events()[-1]
    assert (last.event, last.before, last.after, last.by, last.why) == ("hold", "scheduled", "held", "", "hết hiệu lực")
    assert ledger.counted() == ledger.truth()


def test_what_a_plan_has_mended_meanwhile_is_not_held(ledger: Keeper) -> None:
    armed: Any = SimpleNamespace(id=ledger.write(), digest="of another text", campaign="thu", message="tin")

    assert hold(ledger, (armed, "x")) == 0
    assert ledger.state() is State.SCHEDULED


@pytest.mark.parametrize("state", [s for s in State if s is not State.SCHEDULED])
def test_only_what_is_scheduled_can_be_held(ledger: Keeper, state: State) -> None:
    ledger.write(state=state)

    assert hold(ledger, (ledger.row(), "x")) == 0
    assert ledger.state() is state


def test_status_hears_of_it_by_message(ledger: Keeper) -> None:
    assert stopped(ledger) == []
    for key in (KEY, OTHER, "hai/tin@once/a"):
        ledger.write(key)
    hold(ledger, (ledger.row(KEY), "x"), (ledger.row(OTHER), "x"))
    hold(ledger, (ledger.row("hai/tin@once/a"), "y"))

    assert stopped(ledger) == [
        Stopped("hai", "tin", 1, "hai/tin@once/a", "y"),
        Stopped("thu", "tin", 2, KEY, "x"),
    ]


@pytest.mark.parametrize("way", ["key", "campaign", "all"])
def test_a_person_lets_it_go(ledger: Keeper, way: str) -> None:
    ledger.write()
    hold(ledger, (ledger.row(), "x"))

    with ledger.database.writing() as connection:
        if way == "key":
            assert orders.release_one(connection, KEY, **WHO) is True
        else:
            assert orders.release(connection, way, ["thu" if way == "campaign" else "all"], **WHO) == 1

    row = ledger.row()
    assert (row.state, row.held_for, row.error) == ("scheduled", "", "")
    assert (ledger.events()[-1].by, ledger.events()[-1].why) == ("Lan", "đã xem lại")
    assert stopped(ledger) == []
    assert ledger.counted() == ledger.truth()
