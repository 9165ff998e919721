"""A day of the year as people write it: 26/6, 26/6/2027, 15/1 âm, mùng 1 tháng Giêng, 23 tháng Chạp, rằm tháng Bảy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from scheduler.registers.lunar import LAST, MONTH_NAMES, months_of, solar_dates
from scheduler.registers.moments import as_word, in_our_time
from scheduler.text import fold, say

LEAP_YEAR = 2028  # in which 29/2 is a day

_MONTHS = {fold(name): number for number, name in enumerate(MONTH_NAMES) if name} | {"muoi-mot": 11}
_MONTHS |= {str(number): number for number in range(1, 13)} | {f"0{number}": number for number in range(1, 10)}
_LUNAR = re.compile(
    r"(?:(?P<ram>ram)|(?P<last>cuoi|last)|(?:(?:mung|mong)[ -]?)?(?P<day>\d{1,2}))"
    rf"(?:\s*(?:/|-|thang|\s)\s*(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))}))?"
)
_LUNAR_MARK = re.compile(r"\s+(?:am(?:\s+lich)?|al)$")


@dataclass(frozen=True)
class YearDay:
    """A day that comes every year (or, lunar and without a month, every month; or, with a year, just once).

    `day` is LAST for the last day of a lunar month.
    """

    day: int
    month: int | None
    year: int | None = None
    lunar: bool = False

    def dates(self, year: int) -> tuple[date, ...]:
        """Return its dates in a calendar year, in order: mostly one, none where the year lacks it."""
        return _dates(self, year)

    def lacking(self, first: date, last: date) -> list[int]:
        """Return the lunar years that have no such day in a month that begins within these dates: a 30th of 29."""
        if not self.lunar:
            return []
        return [
            year
            for year in range(first.year - 1, last.year + 1)
            if any(
                month.day(self.day) is None and self.month in (None, month.month)
                for month in months_of(year)
                if first <= month.first <= last and not (self.month and month.leap)
            )
        ]


@lru_cache(maxsize=5000)
def _dates(that: YearDay, year: int) -> tuple[date, ...]:
    if that.year not in (None, year):
        return ()
    if that.lunar:
        return tuple(d for y in (year - 1, year) for d in solar_dates(that.day, that.month, y) if d.year == year)
    return tuple(_solar(that, year))


def _solar(that: YearDay, year: int) -> Iterator[date]:
    assert that.month is not None
    try:
        yield date(year, that.month, that.day)
    except ValueError:  # 29 February
        return


@lru_cache(maxsize=5000)
def solar_year_day(text: str) -> YearDay | None:
    """Return the day that `26/6`, `26-6`, `26/6/2027` or `2027-06-26` names, or None."""
    text = text.strip()
    try:
        if found := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}))?", text, re.ASCII):
            day = in_our_time(date(int(found[3] or LEAP_YEAR), int(found[2]), int(found[1])))
            return YearDay(day.day, day.month, day.year if found[3] else None)
        day = in_our_time(date.fromisoformat(text))
    except ValueError:
        return None
    return YearDay(day.day, day.month, day.year)


@lru_cache(maxsize=5000)
def lunar_year_day(text: str) -> YearDay | None:
    """Return the lunar day that `15/1`, `mung-1`, `rằm tháng Bảy`, `23/chạp` or `cuối/chạp` names, or None."""
    plain = _LUNAR_MARK.sub("", fold(text).strip())
    if plain.replace("-", " ") == "giao thua":
        return YearDay(LAST, 12, lunar=True)
    found = _LUNAR.fullmatch(plain)
    if not found:
        return None
    day = 15 if found["ram"] else LAST if found["last"] else int(found["day"])
    month = _MONTHS[found["month"]] if found["month"] else None
    if found["day"] and not 1 <= day <= 30:
        return None
    return YearDay(day, month, lunar=True)


@lru_cache(maxsize=5000)
def year_day(text: str) -> YearDay | None:
    """Return the day that a text names: a lunar one when it ends with `âm`, else a solar one; None when it is none."""
    return lunar_year_day(text) if _LUNAR_MARK.search(fold(text)) else solar_year_day(text)


def parse_year_day(value: Any) -> Any:
    """Read `26/6`, `26/6/2027`, `2027-06-26` or, with the word `âm`, `15/1 âm`."""
    if value is None or isinstance(value, YearDay):
        return value
    text = as_word(value).strip()
    found = year_day(text)
    if found is None or found.month is None:
        raise ValueError(
            say(
                f'"{text}" không phải ngày; ví dụ đúng: 26/6, hoặc 15/1 âm (âm lịch)',
                f'"{text}" is no day; for example: 26/6, or 15/1 âm (of the lunar calendar)',
            )
        )
    return found


def parse_lunar_day(value: Any) -> Any:
    """Read `15/1`, `mùng 1/1`, `23/chạp`, `rằm tháng Bảy`; without a month (`ram`, `mung-1`) it is every month."""
    if value is None or isinstance(value, YearDay):
        return value
    text = as_word(value).strip()
    found = lunar_year_day(text)
    if found is None:
        raise ValueError(
            say(
                f'"{text}" không phải ngày âm lịch; ví dụ đúng: 15/1, mung-1/gieng, 23/chap, cuoi/chap, ram, mung-1',
                f'"{text}" is no lunar day; for example: 15/1, mung-1/gieng, 23/chap, cuoi/chap, ram, mung-1',
            )
        )
    return found


def named(day: YearDay) -> str:
    """Return the day in the reader's words: `26/6`, `ngày 30 tháng Chạp âm lịch`."""
    if not day.lunar:
        return f"{day.day}/{day.month}" + (f"/{day.year}" if day.year else "")
    number = say("cuối", "the last day of") if day.day == LAST else str(day.day)
    if day.month is None:
        return say(f"ngày {number} âm lịch hằng tháng", f"day {number} of every lunar month")
    return say(f"ngày {number} tháng {MONTH_NAMES[day.month]} âm lịch", f"day {number} of lunar month {day.month}")
