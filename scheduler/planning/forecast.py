"""A forecast: when each channel will have spoken, by its own pace and its budgets, and what comes too late or at night."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo

from scheduler.authoring.channels_file import BudgetEntry, ChannelEntry
from scheduler.channels.registry import running_pace
from scheduler.clock import EPOCH, micros, moment
from scheduler.ledger.plans import Wanted
from scheduler.registers.days import Days

DAY_US = micros(EPOCH + timedelta(days=1))
MINUTE_US = micros(EPOCH + timedelta(minutes=1))


@dataclass(frozen=True)
class Outlook:
    """When the last delivery goes out (microseconds), and the keys that come too late or in quiet hours, by channel."""

    last_us: int
    too_late: dict[str, list[str]]
    in_quiet_hours: dict[str, list[str]] = field(default_factory=dict)


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
    days: Days = field(default_factory=Days)
    zone: tzinfo = UTC
    last_us: int = 0

    def __post_init__(self) -> None:
        self._wanted: dict[str, list[tuple[int, int, str, str]]] = {}
        self._in_quiet: dict[str, list[str]] = {}
        self._quiet: dict[tuple[str, int], bool] = {}  # by class and minute
        self._rules: dict[str, list[_Rule]] = {}
        shared = [(entry, _Rule(entry.most, micros(EPOCH + entry.within))) for entry in self.budgets]
        for id, channel in self.channels.items():
            rules = [rule for entry, rule in shared if _draws_on(channel, entry)]
            pace = running_pace(channel)
            if pace.min_gap is not None:
                rules.append(_Rule(1, micros(EPOCH + pace.min_gap)))
            if pace.per_day is not None:
                rules.append(_Rule(pace.per_day, DAY_US))
            if rules:
                self._rules[id] = rules

    def add(self, wanted: Wanted, *, at_any_hour: bool = False) -> None:
        """Take in a delivery; `at_any_hour`: its author has said why it may speak in quiet hours."""
        kind = "" if at_any_hour else wanted.kind
        if wanted.channel in self._rules and wanted.kind != "emergency":
            entry = wanted.due_us, wanted.late_us, wanted.key, kind
            self._wanted.setdefault(wanted.channel, []).append(entry)
        else:
            self.last_us = max(self.last_us, wanted.due_us)
            self._note_hour(wanted.channel, wanted.due_us, kind, wanted.key)

    def outlook(self) -> Outlook:
        """Let all channels speak, each in order of due, as soon as its pace and its budgets let it."""
        waiting = {channel: deque(sorted(deliveries)) for channel, deliveries in self._wanted.items()}
        ready = [(deliveries[0][0], channel) for channel, deliveries in waiting.items()]
        heapq.heapify(ready)
        last_us, too_late = self.last_us, dict[str, list[str]]()
        while ready:
            at, channel = heapq.heappop(ready)
            rules, deliveries = self._rules[channel], waiting[channel]
            due_us, late_us, key, kind = deliveries[0]
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
                self._note_hour(channel, at, kind, key)
            deliveries.popleft()
            if deliveries:
                heapq.heappush(ready, (max(at, deliveries[0][0]), channel))
        return Outlook(last_us, too_late, self._in_quiet)

    def _note_hour(self, channel: str, at_us: int, kind: str, key: str) -> None:
        if not kind or self.days.hours(kind) is None:
            return
        at = kind, at_us // MINUTE_US
        if at not in self._quiet:
            self._quiet[at] = self.days.quiet(kind, moment(at_us).astimezone(self.zone).time())
        if self._quiet[at]:
            self._in_quiet.setdefault(channel, []).append(key)


def _draws_on(channel: ChannelEntry, budget: BudgetEntry) -> bool:
    return channel.app == budget.app if budget.app is not None else channel.network == budget.network
