"""A national mourning in the ledger: what it holds, what it lets out, and that its end lets nothing go."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.ledger import counts, declaration, mourning, orders, plans, turn
from scheduler.ledger.declaration import Declared
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.orders import OrderRefused
from tests.ledger.keeper import HOUR, KEY, MINUTE, NOON, Keeper, wanted

DAY = Declared(NOON - HOUR, NOON + 4 * HOUR, "Công điện 12", "hai ngày")
WHO: dict[str, Any] = {"by": "Lan", "why": "vì thế"}
OTHER = "thu/tin@once/b"


def declare(ledger: Keeper, period: Declared = DAY, at_us: int = NOON - 2 * HOUR) -> int | None:
    with ledger.database.writing() as connection:
        return declaration.declare(connection, period, at_us=at_us, by="Lan")


def end(ledger: Keeper, at_us: int) -> None:
    with ledger.database.writing() as connection:
        ids = [period.id for period in mourning.periods(connection)]
        declaration.end(connection, ids, at_us=at_us, **WHO)


def release_all(ledger: Keeper, at_us: int) -> declaration.Released:
    with ledger.database.writing() as connection:
        return declaration.release_all(connection, campaign=None, at_us=at_us, **WHO)


HELD = [
    ({"tags": "festive"}, True),
    ({"tags": "city contest"}, True),
    ({"tags": "entertainment", "due_us": NOON + 4 * HOUR - 1}, True),
    ({"tags": "festive", "due_us": NOON - HOUR}, True),
    ({"tags": "festive", "due_us": NOON - HOUR - 1}, False),
    ({"tags": "festive", "due_us": NOON + 4 * HOUR}, False),
    ({"tags": "festival"}, False),
    ({"tags": "festive", "kind": "priority"}, False),
    ({"tags": "festive", "kind": "emergency"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("given", "held"), HELD)
def test_what_is_festive_and_due_in_it_is_held_when_it_is_declared(
    ledger: Keeper, given: dict[str, Any], held: bool
) -> None:
    ledger.write(**given)
    assert declare(ledger) == held
    assert (ledger.state(), ledger.row().held_for) == ((State.HELD, "mourning") if held else (State.SCHEDULED, ""))
    if held:
        last = ledger.events()[-1]
        assert (last.event, last.before, last.by) == ("hold", "scheduled", "Lan")
        assert "Công điện 12" in last.why
    assert ledger.counted() == ledger.truth()


@pytest.mark.parametrize(("given", "held"), HELD)
def test_what_is_planned_into_it_is_held_likewise(ledger: Keeper, given: dict[str, Any], held: bool) -> None:
    declare(ledger)
    ledger.now_us = NOON - 2 * HOUR
    with ledger.database.writing() as connection:
        plans.create(connection, [wanted(**given)], set(), at_us=NOON - 2 * HOUR, by="Lan")
    assert ledger.state() is (State.HELD if held else State.SCHEDULED)
    assert ledger.counted() == ledger.truth()


def test_what_would_be_late_into_it_is_held_as_soon_as_it_begins(ledger: Keeper) -> None:
    ledger.write(tags="festive", due_us=NOON - HOUR - 1)
    declare(ledger)
    with ledger.database.writing() as connection:
        assert mourning.sweep(connection, at_us=NOON - HOUR - 1) == 0
        assert mourning.sweep(connection, at_us=NOON - HOUR) == 1
    assert ledger.row().held_for == "mourning"


def test_a_claim_looks_for_it_itself(ledger: Keeper) -> None:
    """Whatever let it go: the last look of all is the claim's."""
    ledger.write(tags="festive", due_us=NOON - HOUR - 1)
    warning = ledger.write(OTHER, due_us=NOON - HOUR - 1, tags="festive", kind="emergency")
    declare(ledger)
    assert ledger.claim() == {warning}
    assert ledger.state() is State.SCHEDULED
    ledger.now_us = NOON + 4 * HOUR
    with ledger.database.writing() as connection:
        connection.execute(turn.DELIVERY.update().values(late_us=NOON + 9 * HOUR))
    assert ledger.claim() == {ledger.row().id}


def test_declared_twice_it_is_one(ledger: Keeper) -> None:
    assert declare(ledger) == 0
    assert declare(ledger) is None
    with ledger.database.reading() as connection:
        assert len(mourning.periods(connection)) == 1
        assert [(s.scope, s.value, s.since_us, s.until_us) for s in turn.stops(connection)] == [
            ("mourning", "Công điện 12", DAY.since_us, DAY.until_us)
        ]


def test_a_running_daemon_hears_of_it(ledger: Keeper) -> None:
    with ledger.database.reading() as connection:
        before = counts.pulse(connection)
    declare(ledger)
    with ledger.database.reading() as connection:
        assert counts.pulse(connection) > before
    assert [(o.event, o.by, o.why) for o in ledger.orders()][-1] == ("mourning", "Lan", "Công điện 12 hai ngày")


