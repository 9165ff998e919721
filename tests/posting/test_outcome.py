"""Outcomes: what a network's answer leads to, and when to come back."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.channels.contract import Receipt
from scheduler.clock import moment
from scheduler.errors import RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed
from scheduler.ledger.delivery import Event
from scheduler.ledger.turn import Outcome
from scheduler.posting.arm import Armed
from scheduler.posting.outcome import LAST_TRY, ONE_SECOND, outcome_of
from tests.ledger.keeper import HOUR, MINUTE, NOON, SECOND

ROW: dict[str, Any] = {"id": 1, "campaign": "thu", "message": "tin", "channel": "a", "attempts": 0}


def outcome(
    result: Receipt | Exception, *, late_us: int = NOON + 2 * HOUR, can_look: bool = True, **row: Any
) -> Outcome:
    armed = SimpleNamespace(row=SimpleNamespace(**ROW | {"late_us": late_us} | row), can_look=can_look)
    return outcome_of(cast(Armed, armed), NOON - 1, result, now_us=NOON, first_look=timedelta(seconds=30))


def test_a_receipt_confirms() -> None:
    found = outcome(Receipt("7", "https://mang.vn/7"), attempts=2)
    assert (found.event, found.remote_id, found.url) == (Event.CONFIRM, "7", "https://mang.vn/7")
    assert (found.attempts, found.started_us, found.why, found.next_us) == (3, NOON - 1, "", None)


@pytest.mark.parametrize(
    ("error", "event"),
    [(Rejected("no"), Event.FAIL), (Unavailable("no"), Event.RETRY), (Unauthorized("no"), Event.RETRY),
     (RateLimited("later", None), Event.WAIT), (Unconfirmed("?"), Event.AWAIT), (KeyError("id"), Event.AWAIT)],
)  # fmt: skip
def test_every_error_leads_somewhere(error: Exception, event: Event) -> None:
    found = outcome(error)
    assert found.event is event
    assert found.hold_channel is isinstance(error, Unauthorized)


def test_what_is_unclear_is_looked_for_where_the_network_can_tell() -> None:
    assert outcome(Unconfirmed("?")).next_us == NOON + 30 * SECOND
    assert outcome(Unconfirmed("?"), can_look=False).next_us is None


def test_a_fault_of_ours_is_named_by_its_kind_alone() -> None:
    assert outcome(KeyError("token-123")).why == "KeyError"


@pytest.mark.parametrize(
    ("hint", "until"), [(NOON + HOUR, NOON + HOUR), (NOON - HOUR, NOON), (None, NOON + MINUTE)]
)  # fmt: skip
def test_a_network_that_says_later_is_waited_for(hint: int | None, until: int) -> None:
    found = outcome(RateLimited("later", moment(hint) if hint else None))
    assert (found.next_us, found.pauses) == (until, {"a": until})


def test_rather_one_try_more_than_a_miss_for_waiting_too_long() -> None:
    late_us = NOON + 10 * SECOND
    assert outcome(Unavailable("no"), late_us=late_us, attempts=9).next_us == late_us - LAST_TRY
    assert outcome(Unavailable("no"), late_us=NOON + SECOND, attempts=9).next_us == NOON + ONE_SECOND
    assert outcome(Unavailable("no"), attempts=9).next_us > late_us
