"""Insights: Meta's numbers of one post.

From time to time it stops counting one of them, and asked for that one, it refuses the whole question. Then each is
asked for by itself, and the dead one never again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scheduler.channels.contract import Channel
from scheduler.errors import Rejected


async def insights(channel: Channel, post: str, names: Sequence[str], dead: set[str]) -> dict[str, int]:
    """Return the numbers of a post by Meta's names; what it does not tell is absent.

    Names that turn out to be no longer counted are added to `dead`. NotThere: the post is gone. Unauthorized: the token
    lacks the permission to read them.
    """
    living = [name for name in names if name not in dead]
    try:
        return await _ask(channel, post, living)
    except Rejected:
        return await _one_by_one(channel, post, living, dead)


async def _one_by_one(channel: Channel, post: str, names: Sequence[str], dead: set[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    refused: dict[str, Rejected] = {}
    for name in names:
        try:
            found |= await _ask(channel, post, [name])
        except Rejected as error:
            refused[name] = error
    if len(refused) == len(names):  # then it is the post, not the metrics
        raise refused.popitem()[1]
    dead.update(refused)
    return found


async def _ask(channel: Channel, post: str, names: Sequence[str]) -> dict[str, int]:
    told = await channel.learn(dict, "GET", f"/{post}/insights", params={"metric": ",".join(names)})
    values = {metric.get("name"): _value(metric) for metric in told.get("data") or ()}
    return {name: value for name in names if (value := values.get(name)) is not None}


def _value(metric: Mapping[str, Any]) -> int | None:
    """Return the number of a metric over the post's whole life; one that is split into kinds is added up."""
    told = metric.get("total_value") or (metric.get("values") or [{}])[0]
    value = told.get("value")
    if isinstance(value, dict):
        return sum(part for part in value.values() if isinstance(part, int))
    return value if isinstance(value, int) else None
