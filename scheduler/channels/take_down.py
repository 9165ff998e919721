"""Take down: Meta says the same of a post that is gone and of one that we may not take down; but what is there can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from scheduler.channels.contract import Channel
from scheduler.channels.graph import NotThere
from scheduler.errors import Unauthorized, Unavailable
from scheduler.text import say


async def take_down(channel: Channel, remote_id: str, fields: str, address: Callable[[Mapping[str, Any]], str]) -> None:
    """Delete a post of Meta's; Unauthorized when it is still there, with the address that `address` makes of its `fields`."""
    try:
        answer = await channel.ask("DELETE", f"/{remote_id}")
    except NotThere:
        await _prove_gone(channel, remote_id, fields, address)
        return
    if answer.object.get("success") is not True:
        raise Unavailable(f"Meta did not take it down: {answer.words}")


async def _prove_gone(
    channel: Channel, remote_id: str, fields: str, address: Callable[[Mapping[str, Any]], str]
) -> None:
    try:
        told = await channel.learn(dict, "GET", f"/{remote_id}", params={"fields": fields})
    except NotThere:
        return
    raise Unauthorized(
        say(
            f"bài vẫn còn, mã này không được phép gỡ; gỡ bằng tay: {address(told)}",
            f"the post is still there, the token may not take it down; do it by hand: {address(told)}",
        )
    )
