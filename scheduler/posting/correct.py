"""Correct: put other words into a public post, where a network lets us; its address, pictures and answers stay.

The same words may be put there twice without harm. So what is unclear is asked for again by whoever ordered it; the
ledger knows beforehand what was asked for, and takes the new words for public only when the network has said so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from scheduler import clock
from scheduler.errors import ChannelError, Rejected
from scheduler.ledger import orders
from scheduler.ledger.database import Database
from scheduler.planning.correction import Correction
from scheduler.posting.accounts import Accounts
from scheduler.posting.in_public import on_each, patiently


@dataclass(frozen=True)
class Corrected:
    """What became of one correction: done, or why not (`words`), and whether only a person can do it."""

    of: Correction
    words: str = ""
    by_hand: bool = False


Told = Callable[[Corrected], None]


async def correct(
    database: Database, accounts: Accounts, wanted: Sequence[Correction], *, by: str, why: str, told: Told
) -> None:
    """Put the new words into public posts. `told` hears of every one."""

    async def put(one: Correction) -> None:
        told(await _correct(database, accounts, one, by=by, why=why))

    await on_each(wanted, lambda one: str(one.row.channel), put)


async def _correct(database: Database, accounts: Accounts, one: Correction, *, by: str, why: str) -> Corrected:
    row, digest = one.row, one.after.digest
    try:
        channel = accounts.get(row.channel)
        if not channel.can("edit") or not row.remote_id:
            raise Rejected(channel.no_correction())
        edit: Any = channel.edit  # type: ignore[attr-defined]
        with database.writing() as connection:
            orders.correcting(connection, row, digest, at_us=clock.micros(clock.now()), by=by, why=why)
        await patiently(accounts, channel, lambda: edit(row.remote_id, one.after))
        with database.writing() as connection:
            body = one.after.to_json()
            orders.corrected(connection, row, digest, body, at_us=clock.micros(clock.now()), by=by, why=why)
    except Rejected as error:
        return Corrected(one, str(error), by_hand=True)
    except (ChannelError, orders.OrderRefused) as error:
        return Corrected(one, str(error))
    return Corrected(one)
