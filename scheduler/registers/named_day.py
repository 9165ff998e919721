"""A named day: one that the office speaks of by name, with its dates in each year and what says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from scheduler.registers.entry import Entry
from scheduler.registers.moments import WEEKDAYS, as_word, parse_weekday
from scheduler.registers.source import Strict
from scheduler.registers.year_day import YearDay, parse_lunar_day, parse_year_day
from scheduler.text import say

HOLIDAYS = "holidays"  # in `except`, all public holidays at once; no day may have this id
LONGEST_WINDOW = 400  # days

Level = Literal["nation", "city"]
Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, order=True)
class Span:
    """One time that a named day comes: from its first to its last day, both of them within; mostly a single day."""

    first: date
    last: date

    def days(self) -> Iterator[date]:
        """Yield every day of it."""
        for n in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=n)


def _id(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9-]{0,79}", value) or value == HOLIDAYS:
        raise ValueError(
            say(
                f'"{as_word(value)}" không dùng làm mã ngày được; chỉ chữ thường không dấu, số và "-", '
                "bắt đầu bằng chữ (ví dụ: quoc-te-pcmt)",
                f'"{as_word(value)}" cannot be the id of a day; only a-z, digits and "-", first a letter '
                "(for example: quoc-te-pcmt)",
            )
        )
    return value


def _week(value: Any) -> Any:
    if value is None:
        return None
    text = as_word(value).strip().lower()
    if text in ("1", "2", "3", "4", "5", "last"):
        return text
    raise ValueError(
        say(f'"{text}" không phải tuần thứ mấy; chọn 1, 2, 3, 4, 5 hoặc last', f'"{text}" is no week; 1 to 5, or last')
    )


def _weekday(value: Any) -> Any:
    return None if value is None else parse_weekday(value)


Week = Annotated[str, BeforeValidator(_week)]


class Theme(Strict):
    """The theme of one year, as the nation and as the city gave it out; what is not known yet is left out."""

    EXAMPLE: ClassVar[str] = '{city: "..."}'

    nation: str = ""
    """Chủ đề của toàn quốc"""
    city: str = ""
    """Chủ đề của Thành phố"""
    source: str = ""
    """Văn bản công bố chủ đề"""


class NamedDay(Entry):
    """One entry of `days` or `holidays`: exactly one of a date, a month, a window, an n-th weekday, a lunar day."""

    EXAMPLE: ClassVar[str] = "{id: quoc-te-pcmt, name: Ngày toàn dân phòng chống ma túy, date: 26/6}"

    id: Annotated[str, BeforeValidator(_id)]
    """Mã của ngày, dùng trong before, after, in"""
    name: str
    """Tên ngày"""
    confidence: Confidence = "low"
    """Mức chắc chắn: high, medium, low"""
    date: Annotated[YearDay | None, BeforeValidator(parse_year_day, json_schema_input_type=str)] = None
    """Ngày dương lịch: 26/6"""
    lunar: Annotated[YearDay | None, BeforeValidator(parse_lunar_day, json_schema_input_type=str)] = None
    """Ngày âm lịch: 15/1"""
    since: Annotated[
        YearDay | None, BeforeValidator(parse_year_day, json_schema_input_type=str), Field(alias="from")
    ] = None
    """Ngày đầu của khoảng: 10/11"""
    to: Annotated[YearDay | None, BeforeValidator(parse_year_day, json_schema_input_type=str)] = None
    """Ngày cuối của khoảng: 10/12"""
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    """Cả tháng này: 6"""
    week: Annotated[Week | None, BeforeValidator(_week)] = None
    """Tuần thứ mấy của tháng"""
    on_day: Annotated[str | None, BeforeValidator(_weekday, json_schema_input_type=str)] = None
    """Thứ mấy"""
    themes: dict[int, Theme] = {}
    """Chủ đề theo năm: {2027: {city: ...}}"""

    @model_validator(mode="after")
    def _one_kind(self) -> NamedDay:
        given = {n for n in ("date", "lunar", "since", "to", "month", "week", "on_day") if getattr(self, n) is not None}
        if given not in ({"date"}, {"lunar"}, {"since", "to"}, {"month"}, {"month", "week", "on_day"}):
            raise ValueError(
                say(
                    "cần đúng một cách nói ngày: date: 26/6; hoặc month: 6 (cả tháng); hoặc from: 10/11 và to: 10/12; "
                    "hoặc month: 11, week: 3, on_day: cn; hoặc lunar: 15/1",
                    "needs exactly one kind of day: date: 26/6; or month: 6 (the whole of it); or from: 10/11 and "
                    "to: 10/12; or month: 11, week: 3, on_day: sun; or lunar: 15/1",
                )
            )
        if self.lunar is not None and self.lunar.month is None:
            raise ValueError(
                say("ngày âm lịch ở đây cần có tháng; ví dụ: 15/1", "a lunar day needs its month here, e.g. 15/1")
            )
        return self

    @property
    def lunar_days(self) -> tuple[YearDay, ...]:
        """The lunar days by which it is told."""
        return tuple(day for day in (self.lunar, self.since, self.to) if day is not None and day.lunar)

    def spans(self, year: int) -> tuple[Span, ...]:
        """Return each time that begins in a calendar year and for which the entry holds, in order."""
        return tuple(span for span in self._spans(year) if self.valid_on(span.first))

    def _spans(self, year: int) -> Iterator[Span]:
        if (single := self.date or self.lunar) is not None:
            yield from (Span(day, day) for day in single.dates(year))
        elif self.since is not None and self.to is not None:
            yield from _windows(self.since, self.to, year)
        elif self.month is not None and self.on_day is not None and self.week is not None:
            yield from (Span(day, day) for day in _weekday_of(year, self.month, self.on_day, self.week))
        elif self.month is not None:
            yield Span(date(year, self.month, 1), _last_of_month(year, self.month))


def _windows(since: YearDay, to: YearDay, year: int) -> Iterator[Span]:
    for first in since.dates(year):
        ends = (day for y in (year, year + 1) for day in to.dates(y) if day >= first)
        last = next(ends, None)
        if last is not None and (last - first).days <= LONGEST_WINDOW:
            yield Span(first, last)


def _last_of_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _weekday_of(year: int, month: int, on_day: str, week: str) -> Iterator[date]:
    last = _last_of_month(year, month)
    days = [date(year, month, n) for n in range(1, last.day + 1)]
    fitting = [day for day in days if WEEKDAYS[day.weekday()] == on_day]
    if week == "last":
        yield fitting[-1]
    elif int(week) <= len(fitting):
        yield fitting[int(week) - 1]
