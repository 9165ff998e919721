"""`loa correct`: put the words of the campaign as it stands now into posts that are public already."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated, Any

import typer

from scheduler.cli.approve import Yes
from scheduler.cli.folded import show_difference
from scheduler.cli.office import By, Json, Office, Why, office
from scheduler.cli.screen import progress, show
from scheduler.cli.withdraw import What
from scheduler.errors import NotFoundInLedger, PlanRefused
from scheduler.ledger import amiss, orders
from scheduler.planning.correction import Correction, corrections
from scheduler.planning.plan import Planner
from scheduler.posting.correct import Corrected
from scheduler.posting.correct import correct as put
from scheduler.text import say

ByHand = Annotated[
    bool,
    typer.Option("--by-hand", help=say("Người đã sửa bằng tay, chỉ ghi sổ", "A person has done it; write it down")),
]


def correct(
    context: typer.Context,
    what: What,
    by_hand: ByHand = False,
    why: Why = "",
    by: By = "",
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Sửa chữ của bài đã đăng cho đúng với tệp chiến dịch; người ra lệnh là người duyệt. / Correct public posts.

    Ví dụ: loa correct thang-hanh-dong-2027/khai-mac --why "sai số điện thoại"
    """
    here = office(context)
    here.must_be_clean()
    found = _corrections(here, what, by_hand)
    if faults := [f"{one.row.key}: {fault}" for one in found for fault in one.faults]:
        raise PlanRefused("\n".join(dict.fromkeys(faults)))
    if not as_json:
        _show_wanted(what, found)
    who = here.who(by)
    if found and sys.stdin.isatty() and not (yes or as_json):
        question = say(
            f"{who} duyệt và sửa {len(found)} bài này?", f"{who} approves and corrects these {len(found)} posts?"
        )
        typer.confirm(question, abort=True)
    done = _write_down(here, found, who, why) if by_hand else _put(here, found, who, why)
    if as_json:
        print(json.dumps([_as_object(one) for one in done], ensure_ascii=False, indent=2))
    else:
        _show(done)
    if any(one.words for one in done):
        raise typer.Exit(1)


def _corrections(here: Office, what: str, by_hand: bool) -> list[Correction]:
    name, _, message = what.partition("@")[0].partition("/")
    chosen = [
        (authored, m)
        for authored in here.book.campaigns
        for m in authored.campaign.messages
        if m.id == message and (authored.campaign.campaign == name or f"{authored.replica_of}.*" == name)
    ] or [here.message(f"{name}/{message}")]
    keys = [what] if "@" in what else []
    planner = Planner(here.book, here.settings, here.composer, here.now)
    with here.database.reading() as connection:
        if keys:
            row = orders.delivery(connection, what)
            if row.state != "published":
                raise NotFoundInLedger(say(f"{what} không công khai", f"{what} is not public"))
        return list(corrections(planner, connection, chosen, keys, by_hand=by_hand))


def _put(here: Office, found: list[Correction], who: str, why: str) -> list[Corrected]:
    done: list[Corrected] = []

    async def put_all(told: Any) -> None:
        async with here.accounts() as accounts:
            await put(here.database, accounts, found, by=who, why=why, told=told)

    if found:
        with progress(say("Sửa bài", "Correcting")) as bar:
            task = bar.add_task("", total=len(found))

            def told(one: Corrected) -> None:
                done.append(one)
                bar.advance(task)

            asyncio.run(put_all(told))
    return done


def _write_down(here: Office, found: list[Correction], who: str, why: str) -> list[Corrected]:
    with here.database.writing() as connection:
        for one in found:
            digest, body = one.after.digest, one.after.to_json()
            orders.corrected(connection, one.row, digest, body, at_us=here.at_us, by=who, why=why)
            amiss.settled(connection, one.row.key)
    return [Corrected(one) for one in found]


def _show_wanted(what: str, found: list[Correction]) -> None:
    if not found:
        words = say(
            f"{what}: các bài đang công khai đã đúng như tệp chiến dịch; sửa chữ trong tệp trước, rồi chạy lại lệnh này",
            f"{what}: what is public is what the campaign says; mend the words in its file first, then run this again",
        )
        show(words, style="yellow")
    shown: set[tuple[str, str]] = set()
    for one in found:
        show(f"~ {one.row.key}  {one.row.url}", style="yellow")
        if (pair := (one.before.digest, one.after.digest)) not in shown:
            shown.add(pair)
            show_difference(one.before, one.after)


def _show(done: list[Corrected]) -> None:
    for one in done:
        row = one.of.row
        if not one.words:
            show(say(f"Đã sửa {row.key}  {row.url}", f"{row.key} is corrected  {row.url}"), style="green")
        elif not one.by_hand:
            show(f"! {row.key}: {one.words}  {row.url}", style="red")
    if hands := [one for one in done if one.by_hand]:
        words = say(
            f"{len(hands)} bài phải sửa bằng tay; sửa xong thì ghi sổ: loa correct MÃ --by-hand",
            f"{len(hands)} posts must be corrected by hand; then write it down: loa correct KEY --by-hand",
        )
        show(words, style="bold yellow")
        for one in hands:
            show(f"  {one.of.row.url or one.of.row.channel}  {one.of.row.key}  ({one.words})", style="yellow")


def _as_object(one: Corrected) -> dict[str, Any]:
    row = one.of.row
    return {"key": row.key, "corrected": not one.words, "by_hand": one.by_hand, "url": row.url, "error": one.words}
