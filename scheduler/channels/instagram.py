"""An Instagram professional account, spoken for by the token of its Facebook Page, or by its own (`login: instagram`).

A post is a container first, made and finished before its time; one request publishes it. Text alone is no post there.
Sources: developers.facebook.com/docs/instagram-platform (content-publishing, error-codes, insights), facebook-business.
Not done: stories, pictures and a video in one post.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from scheduler import clock
from scheduler.channels import container_answers, graph, meta_login, upload
from scheduler.channels.consent import Consent
from scheduler.channels.contained import Contained
from scheduler.channels.containers import Fields, Way, address_of
from scheduler.channels.contract import (
    JPEG,
    Account,
    Limits,
    Outgoing,
    Picture,
    Post,
    Renewed,
    Save,
    Video,
    VideoLimits,
)
from scheduler.channels.graph import NotThere
from scheduler.channels.insights import insights
from scheduler.channels.meta_login import LASTS, Login
from scheduler.errors import NotFound, Rejected, Unauthorized
from scheduler.text import say

NEVER = re.compile(r"\b(?:" + "|".join(map(str, sorted(container_answers.NEVER))) + r")\b")
WAY = Way("media", "status_code", "status", NEVER)
METRICS = {"views": "views", "reach": "reach", "reactions": "likes", "comments": "comments", "shares": "shares"}
COUNTERS = {"reactions": "like_count", "comments": "comments_count"}  # without the permission for more

OF_FACEBOOK = (
    "instagram_basic", "instagram_content_publish", "instagram_manage_insights", "instagram_manage_contents",
    "pages_show_list", "pages_read_engagement",
)  # fmt: skip
OF_INSTAGRAM = (
    "instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_insights",
)  # fmt: skip
HOST_OF_INSTAGRAM = "https://graph.instagram.com"


class Instagram(Contained):
    network = "instagram"
    limits = Limits(
        text=2200, images=10, image_bytes=8_000_000, image_types=(JPEG,), image_side=1440, image_ratio=(0.8, 1.91),
        alt=1000, needs_media=True, tags=5, card=(1080, 1080),
        video=VideoLimits(
            300_000_000, seconds=(3, 900), side=1920, ratio=(0.01, 10), fps=(23, 60), bit_rate=25e6, index_first=True
        ),
    )  # fmt: skip
    home = "https://graph.facebook.com"
    way, quota, words = WAY, "content_publishing_limit", "caption"
    options = {
        "api_version": "v26.0",  # unless base_url ends in one
        "login": "",  # facebook, instagram: the token comes of `loa login` and is renewed; "": a Page's, from .env
        "redirect": "",  # the callback address that the app knows
        "consent_days": "90",  # of `login: facebook`: after how many a person should agree anew
        "settle": "30",  # seconds after which a published post is surely seen as such
    }
    needs = {"renew": "login", "redeem": "login", "consent_page": "login"}

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.by_itself = self.option("login") == "instagram"
        if self.by_itself and self.base_url == self.home:
            self.base_url = HOST_OF_INSTAGRAM
        at_home = self.base_url in (self.home, HOST_OF_INSTAGRAM)
        self.base_url, self.version = graph.versioned(self.base_url, self.option("api_version"))
        self.login = self._login("" if at_home else self.base_url)
        self._prove()

    def _login(self, base: str) -> Login:
        if self.by_itself:
            page, code = base or "https://www.instagram.com", base or "https://api.instagram.com"
            return Login(f"{page}/oauth/authorize", f"{code}/oauth/access_token", OF_INSTAGRAM, "ig")
        page = f"{base or 'https://www.facebook.com'}/{self.version}/dialog/oauth"
        return Login(page, f"{base or self.home}/{self.version}/oauth/access_token", OF_FACEBOOK)

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        if name == "login" and value not in ("facebook", "instagram"):
            return say(f'"{value}": chỉ có facebook hoặc instagram', f'"{value}": it is facebook or instagram')
        return super().wrong_option(name, value)

    def take(self, secrets: Mapping[str, str], expires: datetime) -> None:
        super().take(secrets, expires)
        self._prove()

    def _prove(self) -> None:
        """Keep the proof of the app's secret among the secrets, so that it is hidden as one. (Instagram's own host knows none.)"""
        secret, token = self.secrets.get("app_secret"), self.secrets.get("access_token")
        if secret and token and not self.by_itself:
            self.secrets["proof"] = graph.proof(secret, token)

    def build(self, method: str, path: str, **how: Any) -> httpx.Request:
        proof = {"appsecret_proof": self.secrets["proof"]} if "proof" in self.secrets else {}
        asked = urlencode(proof | how.pop("params", {}))
        return super().build(method, f"/{self.version}{path}{asked and '?'}{asked}", **how)

    # the account

    async def check_account(self) -> Account:
        if self.by_itself:
            return await self.who("/me", "user_id,username")
        return await self.who(f"/{self.account}", "id,username")

    async def renew(self) -> Renewed:
        if self.by_itself:
            return await meta_login.renewed(self, self.login, who={"fields": "user_id"})
        await meta_login.works(
            self, {"fields": "id"}, f"/{self.account}"
        )  # a Page's token has no end: it lives, or not
        return Renewed({"access_token": self.secrets["access_token"]}, clock.now() + LASTS)

    def consent_page(self, consent: Consent) -> str:
        return meta_login.consent_page(self, self.login, consent)

    async def redeem(self, consent: Consent, brought: Mapping[str, str]) -> Renewed:
        if self.by_itself:
            short = await meta_login.short_token(self, self.login, consent, brought)
            return await meta_login.long_token(self, self.login, short)
        token = await meta_login.page_token(self, self.login, consent, brought)
        ends = clock.now() + timedelta(days=int(self.option("consent_days")))
        return Renewed({"access_token": token}, clock.now() + LASTS, ends)

    # the post

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        if not outgoing.post.images and outgoing.post.video is None:
            raise Rejected(
                say("bài Instagram phải có ảnh hoặc video", "a post on Instagram needs a picture or a video")
            )  # `loa check` has said so
        return await super().prepare(outgoing, save)

    async def whole(self, post: Post, children: Sequence[str]) -> Fields:
        if children:
            return {"media_type": "CAROUSEL", "children": ",".join(children), "caption": post.text}
        if post.video is not None:
            return {"caption": post.text, **await self._reel(post.video, post.cover)}
        return {"caption": post.text, **await self.picture(post.images[0])}

    async def _reel(self, video: Video, cover: Picture | None) -> Fields:
        """A video by itself is always a reel there; it is shown among the posts as well."""
        await upload.approved(video)
        shown = {"cover_url": (await self.picture(cover))["image_url"]} if cover is not None else {}
        address = await self.media.reachable(video)
        return {"media_type": "REELS", "share_to_feed": "true", "video_url": address, **shown}

    # afterwards

    async def delete(self, remote_id: str) -> None:
        if self.by_itself:
            address = await address_of(self, remote_id)
            raise Rejected(
                say(
                    f"đăng nhập bằng Instagram thì không gỡ được qua API; gỡ bằng tay: {address}",
                    f"by Instagram's own login nothing can be taken down; do it by hand: {address}",
                )
            )
        await super().delete(remote_id)

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        try:
            told = await insights(self, remote_id, tuple(METRICS.values()), self._dead)
            return {word: told[name] for word, name in METRICS.items() if name in told}
        except NotThere as error:
            raise NotFound(str(error)) from None
        except Unauthorized:  # the permission for insights is one of its own
            asked = {"fields": ",".join(COUNTERS.values())}
            with suppress(Rejected):
                counted = await self.learn(dict, "GET", f"/{remote_id}", params=asked)
                return {word: counted[name] for word, name in COUNTERS.items() if isinstance(counted.get(name), int)}
            raise
