"""The numbers of one Facebook post: how often it was seen, by how many, and what they did.

Meta counts most of them once a day, and from time to time it stops counting one: asked for that one, it refuses the
whole question. Names as of 2026 (those of `impressions` are dead since June). Source: graph-api/reference/insights.
"""

from __future__ import annotations

from contextlib import suppress

from scheduler.channels.contract import Channel
from scheduler.channels.graph import NotThere
from scheduler.channels.insights import insights
from scheduler.errors import NotFound, Rejected, Unauthorized

METRICS = {
    "views": "post_media_view",
    "reach": "post_total_media_view_unique",
    "clicks": "post_clicks",
    "reactions": "post_reactions_by_type_total",
}
COUNTERS = "shares,reactions.summary(total_count).limit(0),comments.summary(total_count).limit(0)"


async def of_post(channel: Channel, post: str, dead: set[str]) -> dict[str, int]:
    """Return numbers by our words (those in METRICS, `shares`, `comments`); what Meta does not tell is absent.

    Metrics that turn out to be no longer counted are added to `dead` and not asked for again. NotFound: the post is
    gone. Unauthorized: the token lacks `read_insights`.
    """
    try:
        told = await insights(channel, post, tuple(METRICS.values()), dead)
        found = {word: told[name] for word, name in METRICS.items() if name in told}
        with suppress(Unauthorized, Rejected):  # needs `pages_read_user_content`, which few tokens have
            found |= await _counters(channel, post)
    except NotThere as error:
        raise NotFound(str(error)) from None
    return found


async def _counters(channel: Channel, post: str) -> dict[str, int]:
    told = await channel.learn(dict, "GET", f"/{post}", params={"fields": COUNTERS})
    found = {"shares": int((told.get("shares") or {}).get("count", 0))}  # absent where nobody has shared it
    for word in ("reactions", "comments"):
        if isinstance(count := ((told.get(word) or {}).get("summary") or {}).get("total_count"), int):
            found[word] = count
    return found
