"""`loa withdraw`: take public posts down."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, Row

from scheduler.cli.office import By, Json, Office, Why, office
from scheduler.cli.screen import progress, show
from scheduler.errors import NotFoundInLedger
from scheduler.ledger import counts, orders
from scheduler.ledger.delivery import WAITING, State, name_of
from scheduler.posting.withdraw import Withdrawal
from scheduler.posting.withdraw import withdraw as take_down
from scheduler.text import say

PERHAPS_PUBLIC = (State.SENDING, State.UNCONFIRMED)

What = Annotated[
    str,
    typer.Argument(
        metavar="KEY|CAMPAIGN/MESSAGE",
        help=say("Một lần đăng, cả thông điệp, hoặc ở mọi đơn vị: MÔ-HÌNH.*/THÔNG-ĐIỆP", "A delivery, a message, MODEL.*/MESSAGE"),
    ),
]  # fmt: skip
ByHand = Annotated[
    bool, typer.Option("--by-hand", help=say("Người đã gỡ bằng tay, chỉ ghi sổ", "A person has done it; write it down"))
]


def withdraw(
    context: typer.Context, what: What, by_hand: ByHand = False, why: Why = "", by: By = "", as_json: Json = False
) -> None:
    """Gỡ bài đã đăng khỏi mọi kênh gỡ được; kênh nào không gỡ được thì nêu địa chỉ. / Take posts down.

    Ví dụ: loa withdraw thang-hanh-dong-2027/khai-mac --why "sai số liệu"
    """
    here = office(context)
    who = here.who(by)
    with here.database.reading() as connection:
        public, others = _rows(connection, what)
    done: list[Withdrawal] = []
    if by_hand:
        for row in public:
            with here.database.writing() as connection:
                orders.withdrawn(connection, row.key, at_us=here.at_us, by=who, why=why)
            done.append(Withdrawal(row))
    elif public:
        with progress(say("Gỡ bài", "Withdrawing")) as bar:
            task = bar.add_task("", total=len(public))

            def told(one: Withdrawal) -> None:
                done.append(one)
                bar.advance(task)

            asyncio.run(_take_down(here, public, who, why, told))
    left = [one for one in done if one.words]
    if as_json:
        _print(done, others)
    else:
        _show(what, done, others)
    if left or any(row.state in PERHAPS_PUBLIC for row in others):
        raise typer.Exit(1)


async def _take_down(here: Office, rows: list[Row[Any]], by: str, why: str, told: Any) -> None:
    async with here.accounts() as accounts:
        await take_down(here.database, accounts, rows, by=by, why=why, told=told)


def _rows(connection: Connection, what: str) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Return what is public, and what may yet come to be: waiting, being sent, or not confirmed."""
    if "@" in what:
        row = orders.delivery(connection, what)
        if row.state != State.PUBLISHED:
            state = name_of(row.state)
            raise orders.OrderRefused(say(f"{row.key} không công khai ({state})", f"{row.key} is not public ({state})"))
        return [row], []
    campaign, _, message = what.partition("/")
    names = [campaign]
    if campaign.endswith(".*"):
        names = [name for name in counts.by_campaign(connection) if name.startswith(campaign[:-1])]
    rows = [row for name in names for row in counts.rows(connection, campaign=name) if row.message == message]
    public = [row for row in rows if row.state == State.PUBLISHED]
    others = [row for row in rows if row.state in (*PERHAPS_PUBLIC, *WAITING)]
    if not public and not others:
        raise NotFoundInLedger(say(f"không có bài nào của {what} đang công khai", f"nothing of {what} is public"))
    return public, others


def _show(what: str, done: list[Withdrawal], others: list[Row[Any]]) -> None:
    taken = [one for one in done if not one.words]
    for one in taken:
        show(say(f"Đã gỡ {one.row.key}", f"{one.row.key} is withdrawn"), style="green")
    hands = [one for one in done if one.by_hand]
    if hands:
        words = say(
            f"{len(hands)} bài phải gỡ bằng tay; gỡ xong thì ghi sổ: loa withdraw MÃ --by-hand",
            f"{len(hands)} posts must be taken down by hand; then write it down: loa withdraw KEY --by-hand",
        )
        show(words, style="bold yellow")
        for one in hands:
            show(f"  {one.row.url or one.row.channel}  {one.row.key}  ({one.words})", style="yellow")
    for one in done:
        if one.words and not one.by_hand:
            show(f"! {one.row.key}: {one.words}  {one.row.url}", style="red")
    perhaps = [row for row in others if row.state in PERHAPS_PUBLIC]
    for row in perhaps:
        words = say("có thể đã công khai; xem kênh, rồi: loa confirm hoặc loa cancel", "may be public; look at it")
        show(f"! {row.key} ({name_of(row.state)}): {words}", style="bold magenta")
    if waiting := len(others) - len(perhaps):
        words = say(
            f"{waiting} lần đăng của {what} còn chờ đăng; giữ lại: loa hold --campaign {what.partition('/')[0]}",
            f"{waiting} of {what} still wait; to stop them: loa hold --campaign {what.partition('/')[0]}",
        )
        show(words, style="yellow")


def _print(done: list[Withdrawal], others: list[Row[Any]]) -> None:
    listed = [
        {"key": one.row.key, "withdrawn": not one.words, "by_hand": one.by_hand, "url": one.row.url, "error": one.words}
        for one in done
    ]
    left = [{"key": row.key, "state": row.state} for row in others]
    print(json.dumps({"posts": listed, "not_public_yet": left}, ensure_ascii=False, indent=2))
