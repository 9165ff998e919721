"""The Vietnamese lunar calendar (UTC+7), which is not always the Chinese one: the one place that asks lunar-vn.

Compared with the new moons and solar terms of PyEphem: the beginning of each of the 791 months of 1998 to 2061 is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import lunar_vn

LAST = 0  # stands for the last day of a lunar month, its 29th or its 30th
LAST_YEAR = 2099  # lunar-vn knows no date after 2100

MONTH_NAMES = ("", "Giêng", "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Mười một", "Chạp")


@dataclass(frozen=True)
class LunarMonth:
    """One month of the moon: its number (1 to 12), whether it is a leap month, its first day, its length in days."""

    month: int
    leap: bool
    first: date
    length: int

    def day(self, day: int) -> date | None:
        """Return the date of a day of this month (LAST: its last), or None when the month is too short."""
        wanted = day or self.length
        return self.first + timedelta(days=wanted - 1) if wanted <= self.length else None


@lru_cache(maxsize=300)
def months_of(year: int) -> tuple[LunarMonth, ...]:
    """Return the 12 or 13 months of a lunar year in order; none outside 1900 to 2099."""
    if not 1900 <= year <= LAST_YEAR:
        return ()
    first = lunar_vn.lunar_to_solar(lunar_vn.LunarDate(1, 1, year))
    following = lunar_vn.lunar_to_solar(lunar_vn.LunarDate(1, 1, year + 1))
    months: list[LunarMonth] = []
    while first < following:
        lunar = lunar_vn.solar_to_lunar(first)
        length = 29 if lunar_vn.solar_to_lunar(first + timedelta(days=29)).day == 1 else 30
        months.append(LunarMonth(lunar.month, lunar.leap, first, length))
        first += timedelta(days=length)
    return tuple(months)


def solar_dates(day: int, month: int | None, lunar_year: int) -> Iterator[date]:
    """Yield the dates of a lunar day in a lunar year: of a month of that year, or (None) of every month.

    A day of the year falls in the regular month of that number, never in the leap month that repeats it; a day of
    every month falls in leap months too.
    """
    for found in months_of(lunar_year):
        if (month is None or (found.month == month and not found.leap)) and (that := found.day(day)) is not None:
            yield that


def lunar_text(day: date) -> str:
    """Return a date as the lunar calendar writes it: `15/1` or `15/6 nhuận`; empty after 2099."""
    if not 1900 < day.year <= LAST_YEAR:
        return ""
    lunar = lunar_vn.solar_to_lunar(day)
    return f"{lunar.day}/{lunar.month}{' nhuận' if lunar.leap else ''}"
