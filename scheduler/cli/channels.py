"""`loa channels`: does each token work, is it the declared account, what can the network do."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler.channels.contract import Account
from scheduler.channels.http import Wire
from scheduler.channels.media import Media
from scheduler.channels.probe import keep_probe
from scheduler.channels.registry import NETWORKS
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import err, out, progress
from scheduler.errors import ChannelError
from scheduler.ledger import counts
from scheduler.posting.accounts import Accounts
from scheduler.text import say

ABILITIES = {
    "find": ("đối chiếu", "find"),
    "delete": ("gỡ", "delete"),
    "edit": ("sửa", "edit"),
    "metrics": ("số liệu", "metrics"),
}
AT_ONCE = 16


def channels(context: typer.Context, as_json: Json = False) -> None:
    """Hỏi từng mạng: mã truy cập còn dùng được không, có đúng tài khoản đã khai không. / Ask every network who we are.

    Ví dụ: loa channels
    """
    here = office(context)
    if any(not problem.warning for problem in here.book.problems):
        here.must_be_clean()
    found = asyncio.run(_ask_all(here))
    pictures = asyncio.run(_pictures_can_be_fetched(here))
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _show(found)
    if not pictures or not all(channel["works"] for channel in found):
        raise typer.Exit(1)


async def _pictures_can_be_fetched(here: Office) -> bool:
    """Look at the address from which networks fetch our pictures, where there is one, and say what is wrong with it."""
    async with Wire(here.settings.timeout) as wire:
        media = Media(here.settings.media_base, wire)
        try:
            if media.base:
                await media.reachable(keep_probe(here.settings.var))
        except ChannelError as error:
            err.print(f"! LOA_MEDIA_URL: {error}", soft_wrap=True, markup=False)
            return False
        if media.base and await media.only_at_home():
            words = say(
                "từ máy này tải được ảnh, nhưng qua một địa chỉ riêng; hãy mở thử từ Internet (điện thoại, 4G)",
                "pictures can be fetched from here, but by a private address; open it from the Internet, too (a phone)",
            )
            err.print(f"! LOA_MEDIA_URL: {words}", soft_wrap=True, markup=False)
    return True


async def _ask_all(here: Office) -> list[dict[str, Any]]:
    gate = asyncio.Semaphore(AT_ONCE)
    async with here.accounts() as accounts:
        with progress(say("Hỏi các mạng", "Asking")) as bar:
            task = bar.add_task("", total=len(here.book.channels))

            async def ask(id: str) -> dict[str, Any]:
                async with gate:
                    answer = await _ask(here, accounts, id)
                    bar.advance(task)
                    return answer

            found = await asyncio.gather(*(ask(id) for id in here.book.channels))
    with here.database.writing() as connection:
        counts.forget_tokens(connection, but=here.book.channels)
    return found


async def _ask(here: Office, accounts: Accounts, id: str) -> dict[str, Any]:
    entry = here.book.channels[id]
    network = NETWORKS.get(entry.network)
    can = [name for name in ABILITIES if network is not None and network.can(name, entry.options)]
    answer = {"id": id, "network": entry.network, "account": entry.account, "unit": entry.unit, "can": can}
    found: dict[str, Account] = {}
    try:
        await accounts.prove(accounts.get(id), found.__setitem__)
    except ChannelError as error:
        return {**answer, "works": False, "says": str(error)}
    except Exception as error:
        return {**answer, "works": False, "says": f"{type(error).__name__}"}
    with here.database.writing() as connection:
        counts.learn(connection, found, at_us=here.at_us)
    account = found[id]
    expires = None if account.expires is None else account.expires.astimezone(here.settings.zone).isoformat()
    return {**answer, "works": True, "says": account.name, "limits": dict(account.limits), "expires": expires}


def _show(found: list[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in (
        "",
        say("kênh", "channel"),
        say("mạng", "network"),
        say("tài khoản", "account"),
        say("trả lời", "answer"),
        say("làm được", "can"),
    ):
        table.add_column(heading, overflow="fold")
    for channel in found:
        mark = Text("✓", "green") if channel["works"] else Text("✗", "bold red")
        can = ", ".join(say(*ABILITIES[name]) for name in channel["can"])
        says = channel["says"]
        if ends := channel.get("expires"):
            package = bool(NETWORKS[channel["network"]].kept)  # its token is renewed by us, and ends by itself
            vi, en = ("gói", "package") if package else ("mã", "token")
            says += say(f"; {vi} hết hạn {ends[:10]}", f"; the {en} ends {ends[:10]}")
        table.add_row(mark, channel["id"], channel["network"], channel["account"], says, can)
    out.print(table)
