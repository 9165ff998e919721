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

ROW: Any = SimpleNamespace(due_us=NOON, late_us=NOON + 2 * HOUR, channel="a", unit="u", campaign="thu", kind="ordinary")


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
