"""From a rule to the occurrences at which a message is due, each with a name that does not change.

APScheduler's triggers do the arithmetic on a UTC calendar that stands for wall-clock time; we localise by our own
rule: a time that a clock change skips moves forward by as much as the clock did, one that comes twice is the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.triggers.calendarinterval import CalendarIntervalTrigger
from apscheduler.triggers.cron import CronTrigger

from scheduler.authoring.campaign import NOW, When
from scheduler.authoring.rotation import Rotation
from scheduler.authoring.rule import LAST, LAST_WORKING, Break, Cycle, named_by
from scheduler.registers.days import Days
from scheduler.registers.moments import WEEKDAYS
from scheduler.registers.named_day import HOLIDAYS, Span
from scheduler.registers.year_day import YearDay, year_day

FARTHEST_SHIFT = 31  # days; an office that works nowhere in a month has no working day near
NO_DAYS = Days()
ORDINALS = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th", LAST: LAST}


@dataclass(frozen=True)
class Occurrence:
    """One time at which a message is due.

    `due` is aware UTC; `anchor` is the named day of a `before` or `after` rule; `turn` is which text of a rotation
    it says (from 0), None without one.
    """

    name: str
    due: datetime
    anchor: date | None = None
    turn: int | None = None


class Loss(StrEnum):
    """Why a time that a rule names is not said."""

    EXCEPT = "except"  # its author took it out
    SKIP = "skip"  # a weekend or a holiday, and `shift: skip`
    OUTSIDE = "outside"  # the working day it would move to lies outside from, until or in


@dataclass(frozen=True)
class Time:
    """One time by the wall clock that a rule names, and when it is said: elsewhere by a shift, or not at all."""

    named: datetime
    said: datetime | Loss
    anchor: date | None


def localise(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the UTC moment of a wall-clock time: gaps move forward, repeated times mean the first."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def occurrences(
    when: When, zone: ZoneInfo, start: datetime, end: datetime, days: Days = NO_DAYS, rotation: Rotation | None = None
) -> Iterator[Occurrence]:
    """Yield the occurrences of a rule due in [start, end) in order of time; a single time is given wherever it lies.

    An occurrence is named by the time that the rule names, also where a shift says it on another day.
    `on: now` is due at `start`.
    """
    if when.on == NOW:
        yield Occurrence("once", start)
        return
    if when.on is not None:
        due = when.on.astimezone(UTC) if when.on.tzinfo else localise(when.on, zone)
        yield Occurrence("once", due)
        return
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    times = times_of(when, days, when.since if rotation and when.since else first, last)
    said = _said(times)
    found: Iterable[Occurrence] = (Occurrence(_name(t.named, when), localise(s, zone), t.anchor) for s, t in said)
    if rotation is not None:
        found = _in_turn(found, rotation, [place for _, place in _places(times, said)])
    only = coming(when.before, first) if when.before is not None and _comes_next(when.before) else None
    for occurrence in found:
        if start <= occurrence.due < end and (only is None or occurrence.anchor == only):
            yield occurrence


def named_times(when: When, zone: ZoneInfo, start: datetime, end: datetime, days: Days) -> list[Time]:
    """Return the times that a rule names in [start, end), also those that are not said, in order."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    only = coming(when.before, first.date()) if when.before is not None and _comes_next(when.before) else None
    return [
        time_
        for time_ in times_of(when, days, first.date(), last.date())
        if first.replace(tzinfo=None) <= time_.named < last.replace(tzinfo=None) and only in (None, time_.anchor)
    ]


def coming(named_day: str, today: date) -> date:
    """Return the date of a day like `26/6`: as written with a year, else the next one from today on."""
    found = year_day(named_day)
    assert found is not None
    if found.year is not None:
        return found.dates(found.year)[0]
    return next(day for year in range(today.year, today.year + 9) for day in found.dates(year) if day >= today)


def _comes_next(reference: str) -> bool:
    """Whether a countdown counts to the next such day only: to a plain date, as it always has."""
    found = year_day(reference)
    return named_by(reference) is None and found is not None and not found.lunar


def times_of(when: When, days: Days, first: date, last: date) -> list[Time]:
    """Return every time that a rule names from a day to a day, in order, also those that are not said.

    Where a shift may move them, times of some days around are among them.
    """
    margin = timedelta(days=FARTHEST_SHIFT if when.shift or _last_working(when) else 0)
    begin, finish = first - margin, last + margin
    if not _last_working(when):  # whose end of the month may lie outside, and the working day before it within
        begin = max(begin, when.since) if when.since else begin
        finish = min(finish, when.until) if when.until else finish
    found = _days(when, days, begin, finish)
    times = sorted(when.at or ())
    return [
        Time(datetime.combine(day, at), said if isinstance(said, Loss) else datetime.combine(said, at), found[day])
        for day in sorted(found)
        for said in [_moved(day, when, days)]
        for at in times
    ]


def _said(times: list[Time]) -> list[tuple[datetime, Time]]:
    """Return what is said when, in order; where two would be said at once, the one that is named so, else the first."""
    at: dict[datetime, Time] = {}
    for time_ in times:
        if not isinstance(time_.said, Loss) and (time_.said not in at or time_.said == time_.named):
            at[time_.said] = time_
    return sorted(at.items(), key=lambda found: found[0])


def _places(times: list[Time], said: list[tuple[datetime, Time]]) -> Iterator[tuple[Time, int]]:
    places = {time_.named: place for place, time_ in enumerate(times)}
    return ((time_, places[time_.named]) for _, time_ in said)


def _in_turn(found: Iterable[Occurrence], rotation: Rotation, places: list[int]) -> Iterator[Occurrence]:
    for occurrence, turn in zip(found, rotation.turns(places), strict=True):
        yield replace(occurrence, turn=turn)


