"""The register of programmes: every mistake has its line, a programme has one end, targets are numbers with a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from scheduler.registers.programmes import Programmes, read_programmes
from tests.authoring.desk import Desk

UNITS = "units: [{id: ha-noi, name: Hà Nội}, {id: ha-dong, name: Hà Đông}]\n"


def programmes(desk: Desk, *entries: str, more: str = "") -> list[str]:
    listed = "".join(f"  - {entry}\n" for entry in entries)
    desk.write("campaigns/programmes.yaml", f"programmes:\n{listed}{more}")
    return desk.says()


def read(desk: Desk) -> Programmes:
    return read_programmes(desk.folder / "campaigns/programmes.yaml")


OLD = "{id: ma-tuy-2025, name: Cũ, until: 2025, replaced_by: ma-tuy-2030}"
NEW = """{id: ma-tuy-2030, name: Mới, until: 31/12/2030, lead: ha-noi,
     basis: {number: 86/KH-UBND, date: 2025-04-02, signer: Nguyễn Văn A, title: "Về phòng, chống ma túy"},
     targets: [{name: Xã không ma túy, value: "62,5", unit: "%", by: 2030}, {name: Lượt xem, value: 1.200.000, unit: lượt, by: 2029-06-30}]}
"""


def test_a_right_register_says_nothing_and_is_read(desk: Desk) -> None:
    desk.write("campaigns/units.yaml", UNITS)

    assert programmes(desk, OLD, NEW) == []
    found = read(desk)
    assert [(p.id, p.last_day) for p in found.by_id.values()] == [
        ("ma-tuy-2025", date(2025, 12, 31)), ("ma-tuy-2030", date(2030, 12, 31)),
    ]  # fmt: skip
    targets = found.by_id["ma-tuy-2030"].targets
    assert [(t.value, t.amount, t.by) for t in targets] == [
        (Decimal("62.5"), "62,5%", date(2030, 12, 31)), (Decimal(1200000), "1.200.000 lượt", date(2029, 6, 30)),
    ]  # fmt: skip


def test_the_first_day_after_it_ends_a_programme_too(desk: Desk) -> None:
    programmes(desk, "{id: a, name: A, valid_to: 2031-01-01}", "{id: b, name: B}")

    a, b = read(desk).by_id.values()
    assert (a.last_day, a.ended(date(2030, 12, 31)), a.ended(date(2031, 1, 1))) == (date(2030, 12, 31), False, True)
    assert (b.last_day, b.ended(date(2199, 1, 1))) == (None, False)


TARGET = "{{id: a, name: A, targets: [{{name: X, value: {}, unit: bài, by: 2030}}]}}"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{id: a, nmae: A}", 'programmes.yaml:3: programmes.1.nmae: không có khoá này; ý bạn là "name"?'),
        ("{id: a b, name: A}", 'programmes.yaml:3: programmes.1.id: "a b" không dùng làm mã được'),
        ("{id: ma-tuy-2025, name: A}", 'programmes.yaml:3: programmes.1.id: "ma-tuy-2025" đã dùng ở dòng 2'),
        ("{id: a, name: A, until: 31/6/2030}", 'programmes.1.until: "31/6/2030" không phải ngày có thật'),
        ("{id: a, name: A, until: 2030, valid_to: 2030-12-31}", "programmes.1: until (2030-12-31) và valid_to"),
        ("{id: a, name: A, until: 2030, valid_from: 2031-01-01}", "until (2030-12-31) trước valid_from (2031-01-01)"),
        ("{id: a, name: A, replaced_by: ma-tuy-2031}", "programmes.1.replaced_by: không có mã \"ma-tuy-2031\" trong tệp này; ý bạn là"),
        ("{id: a, name: A, replaced_by: a}", "chương trình không kế tiếp chính nó"),
        ("{id: a, name: A, basis: {number: kế hoạch năm}}", '"kế hoạch năm" không phải số hiệu; ví dụ đúng: 86/KH-UBND'),
        ("{id: a, name: A, basis: {number: 8/KH, signer: Chưa rõ}}", '"Chưa rõ": chưa có thì bỏ khoá này đi'),
        ("{id: a, name: A, basis: {date: 2026-01-08}}", "programmes.1.basis.0: thiếu số hiệu hoặc tên văn bản"),
        ("{id: a, name: A, targets: [{name: X, unit: bài, by: 2030}]}", "programmes.1.targets.0.value: thiếu khoá này"),
        ("{id: a, name: A, targets: [{name: X, value: 1, unit: bài}]}", "programmes.1.targets.0.by: thiếu khoá này"),
        (TARGET.format("ít nhất 2"), '"ít nhất 2" không phải số; value chỉ là số, đơn vị tính viết ở unit'),
        (TARGET.format("100%"), '"100%" không phải số'),
        (TARGET.format("-5"), '"-5" không phải số'),
        (TARGET.format("9" * 16), "số quá lớn; nhỏ hơn 1000000000000000"),
        (TARGET.format("0"), '"0" phải lớn hơn 0'),
        (TARGET.format("1.200"), '"1.200" có thể hiểu hai cách; viết liền: 1200'),
    ],
)  # fmt: skip
def test_every_mistake_has_its_line(desk: Desk, entry: str, said: str) -> None:
    words = programmes(desk, OLD.replace(", replaced_by: ma-tuy-2030", ""), entry)

    assert len(words) == 1
    assert said in words[0], words
    assert words[0].startswith("programmes.yaml:3: ")


def test_a_wrong_entry_does_not_hide_the_others(desk: Desk) -> None:
    said = programmes(desk, "{id: a}", "{id: b, name: B, replaced_by: a}")

    assert len(said) == 1
    found = read(desk)
    assert (list(found.by_id), found.may_hold("a"), found.may_hold("c")) == (["b"], True, False)


@pytest.mark.parametrize(("listed", "said"), [("programmes: 5\n", "cần danh sách programmes"), ("- a\n", "cần danh sách"), ("programs: []\n", 'ý bạn là "programmes"'), ("programmes: [\n", "YAML sai")])  # fmt: skip
def test_a_register_of_another_shape_is_said_so(desk: Desk, listed: str, said: str) -> None:
    desk.write("campaigns/programmes.yaml", listed)

    [words] = desk.says()
    assert said in words
    assert read(desk).there


def test_a_missing_register_is_empty(desk: Desk) -> None:
    assert desk.says() == []
    assert not read(desk).there


@pytest.mark.parametrize(
    ("more", "listed", "remind"),
    [
        ("", OLD, ("basis", "head")),
        ("", "", ()),  # nobody is declared yet: the file of a new workspace
        ("remind: none\n", OLD, ()),
        ("remind: head\n", OLD, ("head",)),
        ("remind: [basis]\n", "", ("basis",)),
    ],
)
def test_reminders_are_for_who_declares_programmes_or_asks_for_them(
    desk: Desk, more: str, listed: str, remind: tuple[str, ...]
) -> None:
    programmes(desk, *([listed] if listed else []), more=more)

    assert read(desk).remind == remind


def test_a_wrong_reminder_is_said_at_its_line(desk: Desk) -> None:
    said = programmes(desk, "{id: a, name: A}", more="remind: [bassis]\n")

    assert said == ['programmes.yaml:3: remind.0: "bassis" không đúng; ý bạn là "basis"? (chọn: basis, head)']


def test_an_unknown_lead_unit_is_named_with_the_near_one(desk: Desk) -> None:
    desk.write("campaigns/units.yaml", UNITS)

    said = programmes(desk, "{id: a, name: A, lead: ha-nio}")

    assert said == [
        'programmes.yaml:2: programmes.0.lead: không có đơn vị "ha-nio" trong units.yaml; ý bạn là "ha-noi"?'
    ]


def test_a_lead_that_may_be_a_broken_unit_is_said_there(desk: Desk) -> None:
    desk.write("campaigns/units.yaml", UNITS.replace("]", ", {id: so-y-te}]"))

    [said] = programmes(desk, "{id: a, name: A, lead: so-y-te}")

    assert said.startswith("units.yaml:1: units.2.name: ")


def test_without_units_a_lead_is_not_looked_for(desk: Desk) -> None:
    assert programmes(desk, "{id: a, name: A, lead: ha-nio}") == []


def test_a_target_past_is_a_warning_while_the_programme_runs(desk: Desk) -> None:
    target = "targets: [{name: X, value: 1, unit: bài, by: 2027-04-30}]"

    said = programmes(desk, f"{{id: a, name: A, {target}}}", f"{{id: b, name: B, until: 2027-04-30, {target}}}")

    assert said == ["lưu ý: programmes.yaml:2: programmes.0.targets.0.by: hạn 30/04/2027 đã qua; đặt hạn mới, hoặc bỏ chỉ tiêu này"]  # fmt: skip
