"""A Threads profile, spoken for by a person's token of 60 days, which is renewed every day.

A post is a container first, made and finished before its time; one request publishes it. Nothing there is ever
published in one step, although text alone could be: only a container proves what became of it.
Sources: developers.facebook.com/docs/threads (posts, reference, troubleshooting, insights), fbsamples/threads_api.
Not done: pictures and a video in one post, polls, replies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx

from scheduler.channels import graph, meta_login, upload
from scheduler.channels.consent import Consent
from scheduler.channels.contained import Contained
from scheduler.channels.containers import Fields, Way
from scheduler.channels.contract import (
    JPEG,
    PNG,
    Account,
    Limits,
    Picture,
    Post,
    Renewed,
    Video,
    VideoLimits,
)
from scheduler.channels.graph import NotThere
from scheduler.channels.insights import insights
from scheduler.channels.meta_login import Login
from scheduler.errors import ChannelError, NotFound
from scheduler.text import URL, emoji_bytes, squeeze

WAY = Way("threads", "status", "error_message", re.compile(r"\bINVALID_\w+"), settle=2)
METRICS = {
    "views": ("views",),
    "reactions": ("likes",),
    "comments": ("replies",),
    "shares": ("reposts", "quotes", "shares"),
}
SCOPES = ("threads_basic", "threads_content_publish", "threads_manage_insights", "threads_delete")


class Threads(Contained):
    network = "threads"
    limits = Limits(
        text=500, count=emoji_bytes, counted="ký tự (mỗi emoji tính bằng số byte)", images=20, image_bytes=8_000_000,
        image_types=(JPEG, PNG), image_side=1440, image_ratio=(0.1, 10), alt=1000, links=5, card=(1080, 1080),
        video=VideoLimits(1_000_000_000, seconds=(0, 300), side=1920, ratio=(0.01, 10), fps=(23, 60), bit_rate=100e6),
    )  # fmt: skip
    home = "https://graph.threads.net"
    way, quota, words = WAY, "threads_publishing_limit", "text"
    options = {
        "api_version": "v1.0",  # unless base_url ends in one
        "redirect": "",  # the callback address that the app knows
        "settle": "30",  # seconds after which a published post is surely seen as such
    }

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        at_home = self.base_url == self.home
        self.base_url, self.version = graph.versioned(self.base_url, self.option("api_version"))
        page = "https://threads.net" if at_home else self.base_url
        self.login = Login(f"{page}/oauth/authorize", f"{self.base_url}/oauth/access_token", SCOPES, "th")

    def build(self, method: str, path: str, **how: Any) -> httpx.Request:
        asked = urlencode(how.pop("params", {}))
        return super().build(method, f"/{self.version}{path}{asked and '?'}{asked}", **how)

    # the account

    async def check_account(self) -> Account:
        return replace(await self.who("/me", "id,username"), expires=await self._expiry())

    async def _expiry(self) -> datetime | None:
        """Return when a token that nobody renews runs out, where Meta tells."""
        if self.expires is not None:
            return None  # it is in the vault, which knows better
        try:
            told = (await self.learn(dict, "GET", "/debug_token", params=self._itself())).get("data")
        except ChannelError:
            return None  # the token has just worked: this is only to know how long it will
        return graph.expiry(told)

    def _itself(self) -> dict[str, str]:
        return {"input_token": self.secrets.get("access_token", "")}

    async def renew(self) -> Renewed:
        return await meta_login.renewed(self, self.login, who={"fields": "id"})

    def consent_page(self, consent: Consent) -> str:
        return meta_login.consent_page(self, self.login, consent)

    async def redeem(self, consent: Consent, brought: Mapping[str, str]) -> Renewed:
        short = await meta_login.short_token(self, self.login, consent, brought)
        return await meta_login.long_token(self, self.login, short)

    # the post

    async def whole(self, post: Post, children: Sequence[str]) -> Fields:
        if children:
            return {"media_type": "CAROUSEL", "children": ",".join(children), "text": post.text}
        if post.images:
            return {"text": post.text, **await self.picture(post.images[0])}
        if post.video is not None:
            return {"text": post.text, **await self._film(post.video)}
        first = URL.search(post.text)
        return {"media_type": "TEXT", "text": post.text, **({"link_attachment": first[0]} if first else {})}

    async def picture(self, picture: Picture) -> Fields:
        return {"media_type": "IMAGE", **await super().picture(picture)}

    async def _film(self, video: Video) -> Fields:
        await upload.approved(video)
        return {"media_type": "VIDEO", "video_url": await self.media.reachable(video), "alt_text": video.alt}

    # afterwards

    def compared(self, text: str) -> str:
        return squeeze(text.replace("#", ""))  # the sign of its topic may be missing in what Threads tells

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        names = [name for parts in METRICS.values() for name in parts]
        try:
            told = await insights(self, remote_id, names, self._dead)
        except NotThere as error:
            raise NotFound(str(error)) from None
        counted = {word: [told[name] for name in parts if name in told] for word, parts in METRICS.items()}
        return {word: sum(numbers) for word, numbers in counted.items() if numbers}
