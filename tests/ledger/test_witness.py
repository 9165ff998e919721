"""The witness: a ledger put back from a copy is noticed, and nothing is said before somebody has looked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scheduler.ledger import orders, witness
from scheduler.ledger.delivery import State
from scheduler.ledger.witness import Witness
from tests.ledger.keeper import KEY, MINUTE, NOON, Keeper

OTHER = "thu/tin@once/b"
LATER = "thu/mai@once/b"


def intents(ledger: Keeper, times: int) -> int:
    """Write so many groups of intents; return the number of the last."""
    return max((ledger.count_intents() for _ in range(times)), default=0)


def older(ledger: Keeper, witnessed: int) -> bool:
    with ledger.database.reading() as connection:
        return witness.older_than(connection, witnessed)


def distrust(ledger: Keeper, witnessed: int = 9) -> int:
    with ledger.database.writing() as connection:
        return witness.distrust(connection, witnessed, at_us=ledger.now_us)


def test_the_witness_keeps_a_number_outside_the_ledger(tmp_path: Path) -> None:
    one = Witness(tmp_path)
    assert one.read() == 0
    one.write(12)
    one.write(13)
    one.close()
    assert Witness(tmp_path).read() == 13
    assert (tmp_path / witness.NAME).exists()


def test_a_torn_witness_is_no_witness(tmp_path: Path) -> None:
    (tmp_path / witness.NAME).write_text("không phải số")
    assert Witness(tmp_path).read() == 0


def test_the_newest_link_lies_beside_the_number(tmp_path: Path) -> None:
    one = Witness(tmp_path)
    assert one.read_link() is None
    one.write_link(7, "ab" * 32)
    assert (one.read(), one.read_link()) == (0, (7, "ab" * 32))
    one.write(12)
    assert (one.read(), one.read_link()) == (12, (7, "ab" * 32))
    one.write_link(8, "cd" * 32)
    assert (one.read(), one.read_link()) == (12, (8, "cd" * 32))
    one.close()


def test_a_ledger_that_went_on_is_trusted(ledger: Keeper) -> None:
    number = intents(ledger, 3)
    assert number == 3
    assert not older(ledger, 3)
    assert not older(ledger, 2)  # a crash between the commit and the witness


def test_a_ledger_behind_the_witness_is_older_than_the_world(ledger: Keeper) -> None:
    assert older(ledger, intents(ledger, 3) + 1)


def test_a_new_ledger_beside_an_old_witness_is_older_than_the_world(ledger: Keeper) -> None:
    assert older(ledger, 1)


def test_all_that_waits_is_to_be_looked_for(ledger: Keeper) -> None:
    ledger.write(KEY)
    ledger.write(OTHER, State.HELD)
    ledger.write(LATER, State.PUBLISHED)
    assert distrust(ledger) == 2
    assert ledger.row(KEY).look_first > 0
    assert ledger.row(OTHER).look_first > 0
    assert ledger.row(LATER).look_first == 0


def test_what_was_armed_before_is_not_claimed_after(ledger: Keeper) -> None:
    ledger.write(KEY)
    armed = ledger.arm()
    distrust(ledger)
    assert ledger.claim_armed(armed) == set()


def test_a_distrusted_ledger_is_distrusted_once(ledger: Keeper) -> None:
    distrust(ledger, 9)
    assert not older(ledger, 10)


def test_what_is_planned_after_the_restore_for_before_it_is_looked_for_too(ledger: Keeper) -> None:
    ledger.now_us = NOON + MINUTE
    distrust(ledger)
    ledger.write(KEY)  # due before the restore: it may have been public
    ledger.write(LATER, due_us=NOON + 2 * MINUTE)
    assert ledger.row(KEY).look_first > 0
    assert ledger.row(LATER).look_first == 0


def test_where_the_network_cannot_tell_it_waits_for_a_person(ledger: Keeper) -> None:
    ledger.write(KEY)
    ledger.write(OTHER)
    distrust(ledger)
    with ledger.database.writing() as connection:
        assert witness.hold_unfindable(connection, ["b"], at_us=ledger.now_us) == 1
    assert ledger.state(KEY) is State.SCHEDULED
    assert ledger.state(OTHER) is State.HELD
    assert ledger.row(OTHER).held_for == "restore"


def test_a_person_who_has_looked_lets_it_go(ledger: Keeper) -> None:
    ledger.write(OTHER)
    distrust(ledger)
    order: dict[str, Any] = {"at_us": ledger.now_us, "by": "Minh", "why": "đã xem kênh"}
    with ledger.database.writing() as connection:
        witness.hold_unfindable(connection, ["b"], at_us=ledger.now_us)
        assert orders.release(connection, "channel", ["a"], **order) == 0
        assert orders.release(connection, "channel", ["b"], **order) == 1
    assert ledger.state(OTHER) is State.SCHEDULED
    assert ledger.row(OTHER).look_first == 0
