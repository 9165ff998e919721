"""What a delivery must wait for: nothing on most channels; an emergency waits for no limit of ours."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.channels.contract import Channel
from scheduler.channels.http import Wire
from scheduler.channels.registry import NETWORKS
from scheduler.clock import micros
from scheduler.ledger.waits import Demand, Room
from scheduler.posting.arm import Armed
from scheduler.posting.follow import demands

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2027, 12, 31, 12, tzinfo=HANOI)


def asked(
    network: str, *, pace: dict[str, str] | None = None, kind: str = "ordinary", now: datetime = NOW
) -> list[Demand]:
    """Return what one delivery on a channel of this network waits for."""
    wire = Wire(transport=httpx.MockTransport(lambda request: httpx.Response(500)))
    made: list[Channel] = [
        NETWORKS[name](id=id, account="1", base_url=None, secrets={}, wire=wire, folder=Path())
        for id, name in (("gui", network), ("oa", "zalo"))
    ]
    if NETWORKS[network].follows:
        made[0].follow(made[1])
    row = SimpleNamespace(key="thu/tin@once/gui", channel="gui", kind=kind)
    entry = ChannelEntry.model_validate({"id": "gui", "network": network, "account": "1", "pace": pace or {}})
    armed = cast(Any, SimpleNamespace(row=row, channel=made[0], receipt=None))
    return demands([cast(Armed, armed)], lambda channel: entry, HANOI, now)


def us(month: int, day: int, year: int = 2027) -> int:
    return micros(datetime(year, month, day, tzinfo=HANOI))


def test_on_most_channels_nothing_is_waited_for() -> None:
    assert asked("zalo") == asked("mastodon", pace={"per_day": "1", "min_gap": "1m"}) == []


def test_a_broadcast_waits_for_its_article_its_day_and_its_month() -> None:
    [demand] = asked("zalo_broadcast")

    assert demand.follows == "thu/tin@once/oa" and demand.opens_us == micros(NOW)
    assert demand.rooms == (Room(1, us(12, 31), us(1, 1, 2028)), Room(4, us(12, 1), us(1, 1, 2028)))


@pytest.mark.parametrize(("kind", "rooms"), [("ordinary", 1), ("emergency", 0)])
def test_a_month_binds_any_channel_that_names_it_but_no_emergency(kind: str, rooms: int) -> None:
    found = asked("mastodon", pace={"per_month": "3"}, kind=kind)

    assert [len(demand.rooms) for demand in found] == [1] * rooms


def test_an_emergency_waits_for_its_article_and_the_hours_all_the_same() -> None:
    [demand] = asked("zalo_broadcast", kind="emergency", now=NOW.replace(hour=23))

    assert demand.follows and not demand.rooms
    assert demand.opens_us == micros(datetime(2028, 1, 1, 6, tzinfo=HANOI))
