"""The register of days: named days, public holidays, themes, quiet hours, times of mourning, what a channel may bear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, model_validator

from scheduler.registers.moments import LocalDate, as_word, parse_date, parse_time
from scheduler.registers.named_day import Level, NamedDay, Span
from scheduler.registers.source import Path_, Source, Strict
from scheduler.registers.year_day import YearDay
from scheduler.text import say

STEP_BACK = timedelta(minutes=5)  # a proposal before quiet hours keeps this distance


@dataclass(frozen=True)
class Hours:
    """Hours of the night: from `start` on and before `end`, local time."""

    start: time
    end: time

    def hold(self, at: time) -> bool:
        """Tell whether a time of day lies within."""
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def nearest(self, at: time) -> time:
        """Return the good time of day that lies nearest to one within: just before the start, or the end."""
        day = datetime(2000, 1, 1)
        now = datetime.combine(day, at)
        started = datetime.combine(day, self.start)
        ended = datetime.combine(day, self.end)
        since = (now - started) % timedelta(days=1)
        left = (ended - now) % timedelta(days=1)
        return self.end if left <= since else (started - STEP_BACK).time()

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def _hours(value: Any) -> Any:
    if value is None or isinstance(value, Hours):
        return value
    text = as_word(value).strip().lower()
    if text in ("none", "không"):
        return None
    start, dash, end = text.partition("-")
    try:
        if dash and (found := Hours(parse_time(start), parse_time(end))).start != found.end:
            return found
    except ValueError:
        pass
    raise ValueError(
        say(
            f'"{text}" không phải khoảng giờ; ví dụ đúng: 22:00-06:00, hoặc none (không có)',
            f'"{text}" is no range of hours; for example: 22:00-06:00, or none',
        )
    )


def _never(value: Any) -> Any:
    if value is not None and as_word(value).strip().lower() != "none":
        raise ValueError(
            say(
                "tin khẩn cấp không có giờ yên tĩnh; bỏ dòng này", "an emergency knows no quiet hours; remove this line"
            )
        )
    return None


class QuietHours(Strict):
    """At what hours each class keeps silent; an emergency never does."""

    EXAMPLE: ClassVar[str] = "{ordinary: 22:00-06:00, priority: 23:00-05:00}"

    ordinary: Annotated[Hours | None, BeforeValidator(_hours, json_schema_input_type=str)] = Hours(time(22), time(6))
    """Giờ yên tĩnh của tin thường: 22:00-06:00, hoặc none"""
    priority: Annotated[Hours | None, BeforeValidator(_hours, json_schema_input_type=str)] = Hours(time(23), time(5))
    """Giờ yên tĩnh của tin ưu tiên"""
    emergency: Annotated[None, BeforeValidator(_never)] = None
    """Tin khẩn cấp không có giờ yên tĩnh"""


class Mourning(Strict):
    """A time of mourning: from its first to its last day, both of them within, and by whose order."""

    EXAMPLE: ClassVar[str] = "{from: 2027-05-24, until: 2027-05-25, basis: ...}"

    since: Annotated[LocalDate, BeforeValidator(parse_date), Field(alias="from")]
    """Ngày đầu"""
    until: Annotated[LocalDate, BeforeValidator(parse_date)]
    """Ngày cuối (vẫn còn để tang)"""
    basis: str
    """Văn bản thông báo"""
    note: str = ""
    """Ghi chú"""

    @model_validator(mode="after")
    def _forward(self) -> Mourning:
        if self.until < self.since:
            raise ValueError(say("until ở trước from", "until lies before from"))
        return self


class Caps(Strict):
    """How much one channel may be asked to bear, where the channel says nothing of its own."""

    EXAMPLE: ClassVar[str] = "{per_channel_per_day: 3}"

    per_channel_per_day: Annotated[int, Field(gt=0)] | None = None
    """Nhiều nhất bấy nhiêu bài một ngày trên một kênh"""


@dataclass(frozen=True)
class Days:
    """What `days.yaml` says. An office without the file has an empty one, and nothing of it is enforced."""

    present: bool = False
    named: dict[str, NamedDay] = field(default_factory=dict)  # days, then holidays, by id
    holidays: tuple[NamedDay, ...] = ()
    quiet_hours: QuietHours | None = None
    mourning: tuple[Mourning, ...] = ()
    per_channel_per_day: int | None = None
    source: Source | None = None
    at: dict[str, Path_] = field(default_factory=dict)  # where in the file each named day stands
    unread: frozenset[str] = frozenset()  # ids of entries that are broken: said there, not where they are named
    readable: bool = True  # False: of a file that is there, nothing can be read
    _spans: dict[tuple[str, int], tuple[Span, ...]] = field(default_factory=dict, repr=False, compare=False)
    _within: dict[tuple[str, int], frozenset[date]] = field(default_factory=dict, repr=False, compare=False)
    _holidays: dict[int, dict[date, str]] = field(default_factory=dict, repr=False, compare=False)

    def spans(self, id: str, year: int) -> tuple[Span, ...]:
        """Return each time a named day comes that begins in a calendar year; nothing for an unknown id."""
        if (id, year) not in self._spans:
            named = self.named.get(id)
            self._spans[id, year] = named.spans(year) if named is not None else ()
        return self._spans[id, year]

    def dates(self, id: str, year: int) -> tuple[date, ...]:
        """Return the dates of a named day in a calendar year, in order: all days of a month or window that begins in it."""
        return tuple(day for span in self.spans(id, year) for day in span.days())

    def within(self, id: str, day: date) -> bool:
        """Tell whether a day belongs to a named day or window, whenever that began."""
        if (id, day.year) not in self._within:
            spans = (span for year in (day.year - 1, day.year) for span in self.spans(id, year))
            self._within[id, day.year] = frozenset(d for span in spans for d in span.days() if d.year == day.year)
        return day in self._within[id, day.year]

    def holiday(self, day: date) -> str | None:
        """Return the name of the public holiday on a day, or None."""
        if day.year not in self._holidays:
            self._holidays[day.year] = {
                d: entry.name
                for entry in reversed(self.holidays)
                for year in (day.year - 1, day.year)
                for d in self.dates(entry.id, year)
                if d.year == day.year
            }
        return self._holidays[day.year].get(day)

    def working(self, day: date) -> bool:
        """Tell whether offices work on a day: neither Saturday nor Sunday nor a public holiday."""
        return day.weekday() < 5 and self.holiday(day) is None

    def quiet(self, kind: str, at: time) -> bool:
        """Tell whether a class of messages keeps silent at a local time of day."""
        hours = self.hours(kind)
        return hours is not None and hours.hold(at)

    def hours(self, kind: str) -> Hours | None:
        """Return the quiet hours of a class, or None when it has none (an emergency, an office without the register)."""
        return getattr(self.quiet_hours, kind, None) if self.quiet_hours is not None else None

    def theme(self, id: str, year: int, level: Level = "nation") -> str | None:
        """Return the theme of a named day in a year as the nation or the city gave it out, or None: not known yet."""
        named = self.named.get(id)
        theme = named.themes.get(year) if named is not None else None
        return (theme.city if level == "city" else theme.nation) or None if theme is not None else None

    def lacking(self, first: date, last: date) -> Iterator[tuple[NamedDay, YearDay, list[int]]]:
        """Yield the named days whose lunar day is missing in some month that begins within these dates, and the years."""
        for named in self.named.values():
            for day in named.lunar_days:
                if years := day.lacking(first, last):
                    yield named, day, years
