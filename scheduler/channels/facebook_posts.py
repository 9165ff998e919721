"""What stands on a Facebook Page: its newest posts, the pictures in them, and by which app they were written.

Source: graph-api/reference/page/feed (`published_posts` has no posts of visitors, and none that are not public yet).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any

from scheduler.channels import edge
from scheduler.channels.contract import Channel

AT_ONCE = "25"  # asked for more posts with their attachments, Meta answers that it is too much
SEEN = "id,message,created_time,application{id},attachments{target{id},subattachments{target{id}}}"


async def newest(page: Channel, since: datetime) -> AsyncIterator[dict[str, Any]]:
    """Yield what is public on a page since then, newest first; Unavailable when the list cannot be read."""
    asked = {"fields": SEEN, "limit": AT_ONCE}
    async for post in edge.newest(page, f"/{page.account}/published_posts", asked, since, at="created_time"):
        yield post


def pictured(post: Mapping[str, Any]) -> Iterator[str]:
    """Yield the ids of the pictures of a post."""
    for attachment in _data(post, "attachments"):
        for shown in (attachment, *_data(attachment, "subattachments")):
            yield str((shown.get("target") or {}).get("id", ""))


def _data(of: Mapping[str, Any], edge: str) -> list[dict[str, Any]]:
    return list((of.get(edge) or {}).get("data") or ())


def written_by(post: Mapping[str, Any]) -> str:
    """Return the id of the app by which a post was written, or nothing when Meta does not tell."""
    return str((post.get("application") or {}).get("id", ""))
