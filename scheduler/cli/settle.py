"""`loa confirm`, `loa retry`, `loa cancel`: a person settles one delivery."""

from __future__ import annotations

from typing import Annotated

import typer

from scheduler import clock
from scheduler.cli.embargo import show_embargo
from scheduler.cli.office import By, Key, Office, Why, office
from scheduler.cli.screen import show
from scheduler.ledger import orders
from scheduler.text import say

Url = Annotated[str, typer.Argument(help=say("Địa chỉ công khai của bài", "The post's public address"))]


def confirm(context: typer.Context, key: Key, url: Url, why: Why = "", by: By = "") -> None:
    """Bài chưa xác nhận thật ra đã lên: ghi địa chỉ. / An unconfirmed post is public: keep its address.

    Ví dụ: loa confirm thu/tin-1@once/telegram https://t.me/kenh/12
    """
    here = office(context)
    with here.database.writing() as connection:
        orders.confirm(connection, key, url, at_us=here.at_us, by=here.who(by), why=why)
    show(say(f"Đã ghi: {key} đã đăng tại {url}", f"{key} is published at {url}"), style="green")


def retry(context: typer.Context, key: Key, why: Why = "", by: By = "") -> None:
    """Gửi lại một lần đăng chưa xác nhận, thất bại, bỏ lỡ, hoặc quá hạn vì quốc tang (hãy nhìn trên kênh trước).

    / Send it after all. Bài đã hết hạn (expires) hoặc đang trong quốc tang thì bị từ chối.

    Ví dụ: loa retry thu/tin-1@once/telegram --why "đã xem kênh, chưa có bài"
    """
    here = office(context)
    with here.database.writing() as connection:
        late_us = here.at_us + _late_after(here, key)
        orders.retry(
            connection, key, late_us=late_us, at_us=here.at_us, by=here.who(by), why=why, zone=here.settings.zone
        )
        row = orders.delivery(connection, key)
    if not show_embargo(here, [row]):
        show(say(f"{key} sẽ được gửi ngay khi loa run chạy", f"{key} goes out as soon as loa run works"), style="green")


def cancel(context: typer.Context, key: Key, why: Why = "", by: By = "") -> None:
    """Không đăng lần này nữa. / Never send this one.

    Ví dụ: loa cancel thu/tin-1@once/bang-tin --why "đã có tin mới"
    """
    here = office(context)
    with here.database.writing() as connection:
        orders.cancel(connection, key, at_us=here.at_us, by=here.who(by), why=why)
    show(say(f"Đã huỷ {key}", f"{key} is cancelled"), style="yellow")


def _late_after(here: Office, key: str) -> int:
    """Return how long a delivery may be late (microseconds), as its campaign says; two hours when it says no more."""
    campaign, _, rest = key.partition("/")
    for authored in here.book.campaigns:
        if authored.campaign.campaign == campaign:
            for message in authored.campaign.messages:
                if message.id == rest.partition("@")[0] and message.late_after:
                    return clock.micros(clock.EPOCH + message.late_after)
            return clock.micros(clock.EPOCH + authored.campaign.late_after)
    return 2 * 3_600_000_000
