"""`loa withdraw`: take public posts down."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from sqlalchemy import Row

from scheduler.cli.office import By, Office, Why, office
from scheduler.cli.screen import show
from scheduler.errors import ChannelError, NotFoundInLedger
from scheduler.ledger import counts, orders
from scheduler.posting.withdraw import withdraw as take_down
from scheduler.text import say

What = Annotated[
    str,
    typer.Argument(
        metavar="KEY|CAMPAIGN/MESSAGE", help=say("Một lần đăng, hoặc cả thông điệp", "A delivery or a message")
    ),
]


def withdraw(context: typer.Context, what: What, why: Why = "", by: By = "") -> None:
    """Gỡ bài đã đăng khỏi mọi kênh gỡ được; kênh nào không gỡ được thì nêu địa chỉ. / Take posts down.

    Ví dụ: loa withdraw thang-hanh-dong-2027/khai-mac --why "sai số liệu"
    """
    here = office(context)
    rows = _rows(here, what)
    if asyncio.run(_withdraw_all(here, rows, here.who(by), why)):
        raise typer.Exit(1)


def _rows(here: Office, what: str) -> list[Row[Any]]:
    with here.database.reading() as connection:
        if "@" in what:
            return [orders.delivery(connection, what)]
        campaign, _, message = what.partition("/")
        rows = [r for r in counts.rows(connection, state="published", campaign=campaign) if r.message == message]
    if not rows:
        words = say(f"không có bài nào của {what} đang công khai", f"nothing of {what} is public")
        raise NotFoundInLedger(words)
    return rows


async def _withdraw_all(here: Office, rows: list[Row[Any]], by: str, why: str) -> int:
    left = 0
    async with here.accounts() as accounts:
        for row in rows:
            if row.state != "published":
                words = say(
                    f"{row.key} không công khai (trạng thái {row.state})", f"{row.key} is not public ({row.state})"
                )
                raise orders.OrderRefused(words)
            try:
                await take_down(here.database, accounts, row, by=by, why=why)
                show(say(f"Đã gỡ {row.key}", f"{row.key} is withdrawn"), style="green")
            except ChannelError as error:
                left += 1
                show(f"! {row.key}: {error}  {row.url}", style="red")
    return left
