"""From a rule to the occurrences at which a message is due, each with a name that does not change.

APScheduler's triggers do the arithmetic on a UTC calendar that stands for wall-clock time; we localise by our own
rule: a time that a clock change skips moves forward by as much as the clock did, one that comes twice is the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from scheduler.authoring.campaign import NOW, When


@dataclass(frozen=True)
class Occurrence:
    """One time at which a message is due. `due` is aware UTC; `anchor` is the named day of a `before` rule."""

    name: str
    due: datetime
    anchor: date | None = None


def localise(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC moment of a wall-clock time: gaps move forward, repeated times mean the first."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def occurrences(when: When, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[Occurrence]:
    """Yield the occurrences of a rule due in [start, end) in order of time; a single time is given wherever it lies.

    `on: now` is due at `start`.
    """
    if when.on == NOW:
        yield Occurrence("once", start)
        return
    if when.on is not None:
        due = when.on.astimezone(UTC) if when.on.tzinfo else localise(when.on, zone)
        yield Occurrence("once", due)
        return
    for wall, anchor in sorted(_walls(when, zone, start, end), key=lambda found: found[0]):
        due = localise(wall, zone)
        if start <= due < end:
            yield Occurrence(_name(wall, when), due, anchor)


def coming(named_day: str, today: date) -> date:
    """Return the date of a named day: as written with a year, else the next one from today on."""
    found = re.fullmatch(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}))?", named_day)
    assert found is not None
    day, month, year = int(found[1]), int(found[2]), found[3]
    if year:
        return date(int(year), month, day)
    for candidate in range(today.year, today.year + 9):
        try:
            if (that := date(candidate, month, day)) >= today:
                return that
        except ValueError:  # 29 February
            continue
    raise AssertionError(named_day)


def _walls(when: When, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[datetime, date | None]]:
    times = when.at or ()
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    if when.before is not None:
        anchor = coming(when.before, first)
        for days in dict.fromkeys(when.days):
            day = anchor - timedelta(days=days)
            if (when.since is None or day >= when.since) and (when.until is None or day <= when.until):
                yield from ((datetime.combine(day, at), anchor) for at in times)
        return
    begin = max(first, when.since) if when.since else first
    finish = min(last, when.until) if when.until else last
    for at in times:
        yield from ((wall, None) for wall in _cron(when.every or (), at, begin, finish))


def _cron(weekdays: tuple[str, ...], at: time, begin: date, finish: date) -> Iterator[datetime]:
    trigger = CronTrigger(
        day_of_week=",".join(weekdays),
        hour=at.hour,
        minute=at.minute,
        second=at.second,
        timezone=UTC,
        end_date=datetime.combine(finish, time.max, UTC),
    )
    fire = trigger.get_next_fire_time(None, datetime.combine(begin, time.min, UTC))
    while fire is not None:
        yield fire.replace(tzinfo=None)
        fire = trigger.get_next_fire_time(fire, fire + timedelta(seconds=1))


def _name(wall: datetime, when: When) -> str:
    several = when.at is not None and len(when.at) > 1
    return wall.strftime("%Y-%m-%dT%H%M%S" if wall.second else "%Y-%m-%dT%H%M") if several else wall.date().isoformat()
