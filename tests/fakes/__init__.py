"""Networks to test against: one faithful HTTP server each on 127.0.0.1, which counts what became public."""

from __future__ import annotations

from tests.fakes.bluesky import BlueskyFake
from tests.fakes.facebook import FacebookFake
from tests.fakes.instagram import InstagramFake
from tests.fakes.mastodon import MastodonFake
from tests.fakes.server import Fake
from tests.fakes.telegram import TelegramFake
from tests.fakes.threads import ThreadsFake
from tests.fakes.wordpress import WordPressFake
from tests.fakes.youtube import YouTubeFake
from tests.fakes.zalo import ZaloBroadcastFake, ZaloFake

__all__ = [
    "FAKES",
    "BlueskyFake",
    "FacebookFake",
    "Fake",
    "InstagramFake",
    "MastodonFake",
    "TelegramFake",
    "ThreadsFake",
    "WordPressFake",
    "YouTubeFake",
    "ZaloBroadcastFake",
    "ZaloFake",
]

FAKES: dict[str, type[Fake]] = {
    fake.network: fake
    for fake in (
        MastodonFake,
        BlueskyFake,
        TelegramFake,
        WordPressFake,
        FacebookFake,
        InstagramFake,
        ThreadsFake,
        ZaloFake,
        YouTubeFake,
    )
}
