"""The register of days: dates of every kind, holidays, themes, quiet hours; every mistake at its line."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from textwrap import dedent

import pytest

from scheduler.registers.days import Days, Hours
from scheduler.registers.days_file import read_days
from tests.authoring.desk import Desk

HOUSE = Path(__file__).resolve().parents[2]

DAYS = """\
days:
  - {id: quoc-te-pcmt, name: A, date: 26/6}
  - id: thang-pcmt
    name: Tháng hành động
    month: 6
    themes: {2025: {city: Chung một quyết tâm}, 2026: {nation: B}}
  - {id: thang-hiv, name: A, from: 10/11, to: 10/12}
  - {id: mua-phao, name: A, from: 1/11, to: 15/1 âm}
  - {id: qua-nam, name: A, from: 20/12, to: 5/1}
  - {id: tuong-niem, name: A, month: 11, week: 3, on_day: cn}
  - {id: thu-sau-cuoi, name: A, month: 5, week: last, on_day: fri}
  - {id: tet, name: A, lunar: mung-1/gieng}
  - {id: cu, name: A, date: 1/6, valid_from: 2027-01-01, valid_to: 2028-01-01}
  - {id: mot-lan, name: A, date: 3/7/2027}
holidays:
  - {id: nghi-tet, name: Nghỉ Tết, from: cuối/chạp âm, to: 4/1 âm}
  - {id: quoc-khanh, name: Quốc khánh, date: 2/9}
quiet_hours: {ordinary: 21h30-6h}
mourning:
  - {from: 2027-05-24, until: 2027-05-25, basis: Thông báo 1}
