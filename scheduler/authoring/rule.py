"""The words in which a rule of time is written: weekdays, cycles, days of the month, the moon, exceptions, shifts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from scheduler.registers.moments import WEEKDAYS, LocalDate, as_word, parse_date, parse_weekday
from scheduler.registers.source import Strict
from scheduler.registers.year_day import solar_year_day, year_day
from scheduler.text import did_you_mean, fold, say

if TYPE_CHECKING:
    from scheduler.authoring.campaign import When

LAST, LAST_WORKING = "last", "last-working"
SHIFTS = ("next-working-day", "previous-working-day", "skip")
Shift = Literal["next-working-day", "previous-working-day", "skip"]

_UNITS = {"day": "day", "ngay": "day", "week": "week", "tuan": "week", "month": "month", "thang": "month"}


class Cycle(Strict):
    """Every so many days, weeks or months. (Every single day is told by its seven weekdays.)"""

    count: int
    """Cứ bao nhiêu"""
    unit: Literal["day", "week", "month"]
    """ngày (day), tuần (week) hay tháng (month) một lần"""


def parse_reference(value: Any) -> Any:
    """Read what a rule refers to: a day (`26/6`, `15/1 âm`, `2027-06-26`), or the id of a day of days.yaml."""
    if value is None:
        return None
    text = as_word(value).strip()
    if (year_day(text) and year_day(text).month) or _is_id(text):  # type: ignore[union-attr]
        return text
    raise ValueError(
        say(
            f'"{text}" không phải ngày; ví dụ đúng: 26/6, hoặc mã một ngày trong campaigns/days.yaml',
            f'"{text}" is no day; for example: 26/6, or the id of a day in campaigns/days.yaml',
        )
    )


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[a-z][a-z0-9-]{0,79}", text) is not None


class Break(Strict):
    """Days on which nothing is said: one that is named, or from the first to the last, both of them within."""

    EXAMPLE: ClassVar[str] = "{from: 2027-02-05, until: 2027-02-09}"

    day: Annotated[str | None, BeforeValidator(parse_reference)] = None
    """Một ngày, hoặc mã một ngày trong days.yaml"""
    since: Annotated[LocalDate | None, BeforeValidator(parse_date), Field(alias="from")] = None
    """Từ ngày"""
    until: Annotated[LocalDate | None, BeforeValidator(parse_date)] = None
    """Đến hết ngày"""

    @model_validator(mode="after")
    def _whole(self) -> Break:
        if (self.since is None) != (self.until is None) or (self.day is None) == (self.since is None):
            raise ValueError(
                say(
                    "cần một ngày, mã một ngày, holidays, hoặc {from: ..., until: ...}",
                    "needs a day, the id of a day, holidays, or {from: ..., until: ...}",
                )
            )
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError(say("from ở sau until", "from lies after until"))
        return self


def one_or_many(value: Any) -> Any:
    """Return a list as it is, a single value as a list of one."""
    return value if value is None or isinstance(value, list | tuple) else [value]


def some(value: Any) -> Any:
    """Return what is given; ValueError for an empty list."""
    if isinstance(value, list | tuple) and not value:
        raise ValueError(say("danh sách trống; viết ít nhất một mục", "an empty list; write at least one entry"))
    return value


def parse_weekdays(value: Any) -> Any:
    """Read one or several weekdays (`mon`, `t2`, `Monday`), or `day` for all seven."""
    if value is None:
        return None
    given = some(one_or_many(value))
    if len(given) == 1 and fold(as_word(given[0]).strip()) in ("day", "ngay"):
        return WEEKDAYS
    return tuple(dict.fromkeys(parse_weekday(day, "day", "month", "2 weeks") for day in given))


def parse_every(value: Any) -> Any:
    """Read weekdays, `day`, or a cycle: `month`, `2 weeks`, `3 tháng`."""
    if isinstance(value, Cycle):
        return value
    if isinstance(value, str):
        found = re.fullmatch(r"(?:(\d{1,2})\s*)?([a-z]+?)s?", fold(value.strip()), re.ASCII)
        unit = _UNITS.get(found[2]) if found else None
        if found and unit is not None and (found[1] or unit != "day"):
            return _cycle(int(found[1] or 1), unit, value)
    return parse_weekdays(value)


def _cycle(count: int, unit: Any, written: str) -> Any:
    if count == 0:
        raise ValueError(
            say(f'"{written}" không phải chu kỳ; ví dụ đúng: 2 weeks', f'"{written}" is no cycle; for example: 2 weeks')
        )
    return WEEKDAYS if (count, unit) == (1, "day") else Cycle(count=count, unit=unit)


def parse_month_days(value: Any) -> Any:
    """Read days of the month: `15`, `last`, `[1, 15]`, `last-working`."""
    if value is None:
        return None
    days = [as_word(day).strip().lower() for day in some(one_or_many(value))]
    for day in days:
        if day not in (LAST, LAST_WORKING) and not (re.fullmatch(r"\d{1,2}", day, re.ASCII) and 1 <= int(day) <= 31):
            hint = did_you_mean(day, (LAST, LAST_WORKING))
            raise ValueError(
                say(
                    f'"{day}" không phải ngày trong tháng{hint} (1 đến 31, last, last-working)',
                    f'"{day}" is no day of the month{hint} (1 to 31, last, last-working)',
                )
            )
    if LAST_WORKING in days and len(days) > 1:
        raise ValueError(
            say(
                "last-working phải đứng một mình; ngày khác viết thành thông điệp khác",
                "last-working stands alone; write other days as another message",
            )
        )
    return tuple(dict.fromkeys(day.lstrip("0") for day in days))


def named_by(text: str | None) -> str | None:
    """Return the id of the register that a reference names, or None when it is written as a day."""
    return text if text is not None and _is_id(text) and solar_year_day(text) is None else None


def parse_exceptions(value: Any) -> Any:
    """Read dates, `{from, until}`, `holidays` and named days, one or several."""
    if value is None:
        return ()
    return tuple({"day": v} if isinstance(v, str) else v for v in some(one_or_many(value)))


def contradiction(when: When) -> str:
    """Return what is wrong with the parts of a rule taken together, or an empty text."""
    rules = [name for name in ("on", "every", "before", "after", "lunar") if getattr(when, name) is not None]
    if rules == ["before", "after"]:
        return say(
            "before và after không đi với nhau; tách thành hai thông điệp",
            "before and after do not go together; make two messages of it",
        )
    if len(rules) != 1:
        return say(
            'cần đúng một trong: on, every, before, after, lunar; ví dụ: {on: "2027-06-26 08:00"}',
            'needs exactly one of: on, every, before, after, lunar; for example: {on: "2027-06-26 08:00"}',
        )
    return _wrong_time(when) or _wrong_cycle(when) or _wrong_company(when, rules[0])


def _wrong_time(when: When) -> str:
    if when.on is None and not when.at:
        return say('thiếu giờ đăng; thêm: at: "19:30"', 'the time of day is missing; add: at: "19:30"')
    if when.on is not None and when.at:
        return say("on đã có giờ; bỏ at", "on has its time already; remove at")
    if when.on is not None and (when.since or when.until):
        return say("on chỉ đăng một lần; bỏ from và until", "on is a single time; remove from and until")
    if when.since and when.until and when.since > when.until:
        return say("from ở sau until", "from lies after until")
    return ""


def _wrong_company(when: When, rule: str) -> str:
    if rule not in ("before", "after") and "days" in when.model_fields_set:
        return say("days chỉ đi với before hoặc after; bỏ days", "days goes with before or after only; remove days")
    if rule not in ("every", "lunar") and when.window is not None:
        return say("in chỉ đi với every hoặc lunar; bỏ in", "in goes with every or lunar only; remove in")
    if rule == "on" and (when.exceptions or when.shift):
        return say("on chỉ đăng một lần; bỏ except và shift", "on is a single time; remove except and shift")
    return ""


def _wrong_cycle(when: When) -> str:
    unit = when.every.unit if isinstance(when.every, Cycle) else ""
    if unit != "month" and (when.day or when.week):
        return say(
            "day và week chỉ đi với every: month (ví dụ: {every: month, day: 15})",
            "day and week go with every: month only (for example: {every: month, day: 15})",
        )
    if unit not in ("month", "week") and when.on_day:
        return say(
            "on_day chỉ đi với every: month hoặc every: 2 weeks; ngày trong tuần viết: every: [mon, wed]",
            "on_day goes with every: month or every: 2 weeks only; weekdays are written: every: [mon, wed]",
        )
    if unit == "month" and (when.day is None) == (when.week is None):
        return say(
            "every: month cần hoặc day: 15 (hay last, last-working), hoặc week: 2 và on_day: tue",
            "every: month needs either day: 15 (or last, last-working), or week: 2 and on_day: tue",
        )
    if unit == "month" and bool(when.week) != bool(when.on_day):
        return say(
            "week và on_day đi với nhau: week: 2, on_day: tue", "week and on_day go together: week: 2, on_day: tue"
        )
    if unit == "week" and not when.on_day:
        return say("thiếu thứ mấy; thêm: on_day: mon", "the weekday is missing; add: on_day: mon")
    if isinstance(when.every, Cycle) and when.every.count > 1 and not when.since:
        return say(
            f"mỗi {when.every.count} {_in_vietnamese(unit)} tính từ đâu? thêm: from: 2027-06-01",
            f"every {when.every.count} {unit}s counted from when? add: from: 2027-06-01",
        )
    return ""


def _in_vietnamese(unit: str) -> str:
    return {"day": "ngày", "week": "tuần", "month": "tháng"}[unit]
