"""Dates and times as people write them in plans; what is no date is told with what would be right."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from scheduler.authoring.spoken_time import read_date, read_moment, read_time

TODAY = date(2026, 11, 24)
DAY = date(2027, 6, 26)  # a Saturday


@pytest.mark.parametrize(
    "text",
    """26/6/2027|26/06/2027|26-6-2027|26.6.2027|2027-06-26|2027/6/26|20270626|Thứ Bảy, 26/6/2027|T7 26/6/2027
    |thứ 7 ngày 26 tháng 6 năm 2027|Ngày 26 tháng 6 năm 2027|26 tháng 6, 2027|26 thg 6, 2027|ngày 26/6/2027|26 / 6 / 2027""".replace(
        "\n", ""
    ).split("|"),
)
def test_a_date_is_read_in_every_form(text: str) -> None:
    assert read_date(text.strip(), today=TODAY) == (DAY, "")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("26/6", "không ghi năm; hiểu là 26/6/2027"),
        ("ngày 26 tháng 6", "không ghi năm; hiểu là 26/6/2027"),
        ("26/6/27", "năm viết hai chữ số; hiểu là 26/6/2027"),
        (46564, "số 46564 hiểu là ngày 26/6/2027"),
        (46564.35, "số 46564 hiểu là ngày 26/6/2027"),
    ],
)
def test_what_is_guessed_is_said(value: Any, words: str) -> None:
    assert read_date(value, today=TODAY) == (DAY, words)


def test_a_date_without_a_year_is_the_next_one_or_of_the_year_of_the_plan() -> None:
    assert read_date("1/12", today=TODAY)[0] == date(2026, 12, 1)
    assert read_date("1/3", today=TODAY)[0] == date(2027, 3, 1)
    assert read_date("1/12", today=TODAY, year=2027)[0] == date(2027, 12, 1)
    assert read_date("29/2", today=TODAY, year=2028)[0] == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("30/2/2027", '"30/2/2027" không phải ngày có thật; tháng 2/2027 có 28 ngày'),
        ("29/2/2027", "tháng 2/2027 có 28 ngày"),
        ("6/26/2027", "ngày viết trước, tháng viết sau: 26/6/2027"),
        ("Thứ Sáu, 26/6/2027", "ngày 26/6/2027 là thứ Bảy, không phải thứ Sáu; sửa ngày hoặc thứ"),
        ("1-30/6/2027", '"1-30/6/2027" là một khoảng ngày; mỗi hàng là một bài'),
        ("từ 1/6 đến 30/6/2027", "là một khoảng ngày"),
        ("hằng tuần", "bảng chỉ nhận ngày cụ thể"),
        ("15/5 âm lịch", "ngày âm lịch; ghi ngày dương lịch"),
        ("mai", '"mai" không phải ngày có thật; ví dụ đúng: 26/6/2027'),
        ("26/6/1999", "không phải ngày có thật"),
        ("0/6/2027", "không phải ngày có thật"),
        ("26/0/2027", "không phải ngày có thật"),
        (12, '"12" không phải ngày có thật'),
        (True, "không phải ngày có thật"),
        (time(8), "không phải ngày có thật"),
        (datetime(1899, 12, 30), "không phải ngày có thật"),
    ],
)
def test_what_is_no_date_is_told_with_what_would_be_right(value: Any, words: str) -> None:
    with pytest.raises(ValueError) as error:
        read_date(value, today=TODAY)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("8h30", "08:30"), ("8 giờ 30", "08:30"), ("8 giờ 30 phút", "08:30"), ("8h", "08:00"), ("08:30:00", "08:30"),
        ("8.30", "08:30"), ("8g30", "08:30"), ("lúc 8h30", "08:30"), ("8 giờ rưỡi", "08:30"), ("7 giờ tối", "19:00"),
        ("2h30 chiều", "14:30"), ("1h trưa", "13:00"), ("12h trưa", "12:00"), ("8:30 AM", "08:30"), ("8:30 PM", "20:30"),
        ("10 giờ đêm", "22:00"), (0.3541666, "08:30"), (46564.3541666, "08:30"), (time(8, 29, 59), "08:30"),
        (timedelta(hours=8.5), "08:30"), (datetime(1899, 12, 30, 8, 30), "08:30"), (8, "08:00"), (0.999999, "23:59"),
    ],
)  # fmt: skip
def test_a_time_is_read_in_every_form(value: Any, at: str) -> None:
    assert f"{read_time(value)[0]:%H:%M}" == at


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("25h", '"25h" không phải giờ; ví dụ đúng: 8h30'),
        ("8h75", "không phải giờ"),
        ("sáng", "không phải giờ"),
        ("12h đêm", "không phải giờ"),
        ("8h-10h", "là một khoảng giờ; ghi một giờ đăng"),
        ("8-10h", "là một khoảng giờ"),
        (8.3, "không phải giờ"),
        (830, "không phải giờ"),
        (True, "không phải giờ"),
        (timedelta(days=2), "không phải giờ"),
    ],
)
def test_what_is_no_time_is_told_with_what_would_be_right(value: Any, words: str) -> None:
    with pytest.raises(ValueError) as error:
        read_time(value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    "value",
    [
        "8h30 ngày 26/6/2027", "26/6/2027 8h30", "8 giờ 30 phút, ngày 26/6/2027", "Thứ Bảy, 26/6/2027, 8:30",
        "lúc 8h30 ngày 26.6.2027", "2027-06-26 08:30:00", 46564.3541667, datetime(2027, 6, 26, 8, 30),
    ],
)  # fmt: skip
def test_a_date_and_a_time_may_stand_in_one_cell(value: Any) -> None:
    assert read_moment(value, today=TODAY)[:2] == (DAY, time(8, 30))


def test_a_date_alone_has_no_time() -> None:
    assert read_moment("26/6/2027", today=TODAY)[:2] == (DAY, None)
    assert read_moment(datetime(2027, 6, 26), today=TODAY)[:2] == (DAY, None)
