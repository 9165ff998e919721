"""Withdraw: take public posts down wherever a network lets us, and say by which addresses a person must do the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from scheduler import clock
from scheduler.errors import ChannelError, RateLimited, Rejected, Unavailable
from scheduler.ledger import orders
from scheduler.ledger.database import Database
from scheduler.posting.accounts import Accounts

AT_ONCE = 16  # channels
TRIES = 3
LONGEST_WAIT = timedelta(minutes=2)  # for a network that asks us to come back later
PAUSE = timedelta(seconds=2)  # where it gives no hint


@dataclass(frozen=True)
class Withdrawal:
    """What became of one post: taken down, or why not (`words`), and whether only a person can do it."""

    row: Row[Any]
    words: str = ""
    by_hand: bool = False


Told = Callable[[Withdrawal], None]


async def withdraw(
    database: Database, accounts: Accounts, rows: Sequence[Row[Any]], *, by: str, why: str, told: Told
) -> None:
    """Take published posts down: many channels at once, on each one after the other. `told` hears of every one."""
    lanes: dict[str, list[Row[Any]]] = {}
    for row in rows:
        lanes.setdefault(row.channel, []).append(row)
    room = asyncio.Semaphore(AT_ONCE)

    async def clear(lane: list[Row[Any]]) -> None:
        async with room:
            for row in lane:
                told(await _withdraw(database, accounts, row, by=by, why=why))

    await asyncio.gather(*(clear(lane) for lane in lanes.values()))


async def _withdraw(database: Database, accounts: Accounts, row: Row[Any], *, by: str, why: str) -> Withdrawal:
    try:
        await _delete(accounts, row)
    except Rejected as error:
        return Withdrawal(row, str(error), by_hand=True)
    except ChannelError as error:
        return Withdrawal(row, str(error))
    at_us = clock.micros(clock.now())
    try:
        with database.writing() as connection:
            orders.withdrawn(connection, row.key, at_us=at_us, by=by, why=why)
    except orders.OrderRefused as error:  # somebody else was faster
        return Withdrawal(row, str(error))
    return Withdrawal(row)


async def _delete(accounts: Accounts, row: Row[Any]) -> None:
    channel = accounts.get(row.channel)
    if not channel.can("delete") or not row.remote_id:
        raise Rejected(channel.no_way_back())
    delete: Any = channel.delete  # type: ignore[attr-defined]
    for tries in range(1, TRIES + 1):
        try:
            await accounts.prove(channel, lambda *_: None)
            await delete(row.remote_id)
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
