"""Who answers: approvals by the very post that went out, orders by who gave them and why."""

from __future__ import annotations

import pytest

from scheduler.ledger import answerable, orders, plans, turn
from scheduler.ledger.achieved import Part
from scheduler.ledger.answerable import Approved, Order
from scheduler.ledger.delivery import Event, State
from tests.ledger.keeper import HOUR, NOON, Keeper, wanted
from tests.ledger.test_metrics import publish

A, B = "thu/tin@once/a", "thu/tin@once/b"
EARLY = NOON - HOUR


def approve(ledger: Keeper, *keys: str, by: str, at_us: int = EARLY) -> None:
    seen = {row.id: plans.fingerprint(row.key, row.due_us, row.digest) for row in map(ledger.row, keys)}
    with ledger.database.writing() as connection:
        plans.approve(connection, seen, at_us=at_us, by=by, why="")


def approvals(ledger: Keeper, part: Part = Part()) -> list[Approved]:  # noqa: B008 - it is frozen
    with ledger.database.reading() as connection:
        return answerable.approvals(connection, part)


def given(ledger: Keeper, part: Part = Part()) -> list[Order]:  # noqa: B008
    with ledger.database.reading() as connection:
        return answerable.orders(connection, part)


def send(ledger: Keeper, key: str) -> None:
    id = ledger.row(key).id
    ledger.move(id, State.SCHEDULED, Event.CLAIM)
    ledger.move(id, State.SENDING, Event.CONFIRM)


def test_who_approved_a_post_that_went_out_answers_for_it(ledger: Keeper) -> None:
    for key, unit in ((A, "hue"), (B, "hue"), ("thu/tin@2/a", "ha-noi")):
        ledger.write(key, approval=True, unit=unit)
    approve(ledger, A, by="Lan", at_us=EARLY)
    approve(ledger, B, by="Lan", at_us=EARLY + 5)
    approve(ledger, "thu/tin@2/a", by="Minh")
    for key in (A, B, "thu/tin@2/a"):
        send(ledger, key)
    publish(ledger, "thu/tin@3/a", unit="hue")  # of a campaign without approval
    assert approvals(ledger) == [
        Approved("ha-noi", "Minh", 1, EARLY, EARLY),
        Approved("hue", "", 1, 0, 0),
        Approved("hue", "Lan", 2, EARLY, EARLY + 5),
    ]
    assert [one.unit for one in approvals(ledger, Part(units=["ha-noi"]))] == ["ha-noi"]


def test_what_is_not_public_yet_nobody_answers_for(ledger: Keeper) -> None:
    ledger.write(A, approval=True)
    approve(ledger, A, by="Lan")
    assert approvals(ledger) == []


def test_the_approval_of_another_text_is_none_of_this_one(ledger: Keeper) -> None:
    ledger.write(A, approval=True)
    approve(ledger, A, by="Lan")
    with ledger.database.writing() as connection:
        plans.change(connection, ledger.row(A), wanted(A, text="Khác"), set(), at_us=EARLY, by="Minh")
    send(ledger, A)
    assert [one.by for one in approvals(ledger)] == [""]


def test_many_posts_are_read_page_by_page(ledger: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answerable, "AT_ONCE", 2)
    for n in range(5):
        publish(ledger, f"thu/tin@{n}/a")
    assert [one.count for one in approvals(ledger)] == [5]


def test_orders_bear_who_gave_them_why_and_how_many_they_moved(ledger: Keeper) -> None:
    for key, unit in ((A, "hue"), (B, "ha-noi")):
        id = ledger.write(key, unit=unit)
        ledger.move(id, State.SCHEDULED, Event.HOLD, by="Minh", why="quốc tang: Công điện")
    ledger.now_us += 1
    with ledger.database.writing() as connection:
        orders.cancel(connection, A, at_us=ledger.now_us, by="Lan", why="tin cũ")
    assert given(ledger) == [
        Order(NOON, "hold", "Minh", "quốc tang: Công điện", "ha-noi", 1),
        Order(NOON, "hold", "Minh", "quốc tang: Công điện", "hue", 1),
        Order(NOON + 1, "cancel", "Lan", "tin cũ", "hue", 1),
    ]
    assert [order.event for order in given(ledger, Part(units=["hue"]))] == ["hold", "cancel"]


