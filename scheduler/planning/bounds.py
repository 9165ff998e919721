"""Hard bounds: from when and until when a message may be said at all, also by hand."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Campaign, Message
from scheduler.authoring.recurrence import localise
from scheduler.clock import micros


def bounds(campaign: Campaign, message: Message, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return the first moment and the first moment after the last (microseconds, None: no bound).

    What a message says of itself wins over its campaign.
    """
    first, end = message.embargo or campaign.embargo, message.expires or campaign.expires
    return _micros(first, zone), _micros(end, zone)


def _micros(written: datetime | None, zone: ZoneInfo) -> int | None:
    """Return a moment as it stands in a file: local time, unless it has an offset."""
    if written is None:
        return None
    return micros(written if written.tzinfo else localise(written, zone))


def within(due_us: int, first_us: int | None, end_us: int | None) -> bool:
    """Tell whether a moment lies within its bounds."""
    return (first_us is None or first_us <= due_us) and (end_us is None or due_us < end_us)
