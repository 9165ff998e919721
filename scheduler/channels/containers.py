"""A container: what Instagram and Threads make of a post before it is public, and publish by its id.

It takes its time (its media are fetched), may fail, and lives a day. Its state is the proof after a lost answer: a
container that was published says so, and is never published, nor made, again. Several pictures are containers of their
own within one; those that are finished are used again.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scheduler import clock
from scheduler.channels.container_answers import QUOTA_AGAIN, SUSPICION, NotSeen, Suspected
from scheduler.channels.contract import Channel, Outgoing, Receipt, Save, Taken
from scheduler.channels.graph import NotThere
from scheduler.channels.usage import Usage
from scheduler.errors import ChannelError, Expired, RateLimited, Rejected, Unauthorized, Unavailable, Unnamed
from scheduler.text import say

GOING, DONE, PUBLIC, FAILED, OVER = "IN_PROGRESS", "FINISHED", "PUBLISHED", "ERROR", "EXPIRED"
LOST = ""  # Meta does not show it: not yet, not any more, or by a fault of its own
STATES = (GOING, DONE, PUBLIC, FAILED, OVER)

PAUSES = (1.0, 2, 3, 5, 5, 10, 15, 20, 30, 30, 60, 60)  # seconds between looks; then it is left for another try
UNSEEN = 3  # times that publishing did not see a finished container, after which another is made
AT_ONCE = 3  # containers that failed and were made anew without waiting
LATER = timedelta(minutes=10)  # between those after them: there are 400 a day

Fields = Mapping[str, str]
Part = Callable[[], Awaitable[Fields]]
Whole = Callable[[Sequence[str]], Awaitable[Fields]]


@dataclass(frozen=True)
class Way:
    """How one network speaks of containers: on which edge they are made, and the fields of their state and of its reason."""

    edge: str
    state: str
    why: str
    never: re.Pattern[str]  # in the reason of one that failed: what no other try will mend
    settle: float = 0  # seconds from finished until it may be published


class _Spent(Exception):
    """A container that will never be finished."""


@dataclass
class Containers:
    """The containers of one channel."""

    channel: Channel
    way: Way
    unseen: Counter[str] = field(default_factory=Counter)  # how often a finished one was not seen

    async def ready(self, outgoing: Outgoing, save: Save, parts: Sequence[Part], whole: Whole) -> dict[str, Any]:
        """Return a checkpoint whose `container` is finished, with what earlier tries have left used again.

        `parts` and `whole` give the fields of the containers when they have to be made. Unnamed: it is public already.
        """
        kept = dict(outgoing.checkpoint)
        if await self._is_ready(kept, save):
            return kept
        if "container" not in kept:
            children = await self._children(kept, save, parts)
            await self._keep(kept, save, container=await self._make(kept, await whole(children)))
        try:
            await self._finish(kept["container"])
        except _Spent as spent:
            del kept["container"]
            await self._failed(kept, save, str(spent))
        return kept

    async def _is_ready(self, kept: dict[str, Any], save: Save) -> bool:
        """Look at the container of an earlier try; one that is of no more use is forgotten."""
        if not (container := kept.get("container")):
            return False
        state, why = await self._state(container)
        if state == PUBLIC:
            raise public_without_id()
        if state == LOST:
            self.unseen[container] += 1
        useless = self.unseen[container] >= UNSEEN or state in (FAILED, OVER)
        if state == LOST and not useless:
            raise Unavailable(f"Meta does not show the container {container} now")
        if useless:
            del kept["container"]
            await save(kept)
        if state == FAILED:
            await self._failed(kept, save, why)
        return state == DONE and not useless

    async def _children(self, kept: dict[str, Any], save: Save, parts: Sequence[Part]) -> list[str]:
        """Return the ids of finished containers, one for each part; an id that has to be made is None meanwhile."""
        ids: list[str | None] = [*kept.get("children", ()), *([None] * len(parts))][: len(parts)]
        for n, part in enumerate(parts):
            known = ids[n]
            if known is not None and (await self._state(known))[0] not in (GOING, DONE):
                known = None
            if known is None:
                ids[n] = await self._make(kept, await part())
                await self._keep(kept, save, children=list(ids))
        for n, id in enumerate(ids):
            try:
                await self._finish(str(id))
            except _Spent as spent:
                ids[n] = None
                kept["children"] = list(ids)
                await self._failed(kept, save, str(spent))
        return [str(id) for id in ids]

    async def _make(self, kept: Mapping[str, Any], fields: Fields) -> str:
        if kept.get("failed", 0) >= AT_ONCE and clock.now() < datetime.fromisoformat(kept["failed_at"]) + LATER:
            raise Unavailable(
                say(
                    f"Meta đã {kept['failed']} lần không dùng được ảnh hay video của bài ({kept['failed_why']}); "
                    f"Loa thử lại sau ít phút",
                    f"Meta could not use the media of this post {kept['failed']} times ({kept['failed_why']}); "
                    f"Loa tries again in some minutes",
                )
            )
        made = await self.channel.learn(dict, "POST", f"/{self.channel.account}/{self.way.edge}", data=dict(fields))
        if not made.get("id"):
            raise Unavailable("Meta did not say under which id it keeps the container")
        return str(made["id"])

    async def _failed(self, kept: dict[str, Any], save: Save, why: str) -> None:
        """Keep that a container failed, and end this try: Rejected where no other one can go better."""
        count = kept.get("failed", 0) + 1
        await self._keep(kept, save, failed=count, failed_at=clock.now().isoformat(), failed_why=why)
        if self.way.never.search(why):
            raise Rejected(f"Meta: {why}")
        raise Unavailable(f"Meta: {why}")

    async def _keep(self, kept: dict[str, Any], save: Save, **news: Any) -> None:
        kept.update(news)
        await save(dict(kept))

    async def _finish(self, container: str) -> None:
        """Wait until a container is finished; _Spent when it never will be."""
        for pause in PAUSES:
            await asyncio.sleep(pause)
            state, why = await self._state(container)
            if state == DONE:
                await asyncio.sleep(self.way.settle)
                return
            if state == PUBLIC:
                raise public_without_id()
            if state in (FAILED, OVER):
                raise _Spent(why or state)
        raise Unavailable(
            say("Meta còn đang xử lý ảnh hay video của bài", "Meta is still working on the media of this post")
        )

    async def _state(self, container: str) -> tuple[str, str]:
        """Return the state of a container, and the reason that Meta gives for it."""
        asked = {"fields": f"{self.way.state},{self.way.why}"}
        try:
            told = await self.channel.learn(dict, "GET", f"/{container}", params=asked)
        except (NotThere, Rejected):  # also when the field is refused: what was published may be a container no more
            return LOST, ""
        state = told.get(self.way.state)
        if state not in STATES:
            raise Unavailable(f"a container whose state is {state!r}")
        return state, str(told.get(self.way.why) or "")

    async def published(self, publishing: Awaitable[Receipt], outgoing: Outgoing) -> Receipt:
        """Await the publishing of a container; return its receipt with the public address, as far as Meta tells it."""
        try:
            receipt = await publishing
        except NotSeen:
            self.unseen[outgoing.checkpoint["container"]] += 1
            raise
        except Suspected:
            self.channel.usage = Usage(channel=100, back_at=clock.now() + SUSPICION)
            raise
        return Receipt(receipt.remote_id, await address_of(self.channel, receipt.remote_id))

    async def has_room(self, edge: str) -> None:
        """Raise RateLimited when the account's quota of the last 24 hours is used up; publishing tells, where this cannot."""
        asked = {"fields": "quota_usage,config"}
        try:
            told = await self.channel.learn(dict, "GET", f"/{self.channel.account}/{edge}", params=asked)
        except Expired:
            raise
        except (Unauthorized, Rejected, Unavailable):  # a permission to publish is not one to read this
            return
        with suppress(KeyError, TypeError, IndexError, ValueError):
            used, most = int(told["data"][0]["quota_usage"]), int(told["data"][0]["config"]["quota_total"])
            if used >= most:
                words = f"đã đăng {used}/{most} bài trong 24 giờ", f"{used} of {most} posts of 24 hours are used"
                raise RateLimited(say(*words), clock.now() + QUOTA_AGAIN)

    async def find(
        self, outgoing: Outgoing, posts: AsyncIterator[dict[str, Any]], taken: Taken, says: Callable[[Any], bool]
    ) -> dict[str, Any] | None:
        """Return our post among those; Unnamed when its container was published, and it is not shown yet."""
        async for post in posts:
            if post["id"] not in taken and says(post):
                return post
        container = outgoing.checkpoint.get("container")
        if container and (await self._state(container))[0] == PUBLIC:
            raise public_without_id()
        return None


async def address_of(channel: Channel, remote_id: str) -> str:
    """Return the public address of a post as Meta tells it, or nothing; it cannot be made of the id."""
    with suppress(ChannelError):
        told = await channel.learn(dict, "GET", f"/{remote_id}", params={"fields": "permalink"})
        return str(told.get("permalink") or "")
    return ""


def public_without_id() -> Unnamed:
    """Return the error that says: it is public, only its id is not known yet."""
    return Unnamed(
        say("đã đăng, đang chờ mã bài của mạng", "it is public; the network has not told the id of the post yet")
    )
