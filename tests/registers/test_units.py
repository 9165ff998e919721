"""The units: a tree of offices, each for its time, and groups of them; whatever cannot be true has its line."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scheduler.registers.units import Units
from scheduler.registers.units_file import read_units
from tests.authoring.desk import Desk

UNITS = """\
units:
  - {id: ha-noi, name: Thành phố Hà Nội, kind: city}
  - {id: ha-dong, name: Phường Hà Đông, kind: ward, parent: ha-noi}
  - {id: to-1, name: Tổ 1, kind: neighbourhood, parent: ha-dong}
  - {id: quan-ha-dong, name: Quận Hà Đông, kind: district, parent: ha-noi, valid_to: 2025-07-01, successors: ha-dong}
  - {id: dong-anh, name: Xã Đông Anh, kind: commune, parent: ha-noi, valid_from: 2025-07-01}
groups:
  phuong: {kind: ward, below: ha-noi}
  tat-ca: {groups: [phuong, xa], units: [to-1]}
  xa: {kind: [commune, district]}
"""
BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


def register(folder: Path, content: str) -> Units:
    file = folder / "units.yaml"
    file.write_text(content, encoding="utf-8")
    units, problems = read_units(file, Path("units.yaml"))
    assert problems == []
    return units


def said(folder: Path, content: str) -> list[str]:
    file = folder / "units.yaml"
    file.write_text(content, encoding="utf-8")
    return [str(problem) for problem in read_units(file, Path("units.yaml"))[1]]


def test_below_is_the_unit_and_all_under_it(tmp_path: Path) -> None:
    units = register(tmp_path, UNITS)

    assert units.below("ha-dong") == {"ha-dong", "to-1"}
    assert units.below("ha-noi", AFTER) == {"ha-noi", "ha-dong", "to-1", "dong-anh"}
    assert units.below("ha-noi", BEFORE) == {"ha-noi", "ha-dong", "to-1", "quan-ha-dong"}


def test_a_group_is_those_listed_those_of_other_groups_and_those_of_a_rule(tmp_path: Path) -> None:
    units = register(tmp_path, UNITS)

    assert units.members("phuong") == {"ha-dong"}
    assert units.members("tat-ca") == {"ha-dong", "to-1", "quan-ha-dong", "dong-anh"}
    assert units.members("tat-ca", AFTER) == {"ha-dong", "to-1", "dong-anh"}
    assert units.members("khong-co") == frozenset()


def test_a_rule_finds_only_those_below_its_unit(tmp_path: Path) -> None:
    units = register(tmp_path, UNITS + "  cua-ha-dong: {below: ha-dong}\n  ngoai: {kind: commune, below: ha-noi}\n")

    assert units.members("cua-ha-dong") == {"ha-dong", "to-1"}
    assert units.members("ngoai") == {"dong-anh"}


@pytest.mark.parametrize("phone", ["113", "024.1234.5678", "(024) 1234 5678", "+84 24-1234-5678"])
def test_a_phone_may_be_written_as_people_do(tmp_path: Path, phone: str) -> None:
    assert register(tmp_path, f"units: [{{id: a, name: A, duty_phone: {phone}}}]\n").by_id["a"].duty_phone == phone


@pytest.mark.parametrize("phone", ["024.1234.567o", "12", "...", "số 113"])
def test_what_nobody_can_dial_is_no_phone(tmp_path: Path, phone: str) -> None:
    [words] = said(tmp_path, f"units: [{{id: a, name: A, duty_phone: {phone}}}]\n")

    assert f'"{phone}" không phải số điện thoại' in words


def test_units_are_sorted_as_a_vietnamese_list(tmp_path: Path) -> None:
    names = ["Đống Đa", "Yên Sở", "Ba Vì", "Ô Diên", "Ba Đình", "Long Biên", "Ân Thi", "An Khánh"]
    listed = "".join(f"  - {{id: u{i}, name: {name}}}\n" for i, name in enumerate(names))
    units = register(tmp_path, f"units:\n{listed}groups:\n  g: {{units: [{', '.join(f'u{i}' for i in range(8))}]}}\n")

    in_order = ["An Khánh", "Ân Thi", "Ba Đình", "Ba Vì", "Đống Đa", "Long Biên", "Ô Diên", "Yên Sở"]
    assert [unit.name for unit in units.group("g")] == in_order
    assert [unit.name for unit in units.valid_on(AFTER)] == in_order


def test_one_id_may_stand_again_for_another_time(tmp_path: Path) -> None:
    units = register(
        tmp_path,
        "units:\n"
        "  - {id: a, name: Tên mới, valid_from: 2026-01-01}\n"
        "  - {id: a, name: Tên cũ, valid_to: 2026-01-01}\n"
        "groups:\n  g: {units: a}\n",
    )

    before, after = date(2025, 12, 31), date(2026, 1, 1)
    assert [unit.name for day in (before, after) if (unit := units.on("a", day))] == ["Tên cũ", "Tên mới"]
    assert [[unit.name for unit in units.group("g", day)] for day in (before, after)] == [["Tên cũ"], ["Tên mới"]]
    assert units.by_id["a"].name == "Tên mới"


def test_defaults_hold_for_all_who_do_not_say_otherwise(tmp_path: Path) -> None:
    units = register(
        tmp_path,
        "defaults: {source: NQ 1656, valid_from: 2025-07-01}\n"
        "units:\n  - {id: a, name: A}\n  - {id: b, name: B, valid_from: ~, source: khác}\n",
    )

    a, b = units.by_id["a"], units.by_id["b"]
    assert (a.source, a.valid_from) == ("NQ 1656", AFTER)
    assert (b.source, b.valid_from) == ("khác", None)


def test_composed_and_decomposed_letters_are_one_name(tmp_path: Path) -> None:
    composed = register(tmp_path, UNITS)
    decomposed = register(tmp_path, unicodedata.normalize("NFD", UNITS))

    assert composed == decomposed


def test_the_short_name_leaves_the_word_for_the_kind_out(tmp_path: Path) -> None:
    units = register(
        tmp_path,
        "units:\n"
        "  - {id: a, name: Phường Hà Đông, kind: ward}\n"
        "  - {id: b, name: Thị xã Sơn Tây, kind: district}\n"
        "  - {id: c, name: Công an phường Láng, kind: police, short: CA Láng}\n"
        "  - {id: d, name: Phường hội, kind: other}\n",
    )

    assert [units.by_id[id].short_name for id in "abcd"] == ["Hà Đông", "Sơn Tây", "CA Láng", "Phường hội"]


def test_a_register_without_units_yet_is_no_mistake(tmp_path: Path) -> None:
    assert register(tmp_path, "units:\n  # - {id: a, name: A}\ngroups:\n").by_id == {}


BROKEN = {
    "two-entries-of-one-time": (
        "units:\n  - {id: a, name: A}\n  - {id: a, name: B, valid_from: 2026-01-01}\n",
        'units.yaml:3: units.1.id: "a" viết hai lần (đã có ở dòng 2); chỉ viết lại một mã cho khoảng thời gian khác '
        "(valid_from, valid_to)",
    ),
    "one-code-twice": (
        "units:\n  - {id: a, name: A, code: 00004}\n  - {id: b, name: B, code: 00004}\n",
        'units.yaml:3: units.1.code: mã số "00004" đã dùng ở dòng 2',
    ),
    "unknown-parent": (
        "units:\n  - {id: ha-noi, name: A}\n  - {id: b, name: B, parent: ha-nol}\n",
        'units.yaml:3: units.1.parent: không có đơn vị "ha-nol"; ý bạn là "ha-noi"?',
    ),
    "below-itself": (
        "units:\n  - {id: a, name: A, parent: a}\n",
        "units.yaml:2: units.0.parent: đơn vị nằm dưới chính nó: a → a",
    ),
    "earlier-than-its-parent": (
        "units:\n  - {id: a, name: A, valid_from: 2025-07-01}\n"
        "  - {id: b, name: B, parent: a, valid_from: 2025-06-01}\n",
        "units.yaml:3: units.1.valid_from: có từ 1/6/2025, nhưng đơn vị cấp trên (a) từ 1/7/2025 mới có",
    ),
    "outlives-its-parent": (
        "units:\n  - {id: a, name: A, valid_to: 2025-07-01}\n  - {id: b, name: B, parent: a}\n",
        "units.yaml:3: units.1.valid_to: đơn vị cấp trên (a) không còn từ 1/7/2025; thêm valid_to: 2025-07-01 "
        "và viết một mục mới cùng id với parent mới cho thời gian sau đó",
    ),
    "ends-before-it-begins": (
        "units:\n  - {id: a, name: A, valid_from: 2025-07-01, valid_to: 2025-07-01}\n",
        "units.yaml:2: units.0: valid_to phải sau valid_from (valid_to là ngày đầu tiên không còn hiệu lực)",
    ),
    "phone-with-letters": (
        "units:\n  - {id: a, name: A, duty_phone: chưa có}\n",
        'units.yaml:2: units.0.duty_phone: "chưa có" không phải số điện thoại: chỉ chữ số, dấu cách, dấu chấm, '
        "dấu ngoặc (ví dụ: 024.1234.5678); chưa có số thì bỏ khoá này đi",
    ),
    "unknown-successor": (
        "units:\n  - {id: ha-dong, name: A}\n  - {id: b, name: B, valid_to: 2025-07-01, successors: [ha-dog]}\n",
        'units.yaml:3: units.1.successors.0: không có đơn vị "ha-dog"; ý bạn là "ha-dong"?',
    ),
    "successors-of-who-goes-on": (
        "units:\n  - {id: a, name: A}\n  - {id: b, name: B, successors: [a]}\n",
        "units.yaml:3: units.1: successors chỉ đi với valid_to (ngày đầu tiên đơn vị này không còn)",
    ),
    "follows-itself": (
        "units:\n  - {id: a, name: A, valid_to: 2025-07-01, successors: [a]}\n",
        "units.yaml:2: units.0.successors.0: đơn vị không kế tục chính nó",
    ),
    "id-with-marks": (
        "units:\n  - {id: hà-đông, name: A}\n",
        'units.yaml:2: units.0.id: "hà-đông" không dùng làm mã được; chỉ chữ không dấu, số, ".", "_" và "-" '
        "(ví dụ: tin-1)",
    ),
    "empty-name": (
        'units:\n  - {id: a, name: " "}\n',
        "units.yaml:2: units.0.name: tên để trống; viết tên chính thức, đủ dấu",
    ),
    "variable-that-no-template-can-say": (
        "units:\n  - {id: a, name: A, vars: {số tổ: 12}}\n",
        'units.yaml:2: units.0.vars: "số tổ" không làm tên biến được; chỉ chữ không dấu, số và "_" '
        "(ví dụ: so_to_dan_pho)",
    ),
    "group-of-unknown": (
        "units:\n  - {id: ha-dong, name: A}\ngroups:\n  g:\n    units: [ha-dong, ha-dongg]\n",
        'units.yaml:5: groups.g.units.1: không có đơn vị "ha-dongg"; ý bạn là "ha-dong"?',
    ),
    "group-among-units": (
        "units:\n  - {id: a, name: A}\ngroups:\n  g: {units: [a]}\n  h: {units: [g]}\n",
        'units.yaml:5: groups.h.units.0: "g" là một nhóm; viết vào groups: [g]',
    ),
    "group-with-marks": (
        "units:\n  - {id: a, name: A}\ngroups:\n  phường: {units: [a]}\n",
        'units.yaml:4: groups.phường: "phường" không dùng làm mã được; chỉ chữ không dấu, số, ".", "_" và "-" '
        "(ví dụ: tin-1)",
    ),
    "unknown-group": (
        "units:\n  - {id: a, name: A}\ngroups:\n  phuong: {units: [a]}\n  h: {groups: [phuongg]}\n",
        'units.yaml:5: groups.h.groups.0: không có nhóm "phuongg"; ý bạn là "phuong"?',
    ),
    "group-below-unknown": (
        "units:\n  - {id: ha-noi, name: A}\ngroups:\n  g: {below: ha-no}\n",
        'units.yaml:4: groups.g.below: không có đơn vị "ha-no"; ý bạn là "ha-noi"?',
    ),
    "empty-group": (
        "units:\n  - {id: a, name: A}\ngroups:\n  g: {name: Trống}\n",
        "units.yaml:4: groups.g: nhóm trống; thêm units: [...], hoặc kind: ..., below: ...",
    ),
    "group-whose-rule-finds-nobody": (
        "units:\n  - {id: a, name: A, kind: city}\ngroups:\n  g: {kind: ward}\n",
        "units.yaml:4: groups.g: nhóm trống: không đơn vị nào khớp kind và below",
    ),
    "misspelt-key": (
        "units:\n  - {id: a, name: A}\ngroup: {}\n",
        'units.yaml:3: group: không có khoá này; ý bạn là "groups"? (các khoá: defaults, units, groups)',
    ),
}


@pytest.mark.parametrize(("content", "words"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_is_said_once_with_its_line_and_remedy(tmp_path: Path, content: str, words: str) -> None:
    assert said(tmp_path, content) == [words]


def test_a_kind_in_vietnamese_is_led_to_the_right_word(tmp_path: Path) -> None:
    [words] = said(tmp_path, "units:\n  - {id: a, name: A, kind: phường}\n")

    assert words.startswith('units.yaml:2: units.0.kind: "phường" không phải loại đơn vị; ý bạn là "ward"? (city: ')


def test_a_wrong_default_is_said_once_where_it_stands(tmp_path: Path) -> None:
    said_ = said(tmp_path, "defaults:\n  checked_on: 31/2/2026\nunits:\n  - {id: a, name: A}\n  - {id: b, name: B}\n")

    assert said_ == [
        'units.yaml:2: defaults.checked_on: "31/2/2026" không phải ngày có thật; ví dụ đúng: 2027-06-26',
    ]


def test_a_circle_is_shown_to_all_who_stand_in_it_and_to_nobody_else(tmp_path: Path) -> None:
    said_ = said(
        tmp_path,
        "units:\n"
        "  - {id: a, name: A, parent: b}\n"
        "  - {id: b, name: B, parent: a}\n"
        "  - {id: c, name: C, parent: a}\n"
        "groups:\n"
        "  g: {groups: [h]}\n"
        "  h: {groups: [g]}\n",
    )

    assert said_ == [
        "units.yaml:2: units.0.parent: đơn vị nằm dưới chính nó: a → b → a",
        "units.yaml:3: units.1.parent: đơn vị nằm dưới chính nó: b → a → b",
        "units.yaml:6: groups.g.groups: nhóm nằm trong chính nó: g → h → g",
        "units.yaml:7: groups.h.groups: nhóm nằm trong chính nó: h → g → h",
    ]


def test_every_mistake_is_found_at_once_and_none_is_made_up_of_a_broken_entry(tmp_path: Path) -> None:
    said_ = said(
        tmp_path,
        "units:\n"
        "  - {id: ha-noi, nam: A}\n"
        "  - {id: b, name: B, parent: ha-noi}\n"
        "  - {id: c, name: C, parent: x}\n"
        "  - khong-phai-cap\n"
        "groups:\n"
        "  g: {units: [ha-noi]}\n",
    )

    assert [words.split(": ")[0] for words in said_] == ["units.yaml:2", "units.yaml:5", "units.yaml:4"]


def test_a_channel_of_an_unknown_unit_is_found_only_with_a_register(desk: Desk) -> None:
    assert desk.says() == []

    desk.write("campaigns/units.yaml", "units: [{id: ha-nam, name: A}, {id: ha-dong, name: B}]\n")

    assert desk.says() == ['channels.yaml:2: channels.0.unit: không có đơn vị "ha-noi"; ý bạn là "ha-nam"?']


def test_a_channel_of_a_broken_entry_is_not_blamed(desk: Desk) -> None:
    desk.write("campaigns/units.yaml", "units: [{id: ha-noi, name: A, kind: x}, {id: ha-dong, name: B}]\n")

    [words] = desk.says()
    assert words.startswith('units.yaml:1: units.0.kind: "x" không phải loại đơn vị')


def test_a_channel_whose_unit_has_ended_is_warned_of_with_the_successors(desk: Desk) -> None:
    desk.write(
        "campaigns/units.yaml",
        """\
        units:
          - {id: ha-noi, name: Quận cũ, valid_to: 2027-05-01, successors: [ha-dong, lang]}
          - {id: ha-dong, name: Phường Hà Đông}
          - {id: lang, name: Phường Láng}
        """,
    )

    desk.at = datetime(2027, 4, 30, 16, 59, tzinfo=UTC)  # one minute before midnight in Hanoi
    assert desk.says() == []

    desk.at = datetime(2027, 4, 30, 17, tzinfo=UTC)
    assert desk.says() == [
        "lưu ý: channels.yaml:2: channels.0.unit: đơn vị ha-noi (Quận cũ) không còn từ ngày 1/5/2027; "
        "nay là: Phường Hà Đông (ha-dong), Phường Láng (lang); sửa unit, hoặc bỏ kênh này"
    ]
