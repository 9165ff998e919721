"""The month of June 2027 that we ship: whole, calm, and fit for every network an office may add."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from scheduler.authoring.loader import Authored
from scheduler.authoring.recurrence import Occurrence
from scheduler.authoring.timetable import timetable
from tests.authoring.desk import CHANNELS, Desk

HOUSE = Path(__file__).resolve().parents[2]
CAMPAIGN = "campaigns/thang-hanh-dong-2027.yaml"
WRITTEN = datetime(2026, 11, 24, tzinfo=UTC)
JUNE, JULY = datetime(2027, 6, 1, tzinfo=UTC), datetime(2027, 7, 2, tzinfo=UTC)
PLACE = {
    "gio": "8 giờ 30 phút, thứ Bảy 26/6/2027",
    "noi": "Cung Văn hóa của Thành phố, phường ở trung tâm",
    "xem": "kênh truyền hình của Thành phố",
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """The shipped workspace, with nothing else in it, at the time when it was written."""
    for name in ("campaigns", "templates"):
        shutil.copytree(HOUSE / name, tmp_path / name)
    for other in (tmp_path / "campaigns").glob("*.yaml"):
        if "\ncampaign: " in f"\n{other.read_text('utf-8')}" and other != tmp_path / CAMPAIGN:
            other.unlink()
    return Desk(tmp_path, at=WRITTEN)


def june(desk: Desk) -> Authored:
    return desk.book().campaigns[0]


def said(desk: Desk) -> Iterator[tuple[str, Occurrence]]:
    """Yield every time at which something is said in that month, with the message's id."""
    book = desk.book()
    for message in june(desk).campaign.messages:
        times = timetable(june(desk).campaign, message, desk.settings.zone, JUNE, JULY, book.days)
        yield from ((message.id, occurrence) for occurrence in times)


def on_every_network(desk: Desk, **filled: str) -> list[str]:
    """Return what is said of the campaign once it also goes to the networks with short posts."""
    desk.write("campaigns/channels.yaml", CHANNELS)
    text = (desk.folder / CAMPAIGN).read_text("utf-8")
    text = text.replace("channels: [bang-tin]", "channels: [bang-tin, masto, bsky, tele]")
    for name, words in filled.items():
        text, found = re.subn(rf'\b{name}: ""', f'{name}: "{words}"', text)
        assert found == 1
    desk.write(CAMPAIGN, text.encode())
    return [str(problem) for problem in desk.check()]


def test_every_post_fits_every_network(desk: Desk) -> None:
    assert on_every_network(desk) == []


def test_the_rally_fits_every_network_once_its_time_and_place_are_filled_in(desk: Desk) -> None:
    assert on_every_network(desk, **PLACE) == []


def test_it_speaks_once_or_twice_a_day_by_daylight_or_in_the_evening(desk: Desk) -> None:
    local = [occurrence.due.astimezone(desk.settings.zone) for _, occurrence in said(desk)]
    counted = Counter(due.date() for due in local)

    assert sorted(counted) == [date(2027, 6, day) for day in range(1, 31)]
    assert max(counted.values()) == 2
    assert all(time(6, 30) <= due.time() <= time(21) for due in local)
    assert len(local) == len(set(local)) == 54


def test_nothing_of_the_month_is_missing(desk: Desk) -> None:
    assert len(june(desk).campaign.messages) == 39
    counted = Counter(id for id, _ in said(desk))
    assert (counted["meo-cha-me"], counted["ky-nang-tu-choi"]) == (5, 4)
    left = [26 - o.due.astimezone(desk.settings.zone).day for id, o in said(desk) if id == "dem-nguoc"]
    assert left == [25, 20, 15, 10, 7, 5, 3, 2, 1]
