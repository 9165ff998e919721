"""The shelf of a Zalo account: its articles as the network tells of them, by their token, by their id, or the newest.

Source: developers.zalo.me (Official Account API: article/verify, getdetail, getslice).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from scheduler.channels.contract import Channel
from scheduler.channels.zalo_answers import MEDIA_FAILED, PROCESSING, code_of, data_of, words_of
from scheduler.errors import Rejected, Unavailable

ARTICLE = "/v2.0/article"  # articles live under v2.0 only
VERIFY_TRIES = 8
VERIFY_EVERY = 3.0  # seconds
PAGE = 10  # articles in a list, the most there may be
MOST_PAGES = 30
OLDER_PAGES = 2  # pages with nothing new, after which nothing new is expected: the order is not promised


class MediaFailed(Unavailable):
    """A picture could not be fetched: no article is left behind."""


async def verified(channel: Channel, token: str) -> str:
    """Return the id of the article of a token, when its pictures have been fetched."""
    for tries in range(VERIFY_TRIES):
        if tries:
            await asyncio.sleep(VERIFY_EVERY)
        answer = await channel.ask("POST", f"{ARTICLE}/verify", json={"token": token})
        if code_of(answer) == MEDIA_FAILED:
            raise MediaFailed(words_of(answer))
        if code_of(answer) != PROCESSING:
            data = data_of(answer)
            if not (id := str(data.get("id") or data.get("article_id") or "")):
                raise Unavailable("verified, but without an id")
            return id
    raise Unavailable(words_of(answer))


async def detail(channel: Channel, id: str) -> dict[str, Any]:
    """Return what is told of one article; Rejected when there is none of that id."""
    return data_of(await channel.ask("GET", f"{ARTICLE}/getdetail", params={"id": id}))


async def is_there(channel: Channel, id: str) -> bool:
    """Tell whether there is an article of that id, shown or hidden."""
    try:
        await detail(channel, id)
    except Rejected:
        return False
    return True


async def newest(channel: Channel, since: datetime) -> list[dict[str, Any]]:
    """Return the articles created since then."""
    found: list[dict[str, Any]] = []
    older = 0
    for offset in range(0, MOST_PAGES * PAGE, PAGE):
        params = {"offset": str(offset), "limit": str(PAGE), "type": "normal"}
        listed = data_of(await channel.ask("GET", f"{ARTICLE}/getslice", params=params)).get("medias")
        if not isinstance(listed, list):
            raise Unavailable("a list of articles that cannot be read")
        new = [one for one in listed if int(one["create_date"]) >= since.timestamp() * 1000]
        found += new
        older = 0 if new else older + 1
        if len(listed) < PAGE or older == OLDER_PAGES:
            return found
    return found