def test_nothing_is_let_go_by_its_end(ledger: Keeper) -> None:
    ledger.write(tags="festive")
    declare(ledger)
    before = ledger.row()
    end(ledger, NOON - HOUR)
    with ledger.database.writing() as connection:
        turn.miss(connection, at_us=NOON + 9 * HOUR)
        mourning.sweep(connection, at_us=NOON + 9 * HOUR)
    assert ledger.row() == before
    with ledger.database.reading() as connection:
        assert turn.stops(connection) == []
        period = mourning.periods(connection)[0]
        assert (period.ended_us, period.ended_by, period.ended_why) == (NOON - HOUR, "Lan", "vì thế")


def test_while_it_lasts_nobody_lets_go_what_it_holds(ledger: Keeper) -> None:
    ledger.write(tags="festive")
    declare(ledger)
    for order in (orders.release_one, orders.retry):
        how: dict[str, Any] = {"late_us": NOON + HOUR} if order is orders.retry else {}
        with pytest.raises(OrderRefused, match="16:00 26/06/2027"), ledger.database.writing() as connection:
            order(connection, KEY, at_us=NOON, zone=_hanoi(), **WHO, **how)
    assert release_all(ledger, NOON).mourned == [KEY]
    assert ledger.state() is State.HELD


def _hanoi() -> Any:
    from zoneinfo import ZoneInfo

    return ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.mark.parametrize("state", [State.UNCONFIRMED, State.FAILED, State.MISSED])
def test_while_it_lasts_nothing_festive_is_tried_again(ledger: Keeper, state: State) -> None:
    ledger.write(tags="festive", state=state)
    declare(ledger)
    with pytest.raises(OrderRefused, match="quốc tang"), ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=NOON + HOUR, at_us=NOON, **WHO)
    assert ledger.state() is state


def test_what_is_public_is_not_said_to_be_in_mourning(ledger: Keeper) -> None:
    ledger.write(tags="festive", state=State.PUBLISHED)
    declare(ledger)
    with pytest.raises(OrderRefused, match="trạng thái đã đăng"), ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=NOON + HOUR, at_us=NOON, **WHO)


def test_after_it_a_person_decides_one_by_one_or_all_at_once(ledger: Keeper) -> None:
    for key in (KEY, OTHER, "thu/tin@2/a"):
        ledger.write(key, tags="festive", late_us=NOON + 9 * HOUR)
    declare(ledger)
    after = DAY.until_us
    with ledger.database.writing() as connection:
        assert mourning.count_held(connection, after - 1) == (3, 0)
        assert mourning.count_held(connection, after) == (3, 3)
        orders.cancel(connection, OTHER, at_us=after, **WHO)
        assert orders.release_one(connection, KEY, at_us=after, **WHO) is True
    assert release_all(ledger, after).free == ["thu/tin@2/a"]
    assert [ledger.state(key) for key in (KEY, OTHER, "thu/tin@2/a")] == [
        State.SCHEDULED, State.CANCELLED, State.SCHEDULED,
    ]  # fmt: skip
    ledger.now_us = after
    assert len(ledger.claim()) == 2
    assert ledger.counted() == ledger.truth()


def test_what_it_has_made_late_goes_only_by_an_order_for_itself(ledger: Keeper) -> None:
    ledger.write(tags="festive")
    declare(ledger)
    after = DAY.until_us
    assert release_all(ledger, after).late == [KEY]
    with pytest.raises(OrderRefused, match="late_after"), ledger.database.writing() as connection:
        orders.release_one(connection, KEY, at_us=after, **WHO)
    with ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=after + HOUR, at_us=after, **WHO)
    assert (ledger.state(), ledger.row().late_us) == (State.SCHEDULED, after + HOUR)
    assert [(e.event, e.by) for e in ledger.events()][-1] == ("release", "Lan")


def test_what_is_ordered_after_it_goes_out_at_its_own_time(ledger: Keeper) -> None:
    ledger.move(ledger.write(due_us=NOON + HOUR), State.SCHEDULED, Event.HOLD, values={"held_for": "mourning"})

    with ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=NOON + 3 * HOUR, at_us=NOON, **WHO)

    assert (ledger.state(), ledger.row().next_us) == (State.SCHEDULED, NOON + HOUR)


def test_what_is_held_for_something_else_is_not_retried(ledger: Keeper) -> None:
    ledger.write(tags="festive", approval=True)
    with pytest.raises(OrderRefused), ledger.database.writing() as connection:
        orders.retry(connection, KEY, late_us=NOON + HOUR, at_us=NOON, **WHO)


