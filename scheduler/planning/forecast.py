"""A forecast: when each channel will have spoken, by its own pace, and what would come too late."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.clock import EPOCH, micros
from scheduler.ledger.plans import Wanted

DAY_US = micros(EPOCH + timedelta(days=1))


@dataclass(frozen=True)
class Outlook:
    """When the last delivery goes out (microseconds), and the keys that come too late, by channel."""

    last_us: int
    too_late: dict[str, list[str]]


@dataclass
class Forecast:
    """Collects what is wanted on channels that have a pace; channels without one speak when they are due."""

    channels: Mapping[str, ChannelEntry]
    last_us: int = 0
    _wanted: dict[str, list[tuple[int, int, str]]] = field(default_factory=dict)

    def add(self, wanted: Wanted) -> None:
        pace = self.channels[wanted.channel].pace
        if wanted.kind == "emergency" or (pace.min_gap is None and pace.per_day is None):
            self.last_us = max(self.last_us, wanted.due_us)
        else:
            self._wanted.setdefault(wanted.channel, []).append((wanted.due_us, wanted.late_us, wanted.key))

    def outlook(self) -> Outlook:
        """Let every channel speak in order of due, no faster than its pace."""
        last_us, too_late = self.last_us, {}
        for channel, deliveries in self._wanted.items():
            late, end = self._speak(channel, sorted(deliveries))
            last_us = max(last_us, end)
            if late:
                too_late[channel] = late
        return Outlook(last_us, too_late)

    def _speak(self, channel: str, deliveries: list[tuple[int, int, str]]) -> tuple[list[str], int]:
        pace = self.channels[channel].pace
        gap = micros(EPOCH + pace.min_gap) if pace.min_gap is not None else 0
        spoken: deque[int] = deque(maxlen=pace.per_day or 1)
        late: list[str] = []
        for due_us, late_us, key in deliveries:
            at = max(due_us, spoken[-1] + gap) if spoken else due_us
            if pace.per_day is not None and len(spoken) == pace.per_day:
                at = max(at, spoken[0] + DAY_US)
            if at > late_us:
                late.append(key)
            else:
                spoken.append(at)
        return late, spoken[-1] if spoken else 0