caps: {per_channel_per_day: 2}
"""


def read(folder: Path, content: str) -> Days:
    file = folder / "days.yaml"
    file.write_text(dedent(content), "utf-8")
    return read_days(file, Path("days.yaml"))


def said(folder: Path, content: str) -> list[str]:
    source = read(folder, content).source
    assert source is not None
    return [str(problem) for problem in source.problems]


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return read(tmp_path, DAYS)


@pytest.mark.parametrize(
    ("id", "year", "first", "last"),
    [
        ("quoc-te-pcmt", 2027, date(2027, 6, 26), date(2027, 6, 26)),
        ("thang-pcmt", 2027, date(2027, 6, 1), date(2027, 6, 30)),
        ("thang-hiv", 2026, date(2026, 11, 10), date(2026, 12, 10)),
        ("mua-phao", 2026, date(2026, 11, 1), date(2027, 2, 20)),
        ("qua-nam", 2026, date(2026, 12, 20), date(2027, 1, 5)),
        ("tuong-niem", 2027, date(2027, 11, 21), date(2027, 11, 21)),
        ("thu-sau-cuoi", 2027, date(2027, 5, 28), date(2027, 5, 28)),
        ("tet", 2030, date(2030, 2, 2), date(2030, 2, 2)),
        ("nghi-tet", 2027, date(2027, 2, 5), date(2027, 2, 9)),
    ],
)
def test_a_named_day_has_its_dates_in_each_year(days: Days, id: str, year: int, first: date, last: date) -> None:
    dates = days.dates(id, year)

    assert (dates[0], dates[-1], len(dates)) == (first, last, (last - first).days + 1)
    assert all(days.within(id, day) for day in dates)


def test_the_register_reads_without_a_problem(days: Days) -> None:
    assert days.source is not None and days.source.problems == []
    assert days.mourning[0].since == date(2027, 5, 24)
    assert days.mourning[0].until == date(2027, 5, 25)
    assert days.per_channel_per_day == 2


def test_an_entry_holds_only_while_it_is_valid(days: Days) -> None:
    assert [len(days.dates("cu", year)) for year in (2026, 2027, 2028)] == [0, 1, 0]
    assert [len(days.dates("mot-lan", year)) for year in (2026, 2027, 2028)] == [0, 1, 0]


def test_a_window_across_the_year_is_known_on_both_sides(days: Days) -> None:
    assert days.within("qua-nam", date(2027, 1, 5)) and days.within("qua-nam", date(2027, 12, 20))
    assert not days.within("qua-nam", date(2027, 1, 6))


def test_holidays_are_known_by_their_names(days: Days) -> None:
    assert days.holiday(date(2027, 2, 7)) == "Nghỉ Tết"
    assert days.holiday(date(2027, 2, 10)) is None
    assert not days.working(date(2027, 9, 2))
    assert not days.working(date(2027, 6, 26))  # a Saturday
    assert days.working(date(2027, 6, 25))


def test_a_theme_is_of_a_year_and_a_level(days: Days) -> None:
    assert days.theme("thang-pcmt", 2025, "city") == "Chung một quyết tâm"
    assert days.theme("thang-pcmt", 2025, "nation") is None
    assert days.theme("thang-pcmt", 2027, "nation") is None
    assert days.theme("khong-co", 2027, "nation") is None


@pytest.mark.parametrize(
    ("kind", "at", "quiet"),
    [
        ("ordinary", time(21, 29, 59), False),
        ("ordinary", time(21, 30), True),
        ("ordinary", time(0), True),
        ("ordinary", time(5, 59, 59), True),
        ("ordinary", time(6), False),
        ("priority", time(22, 59), False),
        ("priority", time(23), True),
        ("priority", time(5), False),
        ("emergency", time(2), False),
    ],
)
def test_each_class_has_its_quiet_hours(days: Days, kind: str, at: time, quiet: bool) -> None:
    assert days.quiet(kind, at) is quiet


@pytest.mark.parametrize(
    ("at", "nearest"),
    [(time(22, 30), time(21, 55)), (time(5), time(6)), (time(2), time(6)), (time(1, 59), time(21, 55))],
)
def test_the_nearest_good_time_is_proposed(at: time, nearest: time) -> None:
    assert Hours(time(22), time(6)).nearest(at) == nearest


def test_without_the_file_nothing_is_known_and_nothing_is_quiet(tmp_path: Path) -> None:
    days = read_days(tmp_path / "days.yaml", Path("days.yaml"))

    assert not days.present and days.mourning == ()
    assert days.dates("tet", 2027) == () and days.holiday(date(2027, 1, 1)) is None
    assert not days.quiet("ordinary", time(3))


def test_quiet_hours_hold_by_default_and_can_be_put_off(tmp_path: Path) -> None:
    assert read(tmp_path, "days: []\n").quiet("ordinary", time(22))
    assert not read(tmp_path, "quiet_hours: {ordinary: none}\n").quiet("ordinary", time(22))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("days: [{id: a, name: A}]", "days.yaml:1: days.0: cần đúng một cách nói ngày: date: 26/6; hoặc month: 6"),
        ("days: [{id: a, name: A, date: 26/6, month: 6}]", "cần đúng một cách nói ngày"),
        ("days: [{id: a, name: A, from: 1/6}]", "cần đúng một cách nói ngày"),
        ("days: [{id: a, name: A, date: 31/6}]", 'days.0.date: "31/6" không phải ngày; ví dụ đúng: 26/6, hoặc 15/1 âm'),
        ("days: [{id: a, name: A, lunar: 31/1}]", 'days.0.lunar: "31/1" không phải ngày âm lịch; ví dụ đúng: 15/1'),
        ("days: [{id: a, name: A, lunar: ram}]", "ngày âm lịch ở đây cần có tháng"),
        ("days: [{id: A b, name: A, date: 26/6}]", '"A b" không dùng làm mã ngày được'),
        ("days: [{id: holidays, name: A, date: 26/6}]", '"holidays" không dùng làm mã ngày được'),
        ("days:\n - {id: a, name: A, date: 1/6}\n - {id: a, name: B, date: 2/6}", 'days.yaml:3: days.1.id: "a" đã dùng ở dòng 2'),
        ("days: [{id: a, name: A, date: 1/6}]\nholidays: [{id: a, name: A, date: 1/6}]", 'days.yaml:2: holidays.0.id: "a" đã dùng ở dòng 1'),
        ("days: [{id: a, name: A, dat: 26/6}]", 'không có khoá này; ý bạn là "date"?'),
        ("days: [{id: a, name: A, date: 1/6, confidence: hi}]", "(chọn: high, medium, low)"),
        ("days: [{id: a, name: A, date: 1/6, themes: {2025: {naton: x}}}]", 'không có khoá này; ý bạn là "nation"?'),
        ("days: [{id: a, name: A, date: 1/6, themes: {nam: {nation: x}}}]", "phải là số nguyên"),
        ("days: [{id: a, name: A, month: 11, week: 6, on_day: cn}]", '"6" không phải tuần thứ mấy; chọn 1, 2, 3, 4, 5 hoặc last'),
        ("days: [{id: a, name: A, month: 11, week: 3, on_day: cnn}]", '"cnn" không phải thứ trong tuần; ý bạn là "cn"?'),
        ("days: {a: b}", "days.yaml:1: days: phải là danh sách; ví dụ: days: [{id: quoc-te-pcmt"),
        ("day: []", 'days.yaml:1: day: không có khoá này; ý bạn là "days"?'),
        ("quiet_hours: {ordinary: 22-6}", 'quiet_hours.ordinary: "22-6" không phải khoảng giờ; ví dụ đúng: 22:00-06:00'),
        ("quiet_hours: {emergency: 22:00-06:00}", "tin khẩn cấp không có giờ yên tĩnh; bỏ dòng này"),
        ("mourning: [{from: 2027-05-24, until: 2027-05-23, basis: x}]", "until ở trước from"),
        ("mourning: [{from: 2027-05-24, until: 2027-05-25}]", "days.yaml:1: mourning.0.basis: thiếu khoá này"),
        ("mourning:\n - {from: 2027-05-24, until: 2027-05-25, basis: x}\n - {from: 2027-05-25, until: 2027-05-26, basis: x}",
         "days.yaml:3: mourning.1.from: trùng với thời gian tang ở dòng 2 (24/05/2027 đến hết 25/05/2027)"),
        ("caps: {per_channel_per_day: 0}", '"0" quá nhỏ; phải lớn hơn 0'),
        ("[a]", "days.yaml:1: phải là danh sách; ví dụ: days: [{id"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_register_is_one_sentence_with_its_line(tmp_path: Path, content: str, words: str) -> None:
    found = said(tmp_path, content)

    assert len(found) == 1, found
    assert words in found[0]


def test_a_wrong_entry_does_not_hide_the_others(tmp_path: Path) -> None:
    days = read(tmp_path, "days:\n  - {id: a, name: A}\n  - {id: b, name: B, date: 1/6}\n  -\n")

    assert list(days.named) == ["b"]
    assert days.unread == {"a"}


def test_a_lunar_day_that_a_year_lacks_is_named_at_check(desk: Desk) -> None:
    desk.write("campaigns/days.yaml", "days:\n  - {id: a, name: A, date: 1/6}\n  - {id: b, name: B, lunar: 30/8}\n")

    [words] = desk.says()

    assert words.startswith("lưu ý: days.yaml:3: days.1: năm âm lịch 2027: tháng Tám chỉ có 29 ngày")
    assert "muốn ngày cuối tháng: cuoi/8" in words


def test_there_is_one_register_in_the_house() -> None:
    shipped = (HOUSE / "campaigns/days.yaml").read_text("utf-8").splitlines()
    starter = (HOUSE / "scheduler/starter/campaigns/days.yaml").read_text("utf-8").splitlines()

    differing = [line for line, other in zip(starter, shipped, strict=True) if line != other]
    assert differing[1:] == ["  ordinary: none", "  priority: none"]  # a new office chooses its quiet hours itself
    assert differing[0].startswith("quiet_hours:")
    assert not any("$" in line for line in starter[1:])  # `loa init` fills in what follows a dollar sign


def test_every_shipped_day_says_who_says_so() -> None:
    days = read_days(HOUSE / "campaigns/days.yaml", Path("days.yaml"))

    assert len(days.named) > 30
    assert all(entry.source and entry.checked_on for entry in days.named.values())
    assert all(days.dates(id, year) for id in days.named for year in range(2026, 2031))


@pytest.mark.parametrize(
    ("id", "day"),
    [
        ("internet-an-toan", date(2027, 2, 9)),
        ("quyen-nguoi-tieu-dung", date(2027, 3, 15)),
        ("quoc-te-pcmt", date(2027, 6, 26)),
        ("pc-mua-ban-nguoi", date(2027, 7, 30)),
        ("an-ninh-mang", date(2027, 8, 6)),
        ("toan-dan-bao-ve-antq", date(2027, 8, 19)),
        ("toan-dan-pccc", date(2027, 10, 4)),
        ("phap-luat-viet-nam", date(2027, 11, 9)),
        ("the-gioi-pc-aids", date(2027, 12, 1)),
        ("ong-cong-ong-tao", date(2027, 1, 30)),
        ("gio-to-hung-vuong", date(2027, 4, 16)),
        ("ram-thang-bay", date(2027, 8, 16)),
        ("trung-thu", date(2027, 9, 15)),
    ],
)
def test_the_shipped_days_are_the_ones_of_the_office(id: str, day: date) -> None:
    assert read_days(HOUSE / "campaigns/days.yaml", Path("days.yaml")).dates(id, 2027) == (day,)
