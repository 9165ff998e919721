"""The timetable of a message: when each of its occurrences is due, which text it says, and its hard bounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from scheduler.authoring.campaign import Campaign, Message
from scheduler.authoring.recurrence import NO_DAYS, Occurrence, localise, occurrences
from scheduler.authoring.rotation import Rotation
from scheduler.registers.days import Days


def timetable(
    campaign: Campaign, message: Message, zone: ZoneInfo, start: datetime, end: datetime, days: Days = NO_DAYS
) -> Iterator[Occurrence]:
    """Yield what is due of a message in [start, end), in order of time, and within its bounds.

    A single time (`on`) is given wherever it lies, if its bounds allow it; `on: now` always: its lateness obeys them.
    """
    not_before, not_after = (None, None) if message.when.at_once else bounds(campaign, message, zone)
    for occurrence in unbounded(message, zone, start, end, days):
        if (not_before is None or occurrence.due >= not_before) and (not_after is None or occurrence.due < not_after):
            yield occurrence


def unbounded(
    message: Message, zone: ZoneInfo, start: datetime, end: datetime, days: Days = NO_DAYS
) -> Iterator[Occurrence]:
    """Yield what would be due if the message knew neither embargo nor expiry."""
    return occurrences(message.when, zone, start, end, days, rotation_of(message))


def bounds(campaign: Campaign, message: Message, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """Return the first moment at which a message may be said and the first at which it may not any more (UTC).

    What the message says itself stands; else its campaign's. None: no such bound.
    """
    return moment_of(message.embargo or campaign.embargo, zone), moment_of(message.expires or campaign.expires, zone)


def rotation_of(message: Message) -> Rotation | None:
    """Return how the texts of a message take turns, None when it has just one."""
    count = message.rotates
    if not count:
        return None
    return Rotation(count, min(message.distance or count - 1, count - 1))


def moment_of(written: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return a moment as written (local, or with its offset) in UTC; None stays None."""
    if written is None:
        return None
    return written.astimezone(UTC) if written.tzinfo else localise(written, zone)
