"""`loa import`: a plan in Excel becomes a campaign that checks clean, whole or not at all."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from scheduler.registers.source import open_source
from tests.cli.conftest import Loa

HEAD = ["Ngày", "Giờ", "Kênh", "Tiêu đề", "Nội dung", "Ghi chú"]
GOOD = ["26/6/2027", "8h30", "bang-tin", "Mở đầu", "Gọi 113.\n\n#HaNoi: nói không", "Nguồn: KH 12"]


def plan(workspace: Path, *rows: list[Any], name: str = "Kế hoạch tháng 6.xlsx") -> str:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "KH"
    for row in rows:
        sheet.append(row)
    workbook.save(workspace / name)
    return name


def written(workspace: Path, name: str = "ke-hoach-thang-6") -> Any:
    return open_source(workspace / "campaigns" / f"{name}.yaml").values


def test_a_plan_becomes_a_campaign_that_checks_clean(workspace: Path, loa: Loa) -> None:
    later = ["27/6/2027", "19:30", "bang-tin; bsky", "Mở đầu", "Hai", None]
    code, said = loa("import", plan(workspace, HEAD, GOOD, later, ["28/6/2027", *GOOD[1:]]))

    assert code == 0
    assert "Đã ghi 3 thông điệp vào" in said
    values = written(workspace)
    assert (values["campaign"], values["channels"]) == ("ke-hoach-thang-6", ["bang-tin"])
    assert [m["id"] for m in values["messages"]] == ["mo-dau", "mo-dau-2027-06-27", "mo-dau-2027-06-28"]
    assert [m.get("channels") for m in values["messages"]] == [None, ["bang-tin", "bsky"], None]
    assert values["messages"][0]["text"] == GOOD[4] + "\n"
    content = (workspace / "campaigns/ke-hoach-thang-6.yaml").read_text("utf-8")
    assert content.startswith("# yaml-language-server: $schema=.schema/campaign.json\n")
    assert "  # KH!A2:F2\n  # Ghi chú: Nguồn: KH 12\n  - id: mo-dau\n" in content
    assert loa("check")[0] == 0


def test_with_a_bad_cell_nothing_is_written_unless_asked(workspace: Path, loa: Loa) -> None:
    file = plan(workspace, HEAD, GOOD, ["30/2/2027", *GOOD[1:]])

    code, said = loa("import", file)
    assert code == 2
    assert 'KH!A3: "30/2/2027" không phải ngày có thật; tháng 2/2027 có 28 ngày' in said
    assert "1 lỗi; chưa ghi gì" in said
    assert f"1 hàng đọc được; chỉ ghi những hàng ấy: loa import {file} --partial" in said
    assert sorted(f.name for f in (workspace / "campaigns").iterdir()) == ["channels.yaml"]

    code, said = loa("import", file, "--partial")
    assert code == 1
    assert "1 hàng không ghi (xem ở trên)" in said
    assert [m["id"] for m in written(workspace)["messages"]] == ["mo-dau"]


def test_the_same_mistake_in_a_column_is_told_once_with_what_was_meant(workspace: Path, loa: Loa) -> None:
    bad = [[f"{day}/6/2027", "8h30", "Bản tin", f"Tin {day}", "x", None] for day in range(1, 10)]

    code, said = loa("import", plan(workspace, HEAD, *bad, ["10/6/2027", "8h30", "bang-tin", "y", "x", None]))

    assert code == 2
    assert said.count("Bản tin") == 1
    assert 'KH!C2: không có kênh "Bản tin" trong channels.yaml; ý bạn là "bang-tin"?' in said
    assert " (cả C3, C4, C5, C6, C7, C8... (+2))" in said
    assert "9 lỗi; chưa ghi gì" in said


def test_what_the_checker_finds_is_told_by_its_cell(workspace: Path, loa: Loa) -> None:
    long = ["26/6/2027", "9h", "bsky", "Dài", "a" * 301, None]
    past = ["1/6/2026", "9h", "bang-tin", "Cũ", "x", None]
    file = plan(workspace, [*HEAD, "Hình ảnh"], [*GOOD, "a.png"], long, past, ["27/6/2027", *GOOD[1:]])

    code, said = loa("import", file)
    assert code == 2
    assert "KH!G2: thiếu alt" in said
    assert "KH!G2: images/a.png: không có tệp ảnh này" in said
    assert "KH!E3: " in said and "300" in said
    assert "KH!A4: 09:00 01/06/2026 đã qua; sửa lại giờ đăng" in said

    code, _ = loa("import", file, "--partial")
    assert code == 1
    assert [m["when"]["on"] for m in written(workspace)["messages"]] == ["2027-06-27 08:30"]
    assert loa("check")[0] == 0


def test_when_no_row_is_good_nothing_is_written(workspace: Path, loa: Loa) -> None:
    code, said = loa("import", plan(workspace, HEAD, ["mai", *GOOD[1:]]), "--partial")
    assert (code, (workspace / "campaigns/ke-hoach-thang-6.yaml").exists()) == (2, False)
    assert "1 lỗi; chưa ghi gì" in said


def test_a_file_that_is_there_is_not_written_over(workspace: Path, loa: Loa) -> None:
    file = plan(workspace, HEAD, GOOD)
    assert loa("import", file, "--campaign", "thang-6")[0] == 0
    before = (workspace / "campaigns/thang-6.yaml").read_text("utf-8")

    code, said = loa("import", plan(workspace, HEAD, [*GOOD[:4], "Mới", None]), "--campaign", "thang-6")
    assert code == 3
    assert "đã có; ghi đè bằng --force, hoặc chọn tên khác" in said
    assert (workspace / "campaigns/thang-6.yaml").read_text("utf-8") == before

    assert loa("import", file, "--campaign", "thang-6", "--force")[0] == 0
    assert written(workspace, "thang-6")["messages"][0]["text"] == "Mới\n"


def test_a_dry_run_shows_the_file_and_writes_nothing(workspace: Path, loa: Loa) -> None:
    code, said = loa("import", plan(workspace, HEAD, GOOD), "--dry-run")
    assert code == 0
    assert "campaign: ke-hoach-thang-6" in said
    assert "Đọc được 1 thông điệp; chưa ghi gì" in said
    assert sorted(f.name for f in (workspace / "campaigns").iterdir()) == ["channels.yaml"]


def test_machines_read_json_alone(workspace: Path, loa: Loa) -> None:
    code, said = loa(
        "import", plan(workspace, HEAD, GOOD, ["26/6", *GOOD[1:]], ["mai", *GOOD[1:]]), "--json", "--partial"
    )
    told = json.loads(said)
    assert (code, told["messages"], told["left_out"]) == (1, 2, 1)
    assert told["file"].endswith("campaigns/ke-hoach-thang-6.yaml")
    wrong = {p["cell"]: p["message"] for p in told["problems"] if not p["warning"]}
    assert wrong == {"KH!A4": '"mai" không phải ngày có thật; ví dụ đúng: 26/6/2027'}
    assert "yaml" in json.loads(loa("import", plan(workspace, HEAD, GOOD), "--json", "--dry-run")[1])


def test_nothing_half_written_is_left_behind(workspace: Path, loa: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: int) -> None:
        raise OSError("full")

    monkeypatch.setattr(os, "fsync", full)
    code, said = loa("import", plan(workspace, HEAD, GOOD))
    assert code == 2
    assert "không ghi được vào đây; xem lại quyền ghi" in said
    assert sorted(f.name for f in (workspace / "campaigns").iterdir()) == ["channels.yaml"]


def test_the_file_may_stand_elsewhere(workspace: Path, loa: Loa) -> None:
    assert loa("import", plan(workspace, HEAD, GOOD), "--out", "campaigns/2027/thang-6.yaml")[0] == 0
    content = (workspace / "campaigns/2027/thang-6.yaml").read_text("utf-8")
    assert content.startswith("# yaml-language-server: $schema=../.schema/campaign.json\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "thiếu tệp bảng kế hoạch; ví dụ: loa import ke-hoach.xlsx"),
        (["khong-co.xlsx"], "không đọc được tệp này; xem lại đường dẫn"),
        (["khong-co.xlsx", "--campaign", "tháng sáu"], '"tháng sáu" không dùng làm mã chiến dịch được'),
    ],
)
def test_what_was_typed_wrong_is_told_with_the_remedy(loa: Loa, words: list[str], said: str) -> None:
    code, told = loa("import", *words)
    assert code == 2
    assert said in told


def test_an_error_elsewhere_does_not_stop_an_import(workspace: Path, loa: Loa) -> None:
    (workspace / "campaigns/a.yaml").write_text("a: [", "utf-8")
    code, said = loa("import", plan(workspace, HEAD, GOOD))
    assert code == 0
    assert "các tệp khác còn 1 lỗi: loa check" in said


def test_the_template_is_filled_in_and_imported(workspace: Path, loa: Loa) -> None:
    assert loa("import", "--template", "mau.xlsx")[0] == 0
    code, said = loa("import", "mau.xlsx")
    assert code == 2
    assert "không có hàng nào để đăng dưới hàng tiêu đề" in said  # its example is never posted

    workbook = openpyxl.load_workbook(workspace / "mau.xlsx")
    sheet = workbook["Kế hoạch"]
    assert sheet.freeze_panes == "A4"
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation}
    assert lists["C4:C1003"] == "'Danh mục'!$A$1:$A$3"
    assert lists["D4:D1003"] == '"thường,ưu tiên,khẩn cấp"'
    assert [cell.value for cell in workbook["Danh mục"]["A"]] == ["tất cả", "bang-tin", "bsky"]
    for column, value in enumerate(
        [datetime(2027, 6, 26), "8h30", "bang-tin", "ưu tiên", "Mở đầu", "Gọi 113"], start=1
    ):
        sheet.cell(5, column, value)
    workbook.save(workspace / "mau.xlsx")

    assert loa("import", "mau.xlsx")[0] == 0
    [message] = written(workspace, "mau")["messages"]
    assert (message["when"], message["class"]) == ({"on": "2027-06-26 08:30"}, "priority")
    code, said = loa("import", "--template", "mau.xlsx")
    assert (code, "mau.xlsx đã có; ghi đè bằng --force" in said) == (3, True)


@pytest.mark.parametrize("keys", ["bang-tin", "tất cả"])
def test_what_is_imported_is_not_red_in_an_editor(workspace: Path, loa: Loa, keys: str) -> None:
    from tests.authoring.test_schema import red

    assert loa("import", plan(workspace, HEAD, [*GOOD[:2], keys, *GOOD[3:]]))[0] == 0
    assert red("campaign", (workspace / "campaigns/ke-hoach-thang-6.yaml").read_text("utf-8")) == []
