"""What the office's own days.yaml says of national mourning, in the form that the ledger keeps."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduler.authoring.loader import Book
from scheduler.authoring.recurrence import localise
from scheduler.clock import micros
from scheduler.ledger.declaration import Declared


def declared(book: Book, zone: ZoneInfo) -> list[Declared]:
    """Return the periods of days.yaml; none without that register."""
    periods: Any = getattr(getattr(book, "days", None), "mourning", ()) or ()
    return [
        Declared(first_moment(period.since, zone), end_of(period.until, zone), period.basis, period.note)
        for period in periods
    ]


def first_moment(written: date | datetime, zone: ZoneInfo) -> int:
    """Return when a period begins (microseconds): a date at midnight, a date with a time at that time."""
    if isinstance(written, datetime):
        return micros(written if written.tzinfo else localise(written, zone))
    return micros(localise(datetime.combine(written, time()), zone))


def end_of(written: date | datetime, zone: ZoneInfo) -> int:
    """Return the first moment after a period (microseconds): a date belongs to it whole, a time ends it."""
    if isinstance(written, datetime):
        return first_moment(written, zone)
    return first_moment(written + timedelta(days=1), zone)
