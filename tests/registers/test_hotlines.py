"""The register of hotlines: every mistake has its line, every number its time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scheduler.registers.hotlines import Hotlines, digits, read_hotlines
from tests.authoring.desk import Desk

HOUSE = Path(__file__).resolve().parents[2]
DAY = date(2027, 6, 1)


def hotlines(desk: Desk, *entries: str) -> list[str]:
    desk.write("campaigns/hotlines.yaml", "hotlines:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return [said.removeprefix("lưu ý: ") for said in desk.says()]


def read(desk: Desk) -> Hotlines:
    return read_hotlines(desk.folder / "campaigns/hotlines.yaml")[0]


OLD = "{id: cong-an, number: '113', label: Công an, valid_to: 2027-05-01, confidence: high}"
NEW = "{id: cong-an, number: '110', label: Công an, valid_from: 2027-05-01, confidence: high}"


def test_a_right_register_says_nothing(desk: Desk) -> None:
    assert hotlines(desk, OLD, NEW) == []


def test_an_id_is_found_as_templates_write_it_and_by_its_day(desk: Desk) -> None:
    hotlines(desk, OLD, NEW)

    found = read(desk)

    assert [found.find("cong_an", day).number for day in (date(2027, 4, 30), DAY)] == ["113", "110"]  # type: ignore[union-attr]
    assert found.find("cong-am", DAY) is None


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{id: a, number: 1800 ABC, label: A}", 'hotlines.yaml:3: hotlines.1.number: "1800 ABC" có chữ'),
        ("{id: a b, number: '111', label: A}", 'hotlines.yaml:3: hotlines.1.id: "a b" không dùng làm mã được'),
        ("{id: a, label: A}", "hotlines.yaml:3: hotlines.1: thiếu number"),
        ("{id: a, number: '111'}", "hotlines.yaml:3: hotlines.1.label: thiếu khoá này"),
        ("{id: a, nunber: '111', label: A}", 'hotlines.1.nunber: không có khoá này; ý bạn là "number"?'),
        ("{id: a, number: '1', label: A, confidence: sure}", 'hotlines.1.confidence: "sure" không đúng'),
        ("{id: a, number: '1', label: A, replaced_by: cong-am}", 'không có mã "cong-am" trong tệp này; ý bạn là "cong-an"?'),
        ("{id: cong_an, number: '1', label: A}", "hotlines.yaml:3: hotlines.1.id: \"cong_an\" trùng thời gian hiệu lực với mục ở dòng 2"),
        (OLD, 'hotlines.yaml:3: hotlines.1.id: "cong-an" đã dùng ở dòng 2'),
        ("{id: a, number: '1', label: A, valid_from: 2027-02-01, valid_to: 2027-01-01}", "valid_to phải sau valid_from"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_line(desk: Desk, entry: str, said: str) -> None:
    words = hotlines(desk, OLD.replace("2027-05-01", "2027-06-01"), entry.replace("2027-05-01", "2027-06-01"))

    assert any(said in line for line in words), words


def test_a_wrong_entry_does_not_hide_the_others(desk: Desk) -> None:
    hotlines(desk, "{id: a}", NEW)

    assert [entry.id for entry in read(desk).entries] == ["cong-an"]


def test_a_number_out_of_date_without_successor_is_a_warning(desk: Desk) -> None:
    [said] = hotlines(desk, OLD)

    assert said.startswith('hotlines.yaml:2: hotlines.0: "cong-an" (113) đã hết hiệu lực từ 01/05/2027')
    assert "replaced_by" in said


def test_a_number_that_nobody_called_for_a_year_is_a_warning(desk: Desk) -> None:
    [said] = hotlines(desk, "{id: a, number: '111', label: A, checked_on: 2026-04-01}")

    assert "kiểm tra lần cuối ngày 01/04/2026" in said


@pytest.mark.parametrize("content", ["hotlines: 5\n", "- a\n", "hotline: []\n", "hotlines: [\n"])
def test_a_register_of_another_shape_is_said_so(desk: Desk, content: str) -> None:
    desk.write("campaigns/hotlines.yaml", content)

    assert len(desk.says()) >= 1
    assert read(desk).there


def test_a_missing_register_is_empty(desk: Desk) -> None:
    assert desk.says() == []
    assert not read(desk).there


@pytest.mark.parametrize(
    ("number", "plain"),
    [("0769.04.04.04", "0769040404"), ("1800 6838", "18006838"), ("+84 769 040 404", "0769040404")],
)
def test_a_number_is_compared_by_its_digits(number: str, plain: str) -> None:
    assert digits(number) == plain


def test_what_init_gives_is_what_we_ship() -> None:
    given = HOUSE / "scheduler" / "starter" / "campaigns" / "hotlines.yaml"

    assert given.read_bytes() == (HOUSE / "campaigns" / "hotlines.yaml").read_bytes()
