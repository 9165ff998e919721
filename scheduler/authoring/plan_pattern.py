"""The empty plan that an office fills in: a sheet with lists to choose from, one example, and a page that explains."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, time

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from scheduler.authoring.loader import Book
from scheduler.authoring.plan_table import EXAMPLE_ROW

ROWS = 1000  # that are prepared for writing
HEADING_ROW = 3
COLUMNS: tuple[tuple[str, int, str], ...] = (
    ("Ngày", 13, "Ngày đăng, ví dụ 26/6/2027. Bắt buộc."),
    ("Giờ", 9, "Giờ đăng, kiểu 24 giờ, ví dụ 8:30 hoặc 8h30. Bắt buộc."),
    ("Kênh", 24, "Mã kênh; nhiều kênh thì cách nhau bằng dấu phẩy; mọi kênh: tất cả. Chọn trong danh sách hoặc gõ."),
    ("Loại tin", 12, "thường, ưu tiên hoặc khẩn cấp. Để trống là thường."),
    ("Tiêu đề", 28, "Tên gọi của bài. Nên có: mã thông điệp được lấy từ đây."),
    ("Nội dung", 60, "Lời của bài, đúng như sẽ đăng. Xuống dòng trong ô: Alt+Enter. Bắt buộc."),
    ("Hình ảnh", 24, "Tên tệp trong thư mục images; nhiều ảnh thì mỗi ảnh một dòng. Không dán ảnh vào bảng."),
    ("Mô tả ảnh", 30, "Ảnh có gì, có chữ gì, cho người không nhìn thấy. Bắt buộc khi có ảnh; mỗi ảnh một dòng."),
    ("Đơn vị", 22, "Đơn vị đăng, khi không ghi kênh: mọi kênh của đơn vị ấy."),
    ("Liên kết", 28, "Địa chỉ trang web đăng kèm, thành dòng cuối của bài."),
    ("Ghi chú", 28, "Nguồn, căn cứ, người phụ trách. Không đăng; thành ghi chú trong tệp chiến dịch."),
)
RULES = (
    "Mỗi hàng là một bài. Không đổi tên cột; có thể đổi thứ tự cột, thêm cột khác (Loa bỏ qua cột không hiểu).",
    f'Hàng có ghi chú bắt đầu bằng "{EXAMPLE_ROW}" không được đọc. Hàng đang ẩn cũng không được đọc.',
    "Xong thì lưu dạng .xlsx và chạy: loa import TÊN-TỆP.xlsx --dry-run (xem trước, chưa ghi gì).",
    "Mỗi ô đọc không được sẽ được chỉ ra theo địa chỉ, ví dụ Kế hoạch!B7, kèm cách sửa.",
    "Đúng rồi thì chạy: loa import TÊN-TỆP.xlsx, rồi loa check, loa plan.",
)
BLUE, GREY = "FF1F4E79", "FF7F7F7F"
_LINE = Side("thin", color="FFBFBFBF")
THIN = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)


def pattern(book: Book, day: date) -> bytes:
    """Return the .xlsx file: lists made from the channels and units of the workspace, an example on the given day."""
    workbook = Workbook()
    plan = workbook.active
    assert isinstance(plan, Worksheet)
    plan.title = "Kế hoạch"
    channels = list(book.channels)
    units = [unit.name for unit in book.units.by_id.values()]
    _head(plan)
    _example(plan, day, channels[0] if channels else "bang-tin")
    _forms(plan)
    _explain(workbook.create_sheet("Hướng dẫn"), channels)
    _lists(workbook.create_sheet("Danh mục"), plan, {"Kênh": ["tất cả", *channels], "Đơn vị": units})
    held = io.BytesIO()
    workbook.save(held)
    return held.getvalue()


def _head(plan: Worksheet) -> None:
    plan["A1"] = "KẾ HOẠCH ĐĂNG TIN"
    plan["A1"].font = Font(bold=True, size=14, color=BLUE)
    plan["A2"] = "Sửa dòng trên thành tên chiến dịch. Cách điền: xem trang Hướng dẫn."
    plan["A2"].font = Font(italic=True, color=GREY)
    for column, (name, width, _) in enumerate(COLUMNS, start=1):
        cell = plan.cell(HEADING_ROW, column, name)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", start_color=BLUE)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.border = THIN
        plan.column_dimensions[get_column_letter(column)].width = width
    plan.row_dimensions[HEADING_ROW].height = 24
    plan.freeze_panes = f"A{HEADING_ROW + 1}"


def _example(plan: Worksheet, day: date, channel: str) -> None:
    values: dict[str, str | date | time] = {
        "Ngày": day,
        "Giờ": time(7, 30),
        "Kênh": channel,
        "Loại tin": "thường",
        "Tiêu đề": "Cùng giữ khu phố bình yên",
        "Nội dung": "Cùng giữ khu phố bình yên.\nPhát hiện dấu hiệu tội phạm, mời bà con gọi 113.",
        "Ghi chú": f"{EXAMPLE_ROW}: không được đọc, xoá khi điền xong",
    }
    for column, (name, _, _) in enumerate(COLUMNS, start=1):
        cell = plan.cell(HEADING_ROW + 1, column, values.get(name))
        cell.font = Font(italic=True, color=GREY)


def _forms(plan: Worksheet) -> None:
    """Give the empty rows their formats: a date, a time, and text that Excel does not change (0769..., =, +)."""
    for row in range(HEADING_ROW + 1, HEADING_ROW + ROWS + 1):
        for column, (name, _, _) in enumerate(COLUMNS, start=1):
            cell = plan.cell(row, column)
            cell.number_format = {"Ngày": "dd/mm/yyyy", "Giờ": "hh:mm"}.get(name, "@")
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.border = THIN


def _lists(sheet: Worksheet, plan: Worksheet, lists: dict[str, Sequence[str]]) -> None:
    sheet.sheet_state = "hidden"
    for column, (name, values) in enumerate(lists.items(), start=1):
        for row, value in enumerate(values, start=1):
            sheet.cell(row, column, value).data_type = "s"  # a name that begins with = is no formula
        letter = get_column_letter(column)
        if values:
            _offer(plan, name, f"'{sheet.title}'!${letter}$1:${letter}${len(values)}", strict=False)
    _offer(plan, "Loại tin", '"thường,ưu tiên,khẩn cấp"', strict=True)


def _offer(plan: Worksheet, name: str, source: str, *, strict: bool) -> None:
    offered = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=strict)
    offered.error = "Chọn trong danh sách"
    letter = get_column_letter(1 + [column[0] for column in COLUMNS].index(name))
    offered.add(f"{letter}{HEADING_ROW + 1}:{letter}{HEADING_ROW + ROWS}")
    plan.add_data_validation(offered)


def _explain(sheet: Worksheet, channels: Sequence[str]) -> None:
    sheet.column_dimensions["A"].width = 16
    sheet.column_dimensions["B"].width = 110
    rows = [
        ("CÁCH ĐIỀN BẢNG", ""),
        *(("", rule) for rule in RULES),
        ("", ""),
        *((name, told) for name, _, told in COLUMNS),
        ("", ""),
        ("Mã kênh", ", ".join(channels[:50]) or "(chưa có tệp channels.yaml)"),
    ]
    for row, (left, right) in enumerate(rows, start=1):
        sheet.cell(row, 1, left or None).font = Font(bold=True, color=BLUE)
        sheet.cell(row, 2, right or None).alignment = Alignment(wrap_text=True, vertical="top")
