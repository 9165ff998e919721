"""What is done to posts that are public: many channels at once, on each one after the other, and patiently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from scheduler import clock
from scheduler.channels.contract import Channel
from scheduler.errors import ChannelError, RateLimited, Unavailable
from scheduler.posting.accounts import Accounts

AT_ONCE = 16  # channels
TRIES = 3
LONGEST_WAIT = timedelta(minutes=2)  # for a network that asks us to come back later
PAUSE = timedelta(seconds=2)  # where it gives no hint

T = TypeVar("T")


async def on_each(things: Sequence[T], channel_of: Callable[[T], str], act: Callable[[T], Awaitable[None]]) -> None:
    """Do something for each of the things: those of one channel in their order, many channels at once."""
    lanes: dict[str, list[T]] = {}
    for thing in things:
        lanes.setdefault(channel_of(thing), []).append(thing)
    room = asyncio.Semaphore(AT_ONCE)

    async def clear(lane: list[T]) -> None:
        async with room:
            for thing in lane:
                await act(thing)

    await asyncio.gather(*map(clear, lanes.values()))


async def patiently(accounts: Accounts, channel: Channel, ask: Callable[[], Awaitable[None]]) -> None:
    """Ask a network for what may be asked twice; one that says later is asked again. ChannelError: it is not done."""
    for tries in range(1, TRIES + 1):
        try:
            await accounts.prove(channel, lambda *_: None)
            await ask()
            return
        except (RateLimited, Unavailable) as error:
            wait = _wait(error)
            if tries == TRIES or wait > LONGEST_WAIT:
                raise
            await asyncio.sleep(max(0.0, wait.total_seconds()))
        except ChannelError:
            raise
        except Exception as error:  # a fault in a network's file
            raise Unavailable(type(error).__name__) from error


def _wait(error: ChannelError) -> timedelta:
    hint = error.retry_at if isinstance(error, RateLimited) else None
    return PAUSE if hint is None else hint - clock.now()
