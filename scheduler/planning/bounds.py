"""Hard bounds: from when and until when a message may be said at all, also by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Campaign, Message
from scheduler.authoring.timetable import bounds
from scheduler.clock import micros


def bounds_us(campaign: Campaign, message: Message, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return the first moment and the first moment after the last (microseconds, None: no bound)."""
    first, end = bounds(campaign, message, zone)
    return (None if first is None else micros(first), None if end is None else micros(end))


def within(due_us: int, first_us: int | None, end_us: int | None) -> bool:
    """Tell whether a moment lies within its bounds."""
    return (first_us is None or first_us <= due_us) and (end_us is None or due_us < end_us)
