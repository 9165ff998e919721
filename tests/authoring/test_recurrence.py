"""From rules to occurrences: local time, clock changes, and names that do not change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.authoring.campaign import When
from scheduler.authoring.recurrence import coming, occurrences
from scheduler.registers.moments import WEEKDAYS

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
START = datetime(2027, 5, 31, 17, tzinfo=UTC)  # midnight before 1 June in Hanoi


def due(zone: ZoneInfo = HANOI, start: datetime = START, span: int = 30, **rule: Any) -> list[tuple[str, str]]:
    when = When.model_validate(rule)
    found = occurrences(when, zone, start, start + timedelta(days=span))
    return [(o.name, f"{o.due.astimezone(zone):%d/%m %H:%M}") for o in found]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"on": "2027-06-26 08:00"}, [("once", "26/06 08:00")]),
        ({"on": "2027-06-26T08:00"}, [("once", "26/06 08:00")]),
        ({"on": "26/6/2027 8h30"}, [("once", "26/06 08:30")]),
        ({"on": "2027-06-26T01:00:00Z"}, [("once", "26/06 08:00")]),
        ({"on": "2027-06-26T08:00:00+07:00"}, [("once", "26/06 08:00")]),
        ({"every": "tue", "at": "19:30", "until": "2027-06-08"}, [("2027-06-01", "01/06 19:30"), ("2027-06-08", "08/06 19:30")]),
        ({"every": ["t2", "CN"], "at": "7:00", "until": "2027-06-07"}, [("2027-06-06", "06/06 07:00"), ("2027-06-07", "07/06 07:00")]),
        ({"every": "day", "at": "0:00", "until": "2027-06-02"}, [("2027-06-01", "01/06 00:00"), ("2027-06-02", "02/06 00:00")]),
        ({"every": "Wednesday", "at": "7h", "from": "2027-06-20", "until": "2027-06-25"}, [("2027-06-23", "23/06 07:00")]),
        ({"every": "day", "at": ["18:00", "06:00"], "until": "2027-06-01"}, [("2027-06-01T0600", "01/06 06:00"), ("2027-06-01T1800", "01/06 18:00")]),
        ({"before": "26/6", "days": [10, 5, 5, 0], "at": "07:00"}, [("2027-06-16", "16/06 07:00"), ("2027-06-21", "21/06 07:00"), ("2027-06-26", "26/06 07:00")]),
        ({"before": "26/6/2027", "days": "1", "at": "07:00"}, [("2027-06-25", "25/06 07:00")]),
        ({"before": "26/6/2026", "days": "1", "at": "07:00"}, []),
    ],
)  # fmt: skip
def test_a_rule_gives_its_occurrences_in_order(rule: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert due(**rule) == expected


def test_a_countdown_knows_the_day_it_counts_to() -> None:
    when = When.model_validate({"before": "26/6", "days": [1], "at": "7:00"})

    [found] = occurrences(when, HANOI, START, START + timedelta(days=40))

    assert found.anchor == date(2027, 6, 26)


def test_seconds_make_names_of_their_own() -> None:
    names = [name for name, _ in due(every="day", at=["08:00:10", "08:00:40"], until="2027-06-01")]

    assert names == ["2027-06-01T080010", "2027-06-01T080040"]


@pytest.mark.parametrize(
    ("day", "today", "expected"),
    [
        ("26/6", date(2027, 6, 26), date(2027, 6, 26)),
        ("26/6", date(2027, 6, 27), date(2028, 6, 26)),
        ("29/2", date(2027, 1, 1), date(2028, 2, 29)),
        ("29/2", date(2096, 3, 1), date(2104, 2, 29)),
        ("1-5-2027", date(2030, 1, 1), date(2027, 5, 1)),
    ],
)
def test_a_named_day_is_the_next_one(day: str, today: date, expected: date) -> None:
    assert coming(day, today) == expected


def test_a_skipped_hour_moves_forward_and_is_said_once() -> None:
    start = datetime(2027, 3, 27, 12, tzinfo=UTC)

    assert due(BERLIN, start, 1, every="day", at="02:30") == [("2027-03-28", "28/03 03:30")]


def test_a_repeated_hour_is_said_once_the_first_time() -> None:
    start = datetime(2027, 10, 30, 12, tzinfo=UTC)
    when = When.model_validate({"every": "day", "at": "02:30"})

    [found] = occurrences(when, BERLIN, start, start + timedelta(days=1))

    assert found.due == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@given(
    days=st.sets(st.sampled_from(WEEKDAYS), min_size=1),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    begin=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),
)
def test_a_weekday_rule_is_due_once_on_each_such_day(days: set[str], hour: int, minute: int, begin: datetime) -> None:
    start = begin.replace(tzinfo=UTC)
    when = When.model_validate({"every": sorted(days), "at": f"{hour}:{minute:02}"})

    found = list(occurrences(when, BERLIN, start, start + timedelta(days=28)))

    assert len({o.name for o in found}) == len(found)
    assert [o.due for o in found] == sorted(o.due for o in found)
    assert abs(len(found) - 4 * len(days)) <= 1
    assert all(WEEKDAYS[date.fromisoformat(o.name).weekday()] in days for o in found)
    assert all(start <= o.due < start + timedelta(days=28) for o in found)
