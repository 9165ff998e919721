"""The ledger's side of a plan: what was moved since the plan was made is left alone."""

from __future__ import annotations

import pytest

from scheduler.ledger import plans
from scheduler.ledger.delivery import Event, State
from tests.ledger.keeper import NOON, Keeper, wanted

MEANWHILE = [(Event.CLAIM,), (Event.CLAIM, Event.CONFIRM), (Event.CLAIM, Event.AWAIT), (Event.CANCEL,), (Event.MISS,)]


@pytest.mark.parametrize("events", MEANWHILE)
@pytest.mark.parametrize("approval", [True, False])
def test_what_moved_after_the_plan_was_made_is_not_changed(
    ledger: Keeper, events: tuple[Event, ...], approval: bool
) -> None:
    id = ledger.write()
    seen = ledger.row()
    for event in events:
        ledger.move(id, ledger.state(), event)
    before = (ledger.row(), ledger.events())
    with ledger.database.writing() as connection:
        plans.change(connection, seen, wanted(text="khác", approval=approval), set(), at_us=NOON, by="Lan")
        assert plans.cancel(connection, [id], at_us=NOON, by="Lan", why="") == 0
    assert (ledger.row(), ledger.events()) == before
    assert ledger.counted() == ledger.truth()


def test_posts_are_kept_once_and_never_rewritten(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {"d": "một"})
        plans.keep_bodies(connection, {"d": "hai", "e": "ba"})
        assert plans.bodies(connection, ["d", "e", "none"]) == {"d": "một", "e": "ba"}
        assert plans.body_of(connection, "none") == ""


def test_only_what_waits_counts_as_waiting(ledger: Keeper) -> None:
    for state in State:
        ledger.write(f"thu/{state}@once/a", state)
    with ledger.database.reading() as connection:
        assert plans.waiting_messages(connection) == [("thu", "held", 1), ("thu", "scheduled", 1)]


def test_where_a_message_of_a_model_was_said_is_known_under_every_name_of_its_family(ledger: Keeper) -> None:
    for key, state in (
        ("hd/tin@once/a", State.PUBLISHED), ("hd.ba-dinh/tin@once/b", State.UNCONFIRMED),
        ("hd.bo-de/tin@once/c", State.SCHEDULED), ("hd.bo-de/khac@once/c", State.PUBLISHED),
        ("hd-2/tin@once/d", State.PUBLISHED), ("hdx.ba-dinh/tin@once/e", State.PUBLISHED),
    ):  # fmt: skip
        ledger.write(key, state)

    with ledger.database.reading() as connection:
        found = plans.spoken(connection, "hd", "tin")

    assert found == {("once", "a"): "hd", ("once", "b"): "hd.ba-dinh"}
