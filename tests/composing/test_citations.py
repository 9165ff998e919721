"""Citations in free text: which are seen, which are none, how each is meant, and what the rule says of them."""

from __future__ import annotations

import time
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scheduler.channels.contract import Picture, Post
from scheduler.composing.citation_rule import CitationRule
from scheduler.composing.citations import Recogniser
from scheduler.registers.laws import Laws
from scheduler.registers.laws_file import read_laws

LAWS, _ = read_laws(Path(__file__).resolve().parents[2] / "campaigns/laws.yaml", Path("laws.yaml"))
SEEN = Recogniser(LAWS)

BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)


def cited(text: str) -> list[str]:
    return [citation.law.number if citation.law else f"? {citation.shown}" for citation in SEEN.read(text).citations]


def found(text: str, day: date, **declared: Any) -> list[tuple[str, str]]:
    """Return severity and words of what the rule finds."""
    return [(f.severity, f.words) for f in CitationRule(LAWS).findings(Post(text), day, declared)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Theo Luật số 120/2025/QH15, người dân...", ["120/2025/QH15"]),
        ("(144/2021/NÐ-CP)", ["144/2021/NĐ-CP"]),  # Eth, which looks the same
        ("Nghị định 144/2021/ND-CP.", ["144/2021/NĐ-CP"]),
        ("Nghị định 144/2021/NĐ–CP", ["144/2021/NĐ-CP"]),
        ("Nghị định 9/2017/NĐ-CP", ["09/2017/NĐ-CP"]),
        ("Pháp lệnh số 10/2003/PL-UBTVQH11", ["10/2003/PL-UBTVQH11"]),
        ("Luật Phòng, chống ma túy 2021", ["73/2021/QH14"]),
        ("Luật Phòng, chống ma tuý năm 2025", ["120/2025/QH15"]),
        ("luật phòng chống ma túy năm 2021", ["73/2021/QH14"]),
        ("LUẬT AN NINH MẠNG NĂM 2018", ["24/2018/QH14"]),
        ("Luật An ninh mạng (2025)", ["116/2025/QH15"]),
        ("Luật Phòng, chống ma túy (sửa đổi) quy định", ["120/2025/QH15"]),
        ("Luật Phòng, chống\nma túy năm 2021", ["73/2021/QH14"]),
        ("BLHS quy định", ["100/2015/QH13"]),
        ("Bộ luật Hình sự năm 2015, sửa đổi, bổ sung năm 2017, 2024, 2025", ["100/2015/QH13"]),
        ("Luật sửa đổi, bổ sung một số điều của Bộ luật Hình sự năm 2025", ["86/2025/QH15"]),
        ("Quyết định 793/QĐ-TTg ngày 10/5/2016", ["793/QĐ-TTg"]),
        ("Quyết định 793/QĐ-TTg ngày 10 tháng 5 năm 2016", ["793/QĐ-TTg"]),
        ("Quyết định 793/QĐ-TTg năm 2016", ["793/QĐ-TTg"]),
        ("Quyết định 793/QĐ-TTg ngày 10/5/2019", ["? 793/QĐ-TTg"]),
        ("Luật 24/2018/QH14 và 86/2015/QH13", ["24/2018/QH14", "86/2015/QH13"]),
        ("Luật 120/2024/QH15", ["? 120/2024/QH15"]),
        ("Luật An ninh mạng 2020", ["? Luật An ninh mạng 2020"]),
        ("Thông tư liên tịch 01/2015/TTLT-BCA-BYT", ["? 01/2015/TTLT-BCA-BYT"]),
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_citation_is_seen_however_it_is_written(text: str, numbers: list[str], form: Any) -> None:
    assert cited(unicodedata.normalize(form, text)) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "https://vbpl.vn/120/2025/QH15/toan-van",
        "xem vbpl.vn/van-ban/120/2025/QH15",
        "https://vbpl.vn/?so=144/2021/NĐ-CP",
        "https://vbpl.vn/tim?q=x+120/2025/QH15",
        "https://a.vn/?q=luat-phong-chong-hiv/aids",
        "mã A120/2025/QH15",
        "120/2025/QH15B",
        "1120/2025/QH1500",
        "ngày 26/6/2026, 8h30, 24/7",
        "Luật Phòng, chống ma túy giúp mỗi gia đình",  # says not which of the three
        "#LuatAnNinhMang2018 #HaNoi",
        "kỷ luật An toàn 2018, luật chơi 2020",
        "đề nghị định kỳ 2020",
        "113/BC-CA",
        "",
    ],
)
def test_what_is_no_citation_is_left_alone(text: str) -> None:
    assert cited(text) == []


