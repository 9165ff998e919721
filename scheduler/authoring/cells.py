"""Cells and sheets: what stands in a table, as a person sees it, and what must be said about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NoReturn

from scheduler.authoring.old_letters import by_font, common, may_be, read_old, recognised
from scheduler.errors import CampaignError, Problem
from scheduler.text import nfc, say

LARGEST_FILE = 30_000_000  # bytes
LAST_ROW = 20_000
LAST_COLUMN = 100
MOST_LISTED = 6  # cells of one remark
MOST_SHOWN = 60  # characters of a wrong value that a sentence repeats

Value = str | int | float | bool | date | datetime | time | timedelta


@dataclass(frozen=True)
class Cell:
    """One cell that is not empty. `remark` is to be said when it is used; `wrong` says why it cannot be."""

    row: int
    column: int
    value: Value
    link: str = ""
    span: tuple[int, int, int, int] | None = None  # of merged cells: first column and row, last column and row
    remark: str = ""
    wrong: str = ""

    @property
    def text(self) -> str:
        """The value as words: 113 and 113.0 are "113"."""
        match self.value:
            case bool():
                return "TRUE" if self.value else "FALSE"
            case float() if self.value.is_integer():
                return str(int(self.value))
            case datetime():
                return f"{self.value.day}/{self.value.month}/{self.value.year}"
            case time():
                return f"{self.value:%H:%M}"
            case _:
                return str(self.value)


@dataclass
class Sheet:
    """One table of cells, by row and column (from 1)."""

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    remarks: list[str] = field(default_factory=list)

    def row(self, number: int) -> list[Cell]:
        """Return the cells of a row that are not empty, from left to right."""
        return [cell for c in range(1, self.last_column + 1) if (cell := self.cells.get((number, c)))]

    def address(self, row: int, column: int) -> str:
        """Return how people name a cell: `Kế hoạch!C7`."""
        return f"{self.name}!{column_letter(column)}{row}"

    @property
    def last_row(self) -> int:
        return max((row for row, _ in self.cells), default=0)

    def __post_init__(self) -> None:
        self.last_column = max((column for _, column in self.cells), default=0)


def column_letter(column: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def tidy(text: str) -> str:
    """Return a cell's text as it can be posted: NFC, plain line ends and blanks, no control characters."""
    text = re.sub(r"_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)
    text = re.sub("\r\n|[\r\x0b\x0c\x85\u2028\u2029]", "\n", nfc(text))
    text = re.sub("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ud800-\udfff\ufffe\uffff]", "", text)
    text = re.sub("[\t\u00a0\u2007\u202f]", " ", text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE).strip("\n")


def listed(cells: Sequence[str | int]) -> str:
    """Return the first few of many, and how many more there are."""
    more = f"... (+{len(cells) - MOST_LISTED})" if len(cells) > MOST_LISTED else ""
    return ", ".join(map(str, cells[:MOST_LISTED])) + more


def also_in(cells: Sequence[str]) -> str:
    """Return what is added to a sentence about a cell that holds for others too; '' for none."""
    return say(f" (cả {listed(cells)})", f" (also {listed(cells)})") if cells else ""


def refuse(file: Path, vi: str, en: str) -> NoReturn:
    """Raise CampaignError about the file as a whole."""
    raise CampaignError([Problem(Path(file.name), 1, "", say(vi, en))])


def in_unicode(sheet: Sheet, fonts: dict[tuple[int, int], str]) -> Sheet:
    """Return the sheet with every text that was stored for old fonts (TCVN3, VNI) read as Unicode."""
    usual = common(cell.value for cell in sheet.cells.values() if isinstance(cell.value, str))
    for place, cell in sheet.cells.items():
        if not isinstance(cell.value, str):
            continue
        font = fonts.get(place, "")
        letters = by_font(font) or (usual if usual and may_be(cell.value, usual) else recognised(cell.value))
        if letters is None:
            continue
        if (text := read_old(cell.value, letters, font)) != cell.value:
            words = say(
                f"chữ kiểu cũ {letters}, đã đổi sang Unicode; hãy đọc lại",
                f"stored in old {letters} letters, read as Unicode; look at it again",
            )
            sheet.cells[place] = replace(cell, value=text, remark=cell.remark or words)
    return sheet
