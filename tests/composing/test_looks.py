"""Looks: where a network folds a text, and what stands on an avatar."""

from __future__ import annotations

import pytest

from scheduler.channels.registry import NETWORKS
from scheduler.composing.looks import LOOKS, Look, folded, initials, look_of


def test_every_network_has_a_look() -> None:
    assert set(NETWORKS) <= set(LOOKS)


def test_an_unknown_network_looks_plain() -> None:
    assert look_of("mới") == Look("mới")


@pytest.mark.parametrize(
    ("text", "seen", "rest"),
    [
        ("ngắn", "ngắn", ""),
        ("một\nhai\nba\nbốn", "một\nhai", "ba\nbốn"),
        ("một hai ba bốn năm", "một hai ba", "bốn năm"),
        ("một https://example.org/a hai", "một", "https://example.org/a hai"),
        ("một hai #ThangHanhDong", "một hai", "#ThangHanhDong"),
        ("một hai\n\n\n", "một hai\n\n\n", ""),
        ("https://example.org/dai hai", "https://example.org/dai", "hai"),
        ("https://example.org/dai", "https://example.org/dai", ""),
    ],
)
def test_a_text_is_cut_between_words(text: str, seen: str, rest: str) -> None:
    assert folded(text, Look("x", 2, 13)) == (seen, rest)


def test_without_a_fold_everything_is_seen() -> None:
    assert folded("a\n" * 100, Look("x")) == ("a\n" * 100, "")


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Phường Hà Đông", "HĐ"), ("Công an thành phố Hà Nội", "HN"), ("ha-noi", "HN"), ("@hanoi", "H"), ("", "?")],
)
def test_the_avatar_has_the_last_two_initials(name: str, letters: str) -> None:
    assert initials(name.lstrip("@")) == letters
