"""A communication plan in a spreadsheet, read into messages: every row, and every cell that could not be read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import chain, count
from pathlib import Path
from typing import Any

from scheduler.authoring import spoken_time
from scheduler.authoring.cells import Cell, Sheet, also_in, column_letter, listed, refuse
from scheduler.authoring.csv_sheet import read_csv
from scheduler.authoring.headings import MARK, Headings, find_headings, meaning_of
from scheduler.authoring.loader import PICTURES, Book, picture_file
from scheduler.authoring.places import Places, Selector
from scheduler.authoring.spreadsheet import read_sheets
from scheduler.errors import Problem
from scheduler.registers.identifier import NAME
from scheduler.text import did_you_mean, fold, nfc, say, slug

CSV = (".csv", ".tsv", ".txt")
EXAMPLE_ROW = "Hàng ví dụ"  # how the note of a row begins that is never read
CLASSES = {
    "thuong": "ordinary", "tin thuong": "ordinary", "binh thuong": "ordinary", "ordinary": "ordinary",
    "uu tien": "priority", "tin uu tien": "priority", "priority": "priority",
    "khan cap": "emergency", "khan": "emergency", "tin khan cap": "emergency", "tin khan": "emergency", "emergency": "emergency",
}  # fmt: skip
NO_MARKS = ("", "0", "-", "khong", "k", "no", "false")
ID_WORDS = 48  # characters of an id that is made from a title


@dataclass
class Draft:
    """One row as a message. `cells` tells from which cell each of its keys came, `where` from which all of it did."""

    row: int
    where: str
    message: dict[str, Any]
    channels: list[Selector]
    due: datetime
    remarks: list[str]
    cells: dict[str, str]
    id: str = ""


@dataclass
class Plan:
    """What a spreadsheet says: its messages as far as they could be read, and everything that is to be said."""

    file: Path
    sheet: str = ""
    title: str = ""
    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, row: int, address: str, words: str, *, warning: bool = False) -> None:
        """Note what is to be said of a cell."""
        self.problems.append(Problem(Path(self.file.name), max(1, row), address, words, warning))

    @property
    def channels(self) -> list[Selector]:
        """The channels of most messages: they are written once, for the campaign."""
        counted = Counter(repr(draft.channels) for draft in self.drafts)
        usual = counted.most_common(1)[0][0] if counted else ""
        return next((draft.channels for draft in self.drafts if repr(draft.channels) == usual), [])


def read_plan(
    file: Path,
    book: Book,
    *,
    today: date,
    sheet: str | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Plan:
    """Read a plan. `told` hears how many rows of how many are read. CampaignError: the file itself cannot be read."""
    suffix = file.suffix.lower()
    sheets = read_csv(file) if suffix in CSV else read_sheets(file)
    places = Places(book)
    chosen, headings = _choose(file, sheets, sheet, places)
    plan = Plan(file, chosen.name, _title(chosen, headings, file))
    for remark in chosen.remarks:
        plan.report(1, chosen.name, remark, warning=True)
    _say_of_headings(plan, chosen, headings)
    _Rows(plan, chosen, headings, places, book.workspace, today).read(told)
    _name(plan.drafts)
    if not plan.drafts and all(problem.warning for problem in plan.problems):
        words = say("không có hàng nào để đăng dưới hàng tiêu đề", "there is no row to post below the headings")
        plan.report(headings.last_row, chosen.name, words)
    plan.problems = _grouped(plan.problems)
    return plan


def _choose(file: Path, sheets: list[Sheet], wanted: str | None, places: Places) -> tuple[Sheet, Headings]:
    """Return the sheet that holds the plan. CampaignError: none does, or several do."""
    names = ", ".join(sheet.name for sheet in sheets)
    if wanted is not None:
        named = [sheet for sheet in sheets if fold(sheet.name).strip() == fold(nfc(wanted)).strip()]
        if not named:
            hint = did_you_mean(wanted, [sheet.name for sheet in sheets])
            refuse(file, f'không có trang tính "{wanted}"{hint} ({names})', f'no sheet "{wanted}"{hint} ({names})')
        sheets = named
    visible = [sheet for sheet in sheets if wanted is not None or not sheet.hidden]
    found = [(sheet, headings) for sheet in visible if (headings := find_headings(sheet, places.is_channel))]
    if not found:
        refuse(
            file,
            f"không thấy hàng tiêu đề của bảng kế hoạch; cần ít nhất cột Ngày và cột Nội dung (trang tính: {names}); "
            "lấy bảng mẫu: loa import --template mau.xlsx",
            f"no headings of a plan; at least Ngày and Nội dung are needed (sheets: {names}); "
            "for a pattern: loa import --template mau.xlsx",
        )
    if len(found) > 1:
        several = ", ".join(f'"{sheet.name}"' for sheet, _ in found)
        refuse(
            file,
            f'có {len(found)} trang tính là bảng kế hoạch: {several}; chọn một: --sheet "{found[0][0].name}"',
            f'{len(found)} sheets are plans: {several}; choose one: --sheet "{found[0][0].name}"',
        )
    return found[0]


def _title(sheet: Sheet, headings: Headings, file: Path) -> str:
    """Return the title above the table, else the file's name."""
    first = headings.last_row - 1
    above = {
        c.text: None for row in range(1, first + 1) for c in sheet.row(row) if c.text not in headings.names.values()
    }
    for text in above:
        if any(word in fold(text) for word in ("ke hoach", "lich", "chien dich", "tuyen truyen")):
            return " ".join(text.split())
    return nfc(file.stem).replace("_", " ").strip()


