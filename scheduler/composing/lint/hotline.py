"""Hotlines in a post: numbers that people will call must be right on that day, and some posts need one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING

from scheduler.composing.lint.numbers import Number
from scheduler.composing.lint.rule import Found, Reading, Rule
from scheduler.composing.lint.styles import whole
from scheduler.registers.hotlines import SHOWN, Hotline, Hotlines, digits
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

_FOLLOWED = r"(?:\s+[^\W\d]+){0,6}[\s:(]*$"
CALLED = re.compile(r"(?<!\w)(?:gọi|tổng đài|đường dây nóng|hotline|trực ban|bấm số|quay số)" + _FOLLOWED)
NAMED = re.compile(r"(?<!\w)(?:số điện thoại|số máy|số khẩn cấp|nhớ số|đầu số)" + _FOLLOWED)  # a short number follows
GOES_ON = re.compile(r"[\s]*(?:,|;|hoặc|và|hay|/|-)[\s]*$")
COUNTED = re.compile(
    r"\s*(?:cuộc|người|lượt|trường hợp|vụ|em(?!\w)|ca(?!\w)|lần|ngày|giờ|phút|tháng|năm|triệu|nghìn|đồng|hộ|gia đình|tin(?!\w)|xã|"
    r"phường|đơn vị|cán bộ|trẻ|đối tượng|kg|m(?!\w)|phố|đường|ngõ|điều|chương|học sinh|công dân|quân nhân|thanh niên|số|"
    r"tổ|thôn|cơ sở|bị can|nạn nhân|ý kiến|câu)"
)


def _numbers(reading: Reading, spoken: Spoken) -> Found:
    hotlines = reading.known.hotlines
    if not hotlines.there:
        return
    asked: list[tuple[Number, bool]] | None = reading.kept.get("hotline")
    if asked is None:
        asked = reading.kept["hotline"] = list(_asked(reading, hotlines))
    for number, called in asked:
        yield from _judged(number.digits, reading.shown(number), called, hotlines, spoken.day)


def _asked(reading: Reading, hotlines: Hotlines) -> Iterator[tuple[Number, bool]]:
    """Yield the numbers that may be hotlines, and whether the words before ask the reader to call."""
    listed_after = -1
    for run in reading.numbers:
        for number in _parts(run, reading.text, hotlines):
            known = number.digits in hotlines.by_digits
            if not known and number.mobile:
                continue  # the rule `phone` speaks of it
            called = not known and (_follows_a_call(reading.low, number, listed_after))
            listed_after = number.end if called or known else -1
            if (called or known or _looks_like_one(number.digits)) and not COUNTED.match(reading.low, number.end):
                yield number, called


def _follows_a_call(low: str, number: Number, listed_after: int) -> bool:
    if listed_after >= 0 and GOES_ON.fullmatch(low, listed_after, number.start):
        return True
    before = low[max(0, number.start - 70) : number.start]
    return bool(CALLED.search(before) or (len(number.digits) < 5 and NAMED.search(before)))


def _parts(run: Number, text: str, hotlines: Hotlines) -> list[Number]:
    """Return the numbers in a run of digits: `113 - 114` is two, `1800 6838` and `0769.04.04.04` are one."""
    joined = run.end - run.start == len(run.digits)
    if joined or run.mobile or run.digits in hotlines.by_digits or _looks_like_one(run.digits):
        return [run]
    pieces = [
        Number(digits(m[0]), run.start + m.start(), run.start + m.end())
        for m in re.finditer(r"[^ -]+", text[run.start : run.end])
    ]
    return pieces if any(piece.digits in hotlines.by_digits for piece in pieces) else [run]


def _judged(number: str, shown: str, called: bool, hotlines: Hotlines, day: date) -> Found:
    entries = hotlines.by_digits.get(number)
    if entries is None:
        if _looks_like_one(number) or (called and _may_be_called(number)):
            yield say(
                f'"{shown}" không có trong {SHOWN}{_nearest(number, hotlines)}; sửa số, hoặc thêm số vào tệp ấy',
                f'"{shown}" is not in {SHOWN}{_nearest(number, hotlines)}; mend the number, or add it there',
            )
        return
    valid = [entry for entry in entries if entry.valid_on(day)]
    if not valid:
        yield _out_of_date(shown, entries[-1], hotlines, day), "error"
    elif all(entry.confidence == "low" for entry in valid):
        yield say(
            f'"{shown}" ({valid[0].label}) chưa được xác minh (confidence: low); gọi thử, rồi sửa confidence trong {SHOWN}',
            f'"{shown}" ({valid[0].label}) is not verified (confidence: low); call it, then mend {SHOWN}',
        )


def _looks_like_one(number: str) -> bool:
    return (
        (number.startswith(("1800", "1900")) and 8 <= len(number) <= 10)
        or (number.startswith("069") and len(number) == 10)
        or number == "0769040404"
    )


def _may_be_called(number: str) -> bool:
    short = (len(number) == 3 and number[0] == "1") or (len(number) == 4 and number[:2] not in ("19", "20"))
    return short or (8 <= len(number) <= 11 and number[0] in "01")


def _nearest(number: str, hotlines: Hotlines) -> str:
    near = get_close_matches(number, hotlines.by_digits, n=1, cutoff=0.6)
    if not near:
        return ""
    entry = hotlines.by_digits[near[0]][-1]
    return say(f"; ý bạn là {entry.number} ({entry.label})?", f"; did you mean {entry.number} ({entry.label})?")


def _out_of_date(shown: str, entry: Hotline, hotlines: Hotlines, day: date) -> str:
    after = hotlines.successor(entry, day)
    if after is not None:
        instead_vi, instead_en = f"dùng {after.spoken} ({after.label})", f"use {after.spoken} ({after.label})"
    else:
        instead_vi, instead_en = f"xem lại {SHOWN}", f"look at {SHOWN}"
    return say(
        f'"{shown}" ({entry.label}) không có hiệu lực vào ngày đăng {day:%d/%m/%Y}; {instead_vi}',
        f'"{shown}" ({entry.label}) does not hold on {day:%d/%m/%Y}; {instead_en}',
    )


ABUSE = whole(
    "(?:xâm hại|bạo hành|bạo lực|lạm dụng|bóc lột|đánh đập|hành hạ|dâm ô|hiếp dâm)(?: tình dục)?(?: với| đối với)? "
    "(?:trẻ|cháu bé|em bé|học sinh)",
    "dâm ô",
    "(?:trẻ|trẻ em|trẻ nhỏ|cháu bé|em bé) bị (?:\\w+ ){0,2}?(?:xâm hại|bạo hành|bạo lực|lạm dụng|đánh|đánh đập|hành hạ|"
    "ép buộc|bóc lột|bỏ mặc|bỏ rơi|hiếp dâm|quấy rối|dâm ô)",
    "trẻ em (?:là nạn nhân|trước nguy cơ xâm hại)",
)


def _children_without_help(reading: Reading, spoken: Spoken) -> Found:
    hotlines = reading.known.hotlines
    if not hotlines.there:
        return
    found = ABUSE.search(reading.low)
    entry = hotlines.find("tre-em", spoken.day)
    number = entry.number if entry else "111"
    if found and not re.search(rf"(?<!\d){re.escape(number)}(?!\d)", reading.text):
        yield say(
            f'bài nói về "{reading.shown(found)}" mà không có số {number}; thêm: "Gọi {number} để bảo vệ trẻ em."',
            f'the post speaks of "{reading.shown(found)}" without {number}; add it: "Gọi {number} để bảo vệ trẻ em."',
        )


RULES = (
    Rule(
        id="hotline",
        guards=("số điện thoại không có, hết hiệu lực hoặc chưa xác minh", "hotlines unknown, run out or not verified"),
        why=(
            "Người gặp nạn gọi đúng số in trong bài; mọi số phải có trong campaigns/hotlines.yaml và còn hiệu lực ngày đăng.",
            "Who is in need calls what stands in the post; each number must be in campaigns/hotlines.yaml and hold that day.",
        ),
        find=_numbers,
        each=True,
        caught=("Gọi 117 khi thấy cháy.", "Tổng đài 1900 123 456."),
        clean=("Gọi 113 hoặc 0769.04.04.04.", "Luật số 120/2025/QH15."),
    ),
    Rule(
        id="child-hotline",
        guards=("bài về xâm hại, bạo lực trẻ em mà không có 111", "a post on child abuse without 111"),
        why=(
            "Trẻ em và người thân cần biết ngay gọi đâu; 111 miễn phí, trực suốt ngày đêm.",
            "Children and families must learn at once whom to call; 111 is free, day and night.",
        ),
        find=_children_without_help,
        severity="error",
        on=(
            (
                "xâm hại", "bạo hành", "bạo lực", "lạm dụng", "bóc lột", "đánh", "hành hạ", "dâm ô", "hiếp dâm", "ép buộc",
                "bỏ mặc", "bỏ rơi", "quấy rối", "là nạn nhân",
            ),
            ("trẻ", "cháu bé", "em bé", "học sinh", "dâm ô"),
        ),
        each=True,
        caught=("Phòng ngừa xâm hại trẻ em.", "Khi trẻ bị bạo hành, hãy báo công an."),
        clean=("Trẻ bị bạo hành: gọi 111.", "Trẻ em cần sân chơi an toàn."),
    ),
)  # fmt: skip
