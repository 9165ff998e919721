"""A card as its author wrote it: few words on a picture of their own, in the colours of the office."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from scheduler.registers.source import Strict
from scheduler.text import say

MOST_LINES = 3


def _colour(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise ValueError(
            say(
                f'"{value}" không phải màu; viết # và sáu chữ số, trong ngoặc kép: "#0b3d91"',
                f'"{value}" is no colour; write # and six digits, in quotes: "#0b3d91"',
            )
        )
    return value


Colour = Annotated[str, BeforeValidator(_colour)]


class Colours(Strict):
    """Colours of an author's own: the background, the words on it, and what stands out."""

    EXAMPLE: ClassVar[str] = '{paper: "#0b3d91", ink: "#ffffff", accent: "#ffd23f"}'

    paper: Colour
    """Màu nền"""
    ink: Colour
    """Màu chữ trên nền"""
    accent: Colour
    """Màu làm nổi bật"""


class CardStyle(Strict):
    """What the cards of a campaign have in common; a message's own card says it otherwise where it has to."""

    EXAMPLE: ClassVar[str] = '{unit: ..., hotline: "113", theme: ...}'

    unit: str = ""
    """Tên đơn vị ở chân thẻ"""
    hotline: str = ""
    """Số điện thoại ở chân thẻ"""
    link: str = ""
    """Địa chỉ trang chính thức; thẻ có mã QR dẫn đến đó"""
    emblem: str = ""
    """Tệp biểu trưng, tính từ thư mục làm việc: images/bieu-trung.png"""
    theme: str = ""
    """Bộ màu có sẵn"""
    colours: Colours | None = None
    """Ba màu riêng, thay cho theme"""

    @model_validator(mode="after")
    def _one_choice_of_colours(self) -> CardStyle:
        if self.theme and self.colours:
            raise ValueError(say("theme hoặc colours, chỉ một trong hai", "theme or colours, just one of them"))
        return self


def _lines(value: Any) -> Any:
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and len(listed) > MOST_LINES:
        raise ValueError(
            say(
                f"nhiều nhất {MOST_LINES} dòng; thẻ chỉ cần ít chữ, phần còn lại để trong text",
                f"at most {MOST_LINES} lines; a card needs few words, the others belong into text",
            )
        )
    return listed


def _said(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError(say("để trống; viết một câu ngắn", "empty; write a short sentence"))
    return value


class Card(CardStyle):
    """A picture made of words: a headline, up to three lines, who speaks, whom to call, a code to scan."""

    EXAMPLE: ClassVar[str] = '{headline: ..., lines: [...], hotline: "113"}'

    headline: Annotated[str, BeforeValidator(_said)]
    """Dòng chữ lớn, càng ít chữ càng tốt"""
    lines: Annotated[tuple[str, ...], BeforeValidator(_lines)] = ()
    """Nhiều nhất ba dòng ngắn dưới dòng chữ lớn"""
    alt: str = ""
    """Lời mô tả cho người không nhìn thấy; để trống thì lấy chính các chữ trên thẻ"""

    def like(self, style: CardStyle | None) -> Card:
        """Return the card with what the campaign's cards have in common, wherever it says nothing of its own."""
        if style is None:
            return self
        own = self.model_fields_set
        common = {name: getattr(style, name) for name in style.model_fields_set - own}
        if own & {"theme", "colours"}:  # one choice of colours replaces the other
            common = {name: value for name, value in common.items() if name not in ("theme", "colours")}
        return self.model_copy(update=common)
