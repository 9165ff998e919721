"""All networks by name: a new one is one file and one line here."""

from __future__ import annotations

from scheduler.authoring.channels_file import ChannelEntry, PaceEntry
from scheduler.channels.bluesky import Bluesky
from scheduler.channels.contract import Channel
from scheduler.channels.facebook import Facebook
from scheduler.channels.feed import Feed
from scheduler.channels.instagram import Instagram
from scheduler.channels.mastodon import Mastodon
from scheduler.channels.telegram import Telegram
from scheduler.channels.threads import Threads
from scheduler.channels.wordpress import WordPress
from scheduler.channels.youtube import YouTube
from scheduler.channels.zalo import Zalo
from scheduler.channels.zalo_broadcast import ZaloBroadcast

NETWORKS: dict[str, type[Channel]] = {
    network.network: network
    for network in (
        Feed,
        Mastodon,
        Bluesky,
        Telegram,
        WordPress,
        Facebook,
        Instagram,
        Threads,
        Zalo,
        ZaloBroadcast,
        YouTube,
    )
}

FOLLOWERS = frozenset(name for name, network in NETWORKS.items() if network.follows)


def pace_of(entry: ChannelEntry) -> PaceEntry:
    """Return our own limits for a channel: those of channels.yaml, else those that its network comes with."""
    network = NETWORKS.get(entry.network)
    if network is None or (network.per_day, network.per_month) == (None, None):
        return entry.pace
    usual = {"per_day": network.per_day, "per_month": network.per_month}
    missing = {name: most for name, most in usual.items() if getattr(entry.pace, name) is None}
    return entry.pace.model_copy(update=missing)


def running_pace(entry: ChannelEntry) -> PaceEntry:
    """Return those limits that run from post to post; where a network has days of its own, posts are counted by the day."""
    network = NETWORKS.get(entry.network)
    if network is None or network.per_day is None:
        return entry.pace
    return entry.pace.model_copy(update={"per_day": None})


def speaker(entry: ChannelEntry) -> tuple[str, str]:
    """Return by whose words a channel speaks, id and network: its own, or those of the channel that it follows."""
    network = NETWORKS.get(entry.network)
    if network is not None and network.follows:
        return entry.options.get("of", entry.id), network.follows
    return entry.id, entry.network
