"""The calendar as a page: month by month, to be read on a screen, printed on A4, or passed on as one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from scheduler.composing.page import page
from scheduler.composing.render import WEEKDAYS as LONG_VI
from scheduler.planning.calendar import WEEKDAYS, Entry, Span, by_day, letters, state_word, titles, weeks
from scheduler.text import say

LONG_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
             "November", "December")  # fmt: skip
COLOURS = 8
SIGNS = {"published": "✓", "scheduled": "○", "held": "‖", "failed": "✕", "missed": "!", "unconfirmed": "?"}


def calendar_page(entries: Sequence[Entry], span: Span, now: datetime, title: str) -> str:
    """Return the page; `now` is local."""
    named = letters(entries)
    counted = Counter(entry.campaign for entry in entries)
    titled = titles(entries)
    days = by_day(entries)
    legend = [
        {"letter": letter, "name": titled[name] or name, "count": counted[name], "colour": i % COLOURS}
        for i, (name, letter) in enumerate(named.items())
    ]
    return page(
        "calendar",
        title=title,
        subtitle=say(
            f"{len(entries)} bài. Lập lúc {now:%H:%M} ngày {now.day}/{now.month}/{now.year}; giờ theo múi giờ {now.tzinfo}.",
            f"{len(entries)} posts. Made at {now:%H:%M} on {now.date()}; times are those of {now.tzinfo}.",
        ),
        legend=legend,
        weekdays=list(zip(WEEKDAYS, (say(vi, en) for vi, en in zip(_capital(), LONG_EN, strict=True)), strict=True)),
        months=[_month(year, month, days, named, now.date()) for year, month in span.months],
    )


def month_name(year: int, month: int) -> str:
    """Return `Tháng 6 năm 2027`."""
    return say(f"Tháng {month} năm {year}", f"{MONTHS_EN[month - 1]} {year}")


def _capital() -> list[str]:
    return [name[0].upper() + name[1:] for name in LONG_VI]


def _month(
    year: int, month: int, days: Mapping[date, Sequence[Entry]], named: Mapping[str, str], today: date
) -> dict[str, Any]:
    grid = [[_day(day, days, named, today) for day in week] for week in weeks(year, month)]
    count = sum(len(found) for day, found in days.items() if (day.year, day.month) == (year, month))
    name = month_name(year, month)
    caption = say(f"Lịch đăng bài, {name.lower()}: {count} bài", f"Posts in {name}: {count}")
    return {"name": name, "caption": caption, "count": count, "weeks": grid}


def _day(
    day: date | None, days: Mapping[date, Sequence[Entry]], named: Mapping[str, str], today: date
) -> dict[str, Any] | None:
    if day is None:
        return None
    places = list(named)
    posts = [
        {
            "letter": named[entry.campaign],
            "colour": places.index(entry.campaign) % COLOURS,
            "time": f"{entry.due:%H:%M}",
            "line": entry.first_line,
            "channels": say(f"{len(entry.channels)} kênh", f"{len(entry.channels)} channels"),
            "state": entry.state.replace(" ", "-"),
            "states": _states(entry),
        }
        for entry in days.get(day, ())
    ]
    return {"date": day.isoformat(), "number": day.day, "today": day == today, "posts": posts}


def _states(entry: Entry) -> str:
    """Return the states with a sign for each; how many only where they differ."""
    several = len(entry.states) > 1
    told = (f"{SIGNS.get(s, '·')} {f'{n} ' if several else ''}{state_word(s)}" for s, n in entry.states.items())
    return ", ".join(told)
