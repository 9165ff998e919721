"""Old Vietnamese letters are recognised and read; Unicode, other languages and signs are left alone."""

from __future__ import annotations

import pytest

from scheduler.authoring.old_letters import by_font, common, may_be, read_old, recognised


@pytest.mark.parametrize(
    ("stored", "letters", "meant"),
    [
        ("KÕ ho¹ch tuyªn truyÒn phßng, chèng ma tuý", "TCVN3", "Kế hoạch tuyên truyền phòng, chống ma tuý"),
        ("Ngµy giê ®¨ng, ­u tiªn §¬n vÞ", "TCVN3", "Ngày giờ đăng, ưu tiên Đơn vị"),
        ("Keá hoaïch tuyeân truyeàn phoøng, choáng ma tuyù", "VNI", "Kế hoạch tuyên truyền phòng, chống ma tuý"),
        ("NGAØY GIÔØ ÑAÊNG, öu tieân Ñôn vò", "VNI", "NGÀY GIỜ ĐĂNG, ưu tiên Đơn vị"),
    ],
)
def test_old_letters_are_recognised_and_read(stored: str, letters: str, meant: str) -> None:
    assert recognised(stored) == letters
    assert read_old(stored, letters) == meant  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "Kế hoạch",
        "Hà Nội",
        "mãi mãi là",
        "Cà phê và mì",
        "Café naïve",
        "Düsseldorf",
        "© 2027",
        "½ ngày",
        "113",
        "à",
        "±5 °C",
    ],
)
def test_unicode_and_other_languages_are_left_alone(text: str) -> None:
    assert recognised(text) is None


def test_a_word_that_could_be_either_follows_its_company() -> None:
    assert recognised("Giê") is None
    assert may_be("Giê", "TCVN3")
    assert not may_be("Giờ", "TCVN3")
    assert common(["Ngµy", "Néi dung", "Giê", "link"]) == "TCVN3"
    assert common(["Ngày", "Hà Nội"]) is None


def test_the_font_tells_and_its_capitals_are_capitals() -> None:
    assert (by_font(".VnTime"), by_font("VNI-Times"), by_font("Times New Roman")) == ("TCVN3", "VNI", None)
    assert read_old("céng hoµ", "TCVN3", ".VnTimeH") == "CỘNG HOÀ"
