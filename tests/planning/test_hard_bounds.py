"""Embargo, expiry, tags, mourning and `on: now`, from the files into the ledger."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from scheduler.authoring.loader import Book
from scheduler.clock import micros
from scheduler.ledger import declaration, mourning, orders, turn
from scheduler.ledger.declaration import Declared
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.witness import distrust
from scheduler.planning import apply as writing
from scheduler.planning.apply import apply
from scheduler.planning.mourning import declared
from tests.ledger.keeper import HOUR, MINUTE
from tests.planning.desk import HANOI, START, Desk, campaign, message

A = "thu/tin-1@once/a"
DUE = micros(datetime(2027, 6, 26, 8, tzinfo=HANOI))
FESTIVE = "tags: [festive]"


def urgent(text: str = "Sơ tán ngay", approval: str = "none", late_after: str = "2h", more: str = "") -> str:
    extra = f"class: emergency{more and ', ' + more}"
    return campaign(
        message(text=text, when="now", more=extra), channels="[a]", approval=approval, late_after=late_after
    )


def declare(desk: Desk, since: int = DUE - HOUR, until: int = DUE + HOUR) -> None:
    with desk.database.writing() as connection:
        declaration.declare(connection, Declared(since, until, "Công điện"), at_us=desk.now_us, by="Lan")


# --- bounds and tags ---------------------------------------------------------------------------------------------


def test_bounds_and_tags_reach_the_ledger_and_a_second_apply_changes_nothing(desk: Desk) -> None:
    more = 'tags: [festive, x], embargo: "2027-06-25 09:00", expires: "2027-06-26 09:30"'
    desk.write("thu", campaign(message(more=more)).replace("messages:", "tags: [x, y]\nmessages:"))
    assert desk.apply() == (2, 0, 0)
    row = desk.keeper.row(A)
    assert (row.tags, row.not_before_us, row.not_after_us) == ("festive x y", DUE - 23 * HOUR, DUE + 90 * MINUTE)
    assert row.late_us == DUE + 90 * MINUTE - 1
    assert desk.apply() == (0, 0, 0)


def test_a_message_wins_over_its_campaign(desk: Desk) -> None:
    head = 'expires: "2027-06-26 09:00"\nmessages:'
    own = message("tin-2", more='expires: "2027-06-27 00:00"')
    desk.write("thu", campaign(message(), own, channels="[a]").replace("messages:", head))
    desk.apply()
    assert desk.keeper.row(A).not_after_us == DUE + HOUR
    assert desk.keeper.row("thu/tin-2@once/a").not_after_us == DUE + 16 * HOUR


@pytest.mark.parametrize("bound", ['embargo: "2027-06-26 08:01"', 'expires: "2027-06-26 08:00"'])
def test_what_lies_outside_its_bounds_is_not_planned(desk: Desk, bound: str) -> None:
    desk.write("thu", campaign(message(more=bound)))
    assert desk.apply() == (0, 0, 0)


def test_of_a_rule_only_what_lies_within_is_planned(desk: Desk) -> None:
    when = '{every: day, at: "08:00", from: 2027-06-10, until: 2027-06-20}'
    more = 'embargo: "2027-06-12 08:00", expires: "2027-06-15 08:00"'
    desk.write("thu", campaign(message(when=when, more=more), channels="[a]"))
    desk.apply()
    assert sorted(desk.states()) == [f"tin-1@2027-06-{day}/a" for day in (12, 13, 14)]


def test_other_bounds_and_tags_change_what_waits_and_need_no_new_approval(desk: Desk) -> None:
    desk.write("thu", campaign(approval="required"))
    desk.apply()
    desk.approve()
    desk.write("thu", campaign(message(more='tags: [x], expires: "2027-06-26 09:00"'), approval="required"))
    assert desk.apply() == (0, 2, 0)
    row = desk.keeper.row(A)
    assert (row.state, row.tags, row.not_after_us) == (State.SCHEDULED, "x", DUE + HOUR)
    assert desk.apply() == (0, 0, 0)


def test_an_embargo_after_the_time_takes_it_back(desk: Desk) -> None:
    desk.write("thu", campaign(channels="[a]"))
    desk.apply()
    desk.write("thu", campaign(message(more='embargo: "2027-06-27 00:00"'), channels="[a]"))
    assert desk.apply() == (0, 0, 1)


def test_what_expired_gets_its_later_end_and_then_a_person_may_send_it(desk: Desk) -> None:
    desk.write("thu", campaign(message(more='expires: "2027-06-26 08:30"'), channels="[a]"))
    desk.apply()
    desk.now = datetime(2027, 6, 26, 11, tzinfo=HANOI)
    with desk.database.writing() as connection:
        turn.miss(connection, at_us=desk.now_us)
    desk.write("thu", campaign(message(more='expires: "2027-06-26 20:00"'), channels="[a]"))
    assert desk.apply() == (0, 1, 0)
    assert desk.keeper.state(A) is State.MISSED
    assert desk.apply() == (0, 0, 0)
    desk.order(orders.retry, A, late_us=desk.now_us + HOUR)
    assert desk.keeper.state(A) is State.SCHEDULED


# --- mourning ----------------------------------------------------------------------------------------------------


def test_what_was_moved_out_of_a_mourning_goes_on(desk: Desk) -> None:
    desk.write("thu", campaign(message(more=FESTIVE), channels="[a]"))
    desk.apply()
    declare(desk)
    assert desk.keeper.row(A).held_for == "mourning"
    desk.write("thu", campaign(message(more=FESTIVE, when='{on: "2027-06-26 08:30"}'), channels="[a]"))
    desk.apply()
    assert desk.keeper.row(A).held_for == "mourning"
    desk.write("thu", campaign(message(more=FESTIVE, when='{on: "2027-06-26 19:00"}'), channels="[a]"))
    desk.apply()
    assert desk.keeper.state(A) is State.SCHEDULED
    assert desk.keeper.counted() == desk.keeper.truth()


def test_what_was_moved_out_of_a_mourning_needs_its_approval_again(desk: Desk) -> None:
    desk.write("thu", campaign(message(more=FESTIVE), channels="[a]", approval="required"))
    desk.apply()
    desk.approve()
    declare(desk)
    assert desk.keeper.row(A).held_for == "mourning"
    moved = message(more=FESTIVE, when='{on: "2027-06-26 19:00"}')
    desk.write("thu", campaign(moved, channels="[a]", approval="required"))
    assert desk.apply() == (0, 1, 0)
    assert desk.keeper.row(A).held_for == "approval"
    assert desk.apply() == (0, 0, 0)
    assert desk.approve() == 1
    assert desk.keeper.state(A) is State.SCHEDULED


@pytest.mark.parametrize("over", [False, True])
def test_another_text_or_no_tag_lets_nothing_go(desk: Desk, over: bool) -> None:
    desk.write("thu", campaign(message(more=FESTIVE), channels="[a]", late_after="3d"))
    desk.apply()
    declare(desk)
    if over:
        desk.now = datetime(2027, 6, 26, 12, tzinfo=HANOI)
    for text, more in (("Chào bà con", FESTIVE), ("Chào bà con", "tags: [x]")):
        desk.write("thu", campaign(message(text=text, more=more), channels="[a]", late_after="3d"))
        assert desk.apply() == (0, 1, 0)
        assert desk.keeper.row(A).held_for == "mourning"
    assert desk.apply() == (0, 0, 0)


def test_what_was_changed_in_it_asks_for_its_approval_when_it_is_released(desk: Desk) -> None:
    desk.write("thu", campaign(message(more=FESTIVE), channels="[a]", approval="required", late_after="3d"))
    desk.apply()
    desk.approve()
    declare(desk)
    changed = message(text="Chào bà con", more=FESTIVE)
    desk.write("thu", campaign(changed, channels="[a]", approval="required", late_after="3d"))
    desk.apply()
    assert desk.apply() == (0, 0, 0)
    assert (desk.keeper.row(A).held_for, desk.approve()) == ("mourning, approval", 0)
    desk.now = datetime(2027, 6, 26, 12, tzinfo=HANOI)
    assert desk.order(orders.release_one, A) is False
    assert desk.approve() == 1
    assert desk.keeper.state(A) is State.SCHEDULED


def test_what_asks_no_more_for_an_approval_is_still_held_for_the_mourning(desk: Desk) -> None:
    desk.write("thu", campaign(message(more=FESTIVE), channels="[a]", approval="required"))
    desk.apply()
    declare(desk)
    desk.write("thu", campaign(message(more=FESTIVE), channels="[a]"))
    desk.apply()
    assert desk.keeper.row(A).held_for == "mourning"
    assert desk.apply() == (0, 0, 0)


def days(since: object, until: object) -> Any:
    period = SimpleNamespace(since=since, until=until, basis="Nghị định 105/2012/NĐ-CP", note="")
    return SimpleNamespace(mourning=(period,))


def test_a_day_of_the_register_belongs_to_the_mourning_whole(desk: Desk) -> None:
    book: Any = Book(desk.folder)
    assert declared(book, HANOI) == []
    book.days = days(date(2027, 6, 25), date(2027, 6, 26))
    [period] = declared(book, HANOI)
    assert period.since_us == DUE - 32 * HOUR
    assert period.until_us == DUE + 16 * HOUR
    book.days = days(datetime(2027, 6, 25, 12), datetime(2027, 6, 26, 12))
    [period] = declared(book, HANOI)
    assert (period.since_us, period.until_us) == (DUE - 20 * HOUR, DUE + 4 * HOUR)


def test_the_register_is_followed_by_apply(desk: Desk) -> None:
    desk.write("thu", campaign(message(more=FESTIVE), channels="[a]"))
    desk.apply()
    planner = desk.planner()
    book: Any = planner.book
    book.days = days(date(2027, 6, 26), date(2027, 6, 26))
    apply(planner, desk.database, by="Lan")
    assert desk.keeper.row(A).held_for == "mourning"
    before = desk.whole()
    apply(planner, desk.database, by="Lan")
    assert desk.whole() == before
    book.days = None
    apply(planner, desk.database, by="Lan")
    with desk.database.reading() as connection:
        assert mourning.open_periods(connection, desk.now_us) == []
    assert desk.keeper.state(A) is State.HELD


# --- on: now -----------------------------------------------------------------------------------------------------


def test_now_is_due_when_it_is_applied_and_keeps_that_time(desk: Desk) -> None:
    desk.write("thu", urgent())
    assert desk.apply() == (1, 0, 0)
    first = desk.keeper.row(A)
    assert (first.due_us, first.late_us, first.kind) == (micros(START), micros(START) + 2 * HOUR, "emergency")
    desk.later(minutes=5)
    assert desk.apply() == (0, 0, 0)
    desk.write("thu", urgent("Sơ tán ngay, đi phía bắc"))
    assert desk.apply() == (0, 1, 0)
    assert desk.keeper.row(A).due_us == first.due_us


def test_now_that_was_said_is_never_said_again(desk: Desk) -> None:
    desk.write("thu", urgent())
    desk.apply()
    desk.publish(A)
    desk.later(days=3)
    desk.write("thu", urgent("Chữ khác"))
    assert desk.apply() == (0, 0, 0)
    assert desk.keeper.state(A) is State.PUBLISHED


def test_now_waits_for_its_approval_and_then_goes_at_once(desk: Desk) -> None:
    desk.write("thu", urgent(approval="required"))
    desk.apply()
    desk.later(hours=5)
    assert desk.apply() == (0, 0, 0)
    assert desk.approve() == 1
    row = desk.keeper.row(A)
    assert (row.state, row.late_us) == (State.SCHEDULED, desk.now_us + 2 * HOUR)
    assert desk.apply() == (0, 0, 0)
    desk.keeper.now_us = desk.now_us
    assert desk.keeper.claim() == {row.id}


def test_now_follows_another_patience(desk: Desk) -> None:
    desk.write("thu", urgent(approval="required"))
    desk.apply()
    desk.write("thu", urgent(approval="required", late_after="30m"))
    assert desk.apply() == (0, 1, 0)
    assert desk.keeper.row(A).late_us == micros(START) + 30 * MINUTE
    desk.approve()
    assert desk.apply() == (0, 0, 0)


@pytest.mark.parametrize("event", [Event.FAIL, Event.MISS])
def test_now_that_never_went_out_is_due_anew_with_its_next_text(desk: Desk, event: Event) -> None:
    desk.write("thu", urgent())
    desk.apply()
    desk.lead(A, *((Event.CLAIM, Event.FAIL) if event is Event.FAIL else (Event.MISS,)))
    desk.later(days=1)
    assert desk.apply() == (0, 0, 0)
    desk.write("thu", urgent("Sơ tán ngay, đi phía bắc"))
    assert desk.apply() == (0, 1, 0)
    assert (desk.keeper.state(A), desk.keeper.row(A).due_us) == (State.SCHEDULED, desk.now_us)


def test_now_goes_everywhere_at_once_though_its_campaign_spreads(desk: Desk) -> None:
    values = urgent().replace("channels: [a]", "channels: [a, b, c]\nspread: 30m")
    desk.write("thu", values)
    desk.apply()
    assert {desk.keeper.row(f"thu/tin-1@once/{c}").due_us for c in "abc"} == {micros(START)}


def test_after_its_end_now_is_not_planned(desk: Desk) -> None:
    desk.write("thu", urgent(more='expires: "2027-06-01 08:00"'))
    assert desk.apply() == (0, 0, 0)


@pytest.mark.parametrize(("later", "looked_for"), [(timedelta(hours=1), True), (timedelta(days=8), False)])
def test_a_restored_ledger_looks_for_a_now_of_which_it_may_have_forgotten(
    desk: Desk, later: timedelta, looked_for: bool
) -> None:
    """Its time is new whenever it is planned: only a look tells whether it was said before."""
    restored_us = desk.now_us
    with desk.database.writing() as connection:
        distrust(connection, 9, at_us=restored_us)
    desk.now += later
    desk.write("thu", urgent())
    desk.apply()
    assert (desk.keeper.row(A).look_first > 0) is looked_for


def test_a_plan_that_fails_in_the_middle_declares_no_mourning(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write("thu", campaign(channels="[a]"))
    planner = desk.planner()
    book: Any = planner.book
    book.days = days(date(2027, 6, 26), date(2027, 6, 26))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(writing, "_write", broken)
    with pytest.raises(RuntimeError):
        apply(planner, desk.database, by="Lan")
    with desk.database.reading() as connection:
        assert mourning.periods(connection) == []
