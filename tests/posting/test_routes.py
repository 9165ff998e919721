"""Routes: which of many workers speaks on which channel."""

from __future__ import annotations

import pytest

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.errors import SettingsError
from scheduler.posting.routes import Routes, queue_of

ENTRIES = [
    ChannelEntry(id=f"{network}-{unit}", network=network, account="a", unit=unit)
    for network in ("zalo", "feed")
    for unit in ("ba-dinh", "tay-ho")
]


def served(said: str) -> list[str]:
    routes = Routes.of(said)
    return [entry.id for entry in ENTRIES if routes.serves(entry)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", ["zalo-ba-dinh", "zalo-tay-ho", "feed-ba-dinh", "feed-tay-ho"]),
        ("zalo", ["zalo-ba-dinh", "zalo-tay-ho"]),
        (" zalo , unit:tay-ho ", ["zalo-ba-dinh", "zalo-tay-ho", "feed-tay-ho"]),
        ("!zalo", ["feed-ba-dinh", "feed-tay-ho"]),
        ("zalo, ! unit:tay-ho", ["zalo-ba-dinh"]),
    ],
)
def test_a_worker_takes_what_it_is_told_to(said: str, expected: list[str]) -> None:
    assert served(said) == expected


@pytest.mark.parametrize("said", ["zalo", "!zalo"])
def test_what_one_takes_the_other_leaves(said: str) -> None:
    other = said[1:] if said.startswith("!") else f"!{said}"
    assert sorted(served(said) + served(other)) == sorted(entry.id for entry in ENTRIES)


def test_a_wrong_name_is_told_with_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError, match='không có mạng "zallo"; ý bạn là "zalo"'):
        Routes.of("zallo")


def test_queues_are_those_of_the_channels_that_are_served_and_all_have_no_names() -> None:
    assert Routes.of("").queues(ENTRIES) is None
    assert Routes.of("zalo").queues(ENTRIES) == ["zalo/ba-dinh", "zalo/tay-ho"]
    assert {queue_of(entry) for entry in ENTRIES} == {"zalo/ba-dinh", "zalo/tay-ho", "feed/ba-dinh", "feed/tay-ho"}
