"""What the columns of a plan mean: found by their headings, whatever their order, case, letters or remarks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from scheduler.authoring.cells import Cell, Sheet
from scheduler.text import fold

LOOKED_AT = 60  # rows in which the headings must stand

MEANINGS: dict[str, tuple[str, ...]] = {
    "date": ("ngày", "ngày đăng", "ngày phát", "ngày tháng", "ngày đăng tải", "ngày tháng năm", "ngày thực hiện", "date"),
    "time": ("giờ", "giờ đăng", "giờ phát", "khung giờ", "giờ đăng tải", "time"),
    "moment": ("thời gian", "ngày giờ", "ngày giờ đăng", "thời điểm", "thời điểm đăng", "thời gian đăng", "lịch đăng",
               "thời gian thực hiện", "thời gian đăng tải", "giờ ngày đăng", "giờ ngày"),
    "weekday": ("thứ", "thứ trong tuần"),
    "channel": ("kênh", "kênh đăng", "kênh đăng tải", "kênh truyền thông", "nơi đăng", "nơi đăng tải", "nền tảng",
                "trang đăng", "trang", "mạng", "mạng xã hội", "channel"),
    "text": ("nội dung", "nội dung đăng", "nội dung bài", "nội dung tuyên truyền", "nội dung thông điệp", "thông điệp",
             "bài viết", "bài đăng", "lời bài", "caption", "content", "text"),
    "title": ("tiêu đề", "tên bài", "tên tin", "tựa đề", "chủ đề", "tên thông điệp", "đầu đề", "title"),
    "image": ("hình ảnh", "ảnh", "hình", "ảnh minh hoạ", "hình minh hoạ", "hình ảnh minh hoạ", "tệp ảnh", "file ảnh",
              "image"),
    "alt": ("mô tả ảnh", "mô tả hình ảnh", "mô tả hình", "lời mô tả ảnh", "chú thích ảnh", "văn bản thay thế", "alt"),
    "unit": ("đơn vị", "đơn vị đăng", "đơn vị đăng tải", "cơ quan", "cơ quan đăng"),
    "class": ("loại tin", "loại", "mức độ", "mức ưu tiên", "độ khẩn", "tính chất"),
    "link": ("liên kết", "link", "đường dẫn", "đường link", "link bài", "địa chỉ trang"),
    "id": ("mã", "mã tin", "mã bài", "mã thông điệp", "id"),
    "note": ("ghi chú", "lưu ý", "note", "nguồn", "căn cứ", "người phụ trách", "phụ trách", "người thực hiện",
             "đơn vị thực hiện", "đơn vị chủ trì", "đơn vị phối hợp", "đơn vị soạn", "cơ quan thực hiện",
             "cơ quan chủ trì", "trạng thái"),
    "": ("stt", "tt", "số thứ tự", "thứ tự", "ngày tạo", "ngày lập", "ngày duyệt", "ngày gửi", "ngày soạn", "giờ duyệt"),
}  # fmt: skip

_BY_NAME = {fold(name): meaning for meaning, names in MEANINGS.items() for name in names}
_LONGEST_FIRST = sorted(_BY_NAME, key=len, reverse=True)
SEVERAL = ("note", "")  # what may stand in more than one column
MARK = "mark:"  # a column of its own for one channel, with a cross where it is meant

Place = Callable[[str], bool]


@dataclass
class Headings:
    """Where the table begins, what its columns mean, and which headings we could not place."""

    last_row: int
    columns: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    unknown: dict[int, str] = field(default_factory=dict)
    twice: list[tuple[int, int]] = field(default_factory=list)

    def of(self, meaning: str) -> list[int]:
        return [column for column, found in self.columns.items() if found == meaning]

    @property
    def enough(self) -> bool:
        """Whether this is a plan: it says when, and what."""
        found = set(self.columns.values())
        return bool(found & {"date", "moment"}) and bool(found & {"text", "title"})


def meaning_of(heading: str) -> tuple[str | None, bool]:
    """Return what a heading means (None: unknown; empty: nothing for us), and whether it is one of our names exactly."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", fold(heading))
    plain = " ".join(re.sub(r"[^a-z0-9#]+", " ", plain).split())
    if plain in _BY_NAME:
        return _BY_NAME[plain], True
    for name in _LONGEST_FIRST:
        if plain.startswith(name + " "):
            return _BY_NAME[name], False
    return None, False


def find_headings(sheet: Sheet, is_channel: Place = lambda text: False) -> Headings | None:
    """Return the headings of the plan in a sheet, or None when it holds no plan."""
    for row in range(1, min(sheet.last_row, LOOKED_AT) + 1):
        cells = {cell.column: cell for cell in sheet.row(row)}
        below = {cell.column: cell for cell in sheet.row(row + 1)}
        if not _all_short(cells):
            continue
        for last, heads in ((row + 1, _two_rows(cells, below)), (row, cells)):
            if heads and (found := _place(last, heads, is_channel)).enough:
                return found
    return None


def _all_short(cells: dict[int, Cell]) -> bool:
    """A title across the sheet is one merged cell, and a row of texts is no row of headings."""
    return len({cell.span or cell.column for cell in cells.values()}) > 1 and all(
        len(c.text) < 120 for c in cells.values()
    )


def _two_rows(upper: dict[int, Cell], lower: dict[int, Cell]) -> dict[int, Cell]:
    """Return two rows of headings as one (`Thời gian` over `Ngày | Giờ`), or nothing when the lower is no such row."""
    new = {c: cell for c, cell in lower.items() if not (cell.span and upper.get(c) and upper[c].span == cell.span)}
    known = [cell for cell in new.values() if meaning_of(cell.text)[0]]
    if not known or any(meaning_of(cell.text)[0] is None and cell.column not in upper for cell in new.values()):
        return {}
    return {**upper, **lower} if 2 * len(known) > len(new) else {}


def _place(last_row: int, heads: dict[int, Cell], is_channel: Place) -> Headings:
    found = Headings(last_row)
    exact: dict[str, bool] = {}
    for column, cell in sorted(heads.items()):
        name = " ".join(cell.text.split())
        found.names[column] = name
        meaning, is_exact = meaning_of(name)
        if not is_exact and is_channel(name):
            meaning, is_exact = MARK + name, True
        if meaning is None:
            found.unknown[column] = name
            continue
        others = [c for c, m in found.columns.items() if m == meaning and meaning not in SEVERAL]
        if others and exact[meaning] == is_exact:
            found.twice.append((others[0], column))
        elif others and exact[meaning]:
            found.unknown[column] = name  # `Ngày` is the day, then `Ngày nghiệm thu` is not
            continue
        elif others:
            found.unknown[others[0]] = found.names[others[0]]
            del found.columns[others[0]]
        found.columns[column] = meaning
        exact[meaning] = is_exact
    return found
