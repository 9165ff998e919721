"""The basis (căn cứ): the document on which a campaign or a programme stands, as public bodies name it."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from scheduler.registers.law import PerhapsLawDay, number_key, shown_date
from scheduler.registers.source import Strict
from scheduler.text import fold, say

# 93/2001/QĐ-TTg, 86/KH-UBND, and as the Party numbers: 36-CT/TW
NUMBER = re.compile(r"\d{1,5}(?:/\d{4})?[/-][A-ZĐÐ][\w-]*(?:[./][\w-]+)*")
DAY = re.compile(r"\bngày\s+(\d{1,2})(?:\s*[/-]\s*|\s+tháng\s+)(\d{1,2})(?:\s*[/-]\s*|\s+năm\s+)(\d{4})", re.IGNORECASE)
_NOTHING_YET = re.compile(r"(?:chua|khong) (?:co|ro|biet)\b.*|[\s.?…-]+")  # in folded letters


def _there(value: Any) -> Any:
    if isinstance(value, str) and _NOTHING_YET.fullmatch(fold(value)):
        raise ValueError(
            say(f'"{value}": chưa có thì bỏ khoá này đi', f'"{value}": when there is none, remove this key')
        )
    return value


def _number(value: Any) -> Any:
    if isinstance(value, str) and not re.search(r"\d", _there(value)):
        raise ValueError(
            say(
                f'"{value}" không phải số hiệu; ví dụ đúng: 86/KH-UBND (tên văn bản viết ở title)',
                f'"{value}" is no number of a document; for example: 86/KH-UBND (its name goes into title)',
            )
        )
    return value


Known = Annotated[str, BeforeValidator(_there)]


class Basis(Strict):
    """One document: its number, its date, who signed it, what it is about. What is not known stays empty."""

    EXAMPLE: ClassVar[str] = '{number: 86/KH-UBND, date: "2025-04-02", signer: ..., title: ...}'

    document: Known = ""
    """Văn bản, viết như thường gọi: Kế hoạch 86/KH-UBND ngày 02/4/2025; Loa tự đọc số và ngày"""
    number: Annotated[str, BeforeValidator(_number)] = ""
    """Số hiệu văn bản: 86/KH-UBND"""
    date: PerhapsLawDay = None
    """Ngày ban hành: 2025-04-02"""
    signer: Known = ""
    """Người ký: họ tên, chức vụ"""
    issuer: Known = ""
    """Cơ quan ban hành: UBND Thành phố"""
    title: Known = ""
    """Trích yếu: văn bản nói về việc gì"""

    @model_validator(mode="after")
    def _names_a_document(self) -> Basis:
        if not (self.document or self.number or self.title):
            raise ValueError(
                say(
                    f"thiếu số hiệu hoặc tên văn bản; ví dụ: {self.EXAMPLE}",
                    f"the number or the name of the document is missing; for example: {self.EXAMPLE}",
                )
            )
        return self

    @property
    def key(self) -> str:
        """The number as registers compare it (`law.number_key`), '' when there is none."""
        found = NUMBER.search(self.number)
        return number_key(found[0] if found else self.number)

    @property
    def named(self) -> str:
        """The document, its date, and who signed it: for sentences."""
        name = self.document or self.number or self.title
        if self.date is not None and not DAY.search(self.document):
            name += say(f" ngày {shown_date(self.date)}", f" of {self.date}")
        return name + (say(f" ({self.signer} ký)", f" (signed by {self.signer})") if self.signer else "")


def _parse_bases(value: Any) -> Any:
    """Read one document or several; a text alone is the document as people name it."""
    if value is None:
        return value  # said to be empty
    return [_read_out(entry) for entry in (value if isinstance(value, list) else [value])]


def _read_out(entry: Any) -> Any:
    """Return an entry with the number and the date that stand in its `document`, unless it says them itself."""
    values = {"document": entry} if isinstance(entry, str) else entry
    document = values.get("document") if isinstance(values, dict) else None
    if not isinstance(document, str):
        return values
    number, day = NUMBER.search(document), DAY.search(document)
    read = ({"number": number[0]} if number else {}) | ({"date": "/".join(day.groups())} if day else {})
    return {**read, **values}


Bases = Annotated[
    tuple[Basis, ...], BeforeValidator(_parse_bases, json_schema_input_type=str | Basis | list[str | Basis])
]
