"""The calendar's page: well formed, readable by ear, printable, and what authors wrote stays text."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from scheduler.planning.calendar import Entry, Span
from scheduler.reporting.calendar_page import calendar_page
from tests.html import Page

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2027, 6, 3, 9, tzinfo=HANOI)
EVIL = '<script>alert("x")</script>\'&'


def entry(day: int, title: str = "Mở đầu", **how: object) -> Entry:
    due = datetime(2027, 6, day, 7, 30, tzinfo=HANOI)
    return Entry("c", f"m{day}", "once", due, title, channels={"a": "published", "b": "held"}, **how)  # type: ignore[arg-type]


@pytest.fixture
def page() -> Page:
    found = [entry(1), entry(3, EVIL, campaign_title=EVIL)]
    return Page(calendar_page(found, Span.of_month(2027, 6), NOW, f"Lịch {EVIL}"))


def test_it_is_well_formed_and_runs_nothing(page: Page) -> None:
    assert page.unclosed == []
    assert "script" not in page.tags
    assert page.addresses == []


def test_what_authors_wrote_stays_text(page: Page) -> None:
    assert page.text.count(EVIL) == 4  # title, heading, legend, post


def test_the_table_is_one_for_those_who_hear_it(page: Page) -> None:
    assert page.of("html")[0]["lang"] == "vi"
    assert len(page.of("caption")) == 1
    assert [th["scope"] for th in page.of("th")] == ["col"] * 7
    assert "Thứ Hai" in page.text
    assert len(page.of("time")) == 30


def test_a_day_has_its_posts_with_states_in_words(page: Page) -> None:
    assert "07:30" in page.text
    assert "2 kênh" in page.text
    assert "‖ 1 đang giữ, ✓ 1 đã đăng" in page.text


def test_today_is_marked_for_eye_and_ear(page: Page) -> None:
    assert [td.get("class") for td in page.of("td")].count("today") == 1
    assert page.text.count("hôm nay") == 1


def test_it_prints_on_a4_across(page: Page) -> None:
    assert "size: A4 landscape" in page.source


def test_a_year_has_twelve_months_and_says_which_are_empty() -> None:
    page = Page(calendar_page([entry(1)], Span.of_year(2027), NOW, "Lịch"))

    assert len(page.of("h2")) == 12
    assert len(page.of("table")) == 1
    assert page.text.count("Không có bài nào.") == 11
