"""The pace of a channel: one delivery at a time, the gravest class first, then in order of due, within our own limits.

An emergency knows none of our own limits; that a network asked us to wait holds for it too.
"""

from __future__ import annotations

import heapq
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from scheduler.authoring.channels_file import PaceEntry
from scheduler.clock import EPOCH, micros

if TYPE_CHECKING:
    from sqlalchemy import Row

    from scheduler.posting.arm import Armed

DAY_US = 86_400_000_000
EARLY_US = 15_000  # how long before its due time an intent may be written; the request waits for the time

RANKS = {"emergency": 0, "priority": 1}  # any other is ordinary
ORDINARY = 2


def to_micros(length: timedelta) -> int:
    return micros(EPOCH + length)


def is_urgent(row: Any) -> bool:
    """Tell whether a delivery overtakes all others, on its channel and across channels."""
    return bool(row.kind == "emergency")


class Lane:
    """What waits on one channel, and when the next of it may go."""

    def __init__(self, channel: str, pace: PaceEntry) -> None:
        self.channel = channel
        self.pace = pace
        self.busy = False
        self.unready: deque[Armed] = deque()  # read, but not made ready yet
        self.porter = False  # somebody is making them ready
        self.paused_until = 0
        self.starts: list[int] = []  # of the last day, only where a pace asks for it
        self._queues: tuple[list[tuple[int, int, Armed]], ...] = ([], [], [])  # by rank

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def push(self, armed: Armed) -> None:
        queue = self._queues[RANKS.get(armed.row.kind, ORDINARY)]
        heapq.heappush(queue, (armed.row.next_us, armed.row.id, armed))

    def to_make_ready(self, armed: Armed) -> None:
        """Line up for being made ready: emergencies before all others."""
        if is_urgent(armed.row):
            self.unready.appendleft(armed)
        else:
            self.unready.append(armed)

    def first(self, until_us: int) -> Armed | None:
        """Return the one to go: of those whose time has come by then, the gravest class, the earliest of it."""
        queue = self._first_queue(until_us)
        return queue[0][2] if queue else None

    def take(self, until_us: int) -> Armed:
        """Take away what `first` returns; there must be one."""
        queue = self._first_queue(until_us)
        assert queue
        return heapq.heappop(queue)[2]

    def _first_queue(self, until_us: int) -> list[tuple[int, int, Armed]] | None:
        return next((queue for queue in self._queues if queue and self._may_go_at(queue[0][2].row) <= until_us), None)

    def clear(self) -> list[int]:
        """Forget what waits; return the ids."""
        ids = [id for queue in self._queues for _, id, _ in queue]
        for queue in self._queues:
            queue.clear()
        self.unready.clear()
        return ids

    @property
    def has_pace(self) -> bool:
        return self.pace.per_day is not None or self.pace.min_gap is not None

    def started(self, at_us: int) -> None:
        if self.has_pace:
            self.starts = [s for s in self.starts if s > at_us - DAY_US] + [at_us]

    def ready_at(self) -> int | None:
        """Return when the next may go (microseconds), None while nothing waits or one is on its way."""
        heads = [self._may_go_at(queue[0][2].row) for queue in self._queues if queue]
        return min(heads) if heads and not self.busy else None

    def urgent_at(self) -> int | None:
        """Return when the next emergency may go (microseconds), None while none waits or one is on its way."""
        urgent = self._queues[0]
        return self._may_go_at(urgent[0][2].row) if urgent and not self.busy else None

    def _may_go_at(self, row: Row[Any]) -> int:
        at: int = max(row.next_us, row.due_us, self.paused_until)  # due: the clock may have been set back since
        if row.not_before_us is not None:
            at = max(at, row.not_before_us + EARLY_US)  # a hard bound: not even the intent is written before it
        if is_urgent(row):
            return at
        if self.pace.min_gap is not None and self.starts:
            at = max(at, self.starts[-1] + to_micros(self.pace.min_gap))
        if self.pace.per_day is not None and len(self.starts) >= self.pace.per_day:
            at = max(at, self.starts[-self.pace.per_day] + DAY_US)
        return at
