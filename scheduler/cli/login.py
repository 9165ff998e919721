"""`loa login`: a person agrees on a network's own page that Loa speaks for an account."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer

from scheduler.channels import callback
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Channel
from scheduler.cli.office import By, Office, office
from scheduler.cli.screen import show
from scheduler.errors import SettingsError
from scheduler.ledger import turn, vault
from scheduler.ledger.seal import new_key
from scheduler.posting.login import LoggedIn, log_in
from scheduler.text import did_you_mean, say

PATIENCE = 600.0  # seconds: a code is good for about as long
HERE = "http://127.0.0.1:8091/"

Id = Annotated[str, typer.Argument(metavar="CHANNEL", help=say("Mã kênh trong channels.yaml", "The channel's id"))]
Redirect = Annotated[
    str,
    typer.Option(
        "--redirect",
        help=say(
            f"Địa chỉ quay về đã đăng ký ở app (mặc định: options.redirect của kênh, hoặc {HERE})",
            f"The callback address that the app knows (default: the channel's options.redirect, or {HERE})",
        ),
    ),
]
Paste = Annotated[
    bool,
    typer.Option(
        "--paste", help=say("Dán địa chỉ bằng tay, không chờ trình duyệt ở máy này", "Paste the address by hand")
    ),
]
Forget = Annotated[
    bool, typer.Option("--forget", help=say("Xoá mã của kênh khỏi sổ cái", "Throw the channel's token away"))
]


def login(
    context: typer.Context,
    channel: Id,
    redirect: Redirect = "",
    paste: Paste = False,
    forget: Forget = False,
    by: By = "",
) -> None:
    """Quản trị viên đồng ý trên trang của mạng để Loa đăng thay tài khoản; Loa tự gia hạn về sau. / Agree to speak.

    Ví dụ: loa login zalo-ha-noi
    """
    here = office(context)
    if forget:
        _forget(here, channel, by)
        return
    if channel not in here.book.channels:
        hint = did_you_mean(channel, here.book.channels)
        raise SettingsError(
            say(
                f"không có kênh {channel} trong channels.yaml{hint}; xem: loa channels",
                f"there is no channel {channel} in channels.yaml{hint}; see: loa channels",
            )
        )
    asyncio.run(_log_in(here, channel, redirect, paste, here.who(by)))
    _say_what_follows(here, channel)


def _forget(here: Office, channel: str, by: str) -> None:
    with here.database.writing() as connection:
        found = vault.forget(connection, channel, by=here.who(by), at_us=here.at_us)
    if not found:
        raise SettingsError(say(f"sổ cái không giữ mã nào của kênh {channel}", f"the ledger has no token of {channel}"))
    show(say(f"Đã xoá mã của kênh {channel}", f"The token of {channel} is gone"), style="yellow")


async def _log_in(here: Office, id: str, redirect: str, paste: bool, by: str) -> None:
    async with here.accounts() as accounts:
        channel = accounts.get(id)
        if channel.leader is not None:
            raise SettingsError(
                say(
                    f"kênh {id} dùng chung sự đồng ý của kênh {channel.leader.id}; chạy: loa login {channel.leader.id}",
                    f"{id} speaks by the consent of {channel.leader.id}; run: loa login {channel.leader.id}",
                )
            )
        if not channel.can("redeem", channel.chosen):
            raise SettingsError(
                say(
                    f"kênh {id} ({channel.network}) không cần đăng nhập: khoá của nó đặt trong tệp .env",
                    f"{id} ({channel.network}) needs no login: its secrets stand in .env",
                )
            )
        _must_have_key(here)
        consent = Consent(redirect or channel.chosen.get("redirect") or HERE)
        brought = await _ask(channel, consent, by_hand=paste or not callback.is_here(consent.redirect))
        assert accounts.renewer is not None
        _show(channel, await log_in(accounts.renewer, channel, consent, brought, by=by))


def _must_have_key(here: Office) -> None:
    if not here.settings.vault_key:
        key = new_key()
        raise SettingsError(
            say(
                f"chưa có LOA_VAULT_KEY; thêm dòng này vào tệp .env (giữ kín, sao lưu riêng), rồi chạy lại:\n"
                f"LOA_VAULT_KEY={key}",
                f"LOA_VAULT_KEY is not set; put this line into .env (keep it secret, and a copy elsewhere), then again:\n"
                f"LOA_VAULT_KEY={key}",
            )
        )


async def _ask(channel: Channel, consent: Consent, *, by_hand: bool) -> dict[str, str]:
    page: Any = channel.consent_page  # type: ignore[attr-defined]
    show(
        say(
            f"Mở địa chỉ này bằng trình duyệt đã đăng nhập tài khoản quản trị của {channel.account}, rồi bấm Đồng ý:",
            f"Open this address in a browser where an administrator of {channel.account} is logged in, and agree:",
        ),
        "",
        f"  {page(consent)}",
        "",
    )
    if not by_hand:
        show(say(f"Đang chờ trình duyệt quay về {consent.redirect}", f"Waiting for the browser at {consent.redirect}"))
        return await callback.wait_for(consent, seconds=PATIENCE)
    words = say(
        "Trình duyệt sẽ chuyển sang một trang khác (trang báo lỗi cũng không sao). Dán cả địa chỉ của trang ấy vào đây",
        "The browser goes on to another page (an error page is fine). Paste the whole address of that page here",
    )
    return consent.read(typer.prompt(words))


def _show(channel: Channel, found: LoggedIn) -> None:
    show(say(f"Đã đăng nhập kênh {channel.id}: {found.account}", f"{channel.id} is {found.account}"), style="green")
    if found.unproven:
        show(
            say(
                f"Chưa hỏi lại được mạng ({found.unproven}); chạy: loa channels",
                f"The network could not be asked ({found.unproven}); run: loa channels",
            ),
            style="yellow",
        )
    if found.ends is not None:
        ends = f"{found.ends.day}/{found.ends.month}/{found.ends.year}"
        show(
            say(
                f"Cần đăng nhập lại trước ngày {ends}; loa status sẽ nhắc", f"Log in again before {found.ends:%Y-%m-%d}"
            )
        )


def _say_what_follows(here: Office, channel: str) -> None:
    with here.database.reading() as connection:
        held = [stop for stop in turn.stops(connection) if (stop.scope, stop.value) == ("channel", channel)]
    if held:
        show(
            say(
                f"Kênh đang bị giữ; thả ra: loa release --channel {channel}",
                f"It is held: loa release --channel {channel}",
            )
        )
