"""A plan and what is held for the law: another text or day lets it go, to be judged anew; an approval is asked for first."""

from __future__ import annotations

from scheduler.ledger import unlawful
from scheduler.ledger.delivery import State
from tests.planning.desk import Desk, campaign, message

A, B = "thu/tin-1@once/a", "thu/tin-1@once/b"


def stop(desk: Desk) -> None:
    rows = [desk.keeper.row(key) for key in (A, B)]
    with desk.database.writing() as connection:
        assert unlawful.hold_for_law(connection, [(row, "hết hiệu lực") for row in rows], at_us=desk.now_us) == 2


def test_the_same_plan_changes_nothing(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    stop(desk)

    assert desk.apply() == (0, 0, 0)
    assert desk.keeper.row(A).held_for == "law"


def test_another_text_lets_it_go(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    stop(desk)
    desk.write("thu", campaign(message(text="Bài đã sửa")))

    assert desk.apply() == (0, 2, 0)

    row = desk.keeper.row(A)
    assert (row.state, row.held_for, row.error) == ("scheduled", "", "")
    assert desk.apply() == (0, 0, 0)
    assert desk.keeper.counted() == desk.keeper.truth()


def test_another_day_lets_it_go(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    stop(desk)
    desk.write("thu", campaign(message(when='{on: "2027-06-30 08:00"}')))
    desk.apply()

    assert desk.keeper.state(A) is State.SCHEDULED


def test_another_text_is_approved_before_it_goes(desk: Desk) -> None:
    desk.write("thu", campaign(approval="required"))
    desk.apply()
    desk.approve()
    stop(desk)
    desk.write("thu", campaign(message(text="Bài đã sửa"), approval="required"))
    desk.apply()

    assert [row.key for row in desk.waiting()] == [A, B]
    desk.approve()
    assert desk.keeper.state(A) is State.SCHEDULED
    assert desk.keeper.counted() == desk.keeper.truth()


def test_a_new_demand_for_approval_takes_over(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    stop(desk)
    desk.write("thu", campaign(approval="required"))
    desk.apply()

    assert desk.keeper.row(A).held_for == "approval"
    assert desk.apply() == (0, 0, 0)
