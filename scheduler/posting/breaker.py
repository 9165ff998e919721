"""A breaker: after repeated failures of one server nobody knocks for a while, then one delivery tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from scheduler.ledger.delivery import Event
from scheduler.posting.pace import to_micros

FAILURES = 5  # in a row, of one server
FIRST_REST = to_micros(timedelta(seconds=15))
LONGEST_REST = to_micros(timedelta(minutes=5))


@dataclass
class Breaker:
    """Counts one server's failures in a row. Moments in microseconds."""

    failures: int = 0
    closed_until: int = 0
    rest: int = FIRST_REST
    probing: bool = False

    def opens_at(self, now_us: int) -> int:
        """Return when the next delivery may try: now, after the rest, or (one is trying) a little later."""
        if self.failures < FAILURES:
            return now_us
        if self.probing:
            return now_us + to_micros(timedelta(seconds=1))
        return max(now_us, self.closed_until)

    def started(self) -> None:
        if self.failures >= FAILURES:
            self.probing = True

    def ended(self, event: Event, *, refused: bool, now_us: int) -> None:
        """Learn from an outcome. `refused`: the server answered, it only did not like us."""
        self.probing = False
        if event in (Event.CONFIRM, Event.FAIL, Event.WAIT) or refused:
            self.failures, self.rest, self.closed_until = 0, FIRST_REST, 0
            return
        self.failures += 1
        if self.failures >= FAILURES:
            if self.failures > FAILURES:
                self.rest = min(LONGEST_REST, 2 * self.rest)
            self.closed_until = now_us + self.rest
