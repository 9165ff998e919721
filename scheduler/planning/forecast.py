"""A forecast: when each channel will have spoken, by its own pace, and what would come too late or in quiet hours."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo

from scheduler.authoring.channels_file import ChannelEntry
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
class Forecast:
    """Collects what is wanted on channels that have a pace; channels without one speak when they are due."""

    channels: Mapping[str, ChannelEntry]
    days: Days = field(default_factory=Days)
    zone: tzinfo = UTC
    last_us: int = 0
    _wanted: dict[str, list[tuple[int, int, str, str]]] = field(default_factory=dict)
    _in_quiet: dict[str, list[str]] = field(default_factory=dict)
    _quiet: dict[tuple[str, int], bool] = field(default_factory=dict)  # by class and minute

    def add(self, wanted: Wanted, *, at_any_hour: bool = False) -> None:
        """Take in a delivery; `at_any_hour`: its author has said why it may speak in quiet hours."""
        pace = self.channels[wanted.channel].pace
        kind = "" if at_any_hour else wanted.kind
        if pace.min_gap is None and pace.per_day is None:
            self.last_us = max(self.last_us, wanted.due_us)
            self._note_hour(wanted.channel, wanted.due_us, kind, wanted.key)
        else:
            entry = (wanted.due_us, wanted.late_us, wanted.key, kind)
            self._wanted.setdefault(wanted.channel, []).append(entry)

    def outlook(self) -> Outlook:
        """Let every channel speak in order of due, no faster than its pace."""
        last_us, too_late = self.last_us, {}
        for channel, deliveries in self._wanted.items():
            late, end = self._speak(channel, sorted(deliveries))
            last_us = max(last_us, end)
            if late:
                too_late[channel] = late
        return Outlook(last_us, too_late, self._in_quiet)

    def _speak(self, channel: str, deliveries: list[tuple[int, int, str, str]]) -> tuple[list[str], int]:
        pace = self.channels[channel].pace
        gap = micros(EPOCH + pace.min_gap) if pace.min_gap is not None else 0
        spoken: deque[int] = deque(maxlen=pace.per_day or 1)
        late: list[str] = []
        for due_us, late_us, key, kind in deliveries:
            at = max(due_us, spoken[-1] + gap) if spoken else due_us
            if pace.per_day is not None and len(spoken) == pace.per_day:
                at = max(at, spoken[0] + DAY_US)
            if at > late_us:
                late.append(key)
            else:
                spoken.append(at)
                self._note_hour(channel, at, kind, key)
        return late, spoken[-1] if spoken else 0

    def _note_hour(self, channel: str, at_us: int, kind: str, key: str) -> None:
        if not kind or self.days.hours(kind) is None:
            return
        at = kind, at_us // MINUTE_US
        if at not in self._quiet:
            self._quiet[at] = self.days.quiet(kind, moment(at_us).astimezone(self.zone).time())
        if self._quiet[at]:
            self._in_quiet.setdefault(channel, []).append(key)
