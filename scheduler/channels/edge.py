"""An edge of Meta's graph: what belongs to a page or an account, as a list with the newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from scheduler.channels.contract import Channel
from scheduler.errors import Unavailable


async def newest(
    channel: Channel, path: str, asked: Mapping[str, str], since: datetime, *, at: str = "timestamp"
) -> AsyncIterator[dict[str, Any]]:
    """Yield what is on an edge since then, by the field `at`, newest first; Unavailable when it cannot be read."""
    asked, more = dict(asked), True
    while more:
        told = await channel.learn(dict, "GET", path, params=dict(asked))
        try:
            young = [one for one in told["data"] if datetime.fromisoformat(one[at]) >= since]
            found = [one | {"id": str(one["id"])} for one in young]
        except (KeyError, TypeError, ValueError):
            raise Unavailable("a list of posts that cannot be read") from None
        for one in found:
            yield one
        paging = told.get("paging") or {}
        more = "next" in paging and (bool(found) or not told["data"])  # a page may be empty and not the last
        asked["after"] = str((paging.get("cursors") or {}).get("after", ""))  # `next` itself lacks the token
