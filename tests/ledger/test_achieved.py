"""What was achieved: counted where it is public, with the numbers that networks told last."""

from __future__ import annotations

from typing import Any

import pytest

from scheduler.ledger import achieved
from scheduler.ledger.achieved import LATE_US, Part
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.metrics import GONE, SILENT
from tests.ledger.keeper import HOUR, NOON, Keeper
from tests.ledger.test_metrics import keep, publish

A, B = "thu/tin@once/a", "thu/tin@once/b"
ALL = Part()


def counted(ledger: Keeper, part: Part = ALL) -> dict[tuple[str, str, str], tuple[int, int]]:
    with ledger.database.reading() as connection:
        rows = achieved.counted(connection, part)
    return {(row.campaign, row.channel, row.state): (int(row.n), int(row.late)) for row in rows}


def numbers(ledger: Keeper, part: Part = ALL) -> dict[tuple[str, str], int]:
    with ledger.database.reading() as connection:
        return {(row.channel, row.name): int(row.total) for row in achieved.numbers(connection, part)}


def ages(ledger: Keeper, part: Part = ALL) -> dict[tuple[str, str], int]:
    with ledger.database.reading() as connection:
        return {(row.channel, row.age): int(row.n) for row in achieved.ages(connection, part)}


def test_every_state_is_counted_by_channel(ledger: Keeper) -> None:
    for n, state in enumerate(State):
        ledger.write(f"thu/tin@{n}/{'ab'[n % 2]}", state)
    assert counted(ledger) == {("thu", "ab"[n % 2], state.value): (1, 0) for n, state in enumerate(State)}


@pytest.mark.parametrize(
    ("published_us", "other", "late"),
    [
        (NOON + LATE_US, {}, 0),
        (NOON + LATE_US + 1, {}, 1),
        (NOON + HOUR + LATE_US, {"not_before_us": NOON + HOUR}, 0),  # its embargo ended an hour after it was due
        (NOON + HOUR + LATE_US + 1, {"not_before_us": NOON + HOUR}, 1),
        (NOON + LATE_US + 1, {"not_before_us": NOON - HOUR}, 1),
    ],
)
def test_late_is_what_was_public_more_than_a_minute_after_its_time(
    ledger: Keeper, published_us: int, other: dict[str, Any], late: int
) -> None:
    id = publish(ledger, A, published_us, **other)
    assert counted(ledger) == {("thu", "a", "published"): (1, late)}
    ledger.move(id, State.PUBLISHED, Event.WITHDRAW)
    assert counted(ledger) == {("thu", "a", "withdrawn"): (1, late)}


@pytest.mark.parametrize(
    ("part", "channels"),
    [
        (ALL, "abc"),
        (Part(campaign="thu"), "ab"),
        (Part(units=["hue"]), "bc"),
        (Part(units=[]), ""),
        (Part(since_us=NOON), "bc"),
        (Part(until_us=NOON + 1), "ab"),
        (Part("thu", ["hue"], NOON, NOON + 1), "b"),
    ],
)
def test_a_part_is_of_a_campaign_of_units_and_of_a_time(ledger: Keeper, part: Part, channels: str) -> None:
    publish(ledger, A, due_us=NOON - 1)
    publish(ledger, B, unit="hue")
    publish(ledger, "khac/tin@once/c", unit="hue", due_us=NOON + 1)
    for key in (A, B, "khac/tin@once/c"):
        keep(ledger, ledger.row(key).id, "1h", NOON + HOUR, reactions=1)
    assert {channel for _, channel, _ in counted(ledger, part)} == set(channels)
    assert numbers(ledger, part) == {(channel, "reactions"): 1 for channel in channels}
    assert ages(ledger, part) == {(channel, "1h"): 1 for channel in channels}


def test_the_newest_number_of_each_post_is_in_the_sum(ledger: Keeper) -> None:
    old, young = publish(ledger, "thu/tin@1/a"), publish(ledger, "thu/tin@2/a")
    keep(ledger, old, "1h", NOON + HOUR, reactions=1, comments=7)
    keep(ledger, old, "24h", NOON + 24 * HOUR, reactions=10)
    keep(ledger, young, "1h", NOON + HOUR, reactions=3)
    assert numbers(ledger) == {("a", "reactions"): 13, ("a", "comments"): 7}
    assert ages(ledger) == {("a", "24h"): 1, ("a", "1h"): 1}


def test_a_post_that_is_gone_keeps_the_numbers_that_were_told_before(ledger: Keeper) -> None:
    id = publish(ledger, A)
    keep(ledger, id, "1h", NOON + HOUR, reactions=4)
    keep(ledger, id, "24h", NOON + 24 * HOUR, **{GONE: 1})
    keep(ledger, publish(ledger, B), "1h", NOON + HOUR, **{SILENT: 1})
    assert numbers(ledger) == {("a", "reactions"): 4, ("a", GONE): 1, ("b", SILENT): 1}
    assert ages(ledger) == {("a", "1h"): 1}


def test_what_was_taken_down_keeps_what_it_had_achieved(ledger: Keeper) -> None:
    id = publish(ledger, A)
    keep(ledger, id, "1h", NOON + HOUR, reactions=4)
    ledger.move(id, State.PUBLISHED, Event.WITHDRAW)
    assert numbers(ledger) == {("a", "reactions"): 4}