def _say_of_headings(plan: Plan, sheet: Sheet, headings: Headings) -> None:
    row = headings.last_row
    for first, second in headings.twice:
        one, other = column_letter(first), column_letter(second)
        words = say(
            f'cột {one} "{headings.names[first]}" và cột {other} "{headings.names[second]}" cùng nghĩa; đổi tên một cột',
            f'columns {one} "{headings.names[first]}" and {other} "{headings.names[second]}" mean the same; rename one',
        )
        plan.report(row, sheet.address(row, second), words)
    if headings.unknown:
        listed = ", ".join(f'{column_letter(c)} "{name}"' for c, name in headings.unknown.items())
        words = say(f"không dùng các cột: {listed}", f"columns that are not used: {listed}")
        plan.report(row, sheet.address(row, min(headings.unknown)), words, warning=True)
    if not headings.of("text"):
        words = say("không có cột Nội dung: tiêu đề là lời của bài", "no column of texts: the title is what is said")
        plan.report(row, sheet.address(row, headings.of("title")[0]), words, warning=True)


@dataclass
class _Rows:
    """Reads the rows below the headings."""

    plan: Plan
    sheet: Sheet
    headings: Headings
    places: Places
    workspace: Path
    today: date

    def read(self, told: Callable[[int, int], None]) -> None:
        self.year = spoken_time.year_in(self.plan.title) or spoken_time.year_in(self.sheet.name)
        self.bad = False
        first, last = self.headings.last_row + 1, self.sheet.last_row
        hidden: list[int] = []
        after_a_gap = False
        for row in range(first, last + 1):
            told(row - first + 1, last - first + 1)
            cells = self._cells(row)
            if row in self.sheet.hidden_rows:
                hidden += [row] if cells else []
            elif not self.sheet.row(row):
                after_a_gap = True
            elif self._is_message(row, cells, after_a_gap=after_a_gap):
                self._read_row(row, cells)
        if hidden:
            words = say(f"hàng {listed(hidden)} đang ẩn: không đọc; bỏ ẩn nếu muốn đăng", f"hidden rows are not read: {listed(hidden)}")  # fmt: skip
            self.plan.report(hidden[0], self.sheet.name, words, warning=True)

    def _cells(self, row: int) -> dict[str, Cell]:
        """Return the cells of a row by what they mean."""
        found: dict[str, Cell] = {}
        for cell in self.sheet.row(row):
            meaning = self.headings.columns.get(cell.column)
            if meaning and (cell.text.strip() or cell.wrong):
                found.setdefault(meaning, cell)
        return found

    def _is_message(self, row: int, cells: dict[str, Cell], *, after_a_gap: bool) -> bool:
        """Tell a message from headings of groups, repeated headings, examples, sums and signatures."""
        spans = {cell.span for cell in self.sheet.row(row)}
        across = len(spans) == 1 and (span := next(iter(spans))) is not None and span[2] > span[0]
        when = cells.get("date") or cells.get("moment")
        if when is not None and isinstance(when.value, str) and meaning_of(when.text) == ("date", True):
            return False
        if (note := cells.get("note")) is not None and fold(note.text).startswith(fold(EXAMPLE_ROW)):
            return False
        said = cells.keys() & {"text", "title"}
        if across or (when is None and (not said or after_a_gap)):
            if cells:
                words = say(
                    "không có ngày và nội dung: bỏ qua hàng này", "no date and no text: this row is passed over"
                )
                self._remark(next(iter(cells.values())), words)
            return False
        return bool(cells)

    def _read_row(self, row: int, cells: dict[str, Cell]) -> None:
        self.bad = False
        usable = {}
        for meaning, cell in cells.items():
            if cell.wrong:
                self._refuse(cell, cell.wrong)
                continue
            usable[meaning] = cell
            if cell.remark:
                self._remark(cell, cell.remark)
        due = self._due(row, cells, usable)
        text = self._text(row, cells, usable)
        channels = self._channels(row, usable, cells)
        message = {
            "title": " ".join(usable["title"].text.split()) if "title" in usable and self.headings.of("text") else "",
            "when": {"on": f"{due:%Y-%m-%d %H:%M}"} if due else {},
            "class": self._class(usable),
            "text": text,
            "images": self._images(usable),
        }
        if self.bad or due is None:
            return
        id = usable["id"].text if "id" in usable else ""
        addresses = {_KEYS[meaning]: self._at(cell) for meaning, cell in usable.items() if meaning in _KEYS}
        first, last = min(c.column for c in usable.values()), max(c.column for c in usable.values())
        where = f"{self.sheet.address(row, first)}:{column_letter(last)}{row}"
        self.plan.drafts.append(Draft(row, where, message, channels, due, self._notes(row), addresses, id))

    def _due(self, row: int, cells: dict[str, Cell], usable: dict[str, Cell]) -> datetime | None:
        when = usable.get("date") or usable.get("moment")
        if when is None:
            if not {"date", "moment"} & cells.keys():
                self._missing(row, ("date", "moment"), say("thiếu ngày đăng; ví dụ: 26/6/2027", "the date is missing; for example: 26/6/2027"))  # fmt: skip
            return None
        clock = usable.get("time") or (usable.get("moment") if "date" in usable else None)
        try:
            day, at, remark = spoken_time.read_moment(when.value, today=self.today, year=self.year)
        except ValueError as error:
            self._refuse(when, str(error))
            day, at, remark = None, None, ""
        if remark:
            self._remark(when, remark)
        self._look_at_weekday(usable, day)
        if clock is not None:
            at = self._time(clock)
        elif at is None and day is not None and "time" not in cells:
            self._missing(row, ("time", "moment", "date"), say("thiếu giờ đăng; ví dụ: 8h30", "the time is missing; for example: 8:30"))  # fmt: skip
        return datetime.combine(day, at) if day is not None and at is not None else None

    def _time(self, cell: Cell) -> time | None:
        try:
            at, remark = spoken_time.read_time(cell.value)
        except ValueError as error:
            self._refuse(cell, str(error))
            return None
        if remark:
            self._remark(cell, remark)
        return at

    def _look_at_weekday(self, usable: dict[str, Cell], day: date | None) -> None:
        cell = usable.get("weekday")
        if cell is None or day is None:
            return
        text = cell.text if not cell.text.isdigit() else f"thứ {cell.text}"
        weekday = spoken_time.read_weekday(text)
        if weekday is None and fold(text).strip() in _BARE_WEEKDAYS:
            weekday = _BARE_WEEKDAYS[fold(text).strip()]
        if weekday is not None and weekday != day.weekday():
            self._refuse(cell, spoken_time.weekday_differs(day, weekday))

    def _text(self, row: int, cells: dict[str, Cell], usable: dict[str, Cell]) -> str:
        cell = usable.get("text") if self.headings.of("text") else usable.get("title")
        if cell is None:
            if "text" not in cells:
                self._missing(row, ("text", "title"), say("thiếu nội dung", "the text is missing"))
            return ""
        text = cell.text
        if cell.link and not cell.link.startswith("#") and cell.link not in text:
            words = say(
                f"ô có liên kết ẩn {cell.link}, không đăng kèm; muốn đăng thì viết địa chỉ vào nội dung hoặc cột Liên kết",
                f"the cell has a hidden link {cell.link}, which is not posted; write the address into the text",
            )
            self._remark(cell, words)
        link = usable.get("link")
        if link is not None:
            address = link.link or link.text.strip()
            if not address.startswith(("http://", "https://")):
                self._refuse(link, say(f'"{address}" không phải địa chỉ; ví dụ: https://example.org', f'"{address}" is no address; for example: https://example.org'))  # fmt: skip
            elif address not in text:
                text += f"\n{address}"
        return text

    def _channels(self, row: int, usable: dict[str, Cell], cells: dict[str, Cell]) -> list[Selector]:
        found: list[str] = []
        unit: dict[str, str | bool] = {}
        meant = [m for m in self.headings.columns.values() if m.startswith(MARK)]
        for meaning in meant:
            if meaning in usable and fold(usable[meaning].text).strip() not in NO_MARKS:
                found += self.places.channels(meaning.removeprefix(MARK))
        try:
            if "channel" in usable:
                found += self.places.channels(usable["channel"].text)
        except ValueError as error:
            self._refuse(usable["channel"], str(error))
            return []
        try:
            if "unit" in usable:
                unit = self.places.unit(" ".join(usable["unit"].text.split()))
        except ValueError as error:
            self._refuse(usable["unit"], str(error))
            return []
        return self._chosen(row, found, unit, usable, cells)

    def _chosen(
        self,
        row: int,
        ids: list[str],
        unit: dict[str, str | bool],
        usable: dict[str, Cell],
        cells: dict[str, Cell],
    ) -> list[Selector]:
        """Return the channels of a row: those named, only those of a unit, all of a unit, or the only one there is."""
        book = self.places.book
        known = list(book.channels)
        if ids and unit:
            named = str(unit["unit"])
            below = book.units.below(named) if "below" in unit else {named}
            own = [id for id in dict.fromkeys(ids) if book.channels[id].unit in below]
            if not own:
                self._refuse(usable["unit"], say(f'không kênh nào trong số {", ".join(ids)} thuộc đơn vị này', f'none of {", ".join(ids)} belongs to this unit'))  # fmt: skip
            return list(own)
        if ids:
            return list(dict.fromkeys(ids))
        if unit:
            return [unit]
        if len(known) == 1:
            return list(known)
        if "channel" not in cells and "unit" not in cells:
            marks = [meaning for meaning in self.headings.columns.values() if meaning.startswith(MARK)]
            listed = ", ".join(known[:8])
            words = say(f"thiếu kênh; ghi một trong: {listed}", f"the channel is missing; one of: {listed}")
            self._missing(row, ("channel", *marks, "text", "title"), words)
        return []

    def _class(self, usable: dict[str, Cell]) -> str:
        cell = usable.get("class")
        if cell is None:
            return ""
        named = CLASSES.get(" ".join(fold(cell.text).split()).strip("."))
        if named is None:
            words = say(f'"{cell.text}" không phải loại tin; chọn: thường, ưu tiên, khẩn cấp', f'"{cell.text}" is no class; one of: ordinary, priority, emergency')  # fmt: skip
            self._refuse(cell, words)
        return named if named and named != "ordinary" else ""

    def _images(self, usable: dict[str, Cell]) -> list[dict[str, str]]:
        cell, alt = usable.get("image"), usable.get("alt")
        if cell is None:
            return []
        files = [part.strip() for part in cell.text.replace(";", "\n").split("\n") if part.strip()]
        told = [part.strip() for part in alt.text.split("\n") if part.strip()] if alt is not None else []
        if len(files) == 1:
            told = [" ".join(told)]
        elif len(told) != len(files):
            words = say(f"{len(files)} ảnh nhưng {len(told)} lời mô tả; mỗi ảnh một dòng trong cột Mô tả ảnh", f"{len(files)} pictures but {len(told)} descriptions; one line each")  # fmt: skip
            self._refuse(alt or cell, words)
            return []
        if any("://" in file for file in files):
            words = say("ảnh phải là tệp trong thư mục images, không phải địa chỉ web; tải ảnh về, ghi tên tệp", "a picture must be a file in images/, no web address")  # fmt: skip
            self._refuse(cell, words)
            return []
        return [{"file": self._picture(file), "alt": words} for file, words in zip(files, told, strict=True)]

    def _picture(self, name: str) -> str:
        """Return the file of a picture; its name alone is looked for in images/, with each of the endings."""
        name = name.replace("\\", "/")
        for tried in (name, f"images/{name}", *(f"images/{name}.{kind.lower()}" for kind in (*PICTURES, "jpg"))):
            if picture_file(self.workspace, tried) is not None:
                return tried
        return name if "/" in name else f"images/{name}"

    def _notes(self, row: int) -> list[str]:
        columns = self.headings.of("note")
        cells = [cell for cell in self.sheet.row(row) if cell.column in columns and cell.text.strip()]
        return [f"{self.headings.names[cell.column]}: {' '.join(cell.text.split())}" for cell in cells]

    def _at(self, cell: Cell) -> str:
        return self.sheet.address(cell.row, cell.column)

    def _refuse(self, cell: Cell, words: str) -> None:
        self.bad = True
        self.plan.report(cell.row, self._at(cell), words)

    def _remark(self, cell: Cell, words: str) -> None:
        self.plan.report(cell.row, self._at(cell), words, warning=True)

    def _missing(self, row: int, meanings: Iterable[str], words: str) -> None:
        """Note that a cell is empty: the one in the first of these columns that the table has."""
        self.bad = True
        column = next(columns[0] for meaning in meanings if (columns := self.headings.of(meaning)))
        self.plan.report(row, self.sheet.address(row, column), words)


