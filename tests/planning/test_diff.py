"""The difference between two posts, as a reader sees it."""

from __future__ import annotations

import pytest

from scheduler.channels.contract import Picture, Post
from scheduler.planning.diff import differences

RED = Picture("red.png", "a" * 64, "image/png", 1, "đỏ")
BLUE = Picture("blue.png", "b" * 64, "image/png", 1, "xanh")


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (Post("một\nhai"), Post("một\nhai"), "  một|  hai"),
        (Post("một\nhai"), Post("một\nba"), "  một|- hai|+ ba"),
        (Post(""), Post("một"), "- |+ một"),
        (Post("một", title="Cũ"), Post("một", title="Mới"), "- # Cũ|+ # Mới|  một"),
        (Post("một", images=(RED,)), Post("một", images=(BLUE,)), f"  một|- [{'a' * 12}] đỏ|+ [{'b' * 12}] xanh"),
    ],
)
def test_each_line_goes_comes_or_stays(before: Post, after: Post, shown: str) -> None:
    assert "|".join(f"{sign} {line}" for sign, line in differences(before, after)) == shown
