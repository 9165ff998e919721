"""`loa deliveries`: rows of the ledger."""

from __future__ import annotations

import json
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich import box
from rich.table import Table
from sqlalchemy import Row

from scheduler import clock
from scheduler.cli.office import Json, office
from scheduler.cli.screen import out, show, state_name
from scheduler.errors import SettingsError
from scheduler.ledger import counts
from scheduler.ledger.delivery import State
from scheduler.text import did_you_mean, say


def deliveries(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state", help=", ".join(State))] = None,
    campaign: Annotated[
        str | None, typer.Option("--campaign", help=say("Chỉ chiến dịch này", "Only this campaign"))
    ] = None,
    channel: Annotated[str | None, typer.Option("--channel", help=say("Chỉ kênh này", "Only this channel"))] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help=say("Nhiều nhất bấy nhiêu dòng", "At most so many rows"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Các lần đăng trong sổ cái: mã, trạng thái, kênh, giờ, địa chỉ. / The deliveries in the ledger.

    Ví dụ: loa deliveries --state unconfirmed
    """
    if state is not None and state not in list(State):
        hint = did_you_mean(state, State)
        listed = ", ".join(State)
        raise SettingsError(
            say(f'--state "{state}" không có{hint} ({listed})', f'--state "{state}" is unknown{hint} ({listed})')
        )
    here = office(context)
    zone = here.settings.zone
    with here.database.reading() as connection:
        rows = counts.rows(connection, state=state, campaign=campaign, channel=channel, limit=limit)
    if as_json:
        print(json.dumps([as_object(row, zone) for row in rows], ensure_ascii=False, indent=1))
        return
    if not rows:
        show(say("Không có lần đăng nào như vậy", "No such deliveries"), style="dim")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in (
        say("mã", "key"),
        say("trạng thái", "state"),
        say("đến hạn", "due"),
        say("địa chỉ hoặc lý do", "address or reason"),
    ):
        table.add_column(heading, overflow="fold")
    for row in rows:
        due = clock.moment(row.due_us).astimezone(zone)
        table.add_row(
            row.key,
            state_name(row.state),
            f"{due:%d/%m/%Y %H:%M}",
            row.url or (row.error if row.error != "plan" else ""),
        )
    out.print(table)


def as_object(row: Row[Any], zone: ZoneInfo) -> dict[str, Any]:
    """Return a row of the ledger as the contract shows it."""

    def local(us: int | None) -> str | None:
        return None if us is None else clock.moment(us).astimezone(zone).isoformat()

    return {
        "key": row.key,
        "state": row.state,
        "channel": row.channel,
        "due": local(row.due_us),
        "published_at": local(row.published_us),
        "remote_id": row.remote_id or None,
        "url": row.url or None,
        "attempts": row.attempts,
        "campaign": row.campaign,
        "message": row.message,
        "unit": row.unit,
        "held_for": row.held_for or None,
        "class": row.kind,
        "tags": row.tags.split(),
        "not_before": local(row.not_before_us),
        "not_after": local(row.not_after_us),
        "reason": row.error or None,
    }