@pytest.mark.parametrize(
    ("text", "history"),
    [
        ("Trước đây, theo {}, mức phạt là khác.", True),
        ("Quy định tại {} trước đây", True),
        ("{} (đã hết hiệu lực từ 01/7/2026)", True),
        ("{} ngày 30/3/2021 của Quốc hội đã hết hiệu lực", True),
        ("{} sẽ hết hiệu lực từ ngày 01/7/2026", True),
        ("{} được thay thế bởi Luật số 120/2025/QH15", True),
        ("{} và Luật số 86/2015/QH13 bị thay thế", True),
        ("Luật số 120/2025/QH15 thay thế {}", True),
        ("Luật số 120/2025/QH15 thay thế cho Luật Phòng, chống ma túy số {}", True),
        ("Nghị định mới bãi bỏ Nghị định về quản lý pháo số {}", True),
        ("Theo {}, người dân phải khai báo.", False),
        ("Trước đây nhiều người chưa rõ, nay theo {} phải khai báo.", False),
        ("Trước đây nhiều người chưa rõ. Theo {}, phải khai báo.", False),
        ("Theo {}, giấy phép đã hết hiệu lực phải nộp lại.", False),
        ("{} chưa hết hiệu lực", False),
        ("Luật cũ được thay thế bởi {}", False),
        ("Thay thế thẻ cũ theo {}", False),
        ("Theo hành vi này tại {}", False),
    ],
)
def test_how_a_text_is_meant_is_read_from_the_words_around(text: str, history: bool) -> None:
    first = next(c for c in SEEN.read(text.format("73/2021/QH14")).citations if c.law and c.law.id == "luat-pcmt-2021")

    assert first.history is history


@pytest.mark.parametrize(
    "text",
    [
        "Luật số 120/2025/QH15 sẽ có hiệu lực từ ngày 01/7/2026.",
        "Quốc hội đã thông qua Luật số 120/2025/QH15. Luật có hiệu lực từ ngày 1 tháng 7 năm 2026.",
        "Từ 01/7/2026, Luật Phòng, chống ma túy 2025 quy định...",
        "Luật số 73/2021/QH14 sẽ được thay thế bởi Luật số 120/2025/QH15 từ ngày 1-7-2026.",
    ],
)
def test_a_new_law_may_be_announced_with_its_day(text: str) -> None:
    assert found(text, BEFORE) == []
    assert [severity for severity, _ in found("Theo Luật số 120/2025/QH15, phải khai báo.", BEFORE)] == ["error"]


