"""Withdraw: take public posts down wherever a network lets us, and say by which addresses a person must do the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from scheduler import clock
from scheduler.errors import ChannelError, Rejected
from scheduler.ledger import orders
from scheduler.ledger.database import Database
from scheduler.posting.accounts import Accounts
from scheduler.posting.in_public import on_each, patiently


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
    """Take published posts down. `told` hears of every one."""

    async def take_down(row: Row[Any]) -> None:
        told(await _withdraw(database, accounts, row, by=by, why=why))

    await on_each(rows, lambda row: str(row.channel), take_down)


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
    await patiently(accounts, channel, lambda: delete(row.remote_id))
