"""Dispatch: an intent that waited for a sender is looked at once more before its first byte leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.clock import FastClock, moment
from scheduler.ledger.turn import Stop
from scheduler.ledger.witness import Witness
from scheduler.posting.accounts import Accounts
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.ledger.keeper import HOUR, NOON

PLAIN: dict[str, Any] = {
    "due_us": NOON, "late_us": NOON + 2 * HOUR, "channel": "a", "unit": "u", "campaign": "thu", "kind": "ordinary",
    "tags": "", "not_before_us": None, "not_after_us": None,
}  # fmt: skip


def row(**other: Any) -> Any:
    return SimpleNamespace(**{**PLAIN, **other})


ROW = row()


@pytest.fixture
def dispatcher(tmp_path: Path) -> Dispatcher:
    nobody: Any = None
    settings = Settings(workspace=tmp_path, environment={})
    clock = FastClock(moment(NOON))
    return Dispatcher(cast(LedgerThreads, nobody), cast(Accounts, nobody), Witness(tmp_path), settings, clock)


def test_what_nothing_has_changed_for_begins(dispatcher: Dispatcher) -> None:
    assert dispatcher._must_not_begin(ROW) is None


def test_a_hold_that_came_between_stops_it(dispatcher: Dispatcher) -> None:
    dispatcher._held = [Stop("unit", "u", "Lan", "quốc tang", NOON)]
    assert "hold" in str(dispatcher._must_not_begin(ROW))


MOURNING = Stop("mourning", "Công điện", "Lan", "", NOON - HOUR, NOON - HOUR, NOON + HOUR)


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        ({"tags": "festive"}, False),
        ({"tags": "city contest"}, False),
        ({"tags": "festival"}, True),
        ({"tags": "festive", "kind": "priority"}, True),
        ({"tags": "festive", "kind": "emergency"}, True),
        ({"tags": "festive", "due_us": NOON - 2 * HOUR}, False),  # late, it would be said inside the period
        ({}, True),
    ],
)
def test_a_mourning_stops_what_is_festive_and_no_warning(
    dispatcher: Dispatcher, given: dict[str, Any], begins: bool
) -> None:
    dispatcher._held = [MOURNING]
    assert (dispatcher._must_not_begin(row(**given)) is None) is begins


def test_after_a_mourning_a_person_may_let_it_go(dispatcher: Dispatcher) -> None:
    dispatcher._held = [MOURNING]
    dispatcher.clock = FastClock(moment(NOON + HOUR))
    assert dispatcher._must_not_begin(row(tags="festive")) is None


def test_an_emergency_is_stopped_by_a_persons_hold(dispatcher: Dispatcher) -> None:
    dispatcher._held = [Stop("class", "emergency", "Lan", "nhầm", NOON)]
    assert "hold" in str(dispatcher._must_not_begin(row(kind="emergency")))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"not_before_us": NOON + 1}, "embargo"),
        ({"not_before_us": NOON}, None),
        ({"not_after_us": NOON + 1}, None),
        ({"not_after_us": NOON}, "expired"),
    ],
)
def test_hard_bounds_are_looked_at_before_the_first_byte(
    dispatcher: Dispatcher, given: dict[str, Any], why: str | None
) -> None:
    refused = dispatcher._must_not_begin(row(**given))
    assert (refused is None) if why is None else why in str(refused)


def test_a_stop_of_the_daemon_stops_it(dispatcher: Dispatcher) -> None:
    dispatcher.stopping = True
    assert "stopped" in str(dispatcher._must_not_begin(ROW))


def test_what_has_become_too_late_stays_unsaid(dispatcher: Dispatcher) -> None:
    dispatcher.clock = FastClock(moment(NOON) + timedelta(hours=3))
    assert "late" in str(dispatcher._must_not_begin(ROW))


def test_a_clock_set_back_lets_nothing_out_before_its_time(dispatcher: Dispatcher) -> None:
    dispatcher.clock = FastClock(moment(NOON) - timedelta(minutes=5))
    assert "clock" in str(dispatcher._must_not_begin(ROW))


def test_a_timer_that_wakes_a_millisecond_early_does_not_cost_two_seconds(dispatcher: Dispatcher) -> None:
    dispatcher.clock = FastClock(moment(NOON) - timedelta(milliseconds=1))
    assert dispatcher._must_not_begin(ROW) is None