def test_what_was_approved_in_it_is_held_for_it(ledger: Keeper) -> None:
    ledger.write(tags="festive", approval=True)
    ledger.write(OTHER, approval=True)
    declare(ledger)
    assert ledger.row().held_for == "approval"
    rows = {ledger.row(key).id: wanted(key).fingerprint for key in (KEY, OTHER)}
    with ledger.database.writing() as connection:
        assert plans.approve(connection, rows, at_us=NOON - HOUR, by="Minh", why="") == 2
    assert (ledger.row().held_for, ledger.state(OTHER)) == ("mourning", State.SCHEDULED)
    assert [(e.event, e.by) for e in ledger.events()] == [("approve", "Minh"), ("release", "Minh")]
    assert ledger.counted() == ledger.truth()


def test_what_a_person_had_held_is_held_for_it_when_he_lets_it_go(ledger: Keeper) -> None:
    ledger.write(tags="festive")
    with ledger.database.writing() as connection:
        orders.hold_one(connection, KEY, at_us=NOON - 3 * HOUR, **WHO)
    declare(ledger)
    assert ledger.row().held_for == "person"
    with ledger.database.writing() as connection:
        assert orders.release_one(connection, KEY, at_us=NOON, **WHO) is False
    assert (ledger.state(), ledger.row().held_for) == (State.HELD, "mourning")


def test_what_a_restored_ledger_held_is_held_for_it_and_still_looked_for(ledger: Keeper) -> None:
    """Only who releases what the restored ledger held has looked at the channel."""
    id = ledger.write(tags="festive")
    ledger.move(id, State.SCHEDULED, Event.HOLD, values={"held_for": "mourning", "look_first": 7})
    with ledger.database.writing() as connection:
        assert orders.release_one(connection, KEY, at_us=NOON, **WHO) is True
    assert ledger.row().look_first == 7
    ledger.move(id, State.SCHEDULED, Event.HOLD, values={"held_for": "restore"})
    declare(ledger)
    with ledger.database.writing() as connection:
        orders.release(connection, "channel", ["a"], at_us=NOON, **WHO)
    assert (ledger.row().held_for, ledger.row().look_first) == ("mourning", 0)


FILE = [Declared(NOON, NOON + HOUR, "A"), Declared(NOON + 5 * HOUR, NOON + 6 * HOUR, "B")]


def test_the_file_is_followed_and_a_second_time_changes_nothing(ledger: Keeper) -> None:
    ledger.write(tags="festive")
    with ledger.database.writing() as connection:
        assert declaration.differs(connection, FILE, at_us=NOON - HOUR)
        assert declaration.follow(connection, FILE, at_us=NOON - HOUR, by="Lan") == 2
        assert not declaration.differs(connection, FILE, at_us=NOON - HOUR)
        assert declaration.follow(connection, FILE, at_us=NOON - HOUR, by="Lan") == 0
    assert ledger.row().held_for == "mourning"


def test_what_is_taken_out_of_the_file_ends_and_what_a_person_ended_stays_ended(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        declaration.follow(connection, FILE, at_us=NOON - HOUR, by="Lan")
        first = mourning.periods(connection)[0]
        declaration.end(connection, [first.id], at_us=NOON - HOUR, **WHO)
        assert declaration.follow(connection, FILE, at_us=NOON - HOUR, by="Lan") == 0
        assert declaration.follow(connection, FILE[:1], at_us=NOON - HOUR, by="Lan") == 1
        assert mourning.open_periods(connection, NOON - HOUR) == []


def test_a_command_is_not_undone_by_a_file_without_it(ledger: Keeper) -> None:
    declare(ledger)
    with ledger.database.writing() as connection:
        assert declaration.follow(connection, [], at_us=NOON, by="Lan") == 0
        assert len(mourning.open_periods(connection, NOON)) == 1


def test_what_lies_in_it_is_told(ledger: Keeper) -> None:
    ledger.write(tags="festive")
    ledger.write(OTHER, state=State.PUBLISHED)
    ledger.write("thu/tin@2/a", due_us=NOON + 9 * HOUR)
    declare(ledger)
    with ledger.database.reading() as connection:
        period = mourning.periods(connection)[0]
        assert mourning.inside(connection, period) == {True: {"held": 1}, False: {"published": 1}}


def test_two_that_overlap_are_both_counted(ledger: Keeper) -> None:
    ledger.write(tags="festive")
    declare(ledger)
    declare(ledger, Declared(NOON - MINUTE, NOON + 8 * HOUR, "B"))
    with ledger.database.reading() as connection:
        assert mourning.count_held(connection, NOON + 5 * HOUR) == (1, 0)
        assert mourning.count_held(connection, NOON + 8 * HOUR) == (1, 1)
