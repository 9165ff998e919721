"""One legal text: its number and names, from when until when it is in force, and how sure of that we are."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from scheduler.registers.moments import parse_old_date
from scheduler.registers.source import Strict
from scheduler.text import fold, nfc, say

Confidence = Literal["high", "medium", "low"]
Mode = Literal["basis", "upcoming", "history"]
Kind = Literal[
    "luat", "bo_luat", "luat_sua_doi", "phap_lenh", "nghi_quyet", "nghi_dinh", "quyet_dinh", "chi_thi", "thong_tu",
    "ke_hoach", "khac",
]  # fmt: skip

KINDS: dict[str, str] = {
    "luat": "Luật", "bo_luat": "Bộ luật", "luat_sua_doi": "Luật", "phap_lenh": "Pháp lệnh", "nghi_quyet": "Nghị quyết",
    "nghi_dinh": "Nghị định", "quyet_dinh": "Quyết định", "chi_thi": "Chỉ thị", "thong_tu": "Thông tư",
    "ke_hoach": "Kế hoạch", "khac": "Văn bản",
}  # fmt: skip

_NUMBER = re.compile(r"(\d{1,4})/(?:(\d{4})/)?([a-z][a-z0-9-]*)")
_LEAD = re.compile(r"(?:bo luat|luat|phap lenh|nghi quyet|nghi dinh|quyet dinh|chi thi|thong tu)?\s*(?:so)?\s*")
_HYPHENS = str.maketrans("‐‑‒–—", "-----")


@lru_cache(maxsize=10_000)
def number_key(reference: str) -> str:
    """Return what two spellings of one number share (`Luật số 09/2017/NÐ-CP` -> `9/2017/nd-cp`), '' for no number."""
    plain = fold(nfc(reference)).translate(_HYPHENS).strip()
    found = _NUMBER.fullmatch(_LEAD.sub("", plain, count=1))
    if not found:
        return ""
    year = f"{found[2]}/" if found[2] else ""
    return f"{int(found[1])}/{year}{found[3]}"


@lru_cache(maxsize=10_000)
def name_key(name: str) -> str:
    """Return the words of a title without marks, tones and signs: `Luật Phòng, chống ma tuý` -> `luat phong chong ...`."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(nfc(name))))


def shown_date(day: date) -> str:
    """Return a date as laws write it: `01/7/2026`, `20/01/2026`."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"{day.day:02}/{month}/{day.year}"


def _number(value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip().replace("Ð", "Đ")
        if not number_key(value) or not value[0].isdigit():
            raise ValueError(
                say(
                    f'"{value}" không đúng dạng số hiệu; ví dụ đúng: "120/2025/QH15"',
                    f'"{value}" is no number of a legal text; for example: "120/2025/QH15"',
                )
            )
    return value


Number = Annotated[str, BeforeValidator(_number)]
LawDay = Annotated[date, BeforeValidator(parse_old_date)]
PerhapsLawDay = Annotated[date | None, BeforeValidator(parse_old_date)]


class Amendment(Strict):
    """A later text that changed this one, from when on, and what it changed."""

    EXAMPLE: ClassVar[str] = '{number: "86/2025/QH15", effective_from: "2025-07-01"}'

    number: Number
    """Số hiệu văn bản sửa đổi"""
    effective_from: PerhapsLawDay = None
    """Sửa đổi có hiệu lực từ ngày"""
    what: str = ""
    """Sửa điều gì"""


class PartialEnd(Strict):
    """A part of the text (`part`: its subjects, divided by semicolons) that ended before the rest."""

    EXAMPLE: ClassVar[str] = '{part: "cứu nạn, cứu hộ", effective_to: "2025-07-01"}'

    part: str
    """Phần hết hiệu lực, các chủ đề cách nhau bằng dấu chấm phẩy"""
    effective_to: LawDay
    """Ngày đầu tiên phần ấy không còn hiệu lực"""
    superseded_by: Number | None = None
    """Số hiệu văn bản thay thế"""
    confidence: Confidence = "medium"
    """Mức chắc chắn"""


class Law(Strict):
    """One legal text. `effective_to` is the first day on which it applies no longer."""

    EXAMPLE: ClassVar[str] = '{id: luat-pcmt-2025, number: "120/2025/QH15", kind: luat, title_vi: ..., ...}'

    id: str
    """Mã của ta"""
    number: Number
    """Số hiệu: "120/2025/QH15"."""
    kind: Kind
    """Loại văn bản: luat, nghi_dinh, quyet_dinh..."""
    title_vi: str
    """Tên văn bản"""
    title_en: str = ""
    """Tên tiếng Anh"""
    aliases: tuple[str, ...] = ()
    """Các cách gọi khác"""
    cite_form_vi: str = ""
    """Cách dẫn trong bài"""
    issued: PerhapsLawDay = None
    """Ngày ban hành"""
    effective_from: LawDay
    """Có hiệu lực từ ngày"""
    effective_to: PerhapsLawDay = None
    """Ngày đầu tiên không còn hiệu lực"""
    supersedes: tuple[Number, ...] = ()
    """Thay thế các văn bản này"""
    superseded_by: Number | None = None
    """Bị văn bản này thay thế"""
    amends: tuple[Number, ...] = ()
    """Sửa đổi các văn bản này"""
    amended_by: tuple[Amendment, ...] = ()
    """Được các văn bản này sửa đổi"""
    partial_ends: tuple[PartialEnd, ...] = ()
    """Những phần hết hiệu lực trước"""
    key_articles: dict[str, str] = {}
    """Các điều hay dẫn: {"23": nội dung}"""
    topics: tuple[str, ...] = ()
    """Các chủ đề"""
    confidence: Confidence
    """Mức chắc chắn: high, medium, low"""
    end_confidence: Confidence | None = None
    """Mức chắc chắn của ngày hết hiệu lực"""
    verified_by: str = ""  # the person who has read the text itself, never the software
    """Người đã đọc toàn văn (không phải phần mềm)"""
    verified_on: PerhapsLawDay = None
    """Ngày đọc toàn văn"""
    note: str = ""
    """Ghi chú"""
    watch: str = ""
    """Điều cần theo dõi"""
    sources: tuple[str, ...] = ()
    """Nguồn"""

    @property
    def key(self) -> str:
        return number_key(self.number)

    @property
    def year(self) -> int | None:
        """The year by which people call it: that of its number, else that of its issue."""
        parts = self.number.split("/")
        if len(parts) == 3:
            return int(parts[1])
        return self.issued.year if self.issued else None

    @property
    def trusted(self) -> bool:
        """Whether its dates may be relied on: seen on a public page, or verified by a named person."""
        return self.confidence != "low" or bool(self.verified_by.strip())

    @property
    def named(self) -> str:
        """The number, and the title where it is short and sure: for sentences."""
        short = len(self.title_vi) <= 60 and not self.title_vi.startswith("[")
        return f"{self.number} ({self.title_vi})" if short else self.number

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and not self.ended(day)

    def ended(self, day: date) -> bool:
        return self.effective_to is not None and self.effective_to <= day
