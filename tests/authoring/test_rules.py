"""Every kind of rule against an oracle that walks each day of 2026 to 2029 and asks nothing of the code under test."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scheduler.authoring.campaign import When
from scheduler.authoring.recurrence import Occurrence, occurrences
from scheduler.registers.days import Days
from scheduler.registers.days_file import read_days
from tests.registers.moon import moon

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST, LAST = date(2026, 1, 1), date(2029, 12, 31)
START, END = datetime(2026, 1, 1, tzinfo=HANOI), datetime(2030, 1, 1, tzinfo=HANOI)

REGISTER = """\
days:
  - {id: thang-pcmt, name: A, month: 6}
  - {id: quoc-te-pcmt, name: A, date: 26/6}
  - {id: thang-hiv, name: A, from: 10/11, to: 10/12}
  - {id: qua-nam, name: A, from: 20/12, to: 5/1}
  - {id: tet, name: A, lunar: 1/1}
holidays:
  - {id: tet-duong, name: A, date: 1/1}
  - {id: nghi-tet, name: A, from: cuối/chạp âm, to: 4/1 âm}
  - {id: nghi-le, name: A, from: 30/4, to: 1/5}
  - {id: quoc-khanh, name: A, date: 2/9}
"""
TET = {2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2028: date(2028, 1, 26), 2029: date(2029, 2, 13),
       2030: date(2030, 2, 2)}  # fmt: skip


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Days:
    file = tmp_path_factory.mktemp("register") / "days.yaml"
    file.write_text(REGISTER, "utf-8")
    return read_days(file, Path("days.yaml"))


def found(register: Days, /, start: datetime = START, end: datetime = END, **rule: Any) -> list[Occurrence]:
    rule = {"at": "08:00", **{key.rstrip("_"): value for key, value in rule.items()}}
    return list(occurrences(When.model_validate(rule), HANOI, start, end, register))


def every_day() -> Iterator[date]:
    for n in range((LAST - FIRST).days + 1):
        yield FIRST + timedelta(days=n)


def holiday(day: date) -> bool:
    tet = TET[day.year]
    fixed = (day.month, day.day) in ((1, 1), (4, 30), (5, 1), (9, 2))
    return fixed or tet - timedelta(days=1) <= day <= tet + timedelta(days=3)


def working(day: date) -> bool:
    return day.weekday() < 5 and not holiday(day)


def last_of(day: date) -> bool:
    return day.day == monthrange(day.year, day.month)[1]


def last_working(day: date) -> bool:
    rest = range(day.day + 1, monthrange(day.year, day.month)[1] + 1)
    return working(day) and not any(working(day.replace(day=n)) for n in rest)


def nth(day: date, number: int, weekday: int) -> bool:
    return day.weekday() == weekday and (day.day - 1) // 7 + 1 == number


def weeks_from(begin: date, day: date) -> int:
    """Return how many Mondays lie between two days."""
    monday = begin - timedelta(days=begin.weekday())
    return (day - monday).days // 7


def lunar(day: date, number: int, month: str = "") -> bool:
    found = moon(day)
    return found[0] == number and month in ("", found[1])


BEGIN = date(2026, 6, 3)  # a Wednesday

TABLE: list[tuple[dict[str, Any], Callable[[date], bool]]] = [
    ({"every": "day"}, lambda d: True),
    ({"every": ["mon", "cn"]}, lambda d: d.weekday() in (0, 6)),
    ({"every": "month", "day": 15}, lambda d: d.day == 15),
    ({"every": "tháng", "day": [1, 15]}, lambda d: d.day in (1, 15)),
    ({"every": "month", "day": 31}, lambda d: d.day == 31),
    ({"every": "month", "day": "last"}, last_of),
    ({"every": "month", "day": [28, "last"]}, lambda d: d.day == 28 or last_of(d)),
    ({"every": "month", "day": "last-working"}, last_working),
    ({"every": "month", "week": 2, "on_day": "tue"}, lambda d: nth(d, 2, 1)),
    ({"every": "month", "week": [1, 3], "on_day": "t6"}, lambda d: nth(d, 1, 4) or nth(d, 3, 4)),
    ({"every": "month", "week": 5, "on_day": "sun"}, lambda d: nth(d, 5, 6)),
    (
        {"every": "month", "week": "last", "on_day": "fri"},
        lambda d: d.weekday() == 4 and (d + timedelta(days=7)).month != d.month,
    ),
    (
        {"every": "2 weeks", "on_day": "fri", "from": BEGIN},
        lambda d: d >= BEGIN and d.weekday() == 4 and weeks_from(BEGIN, d) % 2 == 0,
    ),
    (
        {"every": "2 tuần", "on_day": ["mon", "fri"], "from": BEGIN},  # the Monday of the first week lies before `from`
        lambda d: d >= BEGIN and d.weekday() in (0, 4) and weeks_from(BEGIN, d) % 2 == 0,
    ),
    (
        {"every": "3 weeks", "on_day": "tue", "from": BEGIN, "until": date(2028, 1, 1)},
        lambda d: BEGIN <= d <= date(2028, 1, 1) and d.weekday() == 1 and weeks_from(BEGIN, d) % 3 == 0,
    ),
    ({"every": "week", "on_day": "sat"}, lambda d: d.weekday() == 5),
    ({"every": "10 days", "from": BEGIN}, lambda d: d >= BEGIN and (d - BEGIN).days % 10 == 0),
    (
        {"every": "3 months", "day": 5, "from": BEGIN},
        lambda d: d >= BEGIN and d.day == 5 and (d.month - 6) % 3 == 0,
    ),
    ({"lunar": "15/1"}, lambda d: lunar(d, 15, "1")),
    ({"lunar": "mung-1"}, lambda d: lunar(d, 1)),
    ({"lunar": ["ram", "mùng 1"]}, lambda d: lunar(d, 1) or lunar(d, 15)),
    ({"lunar": "15/5"}, lambda d: lunar(d, 15, "5")),  # not in the leap month of 2028
    ({"lunar": "30"}, lambda d: lunar(d, 30)),
    ({"lunar": "cuoi"}, lambda d: moon(d)[2]),
    ({"lunar": "cuoi/chap"}, lambda d: moon(d)[2] and moon(d)[1] == "12"),
    (
        {"before": "quoc-te-pcmt", "days": [10, 5, 1, 0]},
        lambda d: any((date(y, 6, 26) - d).days in (10, 5, 1, 0) for y in range(2026, 2031)),
    ),
    ({"before": "tet", "days": [365, 7]}, lambda d: any((t - d).days in (365, 7) for t in TET.values())),
    ({"before": "thang-hiv", "days": [3]}, lambda d: (d.month, d.day) == (11, 7)),
    ({"after": "thang-hiv", "days": [3]}, lambda d: (d.month, d.day) == (12, 13)),
    ({"after": "26/6", "days": [0, 30]}, lambda d: (d.month, d.day) in ((6, 26), (7, 26))),
    ({"after": "tet", "days": [3, 14]}, lambda d: any((d - t).days in (3, 14) for t in TET.values())),
    ({"after": "26/6/2027", "days": [1]}, lambda d: d == date(2027, 6, 27)),
    ({"after": "1/1 âm", "days": [2]}, lambda d: any((d - t).days == 2 for t in TET.values())),
    ({"every": ["wed"], "in": "thang-pcmt"}, lambda d: d.month == 6 and d.weekday() == 2),
    ({"every": "day", "in": "qua-nam"}, lambda d: (d.month, d.day) >= (12, 20) or (d.month, d.day) <= (1, 5)),
    ({"lunar": "ram", "in": "thang-pcmt"}, lambda d: d.month == 6 and lunar(d, 15)),
    ({"every": "day", "except": ["holidays"]}, lambda d: not holiday(d)),
    ({"every": "day", "except": "thang-pcmt"}, lambda d: d.month != 6),
    (
        {"every": "mon", "except": [date(2027, 6, 14).isoformat(), "26/6", {"from": "2027-07-01", "until": "2027-07-31"}]},
        lambda d: d.weekday() == 0
        and d != date(2027, 6, 14)
        and (d.month, d.day) != (6, 26)
        and (d.year, d.month) != (2027, 7),
    ),
    ({"every": "day", "shift": "skip"}, working),
    ({"every": "day", "shift": "next-working-day"}, working),
    ({"every": "day", "shift": "previous-working-day"}, working),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "fits"), TABLE, ids=lambda rule: str(rule) if isinstance(rule, dict) else "")
def test_a_rule_is_due_on_exactly_its_days(days: Days, rule: dict[str, Any], fits: Callable[[date], bool]) -> None:
    due = found(days, **rule)

    assert [o.due.astimezone(HANOI).date() for o in due] == [day for day in every_day() if fits(day)]
    assert all(f"{o.due.astimezone(HANOI):%H:%M}" == "08:00" for o in due)
    assert len({o.name for o in due}) == len(due)


@pytest.mark.parametrize("step", [1, -1])
def test_a_day_off_moves_to_the_nearest_working_day(days: Days, step: int) -> None:
    shift = "next-working-day" if step == 1 else "previous-working-day"

    def moved(day: date) -> date:
        while not working(day):
            day += timedelta(days=step)
        return day

    named = [d for d in every_day() if d.day == 15]
    expected = [(d.isoformat(), moved(d)) for d in named if FIRST <= moved(d) <= LAST]
    due = found(days, every="month", day=15, shift=shift)

    assert [(o.name, o.due.astimezone(HANOI).date()) for o in due] == expected


def test_two_that_move_to_one_moment_are_said_once(days: Days) -> None:
    start = datetime(2027, 6, 12, tzinfo=HANOI)  # a Saturday

    due = found(days, start, start + timedelta(days=3), every=["sat", "sun"], shift="next-working-day")

    assert [(o.name, f"{o.due.astimezone(HANOI):%a}") for o in due] == [("2027-06-12", "Mon")]


def test_a_shift_stays_within_its_bounds_and_off_excepted_days(days: Days) -> None:
    rule = {"every": "month", "day": 12, "shift": "next-working-day"}  # 12 June 2027 is a Saturday
    year = {"start": datetime(2027, 6, 1, tzinfo=HANOI), "end": datetime(2027, 7, 1, tzinfo=HANOI)}

    assert [f"{o.due:%d}" for o in found(days, **rule, **year)] == ["14"]
    assert [f"{o.due:%d}" for o in found(days, **rule, **year, except_="2027-06-14")] == ["15"]
    assert found(days, **rule, **year, until="2027-06-13") == []


def test_the_last_working_day_lies_within_until(days: Days) -> None:
    due = found(days, every="month", day="last-working", from_="2027-10-01", until="2027-10-30")

    assert [(o.name, f"{o.due:%d/%m}") for o in due] == [("2027-10-31", "29/10")]


def test_a_holiday_added_later_moves_a_delivery_and_keeps_its_name(tmp_path: Path, days: Days) -> None:
    rule = {"every": "month", "day": 15, "shift": "next-working-day"}
    file = tmp_path / "days.yaml"
    file.write_text(REGISTER + "  - {id: bu, name: A, date: 17/5/2027}\n", "utf-8")

    before = {o.name: o.due for o in found(days, **rule)}
    after = {o.name: o.due for o in found(read_days(file, Path("days.yaml")), **rule)}

    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == {"2027-05-15"}


def test_what_is_due_several_times_a_day_is_named_by_the_time(days: Days) -> None:
    end = START + timedelta(days=40)

    due = found(days, START, end, every="month", day="last", at=["19:30", "07:00"])

    assert [o.name for o in due] == ["2026-01-31T0700", "2026-01-31T1930"]


def test_days_after_know_from_which_day_they_count(days: Days) -> None:
    [occurrence] = found(days, START, START + timedelta(days=365), after="thang-hiv", days=[3])

    assert occurrence.anchor == date(2026, 12, 10)


@pytest.mark.parametrize("rule", [rule for rule, _ in TABLE], ids=str)
@settings(max_examples=20, deadline=None)
@given(skipped=st.integers(0, 1400), length=st.integers(1, 60))
def test_what_is_due_does_not_depend_on_when_one_looks(
    days: Days, rule: dict[str, Any], skipped: int, length: int
) -> None:
    start = START + timedelta(days=skipped)
    end = start + timedelta(days=length)

    assert found(days, start, end, **rule) == [o for o in whole(days, rule) if start <= o.due < end]


_WHOLE: dict[str, list[Occurrence]] = {}


def whole(days: Days, rule: dict[str, Any]) -> list[Occurrence]:
    if str(rule) not in _WHOLE:
        _WHOLE[str(rule)] = found(days, START - timedelta(days=40), END + timedelta(days=8), **rule)
    return _WHOLE[str(rule)]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"before": "26/6", "after": "tet"}, "before và after không đi với nhau"),
        ({"before": "26/6", "lunar": "15/1"}, "cần đúng một trong"),
        ({"every": "month"}, "every: month cần hoặc day: 15"),
        ({"every": "month", "day": 15, "week": 2, "on_day": "mon"}, "every: month cần hoặc day: 15"),
        ({"every": "month", "week": 2}, "week và on_day đi với nhau"),
        ({"every": "month", "day": 15, "on_day": "mon"}, "week và on_day đi với nhau"),
        ({"every": "month", "day": 32}, '"32" không phải ngày trong tháng (1 đến 31, last, last-working)'),
        ({"every": "month", "day": "lst"}, '"lst" không phải ngày trong tháng; ý bạn là "last"?'),
        ({"every": "month", "day": ["last-working", 1]}, "last-working phải đứng một mình"),
        ({"every": "month", "week": 6, "on_day": "mon"}, '"6" không phải tuần thứ mấy'),
        ({"every": "2 weeks", "from": "2027-06-01"}, "thiếu thứ mấy; thêm: on_day: mon"),
        ({"every": "2 weeks", "on_day": "mon"}, "mỗi 2 tuần tính từ đâu? thêm: from"),
        ({"every": "3 days"}, "mỗi 3 ngày tính từ đâu"),
        ({"every": "0 weeks"}, '"0 weeks" không phải chu kỳ; ví dụ đúng: 2 weeks'),
        ({"every": "mon", "day": 15}, "day và week chỉ đi với every: month"),
        ({"every": "mon", "on_day": "tue"}, "on_day chỉ đi với every: month hoặc every: 2 weeks"),
        ({"every": "2 wekes"}, "không phải thứ trong tuần"),
        ({"lunar": "31/1"}, '"31/1" không phải ngày âm lịch; ví dụ đúng: 15/1'),
        ({"lunar": []}, "danh sách trống"),
        ({"before": "31/6"}, '"31/6" không phải ngày; ví dụ đúng: 26/6, hoặc mã một ngày'),
        ({"before": "26/6", "in": "tet"}, "in chỉ đi với every hoặc lunar"),
        ({"lunar": "15/1", "days": [1]}, "days chỉ đi với before hoặc after"),
        ({"every": "day", "shift": "nextday"}, "next-working-day"),
        ({"every": "day", "except": ["2027-02-30"]}, '"2027-02-30" không phải ngày'),
    ],
)
def test_parts_that_do_not_go_together_are_one_sentence(rule: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as raised:
        When.model_validate({"at": "08:00", **rule})

    assert words in str(raised.value)


def test_a_single_time_has_no_exceptions() -> None:
    with pytest.raises(ValidationError, match="bỏ except và shift"):
        When.model_validate({"on": "2027-06-26 08:00", "shift": "skip"})


def test_a_named_day_without_the_register_is_never_due() -> None:
    assert found(Days(), before="quoc-te-pcmt") == []


@pytest.mark.parametrize(("shift", "looked_at"), [("next-working-day", 14), ("previous-working-day", 11)])
def test_what_moves_is_seen_from_the_day_to_which_it_moves(days: Days, shift: str, looked_at: int) -> None:
    start = datetime(2027, 6, looked_at, tzinfo=HANOI)  # the Monday after, or the Friday before

    due = found(days, start, start + timedelta(hours=12), every="month", day=[12, 13], shift=shift)

    assert [o.name for o in due] == ["2027-06-12"]
