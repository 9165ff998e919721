"""From what a network answered to what becomes of the delivery: its next state, when to come back, who rests until when."""

from __future__ import annotations

from datetime import timedelta

from scheduler.channels.contract import Receipt
from scheduler.clock import micros
from scheduler.errors import ChannelError, RateLimited
from scheduler.ledger.delivery import Event
from scheduler.ledger.turn import Outcome
from scheduler.posting.arm import Armed
from scheduler.posting.pace import to_micros
from scheduler.posting.retry import WITHOUT_A_HINT, decide, pauses_of

LAST_TRY = to_micros(timedelta(seconds=2))  # before a delivery would be too late
ONE_SECOND = to_micros(timedelta(seconds=1))


def outcome_of(
    armed: Armed, started_us: int, result: Receipt | Exception, *, now_us: int, first_look: timedelta
) -> Outcome:
    """Return the outcome of a delivery whose intent was written at `started_us`.

    `first_look`: how long after it an unconfirmed one is looked for. Moments in microseconds.
    """
    row = armed.row
    attempts = row.attempts + 1
    if isinstance(result, Receipt):
        return Outcome(
            row.id, row.campaign, row.message, row.channel, started_us, Event.CONFIRM,
            remote_id=result.remote_id, url=result.url, attempts=attempts,
        )  # fmt: skip
    after = decide(result, attempts)
    next_us: int | None = None
    pauses: dict[str, int] = {}
    match after.event:
        case Event.WAIT:
            hint = result.retry_at if isinstance(result, RateLimited) else None
            next_us = max(now_us, micros(hint) if hint else now_us + to_micros(WITHOUT_A_HINT))
            alone = isinstance(result, RateLimited) and result.alone
            pauses = {} if alone else {row.channel: next_us}
        case Event.AWAIT:
            next_us = now_us + to_micros(first_look) if armed.can_look else None
        case Event.RETRY:
            # rather one try more than a miss for waiting too long
            last = max(row.late_us - LAST_TRY, now_us + ONE_SECOND)
            next_us = max(now_us, min(now_us + to_micros(after.wait or timedelta(0)), last))
            pauses = pauses_of(row.channel, result)
    return Outcome(
        row.id, row.campaign, row.message, row.channel, started_us, after.event,
        why=str(result) if isinstance(result, ChannelError) else type(result).__name__,
        next_us=next_us, attempts=attempts, hold_channel=after.hold_channel, pauses=pauses,
    )  # fmt: skip
