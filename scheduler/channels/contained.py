"""A channel whose posts are containers first: what Instagram and Threads have in common.

Made and finished before its time, a container is published by one request. See containers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

import httpx

from scheduler.channels import container_answers, edge
from scheduler.channels.containers import Containers, Fields, Way
from scheduler.channels.contract import Account, Channel, Outgoing, Picture, Post, Receipt, Save, Taken
from scheduler.channels.graph import VERSION
from scheduler.channels.http import Answer
from scheduler.channels.take_down import take_down
from scheduler.errors import ChannelError, Rejected, Unauthorized, Unavailable
from scheduler.text import say, squeeze

PAGE = "25"  # posts in a list
NUMBERS = ("settle", "consent_days")  # options that are whole numbers


class Contained(Channel):
    """A channel of one of these networks, which says how its containers are spoken of and what is in them."""

    way: ClassVar[Way]
    quota: ClassVar[str]  # the edge that tells how much of it is used
    words: ClassVar[str]  # the field of a post that holds its text
    credentials = ("access_token",)
    optional_credentials = ("app_id", "app_secret")
    kept = ("access_token",)
    renew_every = timedelta(days=1)
    has_session = True  # every post is a container first
    fetches = True
    early = timedelta(minutes=5)  # a container takes seconds, now and then minutes

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.containers = Containers(self, self.way)
        self._dead: set[str] = set()  # metrics that Meta no longer counts

    @classmethod
    def wrong_option(cls, name: str, value: str) -> str:
        if name == "api_version" and not VERSION.fullmatch(value):
            usual = cls.options[name]
            return say(
                f'"{value}" không phải phiên bản; ví dụ: {usual}', f'"{value}" is no version; for example {usual}'
            )
        if name in NUMBERS and not (value.isascii() and value.isdecimal() and int(value) > 0):
            return say("phải là số nguyên dương", "must be a positive whole number")
        return ""

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets.get('access_token', '')}"}

    def refusal(self, answer: Answer) -> ChannelError | None:
        return container_answers.meaning(answer, self.secrets.values())

    @property
    def appears_within(self) -> timedelta:
        return timedelta(seconds=int(self.option("settle")))

    async def who(self, path: str, fields: str) -> Account:
        """Ask whose token it is; Unauthorized when it is not the declared account's."""
        try:
            us = await self.learn(dict, "GET", path, params={"fields": fields})
        except Rejected as error:
            raise Unauthorized(str(error)) from None
        ids = [str(us[name]) for name in ("user_id", "id") if us.get(name)]
        if self.account not in ids:
            said = f"@{us.get('username', '')} ({(*ids, '')[0]})"
            raise Unauthorized(
                say(
                    f"mã này của {said}, không phải của tài khoản {self.account}",
                    f"the token belongs to {said}, not to the account {self.account}",
                )
            )
        return Account(f"@{us['username']}" if us.get("username") else self.account)

    # the post

    async def prepare(self, outgoing: Outgoing, save: Save) -> Mapping[str, Any]:
        post = outgoing.post
        await self.containers.has_room(self.quota)
        parts = [partial(self._part, picture) for picture in post.images] if len(post.images) > 1 else []
        return await self.containers.ready(outgoing, save, parts, partial(self.whole, post))

    async def whole(self, post: Post, children: Sequence[str]) -> Fields:
        """Return the fields of the container of a post; `children`: the containers of its pictures, if several."""
        raise NotImplementedError

    async def picture(self, picture: Picture) -> Fields:
        """Return the fields that show a picture; it is looked at first, as Meta would fetch it."""
        self.picture_bytes(picture)  # what is fetched from us is what was approved
        return {"image_url": await self.media.reachable(picture), "alt_text": picture.alt}

    async def _part(self, picture: Picture) -> Fields:
        return {"is_carousel_item": "true", **await self.picture(picture)}

    def request(self, outgoing: Outgoing) -> httpx.Request:
        if not (container := outgoing.checkpoint.get("container")):
            raise Unavailable("there is no container to publish")
        return self.build("POST", f"/{self.account}/{self.way.edge}_publish", data={"creation_id": container})

    async def publish(self, outgoing: Outgoing, request: httpx.Request | None = None) -> Receipt:
        return await self.containers.published(super().publish(outgoing, request), outgoing)

    def receipt(self, answer: Answer, outgoing: Outgoing) -> Receipt:
        return Receipt(str(answer.json()["id"]))

    # afterwards

    async def find(self, outgoing: Outgoing, since: datetime, taken: Taken) -> Receipt | None:
        asked = {"fields": f"id,{self.words},timestamp,permalink", "limit": PAGE}
        posts = edge.newest(self, f"/{self.account}/{self.way.edge}", asked, since)
        sought = self.compared(outgoing.post.text)
        found = await self.containers.find(
            outgoing, posts, taken, lambda post: self.compared(str(post.get(self.words) or "")) == sought
        )
        return Receipt(found["id"], str(found.get("permalink") or "")) if found else None

    def compared(self, text: str) -> str:
        """Return a text as it is compared with what the network tells of a post."""
        return squeeze(text)

    async def delete(self, remote_id: str) -> None:
        await take_down(self, remote_id, "permalink", lambda told: str(told.get("permalink") or remote_id))
