"""The lunar calendar of Vietnam: the days of Tết, leap months, short months; and how people write its days."""

from __future__ import annotations

from datetime import date

import pytest

from scheduler.registers.lunar import LAST, lunar_text, months_of, solar_dates
from scheduler.registers.year_day import YearDay, lunar_year_day, solar_year_day, year_day
from tests.registers.moon import MONTHS


@pytest.mark.parametrize(
    ("year", "tet"),
    [
        (2007, date(2007, 2, 17)),  # in China a day later
        (2025, date(2025, 1, 29)),
        (2026, date(2026, 2, 17)),
        (2027, date(2027, 2, 6)),
        (2028, date(2028, 1, 26)),
        (2029, date(2029, 2, 13)),
        (2030, date(2030, 2, 2)),  # in China a day later
    ],
)
def test_tet_is_the_vietnamese_one(year: int, tet: date) -> None:
    assert list(solar_dates(1, 1, year)) == [tet]


def test_every_month_begins_when_the_moon_is_new() -> None:
    ours = [(m.first, f"{m.month}{'n' if m.leap else ''}") for year in range(2025, 2030) for m in months_of(year)]

    assert [month for month in ours if month[0] >= MONTHS[0][0]] == MONTHS


@pytest.mark.parametrize(("year", "leap"), [(2023, 2), (2025, 6), (2028, 5), (2031, 3), (2033, 11), (2036, 6)])
def test_a_leap_month_is_the_vietnamese_one(year: int, leap: int) -> None:
    assert [month.month for month in months_of(year) if month.leap] == [leap]


def test_a_day_of_the_year_is_not_said_again_in_the_leap_month() -> None:
    assert YearDay(15, 6, lunar=True).dates(2025) == (date(2025, 7, 9),)


def test_a_day_of_every_month_comes_in_leap_months_too() -> None:
    dates = YearDay(15, None, lunar=True).dates(2028)

    assert date(2028, 6, 7) in dates and date(2028, 7, 7) in dates


def test_a_short_month_has_no_30th_but_a_last_day() -> None:
    assert YearDay(30, 12, lunar=True).dates(2030) == ()  # Chạp has 29 days
    assert YearDay(LAST, 12, lunar=True).dates(2030) == (date(2030, 2, 1),)


def test_the_years_that_lack_a_day_are_named() -> None:
    assert YearDay(30, 12, lunar=True).lacking(date(2026, 1, 1), date(2031, 1, 1)) == [*range(2025, 2031)]


def test_what_lies_beyond_the_calendar_is_no_day() -> None:
    assert YearDay(1, 1, lunar=True).dates(2150) == ()
    assert lunar_text(date(2150, 1, 1)) == ""


def test_a_date_is_written_in_the_lunar_calendar() -> None:
    assert lunar_text(date(2027, 2, 6)) == "1/1"
    assert lunar_text(date(2028, 6, 23)) == "1/5 nhuận"


@pytest.mark.parametrize(
    ("text", "day", "month"),
    [
        ("15/1", 15, 1),
        ("mung-1/1", 1, 1),
        ("mùng 1 tháng Giêng", 1, 1),
        ("mùng 1/giêng", 1, 1),
        ("23/chap", 23, 12),
        ("23 tháng Chạp", 23, 12),
        ("Rằm tháng Bảy", 15, 7),
        ("ram/7", 15, 7),
        ("10-3", 10, 3),
        ("cuoi/chap", LAST, 12),
        ("giao thừa", LAST, 12),
        ("last/12", LAST, 12),
        ("15/8 âm lịch", 15, 8),
        ("2 tháng mười một", 2, 11),
        ("ram", 15, None),
        ("mung-1", 1, None),
        ("30", 30, None),
    ],
)
def test_a_lunar_day_is_read_as_people_write_it(text: str, day: int, month: int | None) -> None:
    assert lunar_year_day(text) == YearDay(day, month, lunar=True)


@pytest.mark.parametrize("text", ["31/1", "0/1", "15/13", "x", "", "mung", "15/1/2027", "tháng Giêng"])
def test_what_is_no_lunar_day_is_refused(text: str) -> None:
    assert lunar_year_day(text) is None


def test_the_word_am_makes_a_day_lunar() -> None:
    assert year_day("15/1 âm") == YearDay(15, 1, lunar=True)
    assert year_day("15/1") == YearDay(15, 1)


@pytest.mark.parametrize("text", ["31/6", "29/2/2027", "2027-13-01", "1/1/1999", "²/1"])
def test_what_is_no_solar_day_is_refused(text: str) -> None:
    assert solar_year_day(text) is None
