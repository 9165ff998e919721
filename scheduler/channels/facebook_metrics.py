"""The numbers of one Facebook post: how often it was seen, by how many, and what they did.

Meta counts most of them once a day, and from time to time it stops counting one: asked for that one, it refuses the
whole question. Names as of 2026 (those of `impressions` are dead since June). Source: graph-api/reference/insights.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from scheduler.channels.contract import Channel
from scheduler.channels.graph import NotThere
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
        found = await _insights(channel, post, dead)
        with suppress(Unauthorized, Rejected):  # needs `pages_read_user_content`, which few tokens have
            found |= await _counters(channel, post)
    except NotThere as error:
        raise NotFound(str(error)) from None
    return found


async def _insights(channel: Channel, post: str, dead: set[str]) -> dict[str, int]:
    living = {word: name for word, name in METRICS.items() if name not in dead}
    try:
        return await _ask(channel, post, living)
    except Rejected:
        return await _one_by_one(channel, post, living, dead)


async def _one_by_one(channel: Channel, post: str, names: Mapping[str, str], dead: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    refused: dict[str, Rejected] = {}
    for word, name in names.items():
        try:
            found |= await _ask(channel, post, {word: name})
        except Rejected as error:
            refused[name] = error
    if len(refused) == len(names):  # then it is the post, not the metrics
        raise refused.popitem()[1]
    dead.update(refused)
    return found


async def _ask(channel: Channel, post: str, names: Mapping[str, str]) -> dict[str, int]:
    told = await channel.learn(dict, "GET", f"/{post}/insights", params={"metric": ",".join(names.values())})
    values = {metric.get("name"): _value(metric) for metric in told.get("data") or ()}
    return {word: value for word, name in names.items() if (value := values.get(name)) is not None}


def _value(metric: Mapping[str, Any]) -> int | None:
    """Return the number of a metric over the post's whole life; one that is split into kinds is added up."""
    value = (metric.get("values") or [{}])[0].get("value")
    if isinstance(value, dict):
        return sum(part for part in value.values() if isinstance(part, int))
    return value if isinstance(value, int) else None


async def _counters(channel: Channel, post: str) -> dict[str, int]:
    told = await channel.learn(dict, "GET", f"/{post}", params={"fields": COUNTERS})
    found = {"shares": int((told.get("shares") or {}).get("count", 0))}  # absent where nobody has shared it
    for word in ("reactions", "comments"):
        if isinstance(count := ((told.get(word) or {}).get("summary") or {}).get("total_count"), int):
            found[word] = count
    return found
