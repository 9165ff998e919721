"""What is wrong with the times of a message: days that nobody knows, rules that are never due, what forbids them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from scheduler.authoring.campaign import Campaign, Message, When
from scheduler.authoring.loader import Authored, Book
from scheduler.authoring.recurrence import Loss, Occurrence, named_times, times_of
from scheduler.authoring.rule import Cycle, named_by
from scheduler.authoring.timetable import moment_of
from scheduler.registers.days import Days
from scheduler.registers.lunar import MONTH_NAMES
from scheduler.registers.named_day import HOLIDAYS
from scheduler.registers.source import Path_
from scheduler.registers.year_day import YearDay, named
from scheduler.settings import Settings
from scheduler.text import did_you_mean, say

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
LOOK = timedelta(days=60)  # a first look where a rule is most likely due
LIFE = timedelta(days=12 * 366)  # a rule that is not due in so long never is


def check_register(book: Book, now: datetime, settings: Settings) -> None:
    """Warn of named days that a lunar year of the horizon lacks, at their lines in days.yaml."""
    first, last = _horizon(now, settings)
    for entry, day, years in book.days.lacking(first, last):
        assert book.days.source is not None
        book.days.source.report(book.days.at[entry.id], _lacking(day, years), warning=True)


def check_references(authored: Authored, path: Path_, when: When, book: Book) -> bool:
    """Report every day that a rule names and nobody knows; tell whether all are known."""
    known = True
    for at, reference in _references(when):
        sentence = _unknown(reference, book.days)
        if sentence:
            authored.report((*path, "when", *at), sentence)
        known = known and sentence is None
    return known


def never_said(message: Message, found: Sequence[Occurrence], now: datetime, settings: Settings) -> list[int]:
    """Return which texts of a rotation (from 0) none of its occurrences says, where all of them can be seen."""
    when, (first, last) = message.when, _horizon(now, settings)
    if not message.rotates or when.since is None or when.until is None or when.since < first or when.until > last:
        return []
    return sorted(set(range(message.rotates)) - {occurrence.turn or 0 for occurrence in found})


def _references(when: When) -> Iterator[tuple[Path_, str]]:
    for key, reference in (("before", when.before), ("after", when.after), ("in", when.window)):
        if reference is not None and named_by(reference):
            yield (key,), reference
    for i, exception in enumerate(when.exceptions):
        if exception.day is not None and named_by(exception.day):
            yield ("except", i), exception.day


def _unknown(id: str, days: Days) -> str | None:
    """Return the sentence about an unknown id, an empty text where another place says it, None when it is known."""
    if not days.present:
        return say(
            f'"{id}" cần tệp campaigns/days.yaml, chưa có; viết ngày như 26/6, hoặc tạo tệp ấy',
            f'"{id}" needs the file campaigns/days.yaml, which is not there; write a day like 26/6, or make that file',
        )
    if id == HOLIDAYS or id in days.named:
        return None
    if id in days.unread or not days.readable:
        return ""
    hint = did_you_mean(id, [*days.named, HOLIDAYS])
    return say(f'campaigns/days.yaml không có ngày "{id}"{hint}', f'campaigns/days.yaml has no day "{id}"{hint}')


def check_rule(
    authored: Authored, path: Path_, message: Message, book: Book, now: datetime, settings: Settings
) -> None:
    """Warn of what a rule cannot keep: days that some months or years lack, working days without a register."""
    when = message.when
    first, last = _horizon(now, settings)
    first, last = max(first, when.since or first), min(last, when.until or last)
    for i, moon in enumerate(when.lunar or ()):
        if years := moon.lacking(first, last):
            at = ("lunar", i) if len(when.lunar or ()) > 1 else ("lunar",)
            authored.report((*path, "when", *at), _lacking(moon, years), warning=True)
    late = [day for day in when.day or () if day in ("29", "30", "31")] if isinstance(when.every, Cycle) else []
    if late:
        words = say(
            f"tháng không có ngày {late[-1]} thì không đăng; muốn ngày cuối tháng: day: last",
            f"a month without a day {late[-1]} is passed over; for the end of each month: day: last",
        )
        authored.report((*path, "when", "day"), words, warning=True)
    if (when.shift or when.day == ("last-working",)) and not book.days.present:
        key = "shift" if when.shift else "day"
        words = say(
            "chỉ biết thứ Bảy, Chủ nhật; thêm campaigns/days.yaml (holidays) để biết ngày lễ",
            "knows of Saturdays and Sundays only; add campaigns/days.yaml (holidays) for public holidays",
        )
        authored.report((*path, "when", key), words, warning=True)


def check_bounds(authored: Authored, path: Path_, own: Campaign | Message, settings: Settings) -> bool:
    """Report an embargo of a campaign or message that ends when all is over already; tell whether all is well."""
    campaign = authored.campaign
    not_before = moment_of(own.embargo or campaign.embargo, settings.zone)
    not_after = moment_of(own.expires or campaign.expires, settings.zone)
    if not_before is None or not_after is None or not_before < not_after:
        return True
    if own.embargo or own.expires:
        words = say("embargo phải trước expires", "embargo must lie before expires")
        authored.report((*path, "expires" if own.expires else "embargo"), words)
    return False


@dataclass(frozen=True)
class NeverDue:
    """Why nothing of a message is due; a warning when it may be meant so; `forbidden` when it is its own bounds."""

    words: str
    warning: bool = False
    forbidden: bool = False


def never_due(campaign: Campaign, message: Message, days: Days, now: datetime, settings: Settings) -> NeverDue:
    """Return why nothing is due within the horizon."""
    if message.when.on is not None:
        return NeverDue(_forbidden(Counter(bounds=1), campaign, message), forbidden=True)
    times = named_times(message.when, settings.zone, now, now + settings.horizon, days)
    if times:
        lost = Counter(str(t.said) if isinstance(t.said, Loss) else "bounds" for t in times)
        return NeverDue(_forbidden(lost, campaign, message), forbidden=True)
    today = now.astimezone(settings.zone).date()
    near = _nearest(message.when, days, today)
    if near is None:
        words = say(
            "không bao giờ có lượt nào: không ngày nào hợp với quy tắc này; xem lại from, until, in và ngày",
            "never due at all: no day fits this rule; look at from, until, in and the day",
        )
        return NeverDue(words)
    after = say(f" (lượt kế tiếp: {near:%d/%m/%Y})", f" (the next: {near:%d/%m/%Y})") if near > today else ""
    horizon = settings.horizon.days
    words = say(
        f"không có lượt nào trong {horizon} ngày tới{after}; xem lại ngày",
        f"never due in the next {horizon} days{after}",
    )
    return NeverDue(words, warning=True)


def _forbidden(lost: Counter[str], campaign: Campaign, message: Message) -> str:
    bounds_vi = [f"{k} {v:%H:%M %d/%m/%Y}" for k, v in _written_bounds(campaign, message)]
    reasons = {
        "except": ("vì except", "by except"),
        "skip": ("vì ngày nghỉ và shift: skip", "by holidays and shift: skip"),
        "outside": ("vì dời ra ngoài from, until hoặc in", "since they would move outside from, until or in"),
        "bounds": (f"vì {', '.join(bounds_vi)}", f"by {', '.join(bounds_vi)}"),
    }
    listed = [(count, *reasons[name]) for name, count in lost.items()]
    vi = ", ".join(f"{count} {why}" for count, why, _ in listed)
    en = ", ".join(f"{count} {why}" for count, _, why in listed)
    total = sum(lost.values())
    return say(
        f"không lượt nào được đăng, cả {total} lượt sắp tới đều bị loại: {vi}",
        f"nothing is ever said, all {total} coming times are ruled out: {en}",
    )


def _written_bounds(campaign: Campaign, message: Message) -> Iterator[tuple[str, datetime]]:
    for key in ("embargo", "expires"):
        if (written := getattr(message, key) or getattr(campaign, key)) is not None:
            yield key, written


def _nearest(when: When, days: Days, today: date) -> date | None:
    """Return a day that a rule names: the next after today if there is one, else any; None when there never is one."""
    begin = when.since or (today - LIFE if when.every else FIRST_DAY)
    finish = min(when.until or LAST_DAY, max(begin, today) + LIFE)
    ahead = next(_named(when, days, max(begin, today), finish), None)
    return ahead or next(_named(when, days, max(begin, finish - LOOK), finish), None) or next(
        _named(when, days, begin, finish), None
    )  # fmt: skip


def _named(when: When, days: Days, begin: date, finish: date) -> Iterator[date]:
    """Yield the days a rule names from a day to a day, looking no further than needed."""
    step = LOOK
    while begin <= finish:
        end = min(begin + step, finish)
        yield from (time_.named.date() for time_ in times_of(when, days, begin, end) if begin <= time_.named.date())
        begin, step = end + timedelta(days=1), timedelta(days=366)


def _horizon(now: datetime, settings: Settings) -> tuple[date, date]:
    return now.astimezone(settings.zone).date(), (now + settings.horizon).astimezone(settings.zone).date()


def _lacking(day: YearDay, years: list[int]) -> str:
    listed = ", ".join(map(str, years))
    month = day.month or 0
    instead = f"cuoi/{day.month}" if day.month else "cuoi"
    if not month:
        return say(
            f"tháng âm lịch thiếu không có ngày {day.day}, tháng ấy không đăng; muốn ngày cuối tháng: {instead}",
            f"a short lunar month has no day {day.day} and is passed over; for the last day of each: {instead}",
        )
    return say(
        f"năm âm lịch {listed}: tháng {MONTH_NAMES[month]} chỉ có 29 ngày, không có {named(day)}; "
        f"muốn ngày cuối tháng: {instead}",
        f"lunar year {listed}: month {month} has but 29 days, there is no {named(day)}; for its last day: {instead}",
    )
