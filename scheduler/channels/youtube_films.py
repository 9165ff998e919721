"""Films of a channel as YouTube tells of them: one, some by their ids, or the newest uploads, the private ones too.

Source: developers.google.com/youtube/v3 (videos.list, playlistItems.list; each costs one unit).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from scheduler.channels.contract import Channel
from scheduler.errors import Unavailable

AT_ONCE = 50  # the most that YouTube tells
MOST_PAGES = 4  # of the newest uploads: twice what may be uploaded in a day


async def film_of(channel: Channel, id: str, part: str) -> dict[str, Any] | None:
    """Return a film, None when there is none of that id."""
    return next(iter(await films(channel, [id], part)), None)


async def films(channel: Channel, ids: Sequence[str], part: str) -> list[dict[str, Any]]:
    """Return the films of some ids; those that are gone are absent."""
    asked = {"part": part, "id": ",".join(ids), "maxResults": str(AT_ONCE)}
    return _items(await channel.learn(dict, "GET", "/youtube/v3/videos", params=asked))


async def newest(channel: Channel, playlist: str) -> AsyncIterator[dict[str, Any]]:
    """Yield the newest films of a playlist with their words and status; Unavailable when it cannot be read."""
    asked = {"part": "contentDetails", "playlistId": playlist, "maxResults": str(AT_ONCE)}
    for _ in range(MOST_PAGES):
        told = await channel.learn(dict, "GET", "/youtube/v3/playlistItems", params=asked)
        ids = [str(item["contentDetails"]["videoId"]) for item in _items(told)]
        if ids:
            for film in await films(channel, ids, "snippet,status"):
                yield film
        if not (page := told.get("nextPageToken")):
            return
        asked["pageToken"] = str(page)


def _items(told: dict[str, Any]) -> list[dict[str, Any]]:
    if not isinstance(items := told.get("items"), list):
        raise Unavailable("a list of films that cannot be read")
    return items