def _days(when: When, days: Days, begin: date, finish: date) -> dict[date, date | None]:
    """Return the days that a rule names from a day to a day, each with the day it counts to or from."""
    if (reference := when.before or when.after) is not None:
        return _counted(when, reference, days, begin, finish)
    found = _by_moon(when.lunar, begin, finish) if when.lunar is not None else _by_cycle(when, begin, finish)
    window = None if _last_working(when) else when.window
    return {d: None for d in found if begin <= d <= finish and (window is None or _within(window, d, days))}


def _counted(when: When, reference: str, days: Days, begin: date, finish: date) -> dict[date, date | None]:
    found: dict[date, date | None] = {}
    for year in range(begin.year - 2, finish.year + 2):
        for span in _spans(reference, year, days):
            anchor = span.first if when.before is not None else span.last
            for number in when.days:
                day = anchor - timedelta(days=number) if when.before is not None else anchor + timedelta(days=number)
                known = found.get(day)
                nearer = known is None or abs(anchor - day) < abs(known - day)
                if begin <= day <= finish and nearer:
                    found[day] = anchor
    return found


def _spans(reference: str, year: int, days: Days) -> Iterable[Span]:
    if (id := named_by(reference)) is not None:
        return days.spans(id, year)
    found = year_day(reference)
    assert found is not None
    return [Span(day, day) for day in found.dates(year)]


def _within(reference: str, day: date, days: Days) -> bool:
    if (id := named_by(reference)) is not None:
        return days.within(id, day)
    found = year_day(reference)
    return found is not None and day in found.dates(day.year)


def _by_moon(moons: Iterable[YearDay], begin: date, finish: date) -> Iterator[date]:
    return (day for moon in moons for year in range(begin.year, finish.year + 1) for day in moon.dates(year))


def _by_cycle(when: When, begin: date, finish: date) -> Iterator[date]:
    match when.every:
        case Cycle(unit="day", count=count):
            assert when.since is not None
            yield from _fires(CalendarIntervalTrigger(days=count, start_date=when.since, timezone=UTC), begin, finish)
        case Cycle(unit="week", count=count):
            for on_day in when.on_day or ():
                trigger = CalendarIntervalTrigger(weeks=count, start_date=_phase(when, on_day, begin), timezone=UTC)
                yield from _fires(trigger, begin, finish)
        case Cycle(unit="month", count=count):
            trigger = CronTrigger(day=_of_month(when), hour=0, minute=0, second=0, timezone=UTC)
            start = when.since or begin
            for day in _fires(trigger, begin, finish):
                if ((day.year - start.year) * 12 + day.month - start.month) % count == 0:
                    yield day
        case tuple() as weekdays:
            days = ",".join(weekdays)
            yield from _fires(CronTrigger(day_of_week=days, hour=0, minute=0, second=0, timezone=UTC), begin, finish)


def _phase(when: When, on_day: str, begin: date) -> date:
    """Return the weekday in the week of `from`, with which every second (third, ...) week begins to count."""
    start = when.since or begin
    return start - timedelta(days=start.weekday()) + timedelta(days=WEEKDAYS.index(on_day))


def _of_month(when: When) -> str:
    if when.week and when.on_day:
        return ",".join(f"{ORDINALS[week]} {on_day}" for week in when.week for on_day in when.on_day)
    return ",".join(LAST if day == LAST_WORKING else day for day in when.day or ())


def _fires(trigger: Any, begin: date, finish: date) -> Iterator[date]:
    """Yield the days on which a trigger fires, from a day to a day."""
    fire = trigger.get_next_fire_time(None, datetime.combine(begin, time.min, UTC))
    while fire is not None and fire.date() <= finish:
        yield fire.date()
        fire = trigger.get_next_fire_time(fire, fire + timedelta(days=1))


def _last_working(when: When) -> bool:
    return when.day == (LAST_WORKING,)


def _moved(day: date, when: When, days: Days) -> date | Loss:
    """Return the day on which a named day is said, or why it is not."""
    if _struck(day, when, days):
        return Loss.EXCEPT
    shift = "previous-working-day" if _last_working(when) else when.shift
    if shift is None:
        return day
    if days.working(day):
        return day if _allowed(day, when, days) else Loss.OUTSIDE
    if shift == "skip":
        return Loss.SKIP
    step = 1 if shift == "next-working-day" else -1
    near = (day + timedelta(days=step * n) for n in range(1, FARTHEST_SHIFT + 1))
    moved = next((d for d in near if days.working(d) and not _struck(d, when, days)), None)
    return moved if moved is not None and _allowed(moved, when, days) else Loss.OUTSIDE


def _allowed(day: date, when: When, days: Days) -> bool:
    """Whether a shifted day stays within the bounds that its author set."""
    return (
        (when.since is None or day >= when.since)
        and (when.until is None or day <= when.until)
        and (when.window is None or _within(when.window, day, days))
    )


def _struck(day: date, when: When, days: Days) -> bool:
    return any(_strikes(exception, day, days) for exception in when.exceptions)


def _strikes(exception: Break, day: date, days: Days) -> bool:
    if exception.since is not None and exception.until is not None:
        return exception.since <= day <= exception.until
    if exception.day == HOLIDAYS:
        return days.holiday(day) is not None
    return exception.day is not None and _within(exception.day, day, days)


def _name(wall: datetime, when: When) -> str:
    several = when.at is not None and len(when.at) > 1
    return wall.strftime("%Y-%m-%dT%H%M%S" if wall.second else "%Y-%m-%dT%H%M") if several else wall.date().isoformat()
