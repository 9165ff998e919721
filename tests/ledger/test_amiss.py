"""What is amiss with a post that goes out all the same: kept with the checkpoint, told until somebody has seen to it."""

from __future__ import annotations

import json

import pytest

from scheduler.ledger import turn
from scheduler.ledger.amiss import amiss, settled
from scheduler.ledger.delivery import State
from tests.ledger.keeper import HOUR, KEY, NOON, Keeper

OTHER = "thu/tin@once/b"


def save(ledger: Keeper, key: str = KEY, **checkpoint: str) -> None:
    with ledger.database.writing() as connection:
        turn.save_checkpoint(connection, ledger.row(key), json.dumps(checkpoint))


def told(ledger: Keeper) -> dict[str, str]:
    with ledger.database.reading() as connection:
        return amiss(connection)


def test_it_is_told_until_a_later_step_says_that_nothing_is(ledger: Keeper) -> None:
    ledger.write(due_us=NOON + HOUR)
    ledger.write(OTHER)

    save(ledger, amiss="không có bìa")
    save(ledger, OTHER, amiss="bìa cũ")
    assert list(told(ledger).items()) == [(OTHER, "bìa cũ"), (KEY, "không có bìa")]
    save(ledger, id="film1")
    assert told(ledger)[KEY] == "không có bìa"
    save(ledger, amiss="")
    assert told(ledger) == {OTHER: "bìa cũ"}


@pytest.mark.parametrize("state", list(State))
def test_it_is_told_of_what_goes_out_or_is_public(ledger: Keeper, state: State) -> None:
    ledger.write()
    save(ledger, amiss="không có bìa")
    [row] = ledger.arm()
    ledger.write(OTHER, state)
    save(ledger, OTHER, amiss="không có bìa")

    goes_out = state in (State.SCHEDULED, State.SENDING, State.UNCONFIRMED, State.PUBLISHED)
    assert (row.key in told(ledger), OTHER in told(ledger)) == (True, goes_out)


def test_a_checkpoint_that_a_plan_has_overtaken_says_nothing(ledger: Keeper) -> None:
    ledger.write()
    [armed] = ledger.arm()
    ledger.claim_armed([armed])

    with ledger.database.writing() as connection:
        turn.save_checkpoint(connection, armed, json.dumps({"amiss": "không có bìa"}))

    assert told(ledger) == {}


def test_who_has_seen_to_it_settles_it(ledger: Keeper) -> None:
    ledger.write(KEY, State.PUBLISHED)
    save(ledger, amiss="không có bìa")

    with ledger.database.writing() as connection:
        settled(connection, KEY)

    assert told(ledger) == {}
