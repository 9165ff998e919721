"""May a legal text be cited so, on that day: the one rule, and the sentence that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from scheduler.registers.law import Law, Mode, name_key, shown_date
from scheduler.text import fold, say

Decision = Literal["ok", "warn", "refuse"]

# "phạt tiền từ 5 triệu đồng", "mức phạt 10.000.000 đồng", in folded letters
_FINE = re.compile(r"\bphat\b[^.;\n]{0,60}?\d[\d.,]*\s*(?:-|den)?\s*[\d.,]*\s*(?:trieu|nghin|ngan|ty|dong)\b")


@dataclass(frozen=True)
class Verdict:
    """What the rule says; `sentence` tells the author (empty when all is well), `suggest` is the number to use instead."""

    decision: Decision
    sentence: str = ""
    suggest: str = ""


OK = Verdict("ok")

Instead = Callable[[], Law | None]  # the text that is in force in its place on that day


def judge(law: Law, mode: Mode, day: date, text: str, instead: Instead) -> Verdict:
    """Return whether a text of `day` (local) may cite the law so.

    `text` holds the words around the citation: for `upcoming` the date of entry must stand in it, and for `history`
    a fine in it is asked about.
    """
    match mode:
        case "history":
            return _as_history(law, day, text)
        case "upcoming":
            return _as_upcoming(law, day, text)
        case _:
            return _as_basis(law, day, text, instead)


def _as_basis(law: Law, day: date, text: str, instead: Instead) -> Verdict:
    if law.ended(day) and law.end_confidence != "low":
        return _ended(law, instead())
    if day < law.effective_from:
        return _not_yet(law, instead())
    if not law.trusted:
        return Verdict(
            "refuse",
            say(
                f"{law.named}: chưa ai rà soát (confidence: low), chưa dùng làm căn cứ được; cán bộ pháp chế đối chiếu văn "
                "bản rồi ghi tên vào verified_by trong campaigns/laws.yaml",
                f"{law.named}: verified by nobody (confidence: low), it is no basis yet; a legal officer reads the text "
                "and puts the name into verified_by in campaigns/laws.yaml",
            ),
        )
    if law.ended(day):
        return _perhaps_ended(law, instead())
    return _partly_ended(law, day, text)


def _ended(law: Law, other: Law | None) -> Verdict:
    assert law.effective_to is not None
    since = shown_date(law.effective_to)
    use_vi, use_en = (f"; thay bằng {other.number}", f"; cite {other.number} instead") if other else ("", "")
    declare = f'cites: {{"{law.number}": history}}'
    return Verdict(
        "refuse",
        say(
            f"{law.named} hết hiệu lực từ ngày {since}, trước ngày đăng{use_vi}; nếu cố ý nhắc quy định cũ: {declare}",
            f"{law.named} is no longer in force since {since}, before the day of posting{use_en}; if the old rule is "
            f"meant: {declare}",
        ),
        other.number if other else "",
    )


def _perhaps_ended(law: Law, other: Law | None) -> Verdict:
    assert law.effective_to is not None
    since = shown_date(law.effective_to)
    next_vi, next_en = (
        (f"; văn bản thay thế: {other.number}", f"; its successor: {other.number}") if other else ("", "")
    )
    return Verdict(
        "warn",
        say(
            f"{law.named} có thể đã hết hiệu lực từ ngày {since} (chưa chắc chắn); hỏi cán bộ pháp chế trước khi "
            f"đăng{next_vi}",
            f"{law.named} has perhaps ended on {since} (not certain); ask a legal officer before posting{next_en}",
        ),
        other.number if other else "",
    )


def _not_yet(law: Law, other: Law | None) -> Verdict:
    since = shown_date(law.effective_from)
    use_vi, use_en = (f"; đang có hiệu lực: {other.number}", f"; in force is {other.number}") if other else ("", "")
    return Verdict(
        "refuse",
        say(
            f"{law.named} chưa có hiệu lực vào ngày đăng{use_vi}; nếu giới thiệu quy định mới, viết rõ: sẽ có hiệu lực "
            f"từ ngày {since}",
            f"{law.named} is not yet in force on the day of posting{use_en}; if the new rule is announced, write: "
            f"sẽ có hiệu lực từ ngày {since}",
        ),
        other.number if other else "",
    )


def _partly_ended(law: Law, day: date, text: str) -> Verdict:
    for part in law.partial_ends:
        if part.effective_to <= day and _speaks_of(text, part.part):
            since, other = shown_date(part.effective_to), part.superseded_by
            use_vi, use_en = (f"; xem {other}", f"; see {other}") if other else ("", "")
            return Verdict(
                "warn",
                say(
                    f"{law.number}: phần {part.part} hết hiệu lực từ ngày {since}{use_vi}",
                    f"{law.number}: the part on {part.part} ended on {since}{use_en}",
                ),
                other or "",
            )
    return OK


def _speaks_of(text: str, part: str) -> bool:
    words = f" {name_key(text)} "
    return any(f" {name_key(subject)} " in words for subject in part.split(";") if subject.strip())


def _as_upcoming(law: Law, day: date, text: str) -> Verdict:
    since = shown_date(law.effective_from)
    if law.issued is None or day < law.issued:
        return Verdict(
            "refuse",
            say(
                f"{law.named}: chưa rõ đã ban hành vào ngày đăng; ghi issued trong campaigns/laws.yaml khi đã ban hành",
                f"{law.named}: not known to be issued by the day of posting; write issued into campaigns/laws.yaml",
            ),
        )
    if law.effective_from <= day:
        return Verdict(
            "refuse",
            say(
                f"{law.named} đã có hiệu lực từ ngày {since}, không còn là văn bản sắp có hiệu lực; bỏ upcoming",
                f"{law.named} is in force since {since} and no longer upcoming; remove upcoming",
            ),
        )
    if not date_pattern(law.effective_from).search(fold(text)):
        return Verdict(
            "refuse",
            say(
                f"{law.named} chưa có hiệu lực vào ngày đăng; bài phải ghi rõ ngày có hiệu lực: {since}",
                f"{law.named} is not yet in force on the day of posting; the text must name the day: {since}",
            ),
        )
    return OK


def _as_history(law: Law, day: date, text: str) -> Verdict:
    if law.ended(day) and _FINE.search(fold(text)):
        return Verdict(
            "warn",
            say(
                f"{law.named} đã hết hiệu lực mà câu có mức phạt; ghi rõ đó là mức cũ, hoặc bỏ mức phạt",
                f"{law.named} has ended, but the sentence names a fine; say that it is the old one, or leave it out",
            ),
        )
    return OK


@lru_cache(maxsize=1000)
def date_pattern(day: date) -> re.Pattern[str]:
    """Return what finds a date in folded text, as people write it: 01/7/2026, 1-7-2026, ngày 1 tháng 7 năm 2026."""
    d, m, y = f"0?{day.day}", f"0?{day.month}", str(day.year)
    digits = rf"(?<!\d){d}\s?[/.-]\s?{m}\s?[/.-]\s?{y}(?!\d)"
    words = rf"(?<!\d){d}\s+thang\s+{m}\s+nam\s+{y}(?!\d)"
    return re.compile(rf"{digits}|{words}|(?<!\d){day.isoformat()}(?!\d)")
