"""A budget: what all channels of one app, or of one network, may post together; ours, and what the network says is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from scheduler.authoring.channels_file import BudgetEntry, ChannelEntry
from scheduler.channels.usage import Usage
from scheduler.clock import micros
from scheduler.posting.pace import to_micros

CAREFUL, SPENT = 75.0, 95.0  # percent of an allowance from which we slow down, and stop
SLOWEST = to_micros(timedelta(minutes=1))  # between two posts when an allowance is nearly spent
UNSAID = to_micros(timedelta(minutes=5))  # of rest when it is spent and nobody says for how long


@dataclass
class Budget:
    """How many may start within how long (moments in microseconds), and until when the network asked all to wait."""

    rules: tuple[tuple[int, int], ...] = ()  # most, within
    starts: deque[int] = field(default_factory=deque)
    paused_until: int = 0

    @property
    def longest(self) -> int:
        return max((within for _, within in self.rules), default=0)

    def opens_at(self, now_us: int, *, urgent: bool = False) -> int:
        """Return when the next may start. What is urgent keeps to what the network says, not to our own limits."""
        at = max(now_us, self.paused_until)
        for most, within in () if urgent else self.rules:
            if len(self.starts) >= most:
                at = max(at, self.starts[-most] + within)
        return at

    def started(self, at_us: int) -> None:
        if self.rules:
            self.starts.append(at_us)
            while self.starts and self.starts[0] <= at_us - self.longest:
                self.starts.popleft()


def names_of(entry: ChannelEntry) -> tuple[str, ...]:
    """Return the names of the budgets that a channel draws on."""
    return (*((f"app:{entry.app}",) if entry.app else ()), f"network:{entry.network}")


def budgets_of(entries: Iterable[BudgetEntry]) -> dict[str, Budget]:
    """Return the declared budgets by name."""
    found: dict[str, Budget] = {}
    for entry in entries:
        budget = found.setdefault(entry.name, Budget())
        budget.rules = (*budget.rules, (entry.most, to_micros(entry.within)))
    return found


def rests(entry: ChannelEntry, told: Usage, now_us: int) -> dict[str, int]:
    """Return until when a channel, and all of its app, shall rest after what the network said: names and moments."""
    shared = f"app:{entry.app}" if entry.app else entry.id
    found: dict[str, int] = {}
    for name, used in ((shared, told.app), (entry.id, told.channel)):
        if (rest := _rest(used, told, now_us)) > 0:
            found[name] = max(found.get(name, 0), now_us + rest)
    return found


def _rest(used: float, told: Usage, now_us: int) -> int:
    if used >= SPENT:
        return max(0, micros(told.back_at) - now_us) if told.back_at is not None else UNSAID
    if used >= CAREFUL:
        return int((used - CAREFUL) / (SPENT - CAREFUL) * SLOWEST)
    return 0
