"""Approval: a yes to exactly this post, on this channel, at this time; change a letter, and it is void."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from scheduler.errors import IllegalMove
from scheduler.ledger import orders, plans
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY
from tests.planning.desk import Desk, campaign, message

A, B, OTHER = "thu/tin-1@once/a", "thu/tin-1@once/b", "thu/tin-2@once/a"
PICTURE = "images: [{file: anh.png, alt: Một tấm ảnh}]"


def required(*messages: str, **how: str) -> str:
    return campaign(*messages, approval="required", **how)


@pytest.fixture
def approved(desk: Desk) -> Desk:
    """A desk on which two messages were approved, one with a picture."""
    desk.picture("anh.png", "red")
    desk.write("thu", required(message(more=PICTURE), message("tin-2"), channels="[a]"))
    desk.apply()
    desk.approve()
    assert held(desk) == []
    return desk


def held(desk: Desk) -> list[str]:
    return [row.key for row in desk.waiting()]


def test_what_asks_for_an_approval_waits_for_it(desk: Desk) -> None:
    desk.write("thu", required())
    assert desk.apply() == (2, 0, 0)
    assert held(desk) == [A, B]
    assert desk.approve() == 2
    assert set(desk.states().values()) == {State.SCHEDULED}
    row, told = desk.keeper.row(A), desk.keeper.events(A)
    assert [(e.event, e.by) for e in told] == [("approve", "Minh"), ("release", "Minh")]
    assert told[0].after == plans.fingerprint(A, row.due_us, row.digest)
    assert desk.apply() == (0, 0, 0)


def test_only_what_was_shown_is_released(desk: Desk) -> None:
    desk.write("thu", required())
    desk.apply()
    assert desk.approve(desk.waiting()[:1]) == 1
    assert held(desk) == [B]
    assert desk.apply() == (0, 0, 0)


def test_what_was_changed_while_it_was_read_is_not_released(desk: Desk) -> None:
    desk.write("thu", required(channels="[a]"))
    desk.apply()
    shown = desk.waiting()
    desk.write("thu", required(message(text="Chào bà con"), channels="[a]"))
    desk.apply()
    assert desk.approve(shown) == 0
    assert held(desk) == [A]


def text(desk: Desk) -> None:
    desk.write("thu", required(message(text="Xin chào.", more=PICTURE), message("tin-2"), channels="[a]"))


def time(desk: Desk) -> None:
    when = '{on: "2027-06-26 08:01"}'
    desk.write("thu", required(message(when=when, more=PICTURE), message("tin-2"), channels="[a]"))


def title(desk: Desk) -> None:
    desk.write("thu", required(message(more=f"title: Mới, {PICTURE}"), message("tin-2"), channels="[a]"))


def alt(desk: Desk) -> None:
    more = PICTURE.replace("Một", "Hai")
    desk.write("thu", required(message(more=more), message("tin-2"), channels="[a]"))


def bytes_of_the_picture(desk: Desk) -> None:
    desk.picture("anh.png", "blue")


CHANGES = [text, time, title, alt, bytes_of_the_picture]


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_asks_again_and_only_for_what_was_changed(approved: Desk, change: Callable[[Desk], None]) -> None:
    change(approved)
    assert approved.apply() == (0, 1, 0)
    assert held(approved) == [A]
    assert approved.keeper.state(OTHER) is State.SCHEDULED


@pytest.mark.parametrize("change", CHANGES)
def test_back_to_what_was_approved_is_approved_again(approved: Desk, change: Callable[[Desk], None]) -> None:
    change(approved)
    approved.apply()
    approved.picture("anh.png", "red")
    approved.write("thu", required(message(more=PICTURE), message("tin-2"), channels="[a]"))
    assert approved.apply() == (0, 1, 0)
    assert held(approved) == []


def test_a_further_channel_asks_for_itself_only(approved: Desk) -> None:
    approved.write("thu", required(message(more=PICTURE), message("tin-2"), channels="[a, b]"))
    assert approved.apply() == (2, 0, 0)
    assert held(approved) == [B, "thu/tin-2@once/b"]


def test_the_picture_that_was_approved_is_the_one_that_goes_out(approved: Desk) -> None:
    approved.picture("anh.png", "blue")
    kept = list((approved.folder / "var" / "media").iterdir())
    assert len(kept) == 1
    assert str(kept[0]) in approved.text(A)


def test_what_was_approved_is_restored_as_approved(approved: Desk) -> None:
    approved.write("thu", required(message("tin-2"), channels="[a]"))
    approved.apply()
    approved.write("thu", required(message(more=PICTURE), message("tin-2"), channels="[a]"))
    approved.apply()
    assert held(approved) == []
    assert approved.keeper.state(A) is State.SCHEDULED


def test_what_failed_and_was_changed_asks_again(approved: Desk) -> None:
    approved.lead(A, Event.CLAIM, Event.FAIL)
    text(approved)
    approved.apply()
    assert held(approved) == [A]


def test_asking_for_an_approval_later_holds(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    desk.write("thu", required())
    assert desk.apply() == (0, 2, 0)
    assert held(desk) == [A, B]
    assert desk.apply() == (0, 0, 0)


def test_asking_for_it_no_more_releases(desk: Desk) -> None:
    desk.write("thu", required())
    desk.apply()
    desk.write("thu", campaign())
    assert desk.apply() == (0, 2, 0)
    assert set(desk.states().values()) == {State.SCHEDULED}


def test_asking_for_it_no_more_leaves_a_persons_hold(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    desk.order(orders.hold_one, A)
    for file in (required(), campaign(), campaign(message(text="Chào bà con"))):
        desk.write("thu", file)
        desk.apply()
        assert desk.keeper.state(A) is State.HELD
    assert desk.order(orders.release_one, A) is True
    assert desk.keeper.state(A) is State.SCHEDULED


def test_what_was_changed_while_a_person_held_it_asks_for_approval_when_it_is_released(approved: Desk) -> None:
    approved.order(orders.hold_one, A)
    text(approved)
    approved.apply()
    assert approved.apply() == (0, 0, 0)
    assert approved.approve() == 0  # the person who holds it is asked first
    assert approved.order(orders.release_one, A) is False
    assert approved.keeper.state(A) is State.HELD
    assert held(approved) == [A]
    with pytest.raises(IllegalMove):
        approved.order(orders.release_one, A)
    assert approved.approve() == 1
    assert approved.keeper.counted() == approved.keeper.truth()


def test_back_to_what_was_approved_needs_only_the_persons_release(approved: Desk) -> None:
    approved.order(orders.hold_one, A)
    text(approved)
    approved.apply()
    approved.write("thu", required(message(more=PICTURE), message("tin-2"), channels="[a]"))
    approved.apply()
    assert approved.order(orders.release_one, A) is True
    assert approved.keeper.state(A) is State.SCHEDULED


def test_what_a_restored_ledger_held_asks_for_approval_when_it_was_changed(approved: Desk) -> None:
    approved.keeper.move(
        approved.keeper.row(A).id, State.SCHEDULED, Event.HOLD, values={"held_for": "restore", "look_first": 1}
    )
    text(approved)
    approved.apply()
    with approved.database.writing() as connection:
        orders.release(connection, "all", ["all"], at_us=0, by="Minh", why="")
    assert held(approved) == [A]
    approved.approve()
    assert approved.keeper.row(A).look_first == 1  # and is still looked for before it goes


def test_who_rejects_cancels_and_takes_back_what_was_said(desk: Desk) -> None:
    desk.write("thu", required())
    desk.apply()
    rows = desk.waiting()
    with desk.database.writing() as connection:
        fingerprints = [plans.fingerprint(r.key, r.due_us, r.digest) for r in rows]
        plans.forget_approvals(connection, fingerprints)
        ids = [row.id for row in rows]
        assert plans.cancel(connection, ids, at_us=0, by="Minh", why="sai", mark="Minh: sai") == 2
    assert desk.apply() == (0, 0, 0)
    assert set(desk.states().values()) == {State.CANCELLED}


def test_an_approval_releases_nothing_that_a_plan_is_changing_at_this_moment(desk: Desk) -> None:
    """On PostgreSQL the two could overlap; the yes must wait, and then see the other text."""
    desk.write("thu", required(channels="[a]"))
    desk.apply()
    shown = desk.waiting()
    desk.write("thu", required(message(text="Chào bà con"), channels="[a]"))
    second = Desk.__new__(Desk)
    second.__dict__.update(desk.__dict__, database=Database(desk.database.url))
    released: list[int] = []
    officer = threading.Thread(target=lambda: released.append(second.approve(shown)))
    with desk.database.writing() as connection:
        for part in desk.planner().parts(connection):
            for row, wanted in part.change:
                plans.change(connection, row, wanted, set(), at_us=0, by="Lan")
        officer.start()
        officer.join(0.5)
        assert officer.is_alive()
    officer.join(10)
    second.database.close()
    assert released == [0]
    assert held(desk) == [A]


def test_what_is_held_is_never_claimed(desk: Desk) -> None:
    desk.write("thu", required())
    desk.apply()
    desk.keeper.now_us = desk.keeper.row(A).due_us
    with desk.database.reading() as connection:
        rows = list(connection.execute(DELIVERY.select()))
    assert desk.keeper.arm() == []
    assert desk.keeper.claim_armed(rows) == set()
