"""What every entry of a register says of itself: where it comes from, who checked it and when, and how long it holds."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, model_validator

from scheduler.registers.moments import LocalDate, parse_date
from scheduler.registers.source import Strict
from scheduler.text import say

Day = Annotated[LocalDate | None, BeforeValidator(parse_date)]


class Entry(Strict):
    """One entry of a register. `valid_to` is the first day on which it holds no longer."""

    source: str = ""
    """Lấy từ đâu: văn bản, địa chỉ trang chính thức"""
    checked_on: Day = None
    """Ngày đã kiểm tra: 2027-05-20"""
    checked_by: str = ""
    """Ai đã kiểm tra"""
    valid_from: Day = None
    """Có hiệu lực từ ngày nào"""
    valid_to: Day = None
    """Ngày đầu tiên không còn hiệu lực"""
    note: str = ""
    """Ghi chú cho người sau"""

    @model_validator(mode="after")
    def _holds_for_a_while(self) -> Entry:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(
                say(
                    "valid_to phải sau valid_from (valid_to là ngày đầu tiên không còn hiệu lực)",
                    "valid_to must lie after valid_from (it is the first day on which the entry holds no longer)",
                )
            )
        return self

    def valid_on(self, day: date) -> bool:
        """Tell whether the entry holds on a (local) day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)
