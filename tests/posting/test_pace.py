"""The pace of a channel: one at a time, the gravest first, in order of due, within our own limits."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import pytest

from scheduler.authoring.channels_file import PaceEntry
from scheduler.posting.arm import Armed
from scheduler.posting.pace import DAY_US, EARLY_US, Lane, to_micros
from tests.ledger.keeper import MINUTE, NOON

FREE = PaceEntry()


def armed(id: int, next_us: int = NOON, due_us: int = 0, kind: str = "ordinary", not_before_us: int = 0) -> Armed:
    row = SimpleNamespace(id=id, next_us=next_us, due_us=due_us, kind=kind, not_before_us=not_before_us or None)
    return cast(Armed, SimpleNamespace(row=row))


def order(lane: Lane, until_us: int) -> list[int]:
    """Return the ids in the order in which they go at this moment."""
    went = []
    while lane.first(until_us) is not None:
        went.append(lane.take(until_us).row.id)
    return went


def lane(pace: PaceEntry = FREE, *waiting: Armed) -> Lane:
    made = Lane("a", pace)
    for one in waiting or (armed(1),):
        made.push(one)
    return made


def test_they_go_in_order_of_due_and_of_writing() -> None:
    waiting = lane(FREE, armed(3, NOON), armed(2, NOON), armed(9, NOON - 1))
    assert len(waiting) == 3
    assert order(waiting, NOON) == [9, 2, 3]


def test_what_is_due_goes_by_class_and_what_is_not_waits_for_its_time() -> None:
    waiting = lane(
        FREE, armed(1, NOON - 9), armed(2, NOON - 5, kind="priority"), armed(3, NOON, kind="emergency"),
        armed(4, NOON - 1, kind="emergency"), armed(5, NOON + MINUTE, kind="emergency"),
    )  # fmt: skip
    assert waiting.ready_at() == NOON - 9
    assert (waiting.first(NOON - 9) or armed(0)).row.id == 1  # alone in being due
    assert order(waiting, NOON) == [4, 3, 2, 1]
    assert (waiting.ready_at(), waiting.urgent_at()) == (NOON + MINUTE, NOON + MINUTE)


def test_an_emergency_overtakes_fifty_that_wait() -> None:
    waiting = lane(FREE, *(armed(n, NOON - 60 + n) for n in range(1, 51)), armed(99, NOON, kind="emergency"))
    assert order(waiting, NOON)[0] == 99


def test_our_own_limits_hold_no_emergency_but_its_network_does() -> None:
    waiting = lane(PaceEntry(per_day=1, min_gap=timedelta(hours=1)), armed(1), armed(2, kind="emergency"))
    waiting.started(NOON)
    assert (waiting.ready_at(), waiting.urgent_at()) == (NOON, NOON)
    assert order(waiting, NOON) == [2]
    assert waiting.ready_at() == NOON + DAY_US
    waiting.push(armed(3, kind="emergency"))
    waiting.paused_until = NOON + MINUTE
    assert waiting.urgent_at() == NOON + MINUTE
    assert waiting.first(NOON) is None


def test_an_emergency_waits_for_the_one_on_its_way() -> None:
    waiting = lane(FREE, armed(1, kind="emergency"))
    waiting.busy = True
    assert (waiting.ready_at(), waiting.urgent_at()) == (None, None)


def test_before_an_embargo_ends_not_even_the_intent_is_written() -> None:
    assert lane(FREE, armed(1, NOON - 5, not_before_us=NOON)).ready_at() == NOON + EARLY_US


def test_an_emergency_is_made_ready_before_all_others() -> None:
    waiting = Lane("a", FREE)
    for one in (armed(1), armed(2, kind="emergency"), armed(3)):
        waiting.to_make_ready(one)
    assert [one.row.id for one in waiting.unready] == [2, 1, 3]


def test_nothing_is_ready_where_nothing_waits_or_one_is_on_its_way() -> None:
    assert Lane("a", FREE).ready_at() is None
    busy = lane()
    busy.busy = True
    assert busy.ready_at() is None


@pytest.mark.parametrize(("paused_us", "ready_us"), [(0, NOON), (NOON - 1, NOON), (NOON + 5, NOON + 5)])
def test_a_network_that_said_later_is_waited_for(paused_us: int, ready_us: int) -> None:
    waiting = lane()
    waiting.paused_until = paused_us
    assert waiting.ready_at() == ready_us


@pytest.mark.parametrize(
    ("pace", "starts", "ready_us"),
    [
        (PaceEntry(min_gap=timedelta(minutes=1)), [], NOON),
        (PaceEntry(min_gap=timedelta(minutes=1)), [NOON - 10 * MINUTE], NOON),
        (PaceEntry(min_gap=timedelta(minutes=1)), [NOON], NOON + MINUTE),
        (PaceEntry(per_day=2), [NOON - 5], NOON),
        (PaceEntry(per_day=2), [NOON - 9, NOON - 5], NOON - 9 + DAY_US),
        (PaceEntry(per_day=2), [NOON - 20, NOON - 9, NOON - 5], NOON - 9 + DAY_US),
        (PaceEntry(per_day=1, min_gap=timedelta(minutes=1)), [NOON], NOON + DAY_US),
        (FREE, [], NOON),
    ],
)
def test_our_own_limits_are_kept(pace: PaceEntry, starts: list[int], ready_us: int) -> None:
    waiting = lane(pace)
    for at_us in starts:
        waiting.started(at_us)
    assert waiting.ready_at() == ready_us


def test_no_day_has_more_than_it_may() -> None:
    pace = PaceEntry(per_day=3, min_gap=timedelta(minutes=1))
    waiting = lane(pace, *(armed(n) for n in range(12)))
    went: list[int] = []
    while (at_us := waiting.ready_at()) is not None:
        waiting.take(at_us)
        waiting.started(at_us)
        went.append(at_us)
    assert len(went) == 12
    assert all(b - a >= MINUTE for a, b in pairwise(went))
    assert all(d - a >= DAY_US for a, d in zip(went, went[3:], strict=False))


def test_starts_are_remembered_for_a_day_and_only_where_a_pace_asks() -> None:
    waiting = lane(PaceEntry(per_day=1))
    for at_us in (NOON - 2 * DAY_US, NOON - MINUTE, NOON):
        waiting.started(at_us)
    assert waiting.starts == [NOON - MINUTE, NOON]
    free = lane()
    free.started(NOON)
    assert (free.has_pace, free.starts) == (False, [])


def test_what_is_forgotten_is_named() -> None:
    waiting = lane(FREE, armed(1), armed(2))
    assert sorted(waiting.clear()) == [1, 2]
    assert (len(waiting), waiting.first(NOON)) == (0, None)


def test_lengths_are_whole_microseconds() -> None:
    assert to_micros(timedelta(seconds=1.5)) == 1_500_000


def test_before_its_due_time_nothing_goes_even_when_it_was_tried_under_another_clock() -> None:
    assert lane(FREE, armed(1, NOON, NOON + MINUTE)).ready_at() == NOON + MINUTE
