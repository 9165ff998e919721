"""The pace of a channel: one delivery at a time, in order of due, and our own limits besides the network's."""

from __future__ import annotations

import heapq
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from scheduler.authoring.channels_file import PaceEntry
from scheduler.clock import EPOCH, micros

if TYPE_CHECKING:
    from scheduler.posting.arm import Armed

DAY_US = 86_400_000_000


def to_micros(length: timedelta) -> int:
    return micros(EPOCH + length)


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
        self._queue: list[tuple[int, int, Armed]] = []

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def head(self) -> Armed | None:
        return self._queue[0][2] if self._queue else None

    def push(self, armed: Armed) -> None:
        heapq.heappush(self._queue, (armed.row.next_us, armed.row.id, armed))

    def pop(self) -> Armed:
        return heapq.heappop(self._queue)[2]

    def clear(self) -> list[int]:
        """Forget what waits; return the ids."""
        ids = [id for _, id, _ in self._queue]
        self._queue.clear()
        self.unready.clear()
        return ids

    @property
    def has_pace(self) -> bool:
        return self.pace.per_day is not None or self.pace.min_gap is not None

    def started(self, at_us: int) -> None:
        if self.has_pace:
            self.starts = [s for s in self.starts if s > at_us - DAY_US] + [at_us]

    def ready_at(self) -> int | None:
        """Return when the head may go (microseconds), None while nothing waits or one is on its way."""
        if self.busy or self.head is None:
            return None
        row = self.head.row
        at: int = max(
            row.next_us, row.due_us, self.paused_until
        )  # due: the clock may have been set back since it was tried
        if self.pace.min_gap is not None and self.starts:
            at = max(at, self.starts[-1] + to_micros(self.pace.min_gap))
        if self.pace.per_day is not None and len(self.starts) >= self.pace.per_day:
            at = max(at, self.starts[-self.pace.per_day] + DAY_US)
        return at
