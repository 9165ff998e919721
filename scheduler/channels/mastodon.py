"""A Mastodon account. The delivery's key goes out as Idempotency-Key, so a repeated request makes no second post.

Sources: docs.joinmastodon.org (statuses, media, instance). Servers keep an Idempotency-Key for about one hour.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx

from scheduler.channels import upload
from scheduler.channels.contract import (
    Account,
    Channel,
    Limits,
    Outgoing,
    Picture,
    Receipt,
    Save,
    Taken,
    Video,
    VideoLimits,
)
from scheduler.channels.http import Answer
from scheduler.errors import ChannelError, NotFound, Unauthorized, Unavailable, Unconfirmed
from scheduler.text import URL, squeeze

COUNTERS = {"reactions": "favourites_count", "comments": "replies_count", "shares": "reblogs_count"}
FILM_POLLS, LOOK_EVERY = 300, 2.0  # seconds apart
MEDIA_POLLS = 60  # a second apart: large pictures are converted on the server


def mastodon_length(text: str) -> int:
    """Return the length as Mastodon counts it: code points, every address as 23."""
    return len(URL.sub("x" * 23, text))


class Mastodon(Channel):
    network = "mastodon"
    limits = Limits(
        text=500, count=mastodon_length, images=4, image_bytes=16_000_000, alt=1500, card=(1600, 900),
        image_side=3840,
        video=VideoLimits(99_000_000),
        marked_tags=False,  # it folds some Vietnamese letters of a hashtag and not others
    )  # fmt: skip
    credentials = ("access_token",)
    idempotent = True

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets['access_token']}"}

    async def check_account(self) -> Account:
        us = await self.learn(dict, "GET", "/api/v1/accounts/verify_credentials")
        instance = await self._instance()
        user, _, host = self.account.lstrip("@").partition("@")
        if not (said := str(us.get("acct") or us.get("username") or "")):
            raise Unavailable("the server did not say who we are")
        here = urlsplit(self.base_url).hostname or ""
        hosts = {
            here,
            urlsplit(self.base_url).netloc,
            str(instance.get("domain", "")),
            urlsplit(str(us.get("url", ""))).netloc,
        }
        foreign = (
            bool(host and instance.get("domain")) and host not in hosts and not re.match(r"(127\.|localhost)", here)
        )
        if said.split("@")[0].lower() != user.lower() or foreign:
            raise Unauthorized(f"the token belongs to @{said}@{instance.get('domain') or here}, not to {self.account}")
        self._id = str(us["id"])
        return Account(f"@{said}", _limits(instance.get("configuration") or {}))

    async def _instance(self) -> dict[str, Any]:
        try:
            return await self.wire.once(f"{self.base_url} instance", self._ask_instance)
        except ChannelError:
            return {}  # older servers: the usual limits hold

    async def _ask_instance(self) -> dict[str, Any]:
        return (await self.ask("GET", "/api/v2/instance")).object

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        media = list(outgoing.checkpoint.get("media", ()))
        if outgoing.post.video is not None:
            return await self._prepare_film(outgoing, outgoing.post.video, save)
        for picture in outgoing.post.images[len(media) :]:
            media.append(await self._upload(picture))
            await save({"media": media})
        return {"media": media}

    async def _prepare_film(self, outgoing: Outgoing, video: Video, save: Save) -> Mapping[str, Any]:
        """Upload a film and wait until it is converted; one whose conversion was not awaited is asked for again."""
        kept = dict(outgoing.checkpoint)
        if kept.get("ready"):
            return kept
        if not kept.get("media"):
            file, size = await upload.approved(video), video.size
            told = partial(_tell, outgoing, size)
            body = partial(upload.form, {"description": video.alt}, "file", "film.mp4", video.mime, file, 0, size, told)
            answer = await self.send_up("POST", "/api/v2/media", body)
            kept = {"media": [str(answer.json()["id"])]}
            await save(kept)
        try:
            await self._converted(kept["media"][0], FILM_POLLS)
        except NotFound:  # servers throw away what no post names
            await save({})
            raise Unavailable("the server knows the film no more; it is uploaded anew") from None
        return {**kept, "ready": True}

    async def _converted(self, media: str, polls: int) -> None:
        for _ in range(polls):
            if (await self.ask("GET", f"/api/v1/media/{media}")).status not in (202, 206):
                return
            await asyncio.sleep(LOOK_EVERY)
        raise Unavailable("the server is still converting the film")

    async def _upload(self, picture: Picture) -> str:
        content = self.picture_bytes(picture)
        answer = await self.ask(
            "POST", "/api/v2/media", files={"file": ("image", content, picture.mime)}, data={"description": picture.alt}
        )
        media = str(answer.json()["id"])
        for _ in range(MEDIA_POLLS):
            if answer.status not in (202, 206):
                return media
            await asyncio.sleep(1)
            answer = await self.ask("GET", f"/api/v1/media/{media}")
        raise Unavailable("the server is still converting the picture")

    def request(self, outgoing: Outgoing) -> httpx.Request:
        return self.build(
            "POST",
            "/api/v1/statuses",
            json={
                "status": outgoing.post.text,
                "media_ids": outgoing.checkpoint.get("media", []),
                "visibility": "public",
                "language": outgoing.post.language,
            },
            headers={"Idempotency-Key": outgoing.key},
        )

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        return _receipt(answer.json())

    def refusal(self, answer: Answer) -> ChannelError | None:
        if answer.status == 409:
            return Unconfirmed("the server is busy with the same request")
        return None

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        sought, oldest = comparable(outgoing.post.text), ""
        while (statuses := await self._statuses(oldest)) and str(statuses[-1]["id"]) != oldest:
            for status in statuses:
                if datetime.fromisoformat(str(status["created_at"])) < since:
                    return None
                if str(status["id"]) not in taken and comparable(plain(str(status["content"]))) == sought:
                    return _receipt(status)
            oldest = str(statuses[-1]["id"])
        return None

    async def _statuses(self, before: str) -> list[dict[str, Any]]:
        """Return up to 40 posts, newest first, older than the one with the id `before`."""
        if not hasattr(self, "_id"):
            await self.check_account()
        params = {"limit": "40", "exclude_reblogs": "true"} | ({"max_id": before} if before else {})
        return await self.learn(list, "GET", f"/api/v1/accounts/{self._id}/statuses", params=params)

    async def delete(self, remote_id: str) -> None:
        await self.gone(self.ask("DELETE", f"/api/v1/statuses/{remote_id}"))

    async def metrics(self, remote_id: str) -> Mapping[str, int]:
        status = await self.learn(dict, "GET", f"/api/v1/statuses/{remote_id}")
        return {word: status[name] for word, name in COUNTERS.items() if isinstance(status.get(name), int)}


def _tell(outgoing: Outgoing, size: int, at: int) -> None:
    outgoing.told(at, size)


def _receipt(status: dict[str, Any]) -> Receipt:
    return Receipt(str(status["id"]), str(status.get("url") or status.get("uri") or ""))


def _limits(configuration: Mapping[str, Any]) -> dict[str, int]:
    statuses, media = configuration.get("statuses") or {}, configuration.get("media_attachments") or {}
    told = {
        "text": statuses.get("max_characters"),
        "images": statuses.get("max_media_attachments"),
        "image_bytes": media.get("image_size_limit"),
        "alt": media.get("description_limit"),
        "video_bytes": media.get("video_size_limit"),
    }
    return {name: value for name, value in told.items() if isinstance(value, int) and value > 0}


def plain(content: str) -> str:
    """Return the text of a status, which servers give as HTML."""
    lines = re.sub(r"<br\s*/?>|</p>\s*<p[^>]*>", "\n", content)
    return html.unescape(re.sub(r"<[^>]*>", "", lines))


def comparable(text: str) -> str:
    """Return a text as it can be compared: servers show `@name@host` as `@name`."""
    return re.sub(r"(@\w+)@[\w.-]*\w", r"\1", squeeze(text))
