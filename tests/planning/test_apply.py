"""Plans from real files, written into the ledger: what is created, changed, cancelled, and what is left alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from scheduler.errors import PlanRefused
from scheduler.ledger import orders
from scheduler.ledger.delivery import Event, State
from scheduler.planning.apply import apply
from tests.ledger.keeper import HOUR
from tests.planning.desk import HANOI, Desk, campaign, message

A, B = "thu/tin-1@once/a", "thu/tin-1@once/b"
SCHEDULED, CANCELLED, PUBLISHED, MISSED = State.SCHEDULED, State.CANCELLED, State.PUBLISHED, State.MISSED
MANY = [message(f"tin-{n}", when=f'{{on: "2027-06-{n:02} 08:00"}}') for n in range(10, 20)]
RULE = "{every: day, at: '08:00', from: 2027-06-01, until: 2027-06-10}"


def test_a_new_message_is_written_down(desk: Desk) -> None:
    desk.write("thu", campaign())
    assert desk.apply() == (2, 0, 0)
    assert desk.states() == {"tin-1@once/a": SCHEDULED, "tin-1@once/b": SCHEDULED}
    row = desk.keeper.row(B)
    due_us = round(datetime(2027, 6, 26, 8, tzinfo=HANOI).timestamp()) * 1_000_000
    assert (row.due_us, row.late_us, row.next_us, row.unit) == (due_us, due_us + 2 * HOUR, due_us, "ba-dinh")
    assert "Xin chào" in desk.text(A)


def test_applying_twice_changes_nothing(desk: Desk) -> None:
    desk.write("thu", campaign(message(), message("tin-2", when=RULE), approval="required"))
    desk.apply()
    before = desk.whole()
    assert desk.apply() == (0, 0, 0)
    assert desk.whole() == before


CHANGES: list[tuple[str, str, dict[str, Any]]] = [
    ("text", campaign(message(text="Chào bà con")), {}),
    ("time", campaign(message(when='{on: "2027-06-27 09:00"}')), {"due_us": 25 * HOUR, "late_us": 25 * HOUR, "next_us": 25 * HOUR}),
    ("late_after", campaign(late_after="3h"), {"late_us": HOUR}),
    ("class", campaign(message(more="class: emergency")), {}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "file", "later"), CHANGES)
def test_what_is_changed_is_changed(desk: Desk, what: str, file: str, later: dict[str, int]) -> None:
    desk.write("thu", campaign())
    desk.apply()
    before = desk.keeper.row(A)
    desk.write("thu", file)
    assert desk.apply() == (0, 2, 0)
    after = desk.keeper.row(A)
    assert after.rev > before.rev  # who has armed it must read it again
    assert {name: getattr(after, name) - getattr(before, name) for name in later} == later
    assert ("Chào bà con" in desk.text(A)) is (what == "text")
    assert (after.kind == "emergency") is (what == "class")
    assert desk.apply() == (0, 0, 0)


def test_channels_come_and_go(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    desk.write("thu", campaign(channels="[b, c]"))
    assert desk.apply() == (1, 0, 1)
    assert desk.states() == {"tin-1@once/a": CANCELLED, "tin-1@once/b": SCHEDULED, "tin-1@once/c": SCHEDULED}


def test_a_removed_message_is_cancelled_and_a_restored_one_returns(desk: Desk) -> None:
    desk.write("thu", campaign(message(), message("tin-2")))
    desk.apply()
    desk.write("thu", campaign(message("tin-2")))
    assert desk.apply() == (0, 0, 2)
    assert desk.keeper.state(A) is CANCELLED
    assert desk.keeper.events(A)[-1].by == "Lan"
    assert desk.apply() == (0, 0, 0)
    desk.write("thu", campaign(message(text="Chào lại"), message("tin-2")))
    assert desk.apply() == (0, 2, 0)
    assert desk.keeper.state(A) is SCHEDULED
    assert "Chào lại" in desk.text(A)


def test_a_removed_file_takes_its_deliveries_along(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.write("khac", campaign(*MANY, name="khac"))
    desk.apply()
    desk.remove("thu")
    assert desk.apply(allow_cancel=False) == (0, 0, 2)
    assert desk.keeper.state(A) is CANCELLED


@pytest.mark.parametrize("broken", ["campaign: thu\nmessages: [", "campaign: thu\nmessagess: []\n", ": : :\n\t- x"])
@pytest.mark.parametrize("name", ["thu", "ten-khac"])
def test_a_broken_file_cancels_nothing(desk: Desk, broken: str, name: str) -> None:
    desk.write(name, campaign())
    desk.write("khac", campaign(name="khac"))
    desk.apply()
    desk.write(name, broken)
    for how in ({}, {"only_without_approval": True}):
        assert desk.apply(**how) == (0, 0, 0)
    assert set(desk.states().values()) == {SCHEDULED}


def test_a_daemon_leaves_campaigns_alone_that_ask_for_an_approval(desk: Desk) -> None:
    desk.write("thu", campaign(approval="required"))
    desk.write("khac", campaign(name="khac"))
    assert desk.apply(only_without_approval=True) == (2, 0, 0)
    desk.apply()
    desk.remove("thu")
    assert desk.apply(only_without_approval=True) == (0, 0, 0)
    assert desk.keeper.state(A) is State.HELD


@pytest.mark.parametrize("by", ["Minh", "plan"])
def test_a_persons_cancel_is_not_undone(desk: Desk, by: str) -> None:
    desk.write("thu", campaign())
    desk.apply()
    with desk.database.writing() as connection:
        orders.cancel(connection, A, at_us=desk.now_us, by=by, why="")
    desk.write("thu", campaign(message(text="Chào bà con")))
    assert desk.apply() == (0, 1, 0)
    assert desk.states() == {"tin-1@once/a": CANCELLED, "tin-1@once/b": SCHEDULED}


SETTLED = {
    State.SENDING: (Event.CLAIM,),
    State.PUBLISHED: (Event.CLAIM, Event.CONFIRM),
    State.UNCONFIRMED: (Event.CLAIM, Event.AWAIT),
    State.WITHDRAWN: (Event.CLAIM, Event.CONFIRM, Event.WITHDRAW),
}


@pytest.mark.parametrize("state", SETTLED)
@pytest.mark.parametrize("change", ["text", "time", "removed", "channel", "file", "approval"])
def test_what_is_public_or_asked_for_is_not_touched(desk: Desk, state: State, change: str) -> None:
    desk.write("thu", campaign(message(), message("tin-2")))
    desk.apply()
    desk.lead(A, *SETTLED[state])
    before, events = desk.keeper.row(A), desk.keeper.events(A)
    match change:
        case "text":
            desk.write("thu", campaign(message(text="Chào bà con"), message("tin-2")))
        case "time":
            desk.write("thu", campaign(message(when='{on: "2027-06-27 09:00"}'), message("tin-2")))
        case "removed":
            desk.write("thu", campaign(message("tin-2")))
        case "channel":
            desk.write("thu", campaign(message(), message("tin-2"), channels="[b]"))
        case "file":
            desk.remove("thu")
        case _:
            desk.write("thu", campaign(message(), message("tin-2"), approval="required"))
    found = desk.plan()
    assert A not in [row.key for part in found for row in part.cancel]
    shown = [row.key for part in found for row, _ in part.already_public]
    assert shown == ([A] if change == "text" else [])
    desk.apply()
    assert (desk.keeper.row(A), desk.keeper.events(A)) == (before, events)
    assert desk.keeper.counted() == desk.keeper.truth()


@pytest.mark.parametrize("event", [Event.FAIL, Event.MISS])
@pytest.mark.parametrize(
    ("file", "revived"),
    [
        (campaign(), False),
        (campaign(message(text="Chào bà con")), True),
        (campaign(message(when='{on: "2027-06-27 09:00"}')), True),
        (campaign(message(when='{on: "2027-05-01 09:00"}')), False),
    ],
)
def test_what_failed_or_was_missed_goes_again_with_a_changed_file(
    desk: Desk, event: Event, file: str, revived: bool
) -> None:
    desk.write("thu", campaign())
    desk.apply()
    desk.lead(A, *([Event.CLAIM, event] if event is Event.FAIL else [event]))
    state = desk.keeper.state(A)
    desk.write("thu", file)
    desk.apply()
    assert desk.keeper.state(A) is (SCHEDULED if revived else state)
    if revived:
        row = desk.keeper.row(A)
        assert (row.attempts, row.error, row.next_us) == (0, "", row.due_us)
    assert desk.keeper.counted() == desk.keeper.truth()


def test_a_person_who_orders_what_was_missed_is_not_overruled_by_a_plan(desk: Desk) -> None:
    desk.write("thu", campaign())
    desk.apply()
    desk.now = datetime(2027, 6, 26, 12, tzinfo=HANOI)
    desk.lead(A, Event.MISS)
    desk.order(orders.retry, A, late_us=desk.now_us + 2 * HOUR)
    desk.later(minutes=1)
    assert desk.apply() == (0, 0, 0)
    assert desk.keeper.row(A).late_us > desk.now_us


def test_what_is_too_late_is_not_written_down(desk: Desk) -> None:
    desk.now = datetime(2027, 6, 26, 10, 0, 1, tzinfo=HANOI)
    desk.write("thu", campaign())
    assert desk.apply() == (0, 0, 0)
    desk.now = datetime(2027, 6, 26, 9, 59, tzinfo=HANOI)
    assert desk.apply() == (2, 0, 0)


# --- rules ------------------------------------------------------------------------------------------------------


def test_a_rule_writes_each_day_by_its_date(desk: Desk) -> None:
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    desk.now = datetime(2027, 6, 1, 7, tzinfo=HANOI)
    assert desk.apply() == (10, 0, 0)
    assert next(iter(desk.states())) == "tin-1@2027-06-01/a"


def test_what_time_alone_has_left_behind_is_not_cancelled(desk: Desk) -> None:
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    desk.now = datetime(2027, 6, 1, 7, tzinfo=HANOI)
    desk.apply()
    for _ in range(30):
        desk.later(hours=9.7)
        assert desk.apply() == (0, 0, 0)
    assert set(desk.states().values()) == {SCHEDULED}


def test_what_is_due_but_not_sent_yet_is_not_cancelled(desk: Desk) -> None:
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    desk.now = datetime(2027, 6, 1, 7, tzinfo=HANOI)
    desk.apply()
    desk.now = datetime(2027, 6, 1, 8, 30, tzinfo=HANOI)
    assert desk.apply() == (0, 0, 0)
    desk.write("thu", campaign(message(when=RULE, text="Chào bà con"), channels="[a]"))
    assert desk.apply() == (0, 10, 0)


def test_a_rule_of_yesterday_is_not_made_up_for(desk: Desk) -> None:
    desk.now = datetime(2027, 6, 1, 8, 30, tzinfo=HANOI)
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    assert desk.apply() == (9, 0, 0)


def test_a_shortened_rule_cancels_what_lies_beyond_it(desk: Desk) -> None:
    desk.now = datetime(2027, 6, 1, 7, tzinfo=HANOI)
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    desk.apply()
    desk.write("thu", campaign(message(when=RULE.replace("06-10", "06-08")), channels="[a]"))
    assert desk.apply(allow_cancel=False) == (0, 0, 2)


def test_a_shorter_horizon_cancels_nothing(desk: Desk) -> None:
    desk.write("thu", campaign(message(when=RULE)))
    desk.apply()
    desk.given["horizon_days"] = "3"
    assert desk.apply() == (0, 0, 0)
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    assert desk.apply()[2] == 9


def test_moving_the_hour_of_what_was_said_today_does_not_say_it_again(desk: Desk) -> None:
    desk.now = datetime(2027, 6, 1, 7, tzinfo=HANOI)
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    desk.apply()
    desk.publish("thu/tin-1@2027-06-01/a")
    desk.now = datetime(2027, 6, 1, 8, 30, tzinfo=HANOI)
    desk.write("thu", campaign(message(when=RULE.replace("08:00", "09:00")), channels="[a]"))
    assert desk.apply() == (0, 9, 0)
    assert desk.states()["tin-1@2027-06-01/a"] is PUBLISHED


# --- looking only some days ahead ---------------------------------------------------------------------------------


def keys(desk: Desk, days: int) -> dict[str, list[str]]:
    found = desk.plan(days)
    return {
        "create": [w.key for part in found for w in part.create],
        "change": [w.key for part in found for _, w in part.change],
        "cancel": [row.key for part in found for row in part.cancel],
    }


def test_only_so_many_days_are_shown(desk: Desk) -> None:
    days = [message(f"tin-{n}", when=f'{{on: "2027-06-{n:02} 08:00"}}') for n in (2, 5, 20)]
    rule = message("rule", when=RULE)
    desk.write("thu", campaign(*days, rule, channels="[a]"))
    rules = [f"thu/rule@2027-06-0{n}/a" for n in (2, 3, 4, 5)]
    assert keys(desk, 4)["create"] == ["thu/tin-2@once/a", "thu/tin-5@once/a", *rules]
    desk.apply()
    assert keys(desk, 4) == {"create": [], "change": [], "cancel": []}


def test_what_moves_out_of_the_days_shown_is_a_change(desk: Desk) -> None:
    desk.write("thu", campaign(message(when='{on: "2027-06-02 08:00"}'), channels="[a]"))
    desk.apply()
    desk.write("thu", campaign(message(when='{on: "2027-06-20 08:00"}'), channels="[a]"))
    assert keys(desk, 4) == {"create": [], "change": [A], "cancel": []}


def test_more_days_than_the_horizon_cancel_nothing(desk: Desk) -> None:
    desk.write("thu", campaign(message(when=RULE), channels="[a]"))
    desk.apply()
    desk.given["horizon_days"] = "3"
    assert keys(desk, 30)["cancel"] == []


# --- all or nothing ----------------------------------------------------------------------------------------------


def test_a_failure_in_the_middle_leaves_the_ledger_as_it_was(desk: Desk) -> None:
    desk.write("thu", campaign(*MANY))
    desk.apply()
    before = desk.whole()
    desk.write("thu", campaign(message("moi"), message("tin-10", text="khác"), *MANY[1:]))

    written = 0

    def stumble(part: Any) -> None:
        nonlocal written
        written += 1
        if written == 6:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        apply(desk.planner(), desk.database, by="Lan", progress=stumble)
    assert desk.whole() == before
    assert desk.keeper.counted() == desk.keeper.truth()
    assert desk.apply() == (2, 2, 0)


@pytest.mark.parametrize(("left", "refused"), [(7, False), (6, True), (1, True)])
def test_more_than_a_third_is_not_cancelled_by_accident(desk: Desk, left: int, refused: bool) -> None:
    desk.write("thu", campaign(*MANY, channels="[a]"))
    desk.apply()
    before = desk.whole()
    desk.write("thu", campaign(*MANY[:left], channels="[a]"))
    if refused:
        with pytest.raises(PlanRefused, match="--allow-cancel") as caught:
            desk.apply(allow_cancel=False)
        assert caught.value.exit_code == 3
        assert desk.whole() == before
        assert desk.apply(allow_cancel=True) == (0, 0, 10 - left)
    else:
        assert desk.apply(allow_cancel=False) == (0, 0, 3)


def test_no_secret_comes_into_the_ledger(desk: Desk) -> None:
    secret = "mat-khau-that-bi-mat"
    desk.environment["LOA_TEST_TOKEN"] = secret
    token = "credentials: {access_token: env:LOA_TEST_TOKEN}"
    entry = f"{{id: m, network: mastodon, account: '@loa@example.org', base_url: https://example.org, {token}}}"
    desk.write("channels", f"channels:\n  - {entry}\n")
    desk.write("thu", campaign(channels="[m]", approval="required"))
    desk.apply()
    desk.approve()
    for order in (orders.hold_one, orders.release_one, orders.cancel):
        desk.order(order, "thu/tin-1@once/m")
    assert secret not in repr(desk.whole())


def test_one_campaign_alone_is_applied(desk: Desk) -> None:
    desk.write("mot", campaign(name="mot"))
    desk.write("hai", campaign(name="hai"))
    assert desk.apply(only="hai") == (2, 0, 0)
    desk.remove("mot")
    assert desk.apply(only="mot") == (0, 0, 0)
    assert desk.apply(only="hai") == (0, 0, 0)
