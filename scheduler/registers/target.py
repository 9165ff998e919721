"""A target (chỉ tiêu): how much of something is to be reached, and by which day."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from scheduler.registers.moments import as_word, parse_last_day
from scheduler.registers.source import Strict, form
from scheduler.text import say

MOST = 10**15  # what a machine that reads our JSON still tells apart
_PLAIN = re.compile(r"\d+(?:[.,]\d{1,2})?", re.ASCII)  # 1200, 2.5, "2,5"
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})+", re.ASCII)  # 1.200.000
_EITHER = re.compile(r"\d{1,3}[.,]\d{3}", re.ASCII)  # 1.200: a thousand to us, one and a bit to a computer


def parse_amount(value: Any) -> Any:
    """Read a positive number as a Decimal: `1200`, `2.5`, `"2,5"`, `1.200.000`; ValueError for all else."""
    text = as_word(value).strip()
    if _EITHER.fullmatch(text):
        digits = re.sub(r"\D", "", text)
        raise ValueError(
            say(
                f'"{text}" có thể hiểu hai cách; viết liền: {digits} (số lẻ nhiều nhất hai chữ số: "2,5")',
                f'"{text}" can be read in two ways; write {digits} (decimals: two digits at most, "2,5")',
            )
        )
    if _GROUPED.fullmatch(text):
        text = re.sub(r"\D", "", text)
    if not _PLAIN.fullmatch(text):
        raise ValueError(
            say(
                f'"{text}" không phải số; value chỉ là số, đơn vị tính viết ở unit, ví dụ: value: 100, unit: "%"',
                f'"{text}" is no number; value is a number alone, what it counts goes into unit: value: 100, unit: "%"',
            )
        )
    amount = Decimal(text.replace(",", "."))
    if not amount:
        raise ValueError(say(f'"{text}" phải lớn hơn 0', f'"{text}" must be above 0'))
    if amount >= MOST:
        raise ValueError(say(f"số quá lớn; nhỏ hơn {MOST}", f"this number is too large; below {MOST}"))
    return amount


LAST_DAY = r"\d{4}(?:-\d{2}-\d{2})?|\d{1,2}[/-]\d{1,2}[/-]\d{4}"

_Typed = Annotated[float, Field(gt=0)] | form(r"\d+(?:[.,]\d{1,2})?|\d{1,3}(?:[.,]\d{3}){2,}")

Amount = Annotated[Decimal, BeforeValidator(parse_amount, json_schema_input_type=_Typed)]
LastDay = Annotated[date, BeforeValidator(parse_last_day, json_schema_input_type=form(LAST_DAY))]


class Target(Strict):
    """So much of something by a day, that day included."""

    EXAMPLE: ClassVar[str] = "{name: Lượt tiếp cận, value: 500000, unit: lượt, by: 2027-06-30}"

    name: str
    """Chỉ tiêu về việc gì: Lượt tiếp cận"""
    value: Amount
    """Phải đạt bao nhiêu, chỉ viết số: 500000"""
    unit: str
    """Đơn vị tính: lượt, người, bài, %"""
    by: LastDay
    """Chậm nhất ngày nào: 2027-06-30; chỉ viết năm là hết năm ấy"""

    @property
    def amount(self) -> str:
        """The number and what it counts, as a Vietnamese reader expects it: `500.000 lượt`, `2,5 triệu`."""
        whole, _, rest = f"{self.value:,f}".partition(".")
        shown = say(whole.replace(",", ".") + (f",{rest}" if rest else ""), f"{self.value:,f}")
        return f"{shown}{'' if self.unit == '%' else ' '}{self.unit}"
