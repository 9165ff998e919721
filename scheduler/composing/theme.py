"""`theme("thang-pcmt")` in a template: the theme of a named day in the year of the post, as it was given out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scheduler.composing.render import Unannounced, Unfit
from scheduler.registers.days import Days
from scheduler.text import did_you_mean, say

LEVELS = {"nation": "toàn quốc", "city": "Thành phố"}


def theme_in(days: Days, year: int) -> Callable[..., str]:
    """Return the function that a template of a post in this year is offered.

    It takes the id of a day of days.yaml, `level` (`nation` or `city`) and another `year`. Unannounced when the theme
    is not given out yet, Unfit when it cannot be asked for so.
    """

    def theme(id: Any, level: Any = "nation", year: Any = year) -> str:
        return _theme(days, str(id), str(level), _year(year))

    return theme


def _theme(days: Days, id: str, level: str, year: int) -> str:
    if not days.present:
        raise Unfit(
            say(
                "theme: không có tệp campaigns/days.yaml, nơi ghi các chủ đề",
                "theme: there is no campaigns/days.yaml, where themes are kept",
            )
        )
    if level not in LEVELS:
        raise Unfit(
            say(
                f'theme: level là nation hoặc city, không phải "{level}"',
                f'theme: level is nation or city, not "{level}"',
            )
        )
    if id not in days.named:
        hint = did_you_mean(id, days.named)
        raise Unfit(
            say(
                f'theme: campaigns/days.yaml không có ngày "{id}"{hint}',
                f'theme: campaigns/days.yaml has no day "{id}"{hint}',
            )
        )
    found = days.theme(id, year, "city" if level == "city" else "nation")
    if found is None:
        name = days.named[id].name
        raise Unannounced(
            say(
                f"chưa có chủ đề {year} ({LEVELS[level]}) của {name}; khi được công bố, thêm vào campaigns/days.yaml, "
                f"mục {id}: themes: {{{year}: {{{level}: ...}}}}",
                f"the theme of {year} ({level}) of {name} is not known yet; once it is given out, add it to "
                f"campaigns/days.yaml, entry {id}: themes: {{{year}: {{{level}: ...}}}}",
            )
        )
    return found


def _year(year: Any) -> int:
    try:
        return int(year)
    except (TypeError, ValueError):
        raise Unfit(say(f'theme: "{year}" không phải năm', f'theme: "{year}" is no year')) from None
