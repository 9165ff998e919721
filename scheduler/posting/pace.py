"""Lanes and their line: what waits on each channel, and which channel may speak next.

A lane keeps the pace of its channel: one delivery at a time, the gravest class first, then in order of due, within our own limits. An emergency knows none of our own limits; that a network asked us to wait holds for it too.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from scheduler.authoring.channels_file import PaceEntry
from scheduler.clock import EPOCH, micros

if TYPE_CHECKING:
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


class _Waiting(NamedTuple):
    next_us: int
    id: int
    earliest: int  # it goes no sooner, whatever its lane allows
    armed: Armed


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
        self._queues: tuple[list[_Waiting], ...] = ([], [], [])  # by rank

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def push(self, armed: Armed) -> None:
        row = armed.row
        earliest = max(row.next_us, row.due_us)  # due: the clock may have been set back since
        if row.not_before_us is not None:
            earliest = max(earliest, row.not_before_us + EARLY_US)  # not even the intent is written before it
        heapq.heappush(self._queues[RANKS.get(row.kind, ORDINARY)], _Waiting(row.next_us, row.id, earliest, armed))

    def to_make_ready(self, armed: Armed) -> None:
        """Line up for being made ready: emergencies before all others."""
        if is_urgent(armed.row):
            self.unready.appendleft(armed)
        else:
            self.unready.append(armed)

    def first(self, until_us: int) -> Armed | None:
        """Return the one to go: of those whose time has come by then, the gravest class, the earliest of it."""
        queue = self._first_queue(until_us)
        return queue[0].armed if queue else None

    def take(self, until_us: int) -> Armed:
        """Take away what `first` returns; there must be one."""
        queue = self._first_queue(until_us)
        assert queue
        return heapq.heappop(queue).armed

    def _first_queue(self, until_us: int) -> list[_Waiting] | None:
        for rank, queue in enumerate(self._queues):
            if queue and self._may_go_at(queue[0], rank) <= until_us:
                return queue
        return None

    def clear(self) -> list[int]:
        """Forget what waits; return the ids."""
        ids = [waiting.id for queue in self._queues for waiting in queue]
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
        if self.busy:
            return None
        heads = [self._may_go_at(queue[0], rank) for rank, queue in enumerate(self._queues) if queue]
        return min(heads, default=None)

    def urgent_at(self) -> int | None:
        """Return when the next emergency may go (microseconds), None while none waits or one is on its way."""
        urgent = self._queues[0]
        return self._may_go_at(urgent[0], 0) if urgent and not self.busy else None

    def _may_go_at(self, waiting: _Waiting, rank: int) -> int:
        at = max(waiting.earliest, self.paused_until)
        if rank == 0 or not self.has_pace:  # an emergency
            return at
        if self.pace.min_gap is not None and self.starts:
            at = max(at, self.starts[-1] + to_micros(self.pace.min_gap))
        if self.pace.per_day is not None and len(self.starts) >= self.pace.per_day:
            at = max(at, self.starts[-self.pace.per_day] + DAY_US)
        return at


class Line:
    """Lanes in the order in which the next of each may go, as `opens` says of a lane (None: it has nothing to send)."""

    def __init__(self, opens: Callable[[Lane], int | None]) -> None:
        self._opens = opens
        self._heap: list[tuple[int, int, Lane]] = []
        self._at: dict[Lane, int] = {}  # when a lane's turn comes: any other place of it in the heap counts no more
        self._numbers = itertools.count()

    def add(self, lane: Lane) -> bool:
        """Line up a lane that has something to send; return whether it has."""
        if (at := self._opens(lane)) is None:
            return False
        self.put(lane, at)
        return True

    def put(self, lane: Lane, at_us: int) -> None:
        """Line up a lane for a moment, unless its turn comes sooner anyway."""
        if (known := self._at.get(lane)) is None or at_us < known:
            self._at[lane] = at_us
            heapq.heappush(self._heap, (at_us, next(self._numbers), lane))

    def first_at(self) -> int | None:
        """Return when the turn of the first comes (microseconds), None when nobody waits."""
        return self._heap[0][0] if self._heap else None

    def pop(self, until_us: int) -> Lane | None:
        """Take away the first lane that may go by then; a lane that is busy lines up again when it is free."""
        while self._heap and self._heap[0][0] <= until_us:
            at, _, lane = heapq.heappop(self._heap)
            if self._at.get(lane) != at:
                continue
            del self._at[lane]
            if (opens := self._opens(lane)) is None:
                continue
            if opens <= until_us:
                return lane
            self.put(lane, opens)
        return None
