"""The hot way: what is due, the claim, and what is recorded of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Row, update

from scheduler.ledger import looks, turn
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY
from scheduler.ledger.turn import Stop
from tests.ledger.keeper import HOUR, KEY, MINUTE, NOON, SECOND, Keeper


def keys(rows: list[Row[Any]]) -> list[str]:
    return [row.key.partition("@")[2] for row in rows]


def test_what_is_due_comes_in_order_of_time(ledger: Keeper) -> None:
    for occurrence, due_us in (("c", NOON - 1), ("b", NOON - 2), ("a", NOON - 2), ("later", NOON + 1)):
        ledger.write(f"thu/tin@{occurrence}/a", due_us=due_us)
    assert keys(ledger.arm()) == ["b/a", "a/a", "c/a"]


def test_reading_goes_on_behind_the_cursor(ledger: Keeper) -> None:
    for n in range(7):
        ledger.write(f"thu/tin@{n}/a", due_us=NOON - 10 + n // 3)  # three at a time have the same moment
    read: list[Row[Any]] = []
    cursor = (0, 0)
    with ledger.database.reading() as connection:
        while rows := turn.due(connection, NOON, cursor, 2, []):
            read += rows
            cursor = (rows[-1].next_us, rows[-1].id)
    assert keys(read) == [f"{n}/a" for n in range(7)]


def test_the_next_due_is_the_first_that_no_hold_stops(ledger: Keeper) -> None:
    ledger.write("thu/tin@1/a", due_us=NOON + 1)
    ledger.write("thu/tin@2/b", due_us=NOON + 2)
    stop = Stop("channel", "a", "", "", 0)
    with ledger.database.reading() as connection:
        assert turn.next_due(connection, []) == NOON + 1
        assert turn.next_due(connection, [stop]) == NOON + 2
        assert turn.next_due(connection, [], after_us=NOON + 1) == NOON + 2
        assert turn.next_due(connection, [Stop("all", "all", "", "", 0)]) is None


def test_a_claim_writes_the_attempt_before_anything_is_asked(ledger: Keeper) -> None:
    id = ledger.write()
    assert ledger.claim() == {id}
    row = ledger.row()
    assert (row.state, row.attempts, row.started_us, row.next_us) == (State.SENDING, 1, NOON, None)
    assert [(a.started_us, a.ended_us, a.outcome) for a in ledger.attempts()] == [(NOON, None, "")]
    assert [e.event for e in ledger.events()] == [Event.CLAIM]
    assert ledger.counted() == ledger.truth()


def test_two_claims_of_the_same_armed_row_give_it_to_one(ledger: Keeper) -> None:
    id = ledger.write()
    armed = ledger.arm()
    assert ledger.claim_armed(armed) == {id}
    ledger.now_us += 1
    assert ledger.claim_armed(armed) == set()
    assert len(ledger.attempts()) == 1


def test_what_was_changed_after_arming_is_not_claimed(ledger: Keeper) -> None:
    ledger.write()
    armed = ledger.arm()
    with ledger.database.writing() as connection:
        connection.execute(update(DELIVERY).values(digest="other", rev=DELIVERY.c.rev + 1))
    assert ledger.claim_armed(armed) == set()
    assert ledger.state() is State.SCHEDULED


@pytest.mark.parametrize("state", [s for s in State if s is not State.SCHEDULED])
def test_only_what_is_scheduled_is_claimed(ledger: Keeper, state: State) -> None:
    id = ledger.write()
    with ledger.database.writing() as connection:
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == id).values(state=state.value))
    with ledger.database.reading() as connection:
        row = connection.execute(DELIVERY.select()).one()
    assert ledger.claim_armed([row]) == set()
    assert ledger.arm() == []


@pytest.mark.parametrize(("after_us", "claimed"), [(0, True), (1, False)])
def test_past_its_latest_moment_nothing_is_claimed(ledger: Keeper, after_us: int, claimed: bool) -> None:
    ledger.write(late_us=NOON + HOUR)
    ledger.now_us = NOON + HOUR + after_us
    assert bool(ledger.claim()) is claimed
    with ledger.database.writing() as connection:
        assert turn.miss(connection, at_us=ledger.now_us) == (not claimed)
    assert ledger.state() is (State.SENDING if claimed else State.MISSED)
    assert ledger.counted() == ledger.truth()


HOLDS = [("all", "all"), ("channel", "a"), ("unit", "ha-noi"), ("campaign", "thu"), ("class", "priority")]


@pytest.mark.parametrize(("scope", "value"), HOLDS)
def test_a_hold_stops_what_it_names_and_only_that(ledger: Keeper, scope: str, value: str) -> None:
    ledger.write(KEY, unit="ha-noi", kind="priority")
    other = ledger.write("khac/tin@once/b", unit="hue")
    armed = ledger.arm()
    assert len(armed) == 2
    with ledger.database.writing() as connection:
        turn.hold(connection, scope, value, at_us=NOON, by="Lan", why="Quốc tang")
    assert keys(ledger.arm()) == ([] if scope == "all" else ["once/b"])
    assert ledger.claim_armed(armed) == (set() if scope == "all" else {other})
    assert ledger.state(KEY) is State.SCHEDULED
    assert [(o.event, o.after, o.by, o.why) for o in ledger.orders()][-1] == (
        "hold",
        f"{scope} {value}",
        "Lan",
        "Quốc tang",
    )


def test_a_second_hold_keeps_the_first_reason(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        for by in ("Lan", "Minh"):
            turn.hold(connection, "channel", "a", at_us=NOON, by=by, why=f"vì {by}")
        assert [(s.by, s.why) for s in turn.stops(connection)] == [("Lan", "vì Lan")]


def test_a_person_takes_over_a_hold_of_ours(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        turn.hold(connection, "channel", "a", at_us=NOON, by="", why="401")
        turn.hold(connection, "channel", "a", at_us=NOON, by="Lan", why="đợi tôi")
        assert [(s.by, s.why) for s in turn.stops(connection)] == [("Lan", "đợi tôi")]
    assert [o.by for o in ledger.orders() if o.event == "hold"] == ["", "Lan"]


OUTCOMES: list[tuple[Event, dict[str, Any], State, dict[str, Any]]] = [
    (Event.CONFIRM, {"remote_id": "9", "url": "https://x/9"}, State.PUBLISHED,
     {"remote_id": "9", "url": "https://x/9", "published_us": NOON, "error": "", "attempts": 1}),
    (Event.RETRY, {"next_us": NOON + 5, "why": "503"}, State.SCHEDULED,
     {"next_us": NOON + 5, "error": "503", "attempts": 1, "published_us": None}),
    (Event.WAIT, {"next_us": NOON + 9, "why": "429", "attempts": 1}, State.SCHEDULED,
     {"next_us": NOON + 9, "error": "429", "attempts": 0}),
    (Event.AWAIT, {"next_us": NOON + 7, "why": "silence"}, State.UNCONFIRMED,
     {"next_us": NOON + 7, "error": "silence", "looks": 0}),
    (Event.AWAIT, {"next_us": None, "why": "silence"}, State.UNCONFIRMED, {"next_us": None}),
    (Event.FAIL, {"why": "422"}, State.FAILED, {"next_us": None, "error": "422"}),
]  # fmt: skip


@pytest.mark.parametrize(("event", "given", "state", "left"), OUTCOMES)
def test_an_outcome_is_recorded(
    ledger: Keeper, event: Event, given: dict[str, Any], state: State, left: dict[str, Any]
) -> None:
    ledger.write()
    rows = ledger.arm()
    ledger.claim_armed(rows)
    ledger.record(rows[0], event, **given)
    row = ledger.row()
    assert row.state == state
    assert {name: getattr(row, name) for name in left} == left
    attempt = ledger.attempts()[0]
    assert (attempt.ended_us, attempt.outcome, attempt.detail) == (NOON, event, given.get("why", ""))
    assert ledger.counted() == ledger.truth()


def test_outcomes_of_many_kinds_are_one_transaction(ledger: Keeper) -> None:
    for n, _ in enumerate(OUTCOMES):
        ledger.write(f"thu/tin@{n}/a")
    rows = ledger.arm()
    ledger.claim_armed(rows)
    outcomes = [
        turn.Outcome(r.id, r.campaign, r.message, r.channel, NOON, event, **{"attempts": 1, **given})
        for r, (event, given, _, _) in zip(rows, OUTCOMES, strict=True)
    ]
    with ledger.database.writing() as connection:
        assert turn.unrecorded(connection, outcomes) == outcomes
        turn.record(connection, outcomes, at_us=NOON)
        assert turn.unrecorded(connection, outcomes) == []
    assert [ledger.state(row.key) for row in rows] == [state for _, _, state, _ in OUTCOMES]
    assert ledger.counted() == ledger.truth()


def test_a_dead_token_holds_its_channel(ledger: Keeper) -> None:
    ledger.write("thu/tin@1/a")
    ledger.write("thu/tin@2/a")
    rows = ledger.arm()
    ledger.claim_armed(rows[:1])
    ledger.record(rows[0], Event.RETRY, next_us=NOON, why="401", hold_channel=True)
    assert ledger.arm() == []
    assert ledger.claim_armed(rows[1:]) == set()
    with ledger.database.reading() as connection:
        assert [(s.scope, s.value, s.by, s.why) for s in turn.stops(connection)] == [("channel", "a", "", "401")]


def test_a_network_that_says_later_is_remembered(ledger: Keeper) -> None:
    ledger.write()
    rows = ledger.arm()
    ledger.claim_armed(rows)
    ledger.record(rows[0], Event.WAIT, next_us=NOON + MINUTE, attempts=1, pauses={"a": NOON + MINUTE})
    with ledger.database.reading() as connection:
        assert turn.pauses(connection, NOON) == {"a": NOON + MINUTE}
        assert turn.pauses(connection, NOON + MINUTE) == {}


def test_a_dead_worker_leaves_it_unconfirmed(ledger: Keeper) -> None:
    id = ledger.write()
    ledger.write("thu/tin@later/a", due_us=NOON + HOUR)
    ledger.claim()
    with ledger.database.writing() as connection:
        assert [row.id for row in turn.unfinished(connection)] == [id]
        assert looks.adopt_unfinished(connection, at_us=NOON, first_look_us=10 * SECOND) == 1
        assert turn.unfinished(connection) == []
    assert (ledger.state(), ledger.row().next_us) == (State.UNCONFIRMED, NOON + 10 * SECOND)
    assert ledger.state("thu/tin@later/a") is State.SCHEDULED
    assert ledger.arm() == []
    assert ledger.counted() == ledger.truth()


def test_what_a_pace_asks_for_is_counted_by_channel(ledger: Keeper) -> None:
    for n, channel in enumerate("aab"):
        ledger.write(f"thu/tin@{n}/{channel}")
    for row in ledger.arm():
        ledger.now_us += SECOND
        ledger.claim_armed([row])
        ledger.record(row, Event.CONFIRM, remote_id=f"id-{row.id}")
    with ledger.database.reading() as connection:
        assert turn.starts_since(connection, ["a"], NOON) == [NOON + SECOND, NOON + 2 * SECOND]
        assert turn.starts_since(connection, ["c"], NOON) == []
        assert turn.known_ids(connection, "a", NOON) == {"id-1", "id-2"}
        assert turn.known_ids(connection, "a", NOON + 2 * SECOND) == {"id-1", "id-2"}  # and the last before
        assert turn.known_ids(connection, "a", NOON + 9 * SECOND) == {"id-2"}
        assert turn.known_ids(connection, "c", NOON) == set()


def test_a_checkpoint_is_kept(ledger: Keeper) -> None:
    ledger.write()
    row = ledger.arm()[0]
    with ledger.database.writing() as connection:
        turn.save_checkpoint(connection, row, '{"media": "7"}')
    assert ledger.arm()[0].checkpoint == '{"media": "7"}'


def test_the_picture_of_an_old_text_is_not_kept_for_the_new_one(ledger: Keeper) -> None:
    ledger.write()
    row = ledger.arm()[0]
    with ledger.database.writing() as connection:
        connection.execute(update(DELIVERY).values(rev=DELIVERY.c.rev + 1))  # a plan came between
        turn.save_checkpoint(connection, row, '{"media": "7"}')
    assert ledger.arm()[0].checkpoint == ""


def test_an_intent_of_whose_commit_nobody_heard_is_taken_back(ledger: Keeper) -> None:
    ledger.write()
    armed = ledger.arm()
    ledger.claim_armed(armed)
    with ledger.database.writing() as connection:
        assert turn.take_back_unheard(connection, armed, at_us=ledger.now_us) == 1
    assert ledger.state() is State.SCHEDULED
    assert ledger.counted() == ledger.truth()


def test_what_a_plan_makes_later_at_this_moment_is_not_missed(ledger: Keeper) -> None:
    """On PostgreSQL the two could overlap; the miss must wait, and then see the other time."""
    id = ledger.write(late_us=NOON - 1)
    second = Keeper(Database(ledger.database.url))
    missed: list[int] = []

    def miss() -> None:
        with second.database.writing() as connection:
            missed.append(turn.miss(connection, at_us=NOON))

    dropping = threading.Thread(target=miss)
    with ledger.database.writing() as connection:
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == id).values(late_us=NOON + HOUR))
        dropping.start()
        dropping.join(0.3)
    dropping.join(10)
    second.database.close()
    assert (missed, ledger.state()) == ([0], State.SCHEDULED)
