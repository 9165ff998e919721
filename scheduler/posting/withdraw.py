"""Withdraw: take a public post down, or say by which address a person must do it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from scheduler import clock
from scheduler.errors import ChannelError, Rejected
from scheduler.ledger import orders
from scheduler.ledger.database import Database
from scheduler.posting.accounts import Accounts
from scheduler.text import say


async def withdraw(database: Database, accounts: Accounts, row: Row[Any], *, by: str, why: str) -> None:
    """Delete a published post on its network and note it; ChannelError says what a person has to do by hand."""
    channel = accounts.get(row.channel)
    if not channel.can("delete") or not row.remote_id:
        words = say(
            f"{row.channel}: Loa không gỡ được ở đây; hãy gỡ bằng tay: {row.url}",
            f"{row.channel}: Loa cannot take it down here; do it by hand: {row.url}",
        )
        raise Rejected(words)
    await accounts.prove(channel, lambda *_: None)
    delete: Any = channel.delete  # type: ignore[attr-defined]
    try:
        await delete(row.remote_id)
    except ChannelError:
        raise
    except Exception as error:
        raise Rejected(f"{row.channel}: {type(error).__name__}") from error
    with database.writing() as connection:
        orders.withdrawn(connection, row.key, at_us=clock.micros(clock.now()), by=by, why=why)
