"""Dates and times as people write them in plans: `Thứ Bảy, 26/6/2027`, `ngày 26 tháng 6`, `8h30`, `7 giờ tối`, 46564.

Every reader returns what it read and a remark (empty when nothing was guessed), or raises ValueError with the
sentence that tells the author what would be right.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from scheduler.authoring.cells import MOST_SHOWN, Value
from scheduler.registers.moments import in_our_time
from scheduler.text import fold, say

T = TypeVar("T")
Read = tuple[T, str]

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_DAY_NAMES = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5}
_WEEKDAY = re.compile(r"(?:thu\s*(hai|ba|tu|nam|sau|bay|[2-7])|t([2-7])|(chu\s*nhat|cn))\b[\s,.:-]*")
_BEFORE_DATE = re.compile(r"^(?:(?:vao|luc|ngay|mung)\s+|[\s,;-]+)+")

_DMY = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4}|\d{2})")
_YMD = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?:[ t]00:00(?::00)?)?")
_IN_WORDS = re.compile(r"(\d{1,2})\s*(?:thang|thg\.?|th)\s*(\d{1,2})(?:\s*[,/-]?\s*(?:nam\s*)?(\d{4}))?")
_DM = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})")
_RANGE = re.compile(r"\d.*(?:-|–|—|den|->|~).*\d")
_RECURRING = re.compile(r"\b(hang|moi)\s+(ngay|tuan|thang)\b")

_PERIODS = "sang|trua|chieu|toi|dem|am|pm|a\\.m\\.|p\\.m\\."
_TIME = re.compile(
    rf"(?:luc\s+)?(\d{{1,2}})\s*(?:h|g|gio|:|\.)\s*(?:(\d{{1,2}}|ruoi)\s*(?:p|ph|phut)?)?(?::(\d{{2}}))?\s*({_PERIODS})?"
)
_TIME_WITHIN = re.compile(
    rf"(?:\bluc\s+)?\b\d{{1,2}}\s*(?:(?:gio|h|g)(?![a-z])|:)\s*(?:(?:\d{{1,2}}|ruoi)\b\s*(?:p\b|ph\b|phut)?)?(?::\d{{2}})?\s*(?:(?:{_PERIODS})\b)?"
)
EXAMPLES = "26/6/2027"
FIRST_SERIAL, LAST_SERIAL = 36526, 109574  # 2000 to 2199, as Excel counts days


def read_date(value: Value, *, today: date, year: int | None = None) -> Read[date]:
    """Read a date. `year` is the one of the plan, for dates that name none; without it the next such day is meant."""
    match value:
        case datetime():
            return in_time(value.date())
        case date():
            return in_time(value)
        case bool() | time() | timedelta():
            raise ValueError(_no_date(value))
        case int() | float():
            return _from_number(value)
    return _date_in(value, today=today, year=year)


def read_time(value: Value) -> Read[time]:
    """Read a time of day, to the minute."""
    match value:
        case datetime():
            return _to_the_minute(value.hour * 3600 + value.minute * 60 + value.second), ""
        case time():
            return _to_the_minute(value.hour * 3600 + value.minute * 60 + value.second), ""
        case timedelta() if timedelta() <= value < timedelta(days=1):
            return _to_the_minute(value.seconds), ""
        case bool() | timedelta() | date():
            raise ValueError(_no_time(value))
        case int() | float():
            return _time_from_number(value)
    return _time_in(value)


def read_moment(value: Value, *, today: date, year: int | None = None) -> tuple[date, time | None, str]:
    """Read a date and the time beside it; without a time, None stands for it."""
    if isinstance(value, datetime):
        day, remark = in_time(value.date())
        return day, (read_time(value)[0] if value.time() != time() else None), remark
    if not isinstance(value, str):
        day, remark = read_date(value, today=today, year=year)
        at = _to_the_minute(round(value % 1 * 86400)) if isinstance(value, float) and value % 1 else None
        return day, at, remark
    text = fold(value)
    found = list(_TIME_WITHIN.finditer(text))
    if len(found) > 1:
        raise ValueError(_range_of_times(value))
    at = _time_in(found[0][0].strip(), shown=value)[0] if found else None
    rest = re.sub(r"^[\s,;-]+|[\s,;-]+$", "", _TIME_WITHIN.sub(" ", text))
    day, remark = _date_in(rest, today=today, year=year, shown=value)
    return day, at, remark


def read_weekday(text: str) -> int | None:
    """Return the weekday that a text names (0: Monday), or None."""
    found = _WEEKDAY.match(fold(text).strip())
    return _weekday(found) if found else None


def weekday_differs(day: date, weekday: int) -> str:
    """Return the sentence for a date that lies on another weekday than its author thinks."""
    meant, real = WEEKDAYS[weekday], WEEKDAYS[day.weekday()]
    shown = f"{day.day}/{day.month}/{day.year}"
    return say(
        f"ngày {shown} là {real}, không phải {meant}; sửa ngày hoặc thứ",
        f"{shown} is another weekday ({calendar.day_name[day.weekday()]}) than is written; mend one of them",
    )


def year_in(text: str) -> int | None:
    """Return the year that a title names: `Kế hoạch tháng 6 năm 2027`."""
    years = {int(found) for found in re.findall(r"\b20\d\d\b", text)}
    return years.pop() if len(years) == 1 else None


def in_time(day: date) -> Read[date]:
    """Return the day, or raise ValueError when it lies outside 2000 to 2199."""
    try:
        return in_our_time(day), ""
    except ValueError:
        raise ValueError(_no_date(day)) from None


def _date_in(text: str, *, today: date, year: int | None, shown: str = "") -> Read[date]:
    shown = shown or text
    folded = re.sub(r"\s+", " ", fold(text)).strip(" ,;")
    weekday = None
    if found := _WEEKDAY.match(folded):
        weekday, folded = _weekday(found), folded[found.end() :]
    folded = _BEFORE_DATE.sub("", folded)
    day, remark = _plain_date(folded, shown, today, year)
    if weekday is not None and day.weekday() != weekday:
        raise ValueError(weekday_differs(day, weekday))
    return day, remark


def _plain_date(text: str, shown: str, today: date, year: int | None) -> Read[date]:
    if found := _YMD.fullmatch(text):
        return _real(int(found[3]), int(found[2]), int(found[1]), shown), ""
    if found := re.fullmatch(r"(20\d\d)(\d\d)(\d\d)", text):
        return _real(int(found[3]), int(found[2]), int(found[1]), shown), ""
    if found := _DMY.fullmatch(text):
        if len(found[3]) == 4:
            return _real(int(found[1]), int(found[2]), int(found[3]), shown), ""
        day = _real(int(found[1]), int(found[2]), 2000 + int(found[3]), shown)
        return day, say(f"năm viết hai chữ số; hiểu là {_shown(day)}", f"a year of two digits, taken as {_shown(day)}")
    found = _IN_WORDS.fullmatch(text) or _DM.fullmatch(text)
    if found is None:
        raise ValueError(_why_no_date(text, shown))
    named = int(found[3]) if found.re is _IN_WORDS and found[3] else None
    if named is not None:
        return _real(int(found[1]), int(found[2]), named, shown), ""
    return _without_year(int(found[1]), int(found[2]), shown, today, year)


def _without_year(day: int, month: int, shown: str, today: date, year: int | None) -> Read[date]:
    if year is None:
        real = _real(day, month, 2028, shown)  # 2028 has a 29 February
        year = today.year if (real.month, real.day) >= (today.month, today.day) else today.year + 1
    meant = _real(day, month, year, shown)
    return meant, say(f"không ghi năm; hiểu là {_shown(meant)}", f"no year; taken as {_shown(meant)}")


def _real(day: int, month: int, year: int, shown: str) -> date:
    try:
        return in_our_time(date(year, month, day))
    except ValueError:
        pass
    quoted = f'"{_short(shown)}"'
    if month > 12 >= day >= 1 and month <= 31:
        swapped = f"{month}/{day}/{year}"
        raise ValueError(
            say(
                f"{quoted} không phải ngày có thật; ngày viết trước, tháng viết sau: {swapped}",
                f"{quoted} is no date; the day comes first, then the month: {swapped}",
            )
        )
    if 1 <= month <= 12 and 2000 <= year < 2200:
        last = calendar.monthrange(year, month)[1]
        raise ValueError(
            say(
                f"{quoted} không phải ngày có thật; tháng {month}/{year} có {last} ngày",
                f"{quoted} is no date; month {month}/{year} has {last} days",
            )
        )
    raise ValueError(_no_date(shown))


def _why_no_date(text: str, shown: str) -> str:
    quoted = f'"{_short(shown)}"'
    if _RECURRING.search(text):
        return say(
            f"{quoted}: bảng chỉ nhận ngày cụ thể; ghi mỗi ngày một hàng, hoặc tạo chiến dịch lặp lại bằng loa new",
            f"{quoted}: a sheet takes single dates only; write a row for each, or use loa new",
        )
    if re.search(r"am lich|\bal\b", text):
        return say(
            f"{quoted} là ngày âm lịch; ghi ngày dương lịch, ví dụ: {EXAMPLES}", f"{quoted} is a lunar date; write the solar one"
        )  # fmt: skip
    if _RANGE.search(text):
        return say(
            f"{quoted} là một khoảng ngày; mỗi hàng là một bài, ghi một ngày, ví dụ: {EXAMPLES}",
            f"{quoted} is a range of days; a row is one post: write one day, for example: {EXAMPLES}",
        )
    return _no_date(shown)


def _from_number(number: float) -> Read[date]:
    if isinstance(number, int) and 20000101 <= number <= 21991231:
        return _plain_date(str(number), str(number), date.min, None)
    if not FIRST_SERIAL <= number <= LAST_SERIAL:
        raise ValueError(_no_date(number))
    day = date(1899, 12, 30) + timedelta(days=int(number))
    shown = f"{number:g}"
    return day, say(f"số {int(number)} hiểu là ngày {_shown(day)}", f"the number {shown} is taken as {_shown(day)}")


def _time_from_number(number: float) -> Read[time]:
    if 0 <= number < 1:
        return _to_the_minute(round(number * 86400)), ""
    if number == int(number) and 1 <= number <= 23:
        hour = int(number)
        return time(hour), say(f"số {hour} hiểu là {hour} giờ", f"the number {hour} is taken as {hour}:00")
    if FIRST_SERIAL <= number <= LAST_SERIAL and number % 1:
        return _to_the_minute(round(number % 1 * 86400)), ""
    raise ValueError(_no_time(number))


def _time_in(text: str, shown: str = "") -> Read[time]:
    shown = shown or text
    folded = re.sub(r"\s+", " ", fold(text)).strip(" ,;.") if not text.endswith("m.") else fold(text).strip()
    found = _TIME.fullmatch(folded)
    if found is None:
        if len(_TIME_WITHIN.findall(folded)) > 1 or re.fullmatch(r"\d{1,2}\s*[-–]\s*\d{1,2}\s*(h|g|gio)", folded):
            raise ValueError(_range_of_times(shown))
        raise ValueError(_no_time(shown))
    hour, minute = _in_period(int(found[1]), found[4] or "", shown), 30 if found[2] == "ruoi" else int(found[2] or 0)
    try:
        return time(hour, minute), ""
    except ValueError:
        raise ValueError(_no_time(shown)) from None


def _in_period(hour: int, period: str, shown: str) -> int:
    """Return the hour of 24 that an hour of the morning, noon, afternoon, evening or night is."""
    match period.replace(".", ""):
        case "chieu" | "toi" | "pm" if 1 <= hour < 12:
            return hour + 12
        case "trua" if 1 <= hour <= 2:
            return hour + 12
        case "dem" if 6 <= hour < 12:
            return hour + 12
        case "am" | "sang" | "dem" | "toi" if hour == 12:
            raise ValueError(_no_time(shown))  # midnight of which day?
        case _:
            return hour


def _to_the_minute(seconds: int) -> time:
    """Return the nearest minute: Excel keeps 8:30 as a fraction of a day."""
    minutes = min(round(seconds / 60), 24 * 60 - 1)
    return time(minutes // 60, minutes % 60)


def _weekday(found: re.Match[str]) -> int:
    return 6 if found[3] else _DAY_NAMES[found[1] or found[2]]


def _shown(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _short(value: Value) -> str:
    text = str(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."


def _no_date(value: Value) -> str:
    quoted = f'"{_short(value)}"'
    return say(
        f"{quoted} không phải ngày có thật; ví dụ đúng: {EXAMPLES}", f"{quoted} is no date; for example: {EXAMPLES}"
    )


def _no_time(value: Value) -> str:
    quoted = f'"{_short(value)}"'
    return say(f"{quoted} không phải giờ; ví dụ đúng: 8h30", f"{quoted} is no time of day; for example: 8:30")


def _range_of_times(value: Value) -> str:
    quoted = f'"{_short(value)}"'
    return say(
        f"{quoted} là một khoảng giờ; ghi một giờ đăng, ví dụ: 8h30",
        f"{quoted} is a range of times; write one, for example: 8:30",
    )