_KEYS = {"date": "when", "moment": "when", "time": "at", "text": "text", "title": "title", "channel": "channels",
         "unit": "channels", "class": "class", "image": "images", "id": "id"}  # fmt: skip
_BARE_WEEKDAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5}


def _name(drafts: list[Draft]) -> None:
    """Give every message an id: its own, else from its title, else its first words; the same however rows are sorted.

    Where several would be called the same, the earliest keeps the plain name and the others add their date.
    """
    taken: set[str] = set()
    for draft in sorted(drafts, key=lambda d: (not d.id, d.due, d.message["text"])):
        words = draft.id or draft.message["title"] or draft.message["text"].split("\n")[0]
        plain = draft.id if re.fullmatch(NAME, draft.id) else slug(words, ID_WORDS)
        plain = plain or "tin"
        dated = f"{plain}-{draft.due:%Y-%m-%d}"
        names = chain((plain, dated), (f"{dated}-{n}" for n in count(2)))
        draft.id = next(name for name in names if name not in taken)
        taken.add(draft.id)


def _grouped(problems: list[Problem]) -> list[Problem]:
    """Return each remark once, with the cells it is about; what is wrong is listed cell by cell."""
    alike: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.warning:
            alike.setdefault(problem.message, []).append(problem)
    found = [problem for problem in problems if not problem.warning]
    for words, group in alike.items():
        first = group[0]
        cells = [problem.field.rpartition("!")[2] for problem in group[1:]]
        found.append(Problem(first.file, first.line, first.field, words + also_in(cells), True))
    return sorted(found)
