"""Fitting: hashtags, addresses and pictures that a network counts, and what it says where there are too many or none."""

from __future__ import annotations

from scheduler.channels.contract import Limits, Picture, Post
from scheduler.composing.fit import misfits

PICTURE = Picture("a.jpg", "", "image/jpeg", 1, "")


def said(text: str, limits: Limits, *pictures: Picture) -> list[str]:
    return list(misfits(Post(text, images=pictures), limits, "mạng"))


def test_hashtags_over_the_number_are_named() -> None:
    limits = Limits(text=100, tags=2)
    assert said("#MộtHai #ba, xem https://a.vn/#bon", limits) == []
    [words] = said("#một #hai #ba #bốn", limits)
    assert "4 hashtag, tối đa 2; bỏ bớt: #ba, #bốn" in words


def test_one_address_twice_is_one() -> None:
    limits = Limits(text=200, links=1)
    assert said("https://a.vn/1 và https://a.vn/1.", limits) == []
    [words] = said("https://a.vn/1 và https://a.vn/2", limits)
    assert "2 địa chỉ khác nhau, tối đa 1" in words


def test_words_alone_are_no_post_where_a_picture_is_needed() -> None:
    limits = Limits(text=100, images=1, needs_media=True)
    assert said("Chữ", limits, PICTURE) == []
    [words] = said("Chữ", limits)
    assert "bài phải có ảnh hoặc video; thêm images" in words