def test_one_order_for_many_deliveries_is_one_entry(ledger: Keeper) -> None:
    for key in (A, B):
        ledger.move(ledger.write(key), State.SCHEDULED, Event.HOLD, by="Minh", why="")
    assert [order.count for order in given(ledger)] == [2]


def test_an_approval_is_no_release_but_a_release_is(ledger: Keeper) -> None:
    ledger.write(A, approval=True)
    approve(ledger, A, by="Lan")
    assert given(ledger) == []
    ledger.move(ledger.row(A).id, State.SCHEDULED, Event.HOLD, by="Lan", why="chờ")
    ledger.now_us += 1
    ledger.move(ledger.row(A).id, State.HELD, Event.RELEASE, by="Lan", why="xong")
    assert [(order.event, order.why) for order in given(ledger)] == [("hold", "chờ"), ("release", "xong")]


def test_what_loa_did_by_itself_and_what_a_new_text_stops_is_nobodys_order(ledger: Keeper) -> None:
    ledger.move(ledger.write(A), State.SCHEDULED, Event.HOLD, by="", why="law")
    ledger.move(ledger.write(B), State.SCHEDULED, Event.CANCEL, by="loa run", why="no longer in the campaigns")
    ledger.write("thu/tin@2/a")
    with ledger.database.writing() as connection:
        other = wanted("thu/tin@2/a", text="Khác", approval=True)
        plans.change(connection, ledger.row("thu/tin@2/a"), other, set(), at_us=NOON, by="Lan")
    assert ledger.state("thu/tin@2/a") is State.HELD
    assert given(ledger) == []


def holds(ledger: Keeper, **concerned: set[str]) -> list[tuple[str, str, str]]:
    everything = {"channel": set[str](), "unit": set[str](), "campaign": set[str]()} | concerned
    with ledger.database.reading() as connection:
        found = answerable.holds(connection, NOON, NOON + HOUR, everything)
    return [(order.event, order.scope, order.by) for order in found]


def stop(ledger: Keeper, at_us: int, scope: str, value: str, by: str = "Lan") -> None:
    with ledger.database.writing() as connection:
        turn.hold(connection, scope, value, at_us=at_us, by=by, why="vì")


def go_on(ledger: Keeper, at_us: int, scope: str, *values: str, by: str = "Minh") -> None:
    with ledger.database.writing() as connection:
        orders.release(connection, scope, list(values), at_us=at_us, by=by, why="xong")


def test_a_hold_of_something_whole_concerns_what_belongs_to_it(ledger: Keeper) -> None:
    stop(ledger, NOON, "unit", "hue")
    stop(ledger, NOON + 1, "channel", "a", by="")
    stop(ledger, NOON + 2, "all", "all")
    go_on(ledger, NOON + 3, "all", "all")
    assert holds(ledger) == [("hold", "all", "Lan"), ("release", "all", "Minh")]
    assert holds(ledger, unit={"hue"})[0] == ("hold", "unit", "Lan")
    assert ("hold", "channel", "") in holds(ledger, channel={"a"})
    assert ("hold", "channel", "") not in holds(ledger, channel={"b"})


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (NOON - 2 * HOUR, NOON - HOUR, 0),  # over before anything was due
        (NOON - 2 * HOUR, NOON, 2),
        (NOON + HOUR, NOON + 2 * HOUR, 2),
        (NOON + HOUR + 1, NOON + 2 * HOUR, 0),
        (NOON - 2 * HOUR, None, 1),  # it stands to this day
        (NOON + HOUR + 1, None, 0),
    ],
)
def test_a_hold_counts_when_it_stood_while_something_was_due(
    ledger: Keeper, since: int, until: int | None, told: int
) -> None:
    stop(ledger, since, "unit", "hue")
    if until is not None:
        go_on(ledger, until, "unit", "hue", "ba-dinh")
    assert len(holds(ledger, unit={"hue"})) == told
