"""A CSV file read as a sheet: whatever separates its columns, and in whatever letters it was saved."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from scheduler.authoring.cells import LARGEST_FILE, LAST_COLUMN, LAST_ROW, Cell, Sheet, in_unicode, refuse, tidy
from scheduler.authoring.old_letters import recognised
from scheduler.text import nfc, say

SEPARATORS = ";,\t"
LOOKED_AT = 20  # rows from which the separator is guessed


def read_csv(file: Path) -> list[Sheet]:
    """Return the one sheet of a CSV file. CampaignError: it cannot be read, with the remedy."""
    try:
        raw = file.read_bytes() if file.stat().st_size <= LARGEST_FILE else None
    except OSError:
        refuse(file, "không đọc được tệp này; xem lại đường dẫn và quyền đọc", "cannot be read; look at its path")
    if raw is None:
        refuse(file, "tệp CSV quá lớn; chia thành nhiều tệp", "the CSV file is too large; split it")
    content, remark = _decode(file, raw)
    rows = _rows(file, content)
    cells = {
        (i, j): Cell(i, j, text)
        for i, row in enumerate(rows[:LAST_ROW], start=1)
        for j, given in enumerate(row[:LAST_COLUMN], start=1)
        if (text := tidy(given)).strip()
    }
    sheet = Sheet(nfc(file.stem), cells)
    if remark:
        sheet.remarks.append(remark)
    if len(rows) > LAST_ROW:
        sheet.remarks.append(say(f"chỉ đọc {LAST_ROW} hàng đầu", f"only the first {LAST_ROW} rows are read"))
    return [in_unicode(sheet, {})]


def _decode(file: Path, raw: bytes) -> tuple[str, str]:
    """Return the text, and what must be said of its letters."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace"), ""
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    single = raw.decode("latin-1")
    if recognised(single):
        return single, ""  # said of each cell
    try:
        words = say("mã Windows-1258, đã đổi sang Unicode; hãy đọc lại", "Windows-1258, read as Unicode; look again")
        return nfc(raw.decode("cp1258")), words
    except UnicodeDecodeError:
        refuse(
            file,
            "không phải UTF-8; trong Excel chọn Lưu dưới dạng > CSV UTF-8",
            "not UTF-8; in Excel choose Save as > CSV UTF-8",
        )


def _rows(file: Path, content: str) -> list[list[str]]:
    """Return the rows, cut at the separator that makes the most columns of the first ones."""
    marked = content[:6].lower()
    if marked.startswith("sep=") and len(marked) > 4:
        content = content.partition("\n")[2]
        return [[], *_cut(file, content, marked[4])]
    head = "\n".join(content.split("\n")[:LOOKED_AT])
    by_columns = {s: sum(len(row) - 1 for row in _cut(file, head, s, whole=False)) for s in SEPARATORS}
    best = max(SEPARATORS, key=lambda s: by_columns[s])
    return _cut(file, content, best)


def _cut(file: Path, content: str, separator: str, *, whole: bool = True) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(content, newline=""), delimiter=separator, strict=whole))
    except csv.Error:
        if not whole:
            return []
        refuse(
            file,
            "dấu ngoặc kép trong tệp CSV không khép; mở bằng Excel và lưu lại",
            "a quote in the CSV file is not closed; open it in Excel and save it again",
        )
