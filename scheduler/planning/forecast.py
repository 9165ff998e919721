"""A forecast: when each channel will have spoken, by its own pace and its budgets, and what would come too late."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from scheduler.authoring.channels_file import BudgetEntry, ChannelEntry
from scheduler.clock import EPOCH, micros
from scheduler.ledger.plans import Wanted

DAY_US = micros(EPOCH + timedelta(days=1))


@dataclass(frozen=True)
class Outlook:
    """When the last delivery goes out (microseconds), and the keys that come too late, by channel."""

    last_us: int
    too_late: dict[str, list[str]]


@dataclass
class _Rule:
    """At most so many within so long (microseconds)."""

    most: int
    within: int
    spoken: deque[int] = field(default_factory=deque)

    def opens_at(self) -> int:
        return self.spoken[0] + self.within if len(self.spoken) >= self.most else 0

    def add(self, at_us: int) -> None:
        self.spoken.append(at_us)
        if len(self.spoken) > self.most:
            self.spoken.popleft()


@dataclass
class Forecast:
    """Collects what is wanted where a pace or a budget holds; other channels speak when they are due."""

    channels: Mapping[str, ChannelEntry]
    budgets: Iterable[BudgetEntry] = ()
    last_us: int = 0

    def __post_init__(self) -> None:
        self._wanted: dict[str, list[tuple[int, int, str]]] = {}
        self._rules: dict[str, list[_Rule]] = {}
        shared = [(entry, _Rule(entry.most, micros(EPOCH + entry.within))) for entry in self.budgets]
        for id, channel in self.channels.items():
            rules = [rule for entry, rule in shared if _draws_on(channel, entry)]
            if channel.pace.min_gap is not None:
                rules.append(_Rule(1, micros(EPOCH + channel.pace.min_gap)))
            if channel.pace.per_day is not None:
                rules.append(_Rule(channel.pace.per_day, DAY_US))
            if rules:
                self._rules[id] = rules

    def add(self, wanted: Wanted) -> None:
        if wanted.channel in self._rules and wanted.kind != "emergency":
            self._wanted.setdefault(wanted.channel, []).append((wanted.due_us, wanted.late_us, wanted.key))
        else:
            self.last_us = max(self.last_us, wanted.due_us)

    def outlook(self) -> Outlook:
        """Let all channels speak, each in order of due, as soon as its pace and its budgets let it."""
        waiting = {channel: deque(sorted(deliveries)) for channel, deliveries in self._wanted.items()}
        ready = [(deliveries[0][0], channel) for channel, deliveries in waiting.items()]
        heapq.heapify(ready)
        last_us, too_late = self.last_us, dict[str, list[str]]()
        while ready:
            at, channel = heapq.heappop(ready)
            rules, deliveries = self._rules[channel], waiting[channel]
            due_us, late_us, key = deliveries[0]
            opens = max(at, due_us, *(rule.opens_at() for rule in rules))
            if at < opens <= late_us:
                heapq.heappush(ready, (opens, channel))
                continue
            if opens > late_us:
                too_late.setdefault(channel, []).append(key)
            else:
                for rule in rules:
                    rule.add(at)
                last_us = max(last_us, at)
            deliveries.popleft()
            if deliveries:
                heapq.heappush(ready, (max(at, deliveries[0][0]), channel))
        return Outlook(last_us, too_late)


def _draws_on(channel: ChannelEntry, budget: BudgetEntry) -> bool:
    return channel.app == budget.app if budget.app is not None else channel.network == budget.network
