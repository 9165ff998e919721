"""The function law() of templates: the text that is in force on the day of posting, or words that say why not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scheduler.authoring.loader import read_book
from scheduler.authoring.recurrence import occurrences
from scheduler.channels.contract import Post
from scheduler.composing.citation_rule import CitationRule
from scheduler.composing.render import Renderer, RenderError
from scheduler.registers.laws import Laws
from scheduler.registers.laws_file import read_laws
from tests.authoring.desk import Desk

REGISTER = Path(__file__).resolve().parents[2] / "campaigns/laws.yaml"
LAWS, _ = read_laws(REGISTER, Path("laws.yaml"))
BEFORE, AFTER = date(2026, 6, 30), date(2026, 7, 1)


def rendered(folder: Path, call: str, day: date | None, laws: Laws | None = LAWS) -> str:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates/a.j2").write_text("{{ " + call + " }}")
    return Renderer(folder, laws).render("a.j2", {}, day)


OLD, NEW = "Luật Phòng, chống ma túy số 73/2021/QH14", "Luật Phòng, chống ma túy số 120/2025/QH15"


@pytest.mark.parametrize(
    ("call", "before", "after"),
    [
        ('law("ma-tuy")', OLD, NEW),
        ('law("luat-pcmt")', OLD, NEW),
        ('law("120/2025/QH15")', NEW, NEW),  # a number is a number; the rule judges it
        ('law("ma-tuy", "number")', "73/2021/QH14", "120/2025/QH15"),
        ('law("ma-tuy", form="title")', "Luật Phòng, chống ma túy", "Luật Phòng, chống ma túy"),
        ('law("ma-tuy", mode="upcoming")', NEW + " (sẽ có hiệu lực từ ngày 01/7/2026)", NEW),
        ('law("24/2018/QH14", mode="history")', "Luật An ninh mạng số 24/2018/QH14",
         "Luật An ninh mạng số 24/2018/QH14 (đã hết hiệu lực từ ngày 01/7/2026)"),
        ('law("phao")', "Nghị định số 137/2020/NĐ-CP về quản lý, sử dụng pháo",
         "Nghị định số 137/2020/NĐ-CP về quản lý, sử dụng pháo"),
        ('law("BLHS")', *["Bộ luật Hình sự năm 2015, sửa đổi, bổ sung năm 2017, 2024, 2025"] * 2),
        ('law("793/QĐ-TTg")', *["Quyết định số 793/QĐ-TTg ngày 10/5/2016"] * 2),
        ('law("793/QĐ-TTg", "number")', *["793/QĐ-TTg ngày 10/5/2016"] * 2),
    ],
)  # fmt: skip
def test_a_template_names_the_text_of_the_day(tmp_path: Path, call: str, before: str, after: str) -> None:
    assert [rendered(tmp_path, call, day) for day in (BEFORE, AFTER)] == [before, after]


@pytest.mark.parametrize("call", ['law("ma-tuy")', 'law("ma-tuy", mode="upcoming")', 'law("ma-tuy", mode="history")',
                                  'law("793/QĐ-TTg")', 'law("BLHS")', 'law("luat-anm", "number")'])  # fmt: skip
def test_what_a_template_cites_is_never_refused(desk: Desk, call: str) -> None:
    for day in (BEFORE, AFTER):
        assert CitationRule(LAWS).findings(Post(rendered(desk.folder, call, day)), day, {}) == ()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ('law("120/2024/QH15")',
         'law: không có văn bản "120/2024/QH15" trong campaigns/laws.yaml; ý bạn là "120/2025/QH15"?'),
        ('law("ma-tui")', 'law: không có văn bản "ma-tui" trong campaigns/laws.yaml; ý bạn là "ma-tuy"?'),
        ('law("ma-tuy", "ful")', 'law: "ful" không đúng; ý bạn là "full"? (chọn: full, number, title)'),
        ('law("ma-tuy", mode="now")', 'law: "now" không đúng'),
        ("law()", 'law: viết như: law("ma-tuy")'),
        ("law(1)", 'law: viết như: law("ma-tuy")'),
        ('law("ma-tuy", moode="x")', 'law: viết như: law("ma-tuy")'),
        ('law("ma-tuy", "full", "basis", 1)', 'law: viết như: law("ma-tuy")'),
        ("law", "chỗ này không ra chữ hay số"),
        ("law.__self__", 'không được dùng "__self__"'),
        ("law.__func__", 'không được dùng "__func__"'),
        ('law.laws', 'không có "laws" trong biến này'),
        ('law("ma-tuy").__class__', 'không được dùng "__class__"'),
    ],
)  # fmt: skip
def test_what_law_cannot_say_is_said_in_words(tmp_path: Path, call: str, words: str) -> None:
    with pytest.raises(RenderError) as refusal:
        rendered(tmp_path, call, AFTER)

    assert f"templates/a.j2:1: {words}" in str(refusal.value)


def test_a_family_of_which_nothing_is_in_force_says_so(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match='không văn bản nào của "luat-ai" có hiệu lực vào ngày đăng 28/02/2026'):
        rendered(tmp_path, 'law("luat-ai")', date(2026, 2, 28))


def test_a_family_that_has_ended_says_so_and_does_not_propose_itself(tmp_path: Path) -> None:
    ended = """\
texts:
  - {id: cu, number: "1/2020/QH14", kind: luat, title_vi: Luật Cũ, effective_from: "2020-01-01", effective_to: "2021-01-01", confidence: high}
families: {cu-cu: ["1/2020/QH14"]}
"""
    (tmp_path / "laws.yaml").write_text(ended, "utf-8")
    laws, _ = read_laws(tmp_path / "laws.yaml", Path("laws.yaml"))

    with pytest.raises(RenderError, match='không văn bản nào của "cu-cu" có hiệu lực'):
        rendered(tmp_path, 'law("cu-cu")', date(2026, 2, 28), laws)


def test_without_the_register_the_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"chưa có campaigns/laws\.yaml"):
        rendered(tmp_path, 'law("ma-tuy")', AFTER, None)


def test_the_day_is_the_local_day_of_posting(desk: Desk) -> None:
    """In Hanoi the cliff lies at 17:00 of the day before, in UTC."""
    desk.write("campaigns/laws.yaml", REGISTER.read_bytes())
    desk.write("templates/a.j2", "Theo {{ law('ma-tuy', 'number') }}.")
    desk.write(
        "campaigns/c.yaml",
        "campaign: c\nchannels: [bang-tin]\nmessages:\n"
        '  - {id: a, template: a.j2, when: {every: day, at: ["00:00", "23:59"], from: 2026-06-30, until: 2026-07-01}}\n',
    )
    [authored] = read_book(desk.folder).campaigns
    message = authored.campaign.messages[0]
    start = desk.at.replace(year=2026)

    texts = [
        composed.post.text
        for occurrence in occurrences(message.when, desk.settings.zone, start, desk.at)
        for composed in desk.composer.compose(
            authored.campaign, message, occurrence, [desk.book().channels["bang-tin"]]
        )
    ]

    assert texts == ["Theo 73/2021/QH14."] * 2 + ["Theo 120/2025/QH15."] * 2
