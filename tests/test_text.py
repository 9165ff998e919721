"""Vietnamese text: composed, folded, counted and sorted as Vietnamese does."""

from __future__ import annotations

import grapheme
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.text import cut, did_you_mean, emoji_bytes, fold, graphemes, nfc, say, slug, sort_key, squeeze, utf16


@given(st.text(st.sampled_from("aấ\r\n \u0301\u200d👨👩🇻🇳️1⃣한ᄀ•…\u00ad\u0e33ภ"), max_size=30))
def test_graphemes_are_those_of_unicode(text: str) -> None:
    assert graphemes(text) == grapheme.length(text)


@given(st.text(max_size=30))
def test_graphemes_of_any_text_are_those_of_unicode(text: str) -> None:
    assert graphemes(text) == grapheme.length(text)


def test_units_of_the_networks_differ() -> None:
    assert (len("👍ấ"), graphemes("👍ấ"), utf16("👍ấ")) == (2, 2, 3)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Phòng, chống ma túy ✓ → ©", 25),
        ("👍", 4),
        ("a👍🏽b", 10),
        ("👨‍👩‍👧", 18),
        ("🇻🇳", 8),
        ("1️⃣", 7),
        ("☎️", 6),
    ],
)
def test_an_emoji_counts_as_its_bytes_and_nothing_else_does(text: str, length: int) -> None:
    assert emoji_bytes(text) == length


def test_folding_leaves_plain_letters() -> None:
    assert fold("Phòng, chống MA TÚY Đà Nẵng") == "phong, chong ma tuy da nang"
    assert slug("Phòng, chống ma túy!") == "phong-chong-ma-tuy"


def test_composed_and_decomposed_are_the_same() -> None:
    assert nfc("Ha\u0300 No\u0323\u0302i") == "Hà Nội"
    assert squeeze(" Ha\u0300\n\t Nội ") == "Hà Nội"


def test_sorting_is_by_letter_then_by_tone() -> None:
    words = ["đa", "da", "ba", "bà", "bă", "bâ", "bá", "bz", "ca"]

    assert sorted(words, key=sort_key) == ["ba", "bà", "bá", "bă", "bâ", "bz", "ca", "da", "đa"]


@given(st.text(max_size=20))
def test_every_text_can_be_sorted(text: str) -> None:
    letters, tones = sort_key(text)

    assert len(letters) == len(tones)


def test_near_words_are_offered_and_far_ones_are_not() -> None:
    assert did_you_mean("txt", ["text", "title"]) == '; ý bạn là "text"?'
    assert did_you_mean("qqq", ["text"]) == ""


@pytest.mark.parametrize(("locale", "said"), [("en", "b"), ("en_GB", "b"), ("vi", "a"), ("fr", "a")])
def test_the_language_is_chosen_by_the_locale(monkeypatch: pytest.MonkeyPatch, locale: str, said: str) -> None:
    monkeypatch.setenv("LOA_LOCALE", locale)

    assert say("a", "b") == said


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("Gọi 113.", 8, "Gọi 113."),
        ("Câu một dài. Câu hai dài.", 20, "Câu một dài."),
        ("Ngắn. Một câu rất dài không có dấu chấm nào", 30, "Ngắn. Một câu rất dài không có"),
        ("Tại TP. Hà Nội có 126 xã, phường.", 12, "Tại TP. Hà"),
        ("Dòng một\nDòng hai dài hơn", 15, "Dòng một"),
        ("Chung tay #PhongChongMaTuy", 20, "Chung tay"),
        ("Xem https://hanoi.gov.vn/tin", 15, "Xem"),
        ("dài" * 10, 5, ""),
        ("Gọi 👨‍👩‍👧‍👦 nhé", 6, "Gọi"),
        ("", 0, ""),
    ],
)
def test_a_text_is_cut_at_a_sentence_or_a_syllable(text: str, limit: int, kept: str) -> None:
    assert cut(text, limit) == kept


@given(st.text(st.sampled_from("aấ .!\n#👨\u200d👩1"), max_size=60), st.integers(0, 60))
def test_a_cut_fits_and_never_splits_a_word(text: str, limit: int) -> None:
    kept = cut(text, limit, graphemes)

    assert graphemes(kept) <= limit
    assert text.startswith(kept)
    assert kept == text or text[len(kept) :][:1].isspace() or not kept
