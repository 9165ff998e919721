"""iCalendar: what we write is read back by another's reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from scheduler.planning.calendar import IN_FILES, Entry
from scheduler.reporting.ics import ics

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2027, 5, 1, tzinfo=UTC)


def entry(**how: Any) -> Entry:
    given: dict[str, Any] = {
        "title": "Mở đầu; tháng, ngày",
        "text": "Một\nHai \\ ba, bốn; năm\n",
        "channels": {"a": "published"},
    }
    return Entry("c", "m", "2027-06-26", datetime(2027, 6, 26, 7, 30, tzinfo=HANOI), **{**given, **how})


def read(*entries: Entry) -> list[Any]:
    return list(Calendar.from_ical(ics(entries, "Lịch", NOW)).walk("VEVENT"))


def test_an_event_is_the_message_at_its_local_time() -> None:
    [event] = read(entry())

    assert event["dtstart"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert event.decoded("dtstart") == datetime(2027, 6, 26, 0, 30, tzinfo=UTC)
    assert event.decoded("duration") == timedelta(minutes=15)
    assert str(event["summary"]) == "Mở đầu; tháng, ngày"
    assert str(event["description"]).startswith("Một\nHai \\ ba, bốn; năm\n\nKênh (1): a\nTrạng thái: đã đăng\n")


def test_the_time_zone_travels_with_the_file() -> None:
    [zone] = Calendar.from_ical(ics([entry()], "Lịch", NOW)).walk("VTIMEZONE")

    assert str(zone["tzid"]) == "Asia/Ho_Chi_Minh"


def test_the_uid_stays_whatever_else_changes() -> None:
    later = datetime(2027, 6, 27, 9, tzinfo=HANOI)
    moved = Entry("c", "m", "2027-06-26", later, "Khác", "Khác", channels={"b": "held"})

    [before], [after] = read(entry()), read(moved)

    assert str(before["uid"]) == str(after["uid"]) == "c/m@2027-06-26@loa"


@pytest.mark.parametrize(
    ("channels", "status"),
    [
        ({"a": "published"}, "CONFIRMED"),
        ({"a": "scheduled"}, "CONFIRMED"),
        ({"a": "published", "b": "held"}, "TENTATIVE"),
        ({"a": IN_FILES}, "TENTATIVE"),
        ({"a": "withdrawn"}, "CANCELLED"),
    ],
)
def test_the_status_follows_the_state(channels: dict[str, str], status: str) -> None:
    [event] = read(entry(channels=channels))

    assert str(event["status"]) == status


def test_only_a_public_address_is_named() -> None:
    assert "url" not in read(entry())[0]
    assert str(read(entry(urls=["https://a.example/1"]))[0]["url"]) == "https://a.example/1"


def test_no_line_is_longer_than_the_standard_allows() -> None:
    written = ics([entry(text="Nghiễng nghiêng " * 200)], "Lịch", NOW)

    assert max(len(line) for line in written.split(b"\r\n")) <= 75
