"""Every rule catches what it should and lets the sentences of every day pass."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scheduler.authoring.campaign import Campaign, Message
from scheduler.channels.contract import Post
from scheduler.composing.examine import Spoken
from scheduler.composing.lint.known import Known
from scheduler.composing.lint.linter import Linter
from scheduler.composing.lint.rules import BY_ID, LINT
from scheduler.registers.hotlines import read_hotlines
from tests.composing.lint.official import OFFICIAL
from tests.composing.lint.tables import CAUGHT, CLEAN

HOUSE = Path(__file__).resolve().parents[3]
HOTLINES, _ = read_hotlines(HOUSE / "campaigns" / "hotlines.yaml")
KNOWN = Known(hotlines=HOTLINES, links=frozenset({"gov.vn", "chongthurac.vn"}))
MESSAGE = Message.model_validate({"id": "tin", "text": "x", "when": {"on": "2027-06-01 08:00"}})
CAMPAIGN = Campaign(campaign="c", messages=(MESSAGE,))


def found(text: str, known: Known = KNOWN, network: str = "mastodon") -> dict[str, str]:
    """Return the rules that a text breaks, each with its sentence."""
    spoken = Spoken(Post(text), date(2027, 6, 1), CAMPAIGN, MESSAGE, (network,))
    return {finding.rule: finding.words for finding in Linter(known).findings(spoken)}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in CAUGHT.items() for text in texts])
def test_a_rule_catches(rule: str, text: str) -> None:
    assert rule in found(text)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in CLEAN.items() for text in texts])
def test_a_rule_lets_pass(rule: str, text: str) -> None:
    assert rule not in found(text)


@pytest.mark.parametrize("text", OFFICIAL)
def test_what_offices_write_every_day_is_clean(text: str) -> None:
    assert found(text) == {}


def test_the_sentences_of_every_day_are_clean_together() -> None:
    assert found("\n".join(OFFICIAL)) == {}


def test_every_rule_has_its_table() -> None:
    by_words = {rule.id for rule in LINT} - {"ai-label"}  # its pictures are declared: tests/planning/test_lint.py

    assert set(CAUGHT) == set(CLEAN) == by_words
    assert min(map(len, [*CAUGHT.values(), *CLEAN.values()])) >= 6
    assert len(BY_ID) == len(LINT)


@pytest.mark.parametrize("rule", LINT, ids=lambda rule: rule.id)
def test_the_examples_that_are_explained_are_true(rule: object) -> None:
    one = BY_ID[rule.id]  # type: ignore[attr-defined]
    if one.id in ("ai-label", "call-to-action"):  # they tell of more than a text
        return
    networks = {"Mastodon": "mastodon", "Bluesky": "bluesky"}
    for text in one.caught:
        assert one.id in found(text, network=networks.get(text.split(":")[0], "mastodon")), text
    for text in one.clean:
        assert one.id not in found(text, network=networks.get(text.split(":")[0], "mastodon")), text


def test_both_styles_of_tones_and_both_cases_are_one() -> None:
    for text in ("Triệt xóa 15 tụ điểm.", "Triệt xoá 15 tụ điểm.", "TRIỆT XOÁ 15 TỤ ĐIỂM."):
        assert "figures" in found(text), text


def test_a_phrase_is_found_over_the_end_of_a_line() -> None:
    assert "stigma" in found("Giúp con\nnghiện làm lại cuộc đời.")


def test_a_finding_repeats_what_was_written_and_what_would_be_right() -> None:
    assert found("CON NGHIỆN")["stigma"].startswith(
        '"CON NGHIỆN" gây kỳ thị; dùng từ của pháp luật: người nghiện ma túy'
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Phßng chèng ma tóy", "Phòng chống ma túy"),
        ("Phoøng choáng ma tuùy", "Phòng chống ma túy"),
        ("PhÃ²ng chá»‘ng ma tÃºy", "Phòng chống ma túy"),
        ("Ma tuÃ½", "Ma tuý"),
        ("Ng­êi d©n cÇn c¶nh gi¸c", "Người dân cần cảnh giác"),
        ("Phòng ch¯ng ma túy", "Phòng chống ma túy"),
    ],
)
def test_a_garbled_text_is_given_back_as_it_was_meant(text: str, meant: str) -> None:
    assert f'viết lại bằng Unicode: "{meant}"' in found(text)["mojibake"]


def test_an_unknown_hotline_names_the_nearest() -> None:
    words = found("Đường dây nóng 0769.04.04.05 hoặc 1900 969 681.")

    assert "ý bạn là 1900 969 680" in words["hotline"]


def test_without_the_register_no_number_is_looked_up() -> None:
    said = found("Gọi 117. Xâm hại trẻ em. Đường dây nóng: 0912 345 678.", known=Known())

    assert said == {}


def test_a_link_below_an_allowed_domain_is_allowed() -> None:
    known = Known(links=frozenset({"gov.vn", "vbpl.vn"}), strict=True)

    assert "link" not in found("Xem https://thu.vbpl.vn/a và hanoi.gov.vn", known)
    assert "link" in found("Xem https://vbpl.vn.example.com/a", known)


def test_a_hashtag_with_marks_is_fine_where_the_network_keeps_it() -> None:
    assert "hashtag" in found("#PhòngChốngMaTuý", network="mastodon")
    assert "viết #PhongChongMaTuy" in found("#PhòngChốngMaTuý", network="mastodon")["hashtag"]
    assert "hashtag" not in found("#PhòngChốngMaTuý", network="bluesky")