def test_an_announcement_without_the_day_says_what_is_missing() -> None:
    [(severity, words)] = found("Luật số 120/2025/QH15 sẽ có hiệu lực từ năm sau.", BEFORE)

    assert severity == "error"
    assert "bài phải ghi rõ ngày có hiệu lực: 01/7/2026" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Luật 120/2024/QH15", "ý bạn là 120/2025/QH15?"),
        ("Luật 73/2021/QH15", "ý bạn là 73/2021/QH14?"),
        ("Luật An ninh mạng 2020", "ý bạn là 24/2018/QH14, 116/2025/QH15?"),
        ("Quyết định 793/QĐ-TTg", "viết kèm ngày ban hành: 793/QĐ-TTg ngày 10/5/2016"),
        ("Quyết định 152/QĐ-TTg", "viết kèm ngày ban hành: 152/QĐ-TTg ngày ..."),
        ("Bộ luật Hình sự sửa đổi (Luật 91/2025/QH15)", "đúng là 86/2025/QH15"),
        ("Luật An ninh mạng 2025 có hiệu lực từ ngày 1/1/2026", "đúng là 01/7/2026"),
    ],
)
def test_what_is_probably_wrong_is_a_warning_that_names_the_right_one(text: str, words: str) -> None:
    said = found(text, AFTER)

    assert [severity for severity, _ in said] == ["warning"]
    assert words in said[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "Quyết định 152/QĐ-TTg ngày 20/01/2026",  # an act of a day never stands in the register
        "Kế hoạch 08/KH-UBND ngày 08/01/2026",
        "được sửa đổi bởi Luật 67/2020/QH14",  # stands in the entry of the law that it amends
        "Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15",
        "Bộ luật Hình sự (sửa đổi bởi 86/2025/QH15) và Luật 91/2025/QH15",
    ],
)
def test_what_is_right_is_not_asked_about(text: str) -> None:
    assert found(text, AFTER) == []


def test_what_the_author_declares_goes_before_the_words_around() -> None:
    text = "Theo Luật 73/2021/QH14, có ba nhóm hành vi."

    assert [severity for severity, _ in found(text, AFTER)] == ["error"]
    assert found(text, AFTER, **{"73/2021/qh14": "history"}) == []
    assert "bỏ upcoming" in found("Luật 120/2025/QH15", AFTER, **{"120/2025/qh15": "upcoming"})[0][1]


def test_titles_and_pictures_are_read_too() -> None:
    picture = Picture("a.png", "", "image/png", 1, "Áp phích Luật An ninh mạng 2018")
    post = Post("Chào bà con", title="Luật 73/2021/QH14", images=(picture,))

    assert len(CitationRule(LAWS).findings(post, AFTER, {})) == 2


def test_without_a_register_nothing_is_said() -> None:
    assert CitationRule(Laws()).findings(Post("Luật 73/2021/QH14, Luật 1/2020/QH14"), AFTER, {}) == ()


def test_a_register_with_a_mistake_does_not_call_others_unknown() -> None:
    rule = CitationRule(Laws(texts=LAWS.texts[:3], present=True, whole=False))

    assert rule.findings(Post("Luật 24/2018/QH14"), AFTER, {}) == ()


def test_a_text_is_read_once_and_judged_once_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = CitationRule(LAWS)
    reads: list[str] = []
    judged: list[date] = []
    look, judge = rule.recogniser._look, rule._judge

    def look_once(text: str) -> Any:
        reads.append(text)
        return look(text)

    def judge_once(reading: Any, day: date, declared: Any) -> Any:
        judged.append(day)
        return judge(reading, day, declared)

    monkeypatch.setattr(rule.recogniser, "_look", look_once)
    monkeypatch.setattr(rule, "_judge", judge_once)

    for _ in range(600):
        for day in (BEFORE, AFTER):
            rule.findings(Post("Luật 73/2021/QH14"), day, {})

    assert (len(reads), judged) == (1, [BEFORE, AFTER])


def test_texts_without_a_sign_of_a_citation_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    recogniser = Recogniser(LAWS)
    monkeypatch.setattr(recogniser, "_look", lambda text: pytest.fail(text))

    recogniser.read("Ngày 26/6, người nghiện cần được giúp đỡ, gọi 113 (24/7). " * 10)


@pytest.mark.parametrize(
    "piece", ["Luật 73/2021/QH14, ", "thay thế Luật A ", "ngày 1/1/2020 của Quốc hội ", "và số đã sẽ "]
)
def test_a_text_built_to_take_long_does_not(piece: str) -> None:
    text = (piece * 4000)[:50_000] + "Luật 73/2021/QH14 " + (piece * 400)[:5000]
    began = time.process_time()

    SEEN.read(text)

    assert time.process_time() - began < 2
