"""Moments as authors write them: dates, times of day, lengths of time, read as Python's own."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

from scheduler.text import did_you_mean, say

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS_IN_VIETNAMESE = {"t2": "mon", "t3": "tue", "t4": "wed", "t5": "thu", "t6": "fri", "t7": "sat", "cn": "sun"}

D = TypeVar("D", date, datetime)


def parse_duration(value: Any) -> Any:
    """Read `30s`, `1m`, `2h`, `3d` as a timedelta."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6})\s*([smhd])", as_word(value).strip(), re.ASCII)
    if not found or int(found[1]) == 0:
        raise ValueError(
            say(
                f'"{as_word(value)}" không phải khoảng thời gian; ví dụ đúng: 30m, 2h, 3d',
                f'"{as_word(value)}" is no length of time; for example: 30m, 2h, 3d',
            )
        )
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[found[2]]
    return timedelta(**{unit: int(found[1])})


def parse_date(value: Any) -> Any:
    """Read `2027-06-26` or `26/6/2027` as a date."""
    return _date(value, 2000)


def parse_old_date(value: Any) -> Any:
    """Read a date as `parse_date` does, also one of the last century: laws are old."""
    return _date(value, 1900)


def parse_last_day(value: Any) -> Any:
    """Read a date as `parse_date` does; a year alone (`2030`) is its last day."""
    if re.fullmatch(r"\d{4}", as_word(value).strip(), re.ASCII):
        return _date(f"{as_word(value).strip()}-12-31", 2000)
    return parse_date(value)


def _date(value: Any, since: int) -> Any:
    if value is None or isinstance(value, date):
        return value
    text = as_word(value).strip()
    try:
        if found := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", text, re.ASCII):
            return in_our_time(date(int(found[3]), int(found[2]), int(found[1])), since)
        return in_our_time(date.fromisoformat(text), since)
    except ValueError:
        raise ValueError(
            say(
                f'"{text}" không phải ngày có thật; ví dụ đúng: 2027-06-26',
                f'"{text}" is no date; for example: 2027-06-26',
            )
        ) from None


def in_our_time(day: D, since: int = 2000) -> D:
    """Return the day; ValueError when it lies before the year `since` or after 2199."""
    if not since <= day.year < 2200:
        raise ValueError(day.year)
    return day


def parse_time(value: Any) -> Any:
    """Read `19:30`, `7:30` or `19h30` as a time of day."""
    if value is None or isinstance(value, time):
        return value
    found = re.fullmatch(r"(\d{1,2})(?:[hg]|[:hg](\d{2})(?::(\d{2}))?)", as_word(value).strip(), re.ASCII)
    try:
        if found:
            return time(int(found[1]), int(found[2] or 0), int(found[3] or 0))
    except ValueError:
        pass
    raise ValueError(
        say(
            f'"{as_word(value)}" không phải giờ; ví dụ đúng: "19:30"',
            f'"{as_word(value)}" is no time of day; for example: "19:30"',
        )
    )


def parse_moment(value: Any) -> Any:
    """Read a local time without offset (naive), or an ISO 8601 time with offset (aware)."""
    if value is None or isinstance(value, datetime):
        return value
    text = as_word(value).strip()
    try:
        if found := re.fullmatch(r"([\d/-]{8,10})[ T]+([\d:hg]+)", text, re.ASCII):
            return datetime.combine(parse_date(found[1]), parse_time(found[2]))
        if len(text) > 10:
            return in_our_time(datetime.fromisoformat(text))
    except ValueError:
        pass
    raise ValueError(_no_moment(text))


def _no_moment(text: str) -> str:
    try:
        day = parse_date(text).isoformat()
    except ValueError:
        return say(
            f'"{text}" không phải ngày giờ có thật; ví dụ đúng: "2027-06-26 08:00"',
            f'"{text}" is no date and time; for example: "2027-06-26 08:00"',
        )
    return say(f'"{text}" thiếu giờ; viết: "{day} 08:00"', f'"{text}" lacks the time; write: "{day} 08:00"')


def parse_weekday(value: Any, *also: str) -> str:
    """Read `mon`, `Monday` or `t2` as `mon`; `also`: words that the sentence about a wrong one names too."""
    day = as_word(value).strip().lower()
    name = WEEKDAYS_IN_VIETNAMESE.get(day, day[:3] if day[:3] in WEEKDAYS and day.endswith("day") else day)
    if name not in WEEKDAYS:
        hint = did_you_mean(day, (*WEEKDAYS, *WEEKDAYS_IN_VIETNAMESE, *also))
        listed = ", ".join((*WEEKDAYS, *also))
        raise ValueError(
            say(f'"{day}" không phải thứ trong tuần{hint} ({listed})', f'"{day}" is no weekday{hint} ({listed})')
        )
    return name


def as_word(value: Any) -> str:
    """Return an author's word as text; what is a list or pairs instead is shown as an ellipsis."""
    return "..." if isinstance(value, list | dict) else str(value)


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
LocalDate = Annotated[date, BeforeValidator(parse_date)]
