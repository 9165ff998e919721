"""What a campaign stands on: programmes that end, bases in force, targets ahead, a head who answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.authoring.desk import CHANNELS, Desk

HOUSE = Path(__file__).resolve().parents[2]
NAMED = "basis: Kế hoạch 1/KH\nhead: {name: Nguyễn Văn A}\n"
ON = '{on: "2027-06-01 08:00"}'
PROGRAMMES = """\
programmes:
  - {id: ma-tuy-2030, name: Mới, until: 2027-06-10}
  - {id: ma-tuy-2025, name: Cũ, until: 2025, replaced_by: ma-tuy-2030}
  - {id: mai-sau, name: Mai sau, valid_from: 2027-06-02}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace with a register of programmes."""
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    desk.write("campaigns/programmes.yaml", PROGRAMMES)
    return desk


def says(desk: Desk, head: str, *whens: str) -> list[str]:
    """Return what is said of a campaign with these lines at its head (from line 3) and messages at these times."""
    messages = "".join(f"  - {{id: tin-{i}, text: Chào, when: {when}}}\n" for i, when in enumerate(whens or (ON,)))
    return desk.says(f"campaign: c\nchannels: [bang-tin]\n{head}messages:\n{messages}")


@pytest.mark.parametrize("head", ["programme: ma-tuy-2030\n", "programme: [ma-tuy-2030]\n", ""])
def test_a_programme_that_runs_is_no_matter(desk: Desk, head: str) -> None:
    assert says(desk, head, '{on: "2027-06-10 23:59"}') == []


def test_an_unknown_programme_is_named_with_the_near_one(desk: Desk) -> None:
    said = says(desk, "programme: [ma-tuy-2030, ma-tuy-2031]\n")

    assert said == ['c.yaml:3: programme.1: không có chương trình "ma-tuy-2031" trong campaigns/programmes.yaml; ý bạn là "ma-tuy-2030"?']  # fmt: skip


def test_of_a_broken_entry_nothing_is_said_in_the_campaign(desk: Desk) -> None:
    desk.write("campaigns/programmes.yaml", "programmes: [{id: a}]\n")

    [said] = says(desk, "programme: a\n")

    assert said.startswith("programmes.yaml:1: ")


def test_without_the_register_the_missing_file_is_named(desk: Desk) -> None:
    (desk.folder / "campaigns/programmes.yaml").unlink()

    [said] = says(desk, "programme: ma-tuy-2030\n")

    assert said.startswith("lưu ý: c.yaml:3: programme.0: chưa có campaigns/programmes.yaml")


def test_a_message_after_the_end_is_an_error_with_the_day_and_the_remedy(desk: Desk) -> None:
    every = '{every: day, at: "8:00", from: 2027-06-09, until: 2027-06-20}'

    said = says(desk, "programme: ma-tuy-2030\n", ON, '{on: "2027-06-11 00:00"}', every)

    assert said == [
        'c.yaml:6: messages.1.when: lượt ngày 11/06/2027 đến sau khi chương trình "ma-tuy-2030" kết thúc (10/06/2027); '
        "đăng sớm hơn, hoặc ghi chương trình khác vào programme",
        'c.yaml:7: messages.2.when: lượt ngày 11/06/2027 đến sau khi chương trình "ma-tuy-2030" kết thúc (10/06/2027); '
        "thêm until: 2027-06-10, hoặc ghi chương trình khác vào programme",
    ]  # fmt: skip


def test_a_programme_that_is_over_is_said_once_and_not_of_each_message(desk: Desk) -> None:
    said = says(desk, "programme: ma-tuy-2025\n", ON, '{on: "2027-06-02 08:00"}')

    assert said == [
        'c.yaml:3: programme.0: chương trình "ma-tuy-2025" kết thúc ngày 31/12/2025, trước mọi lượt đăng (lượt đầu: '
        "01/06/2027); ghi chương trình khác (kế tiếp: ma-tuy-2030); nếu chương trình được kéo dài, sửa until trong "
        "campaigns/programmes.yaml"
    ]  # fmt: skip


def test_what_was_said_before_the_end_is_past_and_no_matter(desk: Desk) -> None:
    desk.known = lambda campaign, message: True

    assert says(desk, "programme: ma-tuy-2025\n", '{on: "2026-01-02 08:00"}') == []


def test_a_programme_that_has_not_begun_is_a_warning(desk: Desk) -> None:
    assert says(desk, "programme: mai-sau\n", '{on: "2027-06-02 08:00"}') == []

    [said] = says(desk, "programme: mai-sau\n")

    assert said.startswith(
        'lưu ý: c.yaml:3: programme.0: lượt đăng đầu tiên (01/06/2027) trước khi chương trình "mai-sau"'
    )


# --- bases ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def lawful(desk: Desk) -> Desk:
    """The same with the shipped register of laws, of which nothing is reminded."""
    shutil.copy(HOUSE / "campaigns/laws.yaml", desk.folder / "campaigns/laws.yaml")
    desk.write("campaigns/programmes.yaml", "remind: none\n" + PROGRAMMES)
    return desk


@pytest.mark.parametrize(
    "basis",
    [
        "{number: 93/2001/QĐ-TTg, date: 2001-06-13}",
        "Quyết định 793/QĐ-TTg ngày 10/5/2016",
        "{number: 793/QĐ-TTg, date: 2019-01-01}",  # another act of that number: the register does not know it
        "{number: 12/KH-UBND, date: 2027-01-08}",
        "Chỉ thị 36-CT/TW",
        "Luật Phòng, chống ma túy số 120/2025/QH15",
        "{title: Kế hoạch công tác năm 2027}",
    ],
)
def test_a_basis_in_force_or_unknown_to_the_register_is_no_matter(lawful: Desk, basis: str) -> None:
    assert says(lawful, f"basis: {basis}\n") == []


def test_a_basis_that_has_ended_is_an_error_with_its_successor(lawful: Desk) -> None:
    said = says(lawful, "basis:\n  - Kế hoạch 1/KH\n  - number: 73/2021/QH14\n")

    assert said == [
        "c.yaml:5: basis.1: 73/2021/QH14 (Luật Phòng, chống ma túy) hết hiệu lực từ ngày 01/7/2026, không làm căn cứ cho "
        "lượt đăng ngày 01/06/2027 được; thay bằng 120/2025/QH15 (đối chiếu campaigns/laws.yaml)"
    ]  # fmt: skip


LAW = '{id: a, number: "1/2020/NĐ-CP", kind: nghi_dinh, title_vi: A, confidence: high, %s}'


@pytest.mark.parametrize(
    ("law", "said"),
    [
        ('effective_from: "2020-01-01", effective_to: "2027-06-02", end_confidence: high',
         "1/2020/NĐ-CP (A) hết hiệu lực từ ngày 02/6/2027, không làm căn cứ cho lượt đăng ngày 05/06/2027 được"),
        ('effective_from: "2020-01-01", effective_to: "2027-06-02", end_confidence: low', "có thể đã hết hiệu lực từ ngày 02/6/2027"),
        ('effective_from: "2027-06-02"', "đến ngày 02/6/2027 mới có hiệu lực, không làm căn cứ cho lượt đăng ngày 01/06/2027"),
        ('effective_from: "2027-06-01", effective_to: "2027-06-06"', ""),
    ],
)  # fmt: skip
def test_a_basis_is_in_force_from_the_first_post_to_the_last(lawful: Desk, law: str, said: str) -> None:
    lawful.write("campaigns/laws.yaml", f"texts: [{LAW % law}]\n")

    found = says(lawful, "basis: {number: 1/2020/NĐ-CP}\n", ON, '{on: "2027-06-05 08:00"}')

    assert len(found) == bool(said)
    assert not said or (said in found[0] and "c.yaml:3: basis.0: " in found[0])


def test_a_number_that_comes_every_year_needs_its_day(lawful: Desk) -> None:
    [said] = says(lawful, "basis: {number: 793/QĐ-TTg}\n")

    assert 'số "793/QĐ-TTg" năm nào cũng có; thêm ngày ban hành' in said
    assert "date: 2016-05-10" in said


def test_another_day_than_that_of_the_register_is_asked_about_at_its_line(lawful: Desk) -> None:
    said = says(lawful, "basis:\n  number: 93/2001/QĐ-TTg\n  date: 2001-06-31\n")
    other = says(lawful, "basis:\n  number: 93/2001/QĐ-TTg\n  date: 2001-06-30\n")

    assert said == ['c.yaml:5: basis.0.date: "2001-06-31" không phải ngày có thật; ví dụ đúng: 2027-06-26']
    assert other == [
        "lưu ý: c.yaml:5: basis.0.date: campaigns/laws.yaml ghi 93/2001/QĐ-TTg ban hành ngày 13/6/2001, ở đây ghi "
        "30/6/2001; đối chiếu lại"
    ]  # fmt: skip


# --- targets --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("2027-06-30", ""),
        ("2027", ""),
        ("2027-05-31", "đến hạn (31/05/2027) trước lượt đăng đầu tiên của chiến dịch (01/06/2027); sửa by"),
        ("2027-04-30", "hạn 30/04/2027 đã qua; đặt hạn mới, hoặc bỏ chỉ tiêu này"),
    ],
)
def test_a_target_lies_ahead(desk: Desk, by: str, said: str) -> None:
    found = says(desk, f"targets:\n  - {{name: Lượt xem, value: 500000, unit: lượt, by: {by}}}\n")

    assert found == ([f"lưu ý: c.yaml:4: targets.0.by: {said}"] if said else [])


def test_a_target_without_a_number_is_an_error(desk: Desk) -> None:
    [said] = says(desk, "targets:\n  - {name: Lượt xem, value: nhiều, unit: lượt, by: 2027-06-30}\n")

    assert said.startswith('c.yaml:4: targets.0.value: "nhiều" không phải số')


def test_targets_of_what_is_all_said_are_history(desk: Desk) -> None:
    desk.known = lambda campaign, message: True
    target = "targets: [{name: Lượt xem, value: 1, unit: lượt, by: 2027-01-30}]\n"

    assert says(desk, target, '{on: "2027-01-02 08:00"}') == []


# --- who answers ----------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(desk: Desk) -> Desk:
    """An office that keeps a register of days, and so is held to what it says."""
    desk.write("campaigns/days.yaml", "days: []\n")
    return desk


def test_a_guarded_office_is_reminded_of_the_basis_and_of_who_answers(guarded: Desk) -> None:
    said = says(guarded, "")

    assert said == [
        "lưu ý: c.yaml:1: campaign: chưa có tên người chịu trách nhiệm; thêm head: {name: ..., title: ...}",
        "lưu ý: c.yaml:1: campaign: chưa ghi căn cứ của chiến dịch; thêm basis: {number: ..., date: ..., signer: ..., title: ...}",
    ]  # fmt: skip


@pytest.mark.parametrize("file", ["campaigns/days.yaml", "campaigns/programmes.yaml"])
def test_nobody_else_is_reminded(guarded: Desk, file: str) -> None:
    (guarded.folder / file).unlink()

    assert says(guarded, "") == []


def test_who_names_both_is_not_reminded(guarded: Desk) -> None:
    assert says(guarded, NAMED) == []


def test_a_title_alone_names_nobody(guarded: Desk) -> None:
    [said] = says(guarded, "basis: Kế hoạch 1/KH\nhead: {title: Chủ tịch}\n")

    assert said.startswith("lưu ý: c.yaml:4: head: chưa có tên người chịu trách nhiệm")


UNITS = """\
units:
  - {id: tp, name: Thành phố, head: {name: Bà B, title: Chủ tịch}}
  - {id: ha-noi, name: Hà Nội, parent: tp, valid_to: 2027-05-01}
  - {id: ha-noi, name: Hà Nội, parent: tp, valid_from: 2027-05-01 %s}
  - {id: ha-dong, name: Hà Đông, parent: tp, head: {name: Ông C}}
"""


def test_the_head_of_the_unit_of_all_channels_answers(guarded: Desk) -> None:
    guarded.write("campaigns/units.yaml", UNITS % ", head: {name: Ông A}")

    assert says(guarded, "basis: Kế hoạch 1/KH\n") == []


def test_a_unit_without_a_head_is_named_in_the_reminder(guarded: Desk) -> None:
    guarded.write("campaigns/units.yaml", UNITS % "")

    [said] = says(guarded, "basis: Kế hoạch 1/KH\n")

    assert said.endswith("hoặc ghi head của đơn vị ha-noi trong campaigns/units.yaml")
