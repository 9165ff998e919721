"""From an error to what happens next: the decision by which nothing is said twice, and nothing is lost."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from scheduler.clock import micros
from scheduler.errors import Blocked, RateLimited, Rejected, Unauthorized, Unavailable
from scheduler.ledger.delivery import Event

FIRST_WAIT = 2.0  # seconds
LONGEST_WAIT = 300.0
WITHOUT_A_HINT = timedelta(minutes=1)  # a network that says "later" and not when


@dataclass(frozen=True)
class Next:
    """What follows an error: the event, when to try again, and whether the channel must stop."""

    event: Event
    wait: timedelta | None = None
    hold_channel: bool = False


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling, with a fifth of jitter, at most five minutes."""
    seconds = min(LONGEST_WAIT, FIRST_WAIT * 2 ** max(0, attempts - 1))
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


def pauses_of(channel: str, error: BaseException) -> dict[str, int]:
    """Return until when (microseconds) a channel is left alone after an error, also when a person releases it sooner."""
    return {channel: micros(error.until)} if isinstance(error, Blocked) else {}


def decide(error: BaseException, attempts: int) -> Next:
    """Return what follows an error of the publishing request. Whatever is not understood is `unconfirmed`."""
    match error:
        case RateLimited():
            return Next(Event.WAIT)
        case Unauthorized():
            return Next(Event.RETRY, timedelta(0), hold_channel=True)
        case Rejected():
            return Next(Event.FAIL)
        case Unavailable():
            return Next(Event.RETRY, backoff(attempts))
        case _:
            return Next(Event.AWAIT)
