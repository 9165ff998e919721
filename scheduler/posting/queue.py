"""The queue of one dispatcher: what is armed waits in the lane of its channel, and whoever asks is given what may go.

Five things keep a delivery back: the pace of its channel, a budget that several channels share, a server that fails, a rest
that the network asked for, and how many intents may be on disk at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from scheduler.authoring.channels_file import PaceEntry
from scheduler.channels.registry import running_pace
from scheduler.clock import Clock, micros
from scheduler.ledger import turn
from scheduler.posting.accounts import Accounts
from scheduler.posting.arm import Armed
from scheduler.posting.breaker import Breaker
from scheduler.posting.budget import Budget, budgets_of, names_of
from scheduler.posting.pace import DAY_US, EARLY_US, Lane, Line, is_urgent, to_micros

AHEAD = 6  # intents on disk for each sender: a commit takes as long as some posts, and nobody shall wait for it
FAR_AHEAD = 12  # the same where the database is a server: each commit has its ways there and back
FIRST = 2  # the same, of the first commit after a rest
GROWTH = 3  # times as many as are on disk already, with the next one
A_LITTLE = to_micros(timedelta(milliseconds=10))

_NO_PACE = PaceEntry()

Starts = Callable[[Sequence[str], int], Awaitable[list[int]]]


@dataclass
class Queue:
    """What waits, by channel, and what may be claimed next. `starts` reads when channels have posted since a moment.

    `fast`: a clock that jumps knows no pace and no budget.
    """

    accounts: Accounts
    clock: Clock
    senders: int
    starts: Starts
    ahead: int = AHEAD
    fast: bool = False

    def __post_init__(self) -> None:
        self.lanes: dict[str, Lane] = {}
        self.armed: set[int] = set()  # ids of what waits
        self.in_flight: dict[int, Armed] = {}  # claimed, and its outcome is not on disk yet
        self.ready = Line(Lane.ready_at)
        self.urgent = Line(Lane.urgent_at)  # lanes in which an emergency waits
        self._breakers: dict[tuple[str, str], Breaker] = {}
        self.budgets: dict[str, Budget] = {}
        self._drawing: dict[str, list[str]] = {}  # the channels that draw on a budget

    # --- lanes --------------------------------------------------------------------------------------------------

    async def open_lane(self, channel: str) -> None:
        """Open the lane of a channel, if there is none, with what was sent there in the last day."""
        if channel in self.lanes:
            return
        entry = self.accounts.entry(channel)
        lane = Lane(channel, running_pace(entry) if entry is not None and not self.fast else _NO_PACE)
        if lane.has_pace:
            lane.starts = await self.starts([channel], micros(self.clock.now()) - DAY_US)
        self.lanes[channel] = lane

    def close_lanes(self, channels: Iterable[str]) -> None:
        """Forget lanes in which nothing waits; others may send there from now on."""
        for channel in channels:
            self.lanes.pop(channel, None)

    def is_busy(self, channel: str) -> bool:
        """Tell whether anything waits or is being sent on a channel."""
        lane = self.lanes.get(channel)
        return lane is not None and (lane.busy or lane.porter or len(lane) > 0)

    def line_up(self, lane: Lane) -> bool:
        """Take a lane's next delivery into account; return whether it has one."""
        if not self.ready.add(lane):
            return False
        self.urgent.add(lane)
        return True

    def free(self, channel: str) -> None:
        """A channel's delivery has been sent: the next may go."""
        self.lanes[channel].busy = False
        self.line_up(self.lanes[channel])

    def forget(self, channels: Iterable[str] | None = None) -> None:
        """Forget what waits on some channels, or on all, and is not claimed yet."""
        for channel in list(self.lanes) if channels is None else channels:
            if (lane := self.lanes.get(channel)) is not None:
                self.armed.difference_update(lane.clear())

    # --- what keeps deliveries back -----------------------------------------------------------------------------

    async def renew(self) -> None:
        """Take over paces and budgets from the files; what networks have asked for, and what was sent, stays known."""
        for lane in self.lanes.values():
            entry = self.accounts.entry(lane.channel)
            if entry is not None and not self.fast:
                lane.pace = running_pace(entry)
        resting = {name: budget.paused_until for name, budget in self.budgets.items() if name.startswith("app:")}
        self.budgets = budgets_of(self.accounts.book.budgets)
        self.rest_until(resting)
        entries = self.accounts.book.channels.values()
        for name, budget in self.budgets.items():
            self._drawing[name] = [entry.id for entry in entries if name in names_of(entry)]
            since_us = micros(self.clock.now()) - budget.longest
            if budget.rules and not self.fast:
                budget.starts = deque(await self.starts(self._drawing[name], since_us))

    def rest_until(self, pauses: Mapping[str, int]) -> None:
        """Keep channels (or all of an app, `app:NAME`) back until some moments, in microseconds."""
        for name, until_us in pauses.items():
            if name.startswith("app:"):
                budget = self.budgets.setdefault(name, Budget())
                budget.paused_until = max(budget.paused_until, until_us)
            elif name in self.lanes:
                self.lanes[name].paused_until = max(self.lanes[name].paused_until, until_us)

    def breaker(self, armed: Armed) -> Breaker | None:
        """Return the breaker of the server that a delivery is for."""
        channel = armed.channel
        if channel is None:
            return None
        return self._breakers.setdefault((channel.network, channel.base_url), Breaker())

    def budgets_of(self, channel: str) -> tuple[Budget, ...]:
        """Return the budgets that a channel draws on."""
        return tuple(self.budgets[name] for name in self._names_of(channel))

    def _names_of(self, channel: str) -> tuple[str, ...]:
        if not self.budgets or self.fast or (entry := self.accounts.entry(channel)) is None:
            return ()
        return tuple(name for name in names_of(entry) if name in self.budgets)

    def within_shared_budgets(self, connection: Connection, rows: list[Row[Any]], at_us: int) -> list[Row[Any]]:
        """Return those of the rows for which the budgets have room when what other workers sent is counted, too."""
        if not any(budget.rules for budget in self.budgets.values()):
            return rows
        drawn = {row.id: [name for name in self._names_of(row.channel) if self.budgets[name].rules] for row in rows}
        counted: dict[str, Budget] = {}
        for name in sorted({name for names in drawn.values() for name in names}):
            turn.count_alone(connection, name)
            known = self.budgets[name]
            starts = turn.starts_since(connection, self._drawing[name], at_us - known.longest)
            counted[name] = Budget(known.rules, deque(starts))
        within = []
        for row in rows:
            budgets = [counted[name] for name in drawn[row.id]]
            if all(budget.opens_at(at_us, urgent=is_urgent(row)) <= at_us for budget in budgets):
                within.append(row)
                for budget in budgets:
                    budget.started(at_us)
        for name, budget in counted.items():
            self.budgets[name].starts = budget.starts
        return within

    # --- what may go --------------------------------------------------------------------------------------------

    @property
    def early(self) -> int:
        """How long before its due time an intent may be written (microseconds); the request waits for the time."""
        return 0 if self.fast else EARLY_US

    @property
    def most(self) -> int:
        """How many intents may be on disk; emergencies have as much room besides."""
        return self.ahead * self.senders

    @property
    def has_room(self) -> bool:
        """Whether so little is about to be sent that others may speak to networks besides."""
        return len(self.armed) + len(self.in_flight) < self.senders / 2

    def moments(self) -> Iterator[int]:
        """Yield when something may be claimed next (microseconds), as far as there is room for it."""
        if (at := self.urgent.first_at()) is not None and self._urgent_in_flight < self.most:
            yield at - self.early
        if (at := self.ready.first_at()) is not None and len(self.in_flight) < self.most:
            yield at - self.early

    def pick(self) -> list[Armed]:
        """Take out what may be claimed now, emergencies first; each comes back by `free`, or is forgotten."""
        until = micros(self.clock.now()) + self.early
        urgent: list[Armed] = []
        if (first_at := self.urgent.first_at()) is not None and first_at <= until:
            urgent = self._pick_from(self.urgent, until, self._urgent_in_flight)
        return urgent + self._pick_from(self.ready, until, len(self.in_flight) + len(urgent))

    @property
    def _urgent_in_flight(self) -> int:
        return sum(is_urgent(armed.row) for armed in self.in_flight.values())

    def _pick_from(self, line: Line, until: int, claimed: int) -> list[Armed]:
        batch: list[Armed] = []
        deferred: list[Lane] = []
        # after a rest the first shall not wait until a long list is on disk
        most = min(self.most, max(FIRST * self.senders, GROWTH * len(self.in_flight)))
        while len(batch) + claimed < most and (lane := line.pop(until)) is not None:
            head = lane.first(until)
            assert head is not None
            if not head.ready:
                continue  # lined up again when it is
            if not head.can_look and claimed + len(batch) >= self.senders:
                deferred.append(lane)  # what nobody can look for is claimed only when it can start at once
                continue
            breaker, budgets = self.breaker(head), self.budgets_of(lane.channel)
            opens = breaker.opens_at(until) if breaker is not None else until
            for budget in budgets:
                opens = max(opens, budget.opens_at(until, urgent=is_urgent(head.row)))
            if opens > until:
                line.put(lane, opens)
                continue
            if breaker is not None:
                breaker.started()
            for budget in budgets:
                budget.started(until)
            lane.busy = True
            batch.append(lane.take(until))
        for lane in deferred:
            line.put(lane, until + A_LITTLE)
        return batch
