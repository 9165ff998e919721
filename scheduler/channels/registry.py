"""All networks by name: a new one is one file and one line here."""

from __future__ import annotations

from scheduler.channels.bluesky import Bluesky
from scheduler.channels.contract import Channel
from scheduler.channels.facebook import Facebook
from scheduler.channels.feed import Feed
from scheduler.channels.mastodon import Mastodon
from scheduler.channels.telegram import Telegram
from scheduler.channels.wordpress import WordPress
from scheduler.channels.youtube import YouTube
from scheduler.channels.zalo import Zalo

NETWORKS: dict[str, type[Channel]] = {
    network.network: network
    for network in (
        Feed,
        Mastodon,
        Bluesky,
        Telegram,
        WordPress,
        Facebook,
        Zalo,
        YouTube,
    )
}
