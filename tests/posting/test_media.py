"""A channel knows where its pictures can be fetched."""

from __future__ import annotations

import asyncio
from pathlib import Path

from scheduler.channels.contract import PNG, Picture
from scheduler.channels.http import Wire
from scheduler.posting.accounts import Accounts
from scheduler.settings import Settings
from tests.authoring.desk import CHANNELS, Desk


def test_a_channel_is_given_the_address_of_pictures(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    settings = Settings(tmp_path, {"MASTO": "x"}, media_url="https://loa.example.vn/media/")

    async def address() -> str:
        async with Wire() as wire:
            channel = Accounts(desk.book(), settings, wire).get("masto")
            return channel.media.address(Picture("/var/media/abc.png", "", PNG, 1, ""))

    assert asyncio.run(address()) == "https://loa.example.vn/media/abc.png"
