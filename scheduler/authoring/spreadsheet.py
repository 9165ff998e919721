"""A spreadsheet read into plain cells: what stands in each, as a person sees it, and what must be said about it.

Nothing of the file is ever run, and a file that is built to harm the reader ends at a limit.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import openpyxl
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from scheduler.authoring.cells import (
    LARGEST_FILE,
    LAST_COLUMN,
    LAST_ROW,
    Cell,
    Sheet,
    Value,
    in_unicode,
    refuse,
    tidy,
)
from scheduler.text import nfc, say

LARGEST_UNPACKED = 120_000_000
LARGEST_PART = 60_000_000
MOST_MERGED = 200_000  # cells

OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # also what a password makes of a new one
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_sheets(file: Path) -> list[Sheet]:
    """Return the sheets of an .xlsx or .xlsm file. CampaignError: it cannot be read, with the remedy."""
    _look_inside(file)
    workbook = _load(file, values=False)
    results: list[Workbook] = []  # the same with what formulas gave, read only when there are formulas

    def result(sheet: str, address: str) -> Any:
        if not results:
            results.append(_load(file, values=True))
        return results[0][sheet][address].value

    sheets = [_sheet(sheet, result) for sheet in workbook.worksheets]
    if file.suffix.lower() == ".xlsm" and sheets:
        words = say("tệp có macro: không chạy macro nào, chỉ đọc các ô", "the file has macros: none is run")
        sheets[0].remarks.append(words)
    return sheets


def _look_inside(file: Path) -> None:
    """Refuse what is no workbook, or one that would fill the memory, before anything is unpacked."""
    try:
        size = file.stat().st_size
        head = file.open("rb").read(8) if size <= LARGEST_FILE else b""
    except OSError:
        refuse(file, "không đọc được tệp này; xem lại đường dẫn và quyền đọc", "cannot be read; look at its path")
    if size > LARGEST_FILE:
        refuse(file, *_too_large(size))
    if head.startswith(OLD_EXCEL):
        if ENCRYPTED in file.read_bytes():
            refuse(
                file,
                "tệp có mật khẩu; mở bằng Excel, bỏ mật khẩu (Tệp > Thông tin > Bảo vệ sổ làm việc) rồi lưu lại",
                "the file has a password; open it in Excel, remove the password and save it again",
            )
        refuse(
            file,
            "tệp Excel kiểu cũ (.xls); mở bằng Excel và lưu lại dạng .xlsx",
            "an old Excel file (.xls); open it in Excel and save it as .xlsx",
        )
    if not zipfile.is_zipfile(file):
        refuse(
            file,
            "không phải tệp Excel (.xlsx) hay CSV, hoặc tệp đã hỏng; mở bằng Excel và lưu lại dạng .xlsx",
            "no Excel file (.xlsx) and no CSV, or a broken one; open it in Excel and save it as .xlsx",
        )
    with zipfile.ZipFile(file) as packed:
        _look_at_parts(file, packed)


def _look_at_parts(file: Path, packed: zipfile.ZipFile) -> None:
    parts = packed.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED or any(p.file_size > LARGEST_PART for p in parts if p.filename.endswith(".xml")):
        refuse(file, *_too_large(unpacked))
    names = {part.filename for part in parts}
    if "xl/workbook.xml" not in names:
        kind = "ODS" if "content.xml" in names else "XLSB" if "xl/workbook.bin" in names else "khác / other"
        refuse(
            file,
            f"không phải bảng tính .xlsx (loại tệp: {kind}); mở bằng Excel và lưu lại dạng .xlsx",
            f"no .xlsx workbook (kind: {kind}); open it in Excel and save it as .xlsx",
        )
    merged = 0
    for name in names:
        if name.endswith((".xml", ".rels")):
            content = _part(file, packed, name)
            if not content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") or b"<!DOCTYPE" in content[:4096]:
                refuse(file, "tệp được dựng bất thường, từ chối đọc", "the file is built in an unusual way: refused")
            merged += sum(_area(*found) for found in re.findall(rb'mergeCell\b[^>]*?\bref="([A-Z]+)(\d+):([A-Z]+)(\d+)', content))  # fmt: skip
    if merged > MOST_MERGED:
        refuse(
            file,
            "vùng ô gộp quá lớn; bỏ gộp ô (Merge) ngoài bảng rồi lưu lại",
            "too many merged cells; unmerge those outside the table and save it again",
        )


def _part(file: Path, packed: zipfile.ZipFile, name: str) -> bytes:
    try:
        return packed.read(name)
    except (OSError, RuntimeError, zipfile.BadZipFile, NotImplementedError, EOFError):
        _broken(file)


def _area(first_column: bytes, first_row: bytes, last_column: bytes, last_row: bytes) -> int:
    columns = _number(last_column) - _number(first_column) + 1
    return columns * (int(last_row) - int(first_row) + 1)


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large(size: int) -> tuple[str, str]:
    mega = f"{size / 1e6:.0f} MB"
    return (
        f"tệp quá lớn ({mega} khi mở ra); chép riêng bảng kế hoạch sang một tệp mới rồi lưu lại",
        f"the file is too large ({mega} unpacked); copy the plan alone into a new file",
    )


def _broken(file: Path) -> NoReturn:
    refuse(file, "tệp đã hỏng; mở bằng Excel và lưu lại dạng .xlsx", "broken; open it in Excel and save it as .xlsx")


def _load(file: Path, *, values: bool) -> Workbook:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of extensions that we do not need
        try:
            return openpyxl.load_workbook(file, data_only=values)
        except Exception:  # the library fails in as many ways as files are broken
            _broken(file)


def _sheet(sheet: Worksheet, result: Any) -> Sheet:
    hidden_rows = frozenset(number for number, look in sheet.row_dimensions.items() if look.hidden)
    cells: dict[tuple[int, int], Cell] = {}
    fonts: dict[tuple[int, int], str] = {}
    beyond = 0
    for row, column in sorted(sheet._cells):  # only those that are there: asking for all would make them
        source = sheet._cells[row, column]
        if source.value is None or (isinstance(source.value, str) and not source.value.strip()):
            continue
        if row > LAST_ROW or column > LAST_COLUMN:
            beyond += 1
            continue
        cells[row, column] = _cell(source, sheet.title, result)
        fonts[row, column] = source.font.name or ""
    _spread_merged(cells, fonts, (merged.bounds for merged in sheet.merged_cells.ranges))
    read = Sheet(nfc(sheet.title), cells, sheet.sheet_state != "visible", hidden_rows)
    if beyond:
        words = say(f"{beyond} ô ở quá hàng {LAST_ROW} hoặc cột {LAST_COLUMN}: không đọc", f"{beyond} cells beyond row {LAST_ROW} or column {LAST_COLUMN} are not read")  # fmt: skip
        read.remarks.append(words)
    if getattr(sheet, "_images", None):
        words = say(
            "ảnh dán trong bảng không đọc được; lưu ảnh vào thư mục images và ghi tên tệp vào cột Hình ảnh",
            "pictures in the sheet are not read; save them in images/ and write their names into the column",
        )
        read.remarks.append(words)
    return in_unicode(read, fonts)


def _cell(source: Any, sheet: str, result: Any) -> Cell:
    value, remark, wrong = source.value, "", ""
    if source.data_type == "f":
        value = result(sheet, source.coordinate)
        if value is None:
            wrong = say(
                "công thức chưa có kết quả; mở bằng Excel, lưu lại, hoặc thay bằng giá trị",
                "a formula without a result; open the file in Excel and save it, or write the value",
            )
        else:
            remark = say("công thức: dùng kết quả Excel đã lưu", "a formula: the result saved by Excel is used")
    if isinstance(value, str) and re.fullmatch(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)", value):
        wrong = say(f"ô báo lỗi {value}; sửa công thức", f"the cell shows {value}; mend the formula")
    if isinstance(value, str):
        value = tidy(value)
    elif not isinstance(value, Value):  # type: ignore[misc, arg-type, unused-ignore]
        value = tidy(str(value)) if value is not None else ""
    elif isinstance(value, int) and re.fullmatch("0{2,}", source.number_format or ""):
        value = str(value).zfill(len(source.number_format))  # 0769... is shown with its nought
    if source.font.strike:
        remark = say("chữ bị gạch ngang nhưng vẫn được đọc", "struck through, and read all the same")
    link = source.hyperlink.target if source.hyperlink is not None else ""
    return Cell(source.row, source.column, value, link or "", None, remark, wrong)


def _spread_merged(
    cells: dict[tuple[int, int], Cell], fonts: dict[tuple[int, int], str], ranges: Iterable[tuple[int, int, int, int]]
) -> None:
    """Let every cell of a merged range hold what a person sees there."""
    for bounds in ranges:
        first = cells.get((bounds[1], bounds[0]))
        for row, column in _places(bounds) if first is not None else ():
            assert first is not None
            cells[row, column] = replace(first, row=row, column=column, span=bounds)
            fonts[row, column] = fonts[first.row, first.column]


def _places(bounds: tuple[int, int, int, int]) -> Iterator[tuple[int, int]]:
    first_column, first_row, last_column, last_row = bounds
    for row in range(first_row, min(last_row, LAST_ROW) + 1):
        for column in range(first_column, min(last_column, LAST_COLUMN) + 1):
            yield row, column
