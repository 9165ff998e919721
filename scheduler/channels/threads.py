"""A Threads profile, spoken for by a person's token of 60 days, which is renewed every day.

A post is a container first, made and finished before its time; one request publishes it. Nothing there is ever
published in one step, although text alone could be: only a container proves what became of it.
Sources: developers.facebook.com/docs/threads (posts, reference, troubleshooting, insights), fbsamples/threads_api.
Not done: pictures and a video in one post, polls, replies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import httpx

from scheduler.channels import container_answers, edge, graph, meta_login, upload
from scheduler.channels.consent import Consent
from scheduler.channels.containers import Containers, Fields, Way
from scheduler.channels.contract import (
    JPEG,
    PNG,
    Account,
    Channel,
    Limits,
    Outgoing,
    Picture,
    Post,
    Receipt,
    Renewed,
    Save,
    Taken,
    Video,
    VideoLimits,
)
from scheduler.channels.graph import VERSION, NotThere
from scheduler.channels.http import Answer
from scheduler.channels.insights import insights
from scheduler.channels.meta_login import Login
from scheduler.channels.take_down import take_down
from scheduler.errors import ChannelError, NotFound, Rejected, Unauthorized, Unavailable
from scheduler.text import URL, emoji_bytes, say, squeeze

WAY = Way("threads", "status", "error_message", re.compile(r"\bINVALID_\w+"), settle=2)
LISTED = "id,text,timestamp,permalink"
METRICS = {
    "views": ("views",),
    "reactions": ("likes",),
    "comments": ("replies",),
    "shares": ("reposts", "quotes", "shares"),
}
SCOPES = ("threads_basic", "threads_content_publish", "threads_manage_insights", "threads_delete")


class Threads(Channel):
    network = "threads"
    limits = Limits(
        text=500, count=emoji_bytes, counted="ký tự (mỗi emoji tính bằng số byte)", images=20, image_bytes=8_000_000,
        image_types=(JPEG, PNG), image_side=1440, image_ratio=(0.1, 10), alt=1000, links=5, card=(1080, 1080),
        video=VideoLimits(1_000_000_000, seconds=(0, 300), side=1920, ratio=(0.01, 10), fps=(23, 60), bit_rate=100e6),
    )  # fmt: skip
    home = "https://graph.threads.net"
    credentials = ("access_token",)
    optional_credentials = ("app_id", "app_secret")
    kept = ("access_token",)
    renew_every = timedelta(days=1)
    has_session = True  # every post is a container first
    fetches = True
    early = timedelta(minutes=5)  # a container takes seconds, now and then minutes
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
        self.containers = Containers(self, WAY)
        self._dead: set[str] = set()  # metrics that Meta no longer counts

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        if name == "api_version" and not VERSION.fullmatch(value):
            return say(f'"{value}" không phải phiên bản; ví dụ: v1.0', f'"{value}" is no version; for example v1.0')
        if name == "settle" and not (value.isascii() and value.isdecimal() and int(value) > 0):
            return say("phải là số nguyên dương", "must be a positive whole number")
        return ""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets.get('access_token', '')}"}

    def build(self, method: str, path: str, **how: Any) -> httpx.Request:
        asked = urlencode(how.pop("params", {}))
        return super().build(method, f"/{self.version}{path}{asked and '?'}{asked}", **how)

    def refusal(self, answer: Answer) -> ChannelError | None:
        return container_answers.meaning(answer, self.secrets.values())

    async def ask(self, method: str, path: str, **how: Any) -> Answer:
        return await graph.harmless(super().ask(method, path, **how))

    @property
    def appears_within(self) -> timedelta:
        return timedelta(seconds=int(self.option("settle")))

    # the account

    async def check_account(self) -> Account:
        try:
            us = await self.learn(dict, "GET", "/me", params={"fields": "id,username"})
        except Rejected as error:
            raise Unauthorized(str(error)) from None
        if str(us.get("id")) != self.account:
            said = f"@{us.get('username', '')} ({us.get('id', '')})"
            raise Unauthorized(
                say(
                    f"mã này của {said}, không phải của tài khoản {self.account}",
                    f"the token belongs to {said}, not to the account {self.account}",
                )
            )
        return Account(f"@{us['username']}" if us.get("username") else self.account, expires=await self._expiry())

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

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        post = outgoing.post
        await self.containers.has_room("threads_publishing_limit")
        parts = [partial(self._part, picture) for picture in post.images] if len(post.images) > 1 else []
        return await self.containers.ready(outgoing, save, parts, partial(self._whole, post))

    async def _part(self, picture: Picture) -> Fields:
        return {"is_carousel_item": "true", **await self._picture(picture)}

    async def _whole(self, post: Post, children: Sequence[str]) -> Fields:
        if children:
            return {"media_type": "CAROUSEL", "children": ",".join(children), "text": post.text}
        if post.images:
            return {"text": post.text, **await self._picture(post.images[0])}
        if post.video is not None:
            return {"text": post.text, **await self._film(post.video)}
        first = URL.search(post.text)
        return {"media_type": "TEXT", "text": post.text, **({"link_attachment": first[0]} if first else {})}

    async def _picture(self, picture: Picture) -> Fields:
        self.picture_bytes(picture)  # what is fetched from us is what was approved
        address = await self.media.reachable(picture)
        return {"media_type": "IMAGE", "image_url": address, "alt_text": picture.alt}

    async def _film(self, video: Video) -> Fields:
        await upload.approved(video)
        return {"media_type": "VIDEO", "video_url": await self.media.reachable(video), "alt_text": video.alt}

    def request(self, outgoing: Outgoing) -> httpx.Request:
        if not (container := outgoing.checkpoint.get("container")):
            raise Unavailable("there is no container to publish")
        return self.build("POST", f"/{self.account}/threads_publish", data={"creation_id": container})

    async def publish(self, outgoing: Outgoing, request: httpx.Request | None = None) -> Receipt:
        return await self.containers.published(super().publish(outgoing, request), outgoing)

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        return Receipt(str(answer.json()["id"]))

    # afterwards

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        posts = edge.newest(self, f"/{self.account}/threads", {"fields": LISTED, "limit": "25"}, since)
        words = _compared(outgoing.post.text)
        found = await self.containers.find(
            outgoing, posts, taken, lambda post: _compared(str(post.get("text") or "")) == words
        )
        return Receipt(found["id"], str(found.get("permalink") or "")) if found else None

    async def delete(self, remote_id: str) -> None:
        await take_down(self, remote_id, "permalink", lambda told: str(told.get("permalink") or remote_id))

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        names = [name for parts in METRICS.values() for name in parts]
        try:
            told = await insights(self, remote_id, names, self._dead)
        except NotThere as error:
            raise NotFound(str(error)) from None
        counted = {word: [told[name] for name in parts if name in told] for word, parts in METRICS.items()}
        return {word: sum(numbers) for word, numbers in counted.items() if numbers}


def _compared(text: str) -> str:
    """Return a text as it is compared: the sign of its topic may be missing in what Threads tells of it."""
    return squeeze(text.replace("#", ""))
