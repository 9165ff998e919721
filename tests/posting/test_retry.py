"""From an error to what happens next."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.errors import (
    CampaignError,
    ChannelError,
    IllegalMove,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unconfirmed,
)
from scheduler.ledger.delivery import Event
from scheduler.posting.retry import LONGEST_WAIT, backoff, decide

DECISIONS: list[tuple[BaseException, Event]] = [
    (RateLimited("later", datetime(2027, 6, 26, tzinfo=UTC)), Event.WAIT),
    (RateLimited("later"), Event.WAIT),
    (Unauthorized("401"), Event.RETRY),
    (Rejected("422"), Event.FAIL),
    (NotFound("404"), Event.FAIL),
    (Unavailable("refused"), Event.RETRY),
    (Unconfirmed("silence"), Event.AWAIT),
    (ChannelError("which kind?"), Event.AWAIT),
    (ValueError("a bug of ours"), Event.AWAIT),
    (KeyError("id"), Event.AWAIT),
    (IllegalMove("a bug of ours"), Event.AWAIT),
    (CampaignError([]), Event.AWAIT),
    (OSError("disk full"), Event.AWAIT),
    (TimeoutError(), Event.AWAIT),
    (asyncio.CancelledError(), Event.AWAIT),
    (KeyboardInterrupt(), Event.AWAIT),
]


@pytest.mark.parametrize(("error", "event"), DECISIONS, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize("attempts", [1, 50])
def test_every_error_has_its_consequence(error: BaseException, event: Event, attempts: int) -> None:
    assert decide(error, attempts).event is event


def test_only_a_dead_token_holds_the_channel() -> None:
    assert [type(error) for error, _ in DECISIONS if decide(error, 1).hold_channel] == [Unauthorized]


def test_only_what_is_certainly_not_public_is_tried_again() -> None:
    again = {type(error) for error, _ in DECISIONS if decide(error, 1).event in (Event.RETRY, Event.WAIT)}
    assert again == {RateLimited, Unauthorized, Unavailable}


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 2), (1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (1000, 300)])
def test_waits_double_up_to_five_minutes(attempts: int, seconds: float) -> None:
    waits = {backoff(attempts) for _ in range(200)}
    assert min(waits) >= timedelta(seconds=0.8 * seconds)
    assert max(waits) <= timedelta(seconds=1.2 * seconds)
    assert len(waits) > 100  # not all at once
    assert LONGEST_WAIT == 300
