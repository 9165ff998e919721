"""Type: Vietnamese is whole, lines break where a reader would pause, and no mark is cut off."""

from __future__ import annotations

import unicodedata
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from scheduler.composing.typesetting import face_of, least_lines, set_in, strange_letters

VOWELS = "aăâeêioôơuưy"
LETTERS = [
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in VOWELS + VOWELS.upper()
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
] + list("bcdđghklmnpqrstvxBCDĐGHKLMNPQRSTVX0123456789.,:;!?–-“”()/%&•…")
HIGHEST = "ẲẮẰỔẨẴỂỖẤỄỘỢỤỴ"
SENTENCE = "Hà Nội hưởng ứng Tháng hành động phòng, chống ma túy, vì mỗi gia đình bình yên và mỗi khu dân cư an toàn"


def test_the_type_has_every_vietnamese_letter() -> None:
    assert len(LETTERS) > 200
    assert strange_letters("".join(LETTERS)) == []


def test_what_the_type_lacks_is_named_once() -> None:
    assert strange_letters("Gọi 😀 113 😀 中 →") == ["😀", "中", "→"]


@pytest.mark.parametrize("weight", ["Bold", "SemiBold", "Medium"])
@pytest.mark.parametrize("text", [HIGHEST, "Ộ Ẵ\nẲ Ụ", "ặ ợ ỵ ẳ"])
def test_all_ink_lies_within_the_height(weight: str, text: str) -> None:
    setting = set_in(text, weight, 80, 1200)
    assert setting is not None
    canvas = Image.new("L", (1400, setting.height + 200))

    setting.draw(ImageDraw.Draw(canvas), 100, 100, "#ffffff")  # type: ignore[arg-type]

    box = canvas.getbbox()
    assert box is not None
    assert (box[1], box[3]) == (100, 100 + setting.height)
    assert box[0] >= 100 - 8  # a letter may lean a little over its edge
    assert box[2] <= 100 + setting.width


def test_a_dot_below_never_touches_a_mark_above() -> None:
    setting = set_in("ỘỘỘỘ\nẲẲẲẲ", "Bold", 80, 1200, spacing=0.5)
    assert setting is not None
    canvas = Image.new("L", (600, setting.height))
    setting.draw(ImageDraw.Draw(canvas), 0, 0, "#ffffff")  # type: ignore[arg-type]

    inked = [any(canvas.crop((0, y, 600, y + 1)).tobytes()) for y in range(setting.height)]

    upper = face_of("Bold", 80).getbbox("ỘỘỘỘ", anchor="ls")
    between = setting.above + int(upper[3])
    assert not inked[between]


def test_lines_break_at_blanks_only_and_lose_nothing() -> None:
    setting = set_in(SENTENCE, "Bold", 60, 700)

    assert setting is not None
    assert " ".join(setting.lines) == SENTENCE
    assert all(face_of("Bold", 60).getlength(line) <= 700 for line in setting.lines)


def test_the_last_line_is_not_a_syllable_alone() -> None:
    setting = set_in("Phòng ngừa tội phạm ngay từ mỗi gia đình", "Bold", 60, 640)

    assert setting is not None
    assert len(setting.lines) > 1
    assert " " in setting.lines[-1]


def test_a_line_ends_after_a_comma_rather_than_before_a_dash() -> None:
    setting = set_in("Chậm – Chặn – Chắn: ba chữ để không mất tiền", "Bold", 70, 640)

    assert setting is not None
    assert not any(line.startswith("–") for line in setting.lines)


@settings(max_examples=400, deadline=None)
@given(
    words=st.lists(st.sampled_from([*SENTENCE.split(), "WWWW", "iiii", "thuốc-lá-điện-tử"]), min_size=1, max_size=20),
    size=st.integers(20, 140),
    width=st.integers(150, 1400),
    weight=st.sampled_from(["Bold", "Medium"]),
)
def test_what_is_refused_by_reckoning_would_not_have_fitted(
    words: list[str], size: int, width: int, weight: str
) -> None:
    text = " ".join(words)

    least, setting = least_lines(text, weight, size, width), set_in(text, weight, size, width)

    assert setting is None or (least is not None and least <= len(setting.lines))


@pytest.mark.parametrize("word", ["iiii", "WWWW", "đường"])
def test_a_word_that_just_fits_is_not_refused_by_reckoning(word: str) -> None:
    for size in range(20, 140):
        width = ceil(face_of("Bold", size).getlength(word))
        assert least_lines(word, "Bold", size, width) == 1


def test_a_syllable_wider_than_the_width_is_refused() -> None:
    assert set_in("https://example.org/dai-qua-di-thoi", "Bold", 60, 300) is None
