"""A plan in a spreadsheet: what is read, and for every kind of bad cell or file the sentence that mends it."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.drawing.image import Image
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image as Pillow

from scheduler.authoring.plan_table import Plan, read_plan
from scheduler.errors import CampaignError
from tests.authoring.desk import Desk

TODAY = date(2026, 11, 24)
HEAD = ["Ngày", "Giờ", "Kênh", "Nội dung"]
GOOD = ["26/6/2027", "8h30", "bang-tin", "Gọi 113"]
UNITS = """\
units:
  - {id: ha-noi, name: Thành phố Hà Nội}
  - {id: ha-dong, name: Phường Hà Đông, parent: ha-noi}
"""

Change = Callable[[Worksheet], None]


@dataclass
class Table:
    """Writes a workbook with one sheet and reads it as a plan."""

    desk: Desk

    def file(self, *rows: list[Any], change: Change = lambda sheet: None, name: str = "ke-hoach.xlsx") -> Path:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        assert isinstance(sheet, Worksheet)
        sheet.title = "Kế hoạch"
        for row in rows:
            sheet.append(row)
        change(sheet)
        workbook.save(self.desk.folder / name)
        return self.desk.folder / name

    def read(self, *rows: list[Any], change: Change = lambda sheet: None, sheet: str | None = None) -> Plan:
        return self.plan(self.file(*rows, change=change), sheet)

    def plan(self, file: Path, sheet: str | None = None) -> Plan:
        return read_plan(file, self.desk.book(), today=TODAY, sheet=sheet)

    def refused(self, file: Path, sheet: str | None = None) -> str:
        with pytest.raises(CampaignError) as error:
            self.plan(file, sheet)
        return str(error.value)


@pytest.fixture
def table(desk: Desk) -> Table:
    desk.write("campaigns/units.yaml", UNITS)
    return Table(desk)


def said(plan: Plan, *, warnings: bool = False) -> list[str]:
    """Return the sentences, each with the cell it is about."""
    return [f"{p.field}: {p.message}" for p in plan.problems if p.warning == warnings]


def only(plan: Plan) -> dict[str, Any]:
    assert said(plan) == []
    [draft] = plan.drafts
    return {**draft.message, "channels": draft.channels, "id": draft.id}


# --- what is read -------------------------------------------------------------------------------------------------


def test_a_row_is_a_message(table: Table) -> None:
    plan = table.read(HEAD, GOOD)
    message = only(plan)
    assert (message["when"], message["text"]) == ({"on": "2027-06-26 08:30"}, "Gọi 113")
    assert (message["channels"], message["id"]) == (["bang-tin"], "goi-113")
    assert plan.drafts[0].cells["text"] == "Kế hoạch!D2"
    assert plan.drafts[0].where == "Kế hoạch!A2:D2"


@pytest.mark.parametrize(
    "head",
    [
        ["NGÀY ĐĂNG", "Giờ đăng", "Nơi đăng", "Nội dung bài đăng (tối đa 300 ký tự)"],
        ["ngày", "giờ", "kênh/nơi đăng", "thông điệp"],
        ["Ngay", "Gio", "Kenh", "Noi dung"],
        [unicodedata.normalize("NFD", word) for word in HEAD],
        ["Ngµy", "Giê", "Kªnh", "Néi dung"],
        ["Ngaøy", "Giôø", "Keânh", "Noäi dung"],
    ],
    ids=["capitals", "synonyms", "no marks", "NFD", "TCVN3", "VNI"],
)
def test_columns_are_found_by_their_meaning(table: Table, head: list[str]) -> None:
    assert only(table.read(head, GOOD))["text"] == "Gọi 113"


def test_columns_may_stand_in_any_order_below_a_title(table: Table) -> None:
    plan = table.read(
        ["UBND PHƯỜNG HÀ ĐÔNG"], ["KẾ HOẠCH TUYÊN TRUYỀN THÁNG 6 NĂM 2027"], [], ["STT", "Nội dung", "Giờ", "Tiêu đề", "Ngày", "Kênh"],
        [1, "Gọi 113", "8h30", "Mở đầu", "26/6", "bang-tin"],
    )  # fmt: skip
    message = only(plan)
    assert plan.title == "KẾ HOẠCH TUYÊN TRUYỀN THÁNG 6 NĂM 2027"
    assert (message["title"], message["when"], message["id"]) == ("Mở đầu", {"on": "2027-06-26 08:30"}, "mo-dau")


def test_two_rows_of_headings_are_one(table: Table) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:B1")
        sheet.merge_cells("C1:C2")
        sheet.merge_cells("D1:D2")

    message = only(table.read(["Thời gian", None, "Kênh", "Nội dung"], ["Ngày", "Giờ"], GOOD, change=merge))
    assert message["when"] == {"on": "2027-06-26 08:30"}


def test_excels_own_dates_times_and_numbers_are_read(table: Table) -> None:
    for day in (date(2027, 6, 26), datetime(2027, 6, 26), 46564):
        for at in (time(8, 30), 0.354166666667, timedelta(hours=8.5), datetime(1899, 12, 30, 8, 30)):
            assert only(table.read(HEAD, [day, at, "bang-tin", 113]))["when"] == {"on": "2027-06-26 08:30"}
    message = only(table.read(HEAD, [date(2027, 6, 26), time(8, 30), "bang-tin", 113.0]))
    assert (message["text"], message["id"]) == ("113", "113")


def test_a_number_is_read_as_it_is_shown(table: Table) -> None:
    def shown(sheet: Worksheet) -> None:
        sheet["D2"].number_format = "0000000000"

    assert only(table.read(HEAD, [*GOOD[:3], 769040404], change=shown))["text"] == "0769040404"


def test_a_date_and_time_may_stand_in_one_cell(table: Table) -> None:
    for value in ("8h30 ngày 26/6/2027", datetime(2027, 6, 26, 8, 30)):
        assert only(table.read(["Thời gian", "Kênh", "Nội dung"], [value, "bang-tin", "x"]))["when"] == {"on": "2027-06-26 08:30"}  # fmt: skip


def test_merged_cells_repeat_their_value_down_and_over(table: Table) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("C2:C3")

    plan = table.read(HEAD, GOOD, [None, "9h", None, "Hai"], change=merge)
    assert said(plan) == []
    assert [d.message["when"]["on"] for d in plan.drafts] == ["2027-06-26 08:30", "2027-06-26 09:00"]
    assert plan.drafts[1].channels == ["bang-tin"]


def test_headings_of_groups_empty_rows_repeated_headings_and_signatures_are_passed_over(table: Table) -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:D2")

    plan = table.read(HEAD, ["TUẦN 1"], GOOD, [], HEAD, ["27/6/2027", "9h", "bang-tin", "Hai"], [], [None, None, None, "KT. CHỦ TỊCH"], change=merge)  # fmt: skip
    assert said(plan) == []
    assert [draft.row for draft in plan.drafts] == [3, 6]
    assert said(plan, warnings=True) == ["Kế hoạch!A2: không có ngày và nội dung: bỏ qua hàng này (cả D8)"]


def test_text_comes_as_it_can_be_posted(table: Table) -> None:
    raw = unicodedata.normalize("NFD", "=Gọi 113\r\n\x0bHai\u00a0dòng \u200b\n#HaNoi _x000D_")

    def as_text(sheet: Worksheet) -> None:
        sheet["D2"].data_type = "s"

    assert only(table.read(HEAD, [*GOOD[:3], raw.replace("\x0b", "")], change=as_text))["text"] == "=Gọi 113\nHai dòng\n#HaNoi"  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("bang-tin, masto", ["bang-tin", "masto"]),
        ("Mastodon + Telegram", ["masto", "tele"]),
        ("masto\nbang-tin", ["bang-tin", "masto"]),
        ("city", ["bang-tin"]),
        ("Bảng tin và Telegram", ["bang-tin", "tele"]),
        ("Tất cả các kênh", ["bang-tin", "masto", "bsky", "tele"]),
        ("@a@b.example", ["masto"]),
    ],
)
def test_channels_are_found_by_what_people_call_them(table: Table, cell: str, ids: list[str]) -> None:
    assert only(table.read(HEAD, [*GOOD[:2], cell, "x"]))["channels"] == ids


def test_a_column_for_each_channel_with_crosses_is_understood(table: Table) -> None:
    head = ["Ngày", "Giờ", "Nội dung", "Mastodon", "Bluesky", "Telegram"]
    assert only(table.read(head, ["26/6/2027", "8h", "x", "x", None, "✓"]))["channels"] == ["masto", "tele"]
    [problem] = said(table.read(head, ["26/6/2027", "8h", "x", None, "-", "không"]))
    assert "thiếu kênh; ghi một trong: bang-tin, masto, bsky, tele" in problem


def test_a_unit_stands_for_its_channels(table: Table) -> None:
    head = [*HEAD, "Đơn vị"]
    assert only(table.read(head, [*GOOD[:2], None, "x", "Phường Hà Đông"]))["channels"] == [{"unit": "ha-dong"}]
    below = only(table.read(head, [*GOOD[:2], None, "x", "Thành phố Hà Nội và các đơn vị trực thuộc"]))
    assert below["channels"] == [{"unit": "ha-noi", "below": True}]
    assert only(table.read(head, [*GOOD[:2], "tất cả", "x", "ha-dong"]))["channels"] == ["masto"]


def test_class_pictures_links_and_notes(table: Table) -> None:
    table.desk.picture("images/a.png")
    head = [*HEAD, "Loại tin", "Hình ảnh", "Mô tả ảnh", "Liên kết", "Ghi chú", "Người phụ trách"]
    plan = table.read(head, [*GOOD, "Khẩn cấp", "a.png", "Áp phích", "https://example.org/a", "Nguồn:\nKH 12", "Lan"])
    message = only(plan)
    assert (message["class"], message["text"]) == ("emergency", "Gọi 113\nhttps://example.org/a")
    assert message["images"] == [{"file": "images/a.png", "alt": "Áp phích"}]
    assert plan.drafts[0].remarks == ["Ghi chú: Nguồn: KH 12", "Người phụ trách: Lan"]


def test_ids_do_not_depend_on_the_order_of_rows(table: Table) -> None:
    rows = [[*GOOD, "Một"], ["27/6/2027", *GOOD[1:], "Một"], ["27/6/2027", "9h", *GOOD[2:], "Một"], [*GOOD, "Hai"]]
    for ordered in (rows, rows[::-1]):
        drafts = table.read([*HEAD, "Tiêu đề"], *ordered).drafts
        assert {d.message["when"]["on"] + d.message["title"]: d.id for d in drafts} == {
            "2027-06-26 08:30Một": "mot",
            "2027-06-27 08:30Một": "mot-2027-06-27",
            "2027-06-27 09:00Một": "mot-2027-06-27-2",
            "2027-06-26 08:30Hai": "hai",
        }


def test_old_letters_are_decoded_with_a_remark(table: Table) -> None:
    def font(sheet: Worksheet) -> None:
        sheet["D2"].font = Font(name=".VnTimeH")

    plan = table.read(HEAD, [*GOOD[:3], "céng hoµ"], change=font)
    assert only(plan)["text"] == "CỘNG HOÀ"
    assert said(plan, warnings=True) == ["Kế hoạch!D2: chữ kiểu cũ TCVN3, đã đổi sang Unicode; hãy đọc lại"]


def test_a_formula_gives_the_result_that_excel_saved(table: Table) -> None:
    file = with_results(table.file(HEAD, ["=DATE(2027,6,26)", *GOOD[1:]]), {"A2": "46564"})
    plan = table.plan(file)
    assert only(plan)["when"] == {"on": "2027-06-26 08:30"}
    assert "Kế hoạch!A2: công thức: dùng kết quả Excel đã lưu" in said(plan, warnings=True)


def test_macros_are_never_run_and_that_is_said(table: Table) -> None:
    file = table.file(HEAD, GOOD).rename(table.desk.folder / "ke-hoach.xlsm")
    plan = table.plan(file)
    assert len(plan.drafts) == 1
    assert said(plan, warnings=True) == ["Kế hoạch: tệp có macro: không chạy macro nào, chỉ đọc các ô"]


def test_hidden_rows_and_sheets_are_not_read_and_that_is_said(table: Table) -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[3].hidden = True
        other = sheet.parent.create_sheet("Cũ")
        for row in (HEAD, GOOD):
            other.append(row)
        other.sheet_state = "hidden"

    plan = table.read(HEAD, GOOD, GOOD, change=hide)
    assert [draft.row for draft in plan.drafts] == [2]
    assert said(plan, warnings=True) == ["Kế hoạch: hàng 3 đang ẩn: không đọc; bỏ ẩn nếu muốn đăng"]


def test_what_people_see_but_we_do_not_post_is_said(table: Table) -> None:
    def add(sheet: Worksheet) -> None:
        sheet["D2"].hyperlink = "https://example.org/b"
        sheet["C2"].font = Font(strike=True)
        Pillow.new("RGB", (8, 8)).save(picture := io.BytesIO(), "PNG")
        sheet.add_image(Image(picture), "F2")

    words = " ".join(said(table.read([*HEAD, "Kinh phí"], [*GOOD, "5 triệu"], change=add), warnings=True))
    assert "ảnh dán trong bảng không đọc được; lưu ảnh vào thư mục images" in words
    assert 'Kế hoạch!E1: không dùng các cột: E "Kinh phí"' in words
    assert "Kế hoạch!D2: ô có liên kết ẩn https://example.org/b, không đăng kèm" in words
    assert "Kế hoạch!C2: chữ bị gạch ngang nhưng vẫn được đọc" in words


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("letters", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_a_csv_is_read_the_same_way(table: Table, separator: str, letters: str) -> None:
    text = "\r\n".join(separator.join(row) for row in (HEAD, [*GOOD[:3], '"Gọi 113;\n""ngay"", bà con"']))
    decomposed = unicodedata.normalize("NFD", text) if letters == "cp1258" else text
    content = "".join(nfd_for_1258(c) for c in text) if letters == "cp1258" else decomposed
    file = table.desk.write("ke-hoach.csv", content.encode(letters))
    plan = table.plan(file)
    assert only(plan)["text"] == 'Gọi 113;\n"ngay", bà con'
    assert plan.drafts[0].cells["text"] == "ke-hoach!D2"


def test_a_csv_in_old_letters_is_read(table: Table) -> None:
    file = table.desk.write("ke-hoach.csv", "Ngµy;Giê;Kªnh;Néi dung\n26/6/2027;8h30;bang-tin;Gäi 113 ngay ®ã\n".encode("latin-1"))  # fmt: skip
    assert only(table.plan(file))["text"] == "Gọi 113 ngay đó"


# --- what is wrong in a cell --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["30/2/2027", *GOOD[1:]], 'Kế hoạch!A2: "30/2/2027" không phải ngày có thật; tháng 2/2027 có 28 ngày'),
        (["6/26/2027", *GOOD[1:]], "Kế hoạch!A2: \"6/26/2027\" không phải ngày có thật; ngày viết trước, tháng viết sau"),
        (["Thứ Sáu 26/6/2027", *GOOD[1:]], "Kế hoạch!A2: ngày 26/6/2027 là thứ Bảy, không phải thứ Sáu"),
        (["1-5/6/2027", *GOOD[1:]], 'Kế hoạch!A2: "1-5/6/2027" là một khoảng ngày'),
        (["hằng tuần", *GOOD[1:]], 'Kế hoạch!A2: "hằng tuần": bảng chỉ nhận ngày cụ thể'),
        ([None, *GOOD[1:]], "Kế hoạch!A2: thiếu ngày đăng; ví dụ: 26/6/2027"),
        ([GOOD[0], None, *GOOD[2:]], "Kế hoạch!B2: thiếu giờ đăng; ví dụ: 8h30"),
        ([GOOD[0], "25h", *GOOD[2:]], 'Kế hoạch!B2: "25h" không phải giờ; ví dụ đúng: 8h30'),
        ([GOOD[0], "8h-10h", *GOOD[2:]], 'Kế hoạch!B2: "8h-10h" là một khoảng giờ'),
        ([GOOD[0], "sáng", *GOOD[2:]], 'Kế hoạch!B2: "sáng" không phải giờ'),
        ([*GOOD[:2], "bang-tim", "x"], 'Kế hoạch!C2: không có kênh "bang-tim" trong channels.yaml; ý bạn là "bang-tin"?'),
        ([*GOOD[:2], None, "x"], "Kế hoạch!C2: thiếu kênh; ghi một trong: bang-tin, masto, bsky, tele"),
        ([*GOOD[:3], None], "Kế hoạch!D2: thiếu nội dung"),
        ([*GOOD[:3], "#N/A"], "Kế hoạch!D2: ô báo lỗi #N/A; sửa công thức"),
        ([*GOOD[:3], "=1+1"], "Kế hoạch!D2: công thức chưa có kết quả; mở bằng Excel, lưu lại"),
        ([*GOOD, "gấp"], 'Kế hoạch!E2: "gấp" không phải loại tin; chọn: thường, ưu tiên, khẩn cấp'),
        ([*GOOD, None, "https://x.vn/a.png"], "Kế hoạch!F2: ảnh phải là tệp trong thư mục images, không phải địa chỉ web"),
        ([*GOOD, None, "a.png\nb.png", "một"], "Kế hoạch!G2: 2 ảnh nhưng 1 lời mô tả; mỗi ảnh một dòng"),
        ([*GOOD, None, None, None, "Phường Hà Đong 2"], 'Kế hoạch!H2: không có đơn vị "Phường Hà Đong 2" trong units.yaml; ý bạn là "Phường Hà Đông"?'),
        ([*GOOD, None, None, None, "ha-dong"], "Kế hoạch!H2: không kênh nào trong số bang-tin thuộc đơn vị này"),
        ([*GOOD, None, None, None, None, "example"], 'Kế hoạch!I2: "example" không phải địa chỉ; ví dụ: https://example.org'),
        ([*GOOD, None, None, None, None, None, "Sáu"], "Kế hoạch!J2: ngày 26/6/2027 là thứ Bảy, không phải thứ Sáu"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_read_is_told_by_its_address(table: Table, row: list[Any], words: str) -> None:
    head = [*HEAD, "Loại tin", "Hình ảnh", "Mô tả ảnh", "Đơn vị", "Liên kết", "Thứ"]
    plan = table.read(head, row, ["27/6/2027", *GOOD[1:]])
    [problem] = said(plan)
    assert problem.startswith(words)
    assert [draft.row for draft in plan.drafts] == [3]  # what could be read is offered


def test_every_bad_cell_of_a_row_is_told_at_once(table: Table) -> None:
    plan = table.read([*HEAD, "Loại tin"], ["mai", "25h", "bang-tim", None, "gấp"])
    assert [problem.partition(":")[0][-2:] for problem in said(plan)] == ["A2", "B2", "C2", "D2", "E2"]


def test_two_columns_of_one_meaning_are_told(table: Table) -> None:
    [problem] = said(table.read([*HEAD, "Nội dung"], [*GOOD, "y"]))
    assert problem == 'Kế hoạch!E1: cột D "Nội dung" và cột E "Nội dung" cùng nghĩa; đổi tên một cột'


def test_an_empty_plan_is_told(table: Table) -> None:
    assert said(table.read(HEAD, [])) == ["Kế hoạch: không có hàng nào để đăng dưới hàng tiêu đề"]


# --- what is wrong with a file ------------------------------------------------------------------------------------


def test_a_sheet_without_headings_is_refused(table: Table) -> None:
    words = table.refused(table.file(["Họ tên", "Điện thoại"], ["Lan", "113"]))
    assert "không thấy hàng tiêu đề của bảng kế hoạch; cần ít nhất cột Ngày và cột Nội dung" in words
    assert "loa import --template mau.xlsx" in words


def test_of_several_plans_one_must_be_chosen(table: Table) -> None:
    def second(sheet: Worksheet) -> None:
        other = sheet.parent.create_sheet("Tháng 7")
        for row in (HEAD, ["1/7/2027", *GOOD[1:]]):
            other.append(row)

    file = table.file(HEAD, GOOD, change=second)
    assert 'có 2 trang tính là bảng kế hoạch: "Kế hoạch", "Tháng 7"; chọn một: --sheet' in table.refused(file)
    assert 'không có trang tính "Tháng 8"; ý bạn là "Tháng 7"?' in table.refused(file, "Tháng 8")
    assert table.plan(file, "thang 7").drafts[0].message["when"] == {"on": "2027-07-01 08:30"}


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xls", OLE, "tệp Excel kiểu cũ (.xls); mở bằng Excel và lưu lại dạng .xlsx"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "tệp có mật khẩu; mở bằng Excel, bỏ mật khẩu"),
        ("a.xlsx", b"<html><table></table></html>", "không phải tệp Excel (.xlsx) hay CSV, hoặc tệp đã hỏng"),
        ("a.xlsx", b"", "không phải tệp Excel (.xlsx) hay CSV, hoặc tệp đã hỏng"),
        ("a.csv", b'Ng\xc3\xa0y,"N\n1,2', "dấu ngoặc kép trong tệp CSV không khép"),
        ("a.csv", b"\xff\x81\x8d\x90", "không phải UTF-8; trong Excel chọn Lưu dưới dạng > CSV UTF-8"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_with_the_remedy(table: Table, name: str, content: bytes, words: str) -> None:
    assert words in table.refused(table.desk.write(name, content))


def test_a_file_that_is_not_there_is_told(table: Table) -> None:
    assert "không đọc được tệp này; xem lại đường dẫn" in table.refused(table.desk.folder / "khong-co.xlsx")
    assert "không đọc được tệp này; xem lại đường dẫn" in table.refused(table.desk.folder / "khong-co.csv")


@pytest.mark.parametrize(
    ("part", "content", "words"),
    [
        ("content.xml", b"<x/>", "không phải bảng tính .xlsx (loại tệp: ODS)"),
        ("xl/workbook.bin", b"x", "không phải bảng tính .xlsx (loại tệp: XLSB)"),
        ("word/document.xml", b"<x/>", "không phải bảng tính .xlsx"),
        ("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "tệp được dựng bất thường, từ chối đọc"),
        ("xl/workbook.xml", "<x/>".encode("utf-16"), "tệp được dựng bất thường, từ chối đọc"),
        ("xl/workbook.xml", b"<x/>", "tệp đã hỏng; mở bằng Excel và lưu lại"),
    ],
)
def test_what_only_looks_like_a_workbook_is_refused(table: Table, part: str, content: bytes, words: str) -> None:
    file = table.desk.folder / "a.xlsx"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(part, content)
    assert words in table.refused(file)


def test_a_zip_bomb_is_never_unpacked(table: Table) -> None:
    file = table.file(HEAD, GOOD)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as packed, packed.open("xl/worksheets/bomb.xml", "w") as part:
        for _ in range(70):
            part.write(bytes(1_000_000))
    assert file.stat().st_size < 1_000_000
    assert "tệp quá lớn" in table.refused(file)


def test_merged_cells_without_end_are_refused(table: Table) -> None:
    file = edited(table.file(HEAD, GOOD), b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="F1:XFD1048576"/></mergeCells>')  # fmt: skip
    assert "vùng ô gộp quá lớn; bỏ gộp ô" in table.refused(file)


def test_a_cell_at_the_end_of_the_sheet_costs_nothing(table: Table) -> None:
    def far(sheet: Worksheet) -> None:
        sheet["XFD1048576"] = "x"

    plan = table.read(HEAD, GOOD, change=far)
    assert len(plan.drafts) == 1
    assert said(plan, warnings=True) == ["Kế hoạch: 1 ô ở quá hàng 20000 hoặc cột 100: không đọc"]


def with_results(file: Path, results: dict[str, str]) -> Path:
    """Write what Excel would have saved as the results of formulas."""
    for cell, value in results.items():
        file = edited(file, b"</f><v></v>", b"</f><v>%s</v>" % value.encode(), b"</f><v />", cell.encode())
    return file


def edited(file: Path, old: bytes, new: bytes, other: bytes = b"\0", cell: bytes = b"") -> Path:
    """Change the XML of the first sheet."""
    target = file.with_name("edited.xlsx")
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(target, "w") as packed:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                assert cell in content
                changed = content.replace(old, new, 1).replace(other, new, 1)
                assert changed != content, content
                content = changed
            packed.writestr(part, content)
    return target


def nfd_for_1258(letter: str) -> str:
    """Return a letter as Windows-1258 holds it: the tone apart, the rest together."""
    apart = unicodedata.normalize("NFD", letter)
    tones = [c for c in apart if c in "\u0300\u0301\u0303\u0309\u0323"]
    return unicodedata.normalize("NFC", "".join(c for c in apart if c not in tones)) + "".join(tones)
