"""`loa rehearse`: the whole schedule on a fast clock, through the real daemon, into a rehearsal feed."""

from __future__ import annotations

import asyncio
import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from sqlalchemy import Row

from scheduler import clock
from scheduler.authoring.loader import Authored, Book
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import out, progress, show, state_name
from scheduler.clock import FastClock
from scheduler.daemon.embedded import Daemon
from scheduler.errors import CampaignError, NotFoundInLedger
from scheduler.ledger import counts
from scheduler.ledger.database import Database
from scheduler.ledger.turn import Outcome
from scheduler.planning.apply import apply
from scheduler.planning.plan import Planner
from scheduler.text import did_you_mean, say

YEAR = timedelta(days=366)

Name = Annotated[str, typer.Argument(metavar="CAMPAIGN", help=say("Mã chiến dịch", "The campaign's id"))]


def rehearse(context: typer.Context, campaign: Name, as_json: Json = False) -> None:
    """Diễn tập cả lịch trên đồng hồ nhanh vào bảng tin diễn tập; không chạm tới kênh thật. / Rehearse on a fast clock.

    Ví dụ: loa rehearse thang-hanh-dong-2027
    """
    here = office(context)
    authored = _campaign(here, campaign)
    folder = here.settings.var / "rehearsal"
    shutil.rmtree(folder, ignore_errors=True)
    database = Database(f"sqlite:///{folder / 'loa.db'}")
    try:
        start = _plan(here, authored, database)
        rows = _run(here, database, folder, start)
    finally:
        database.close()
    if as_json:
        listed = [
            {"key": r.key, "state": r.state, "due": _local(here, r.due_us).isoformat(), "url": r.url} for r in rows
        ]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        _show(here, rows, folder)
    if any(row.state != "published" for row in rows):
        raise typer.Exit(1)


def _campaign(here: Office, name: str) -> Authored:
    problems = [p for p in here.check() if not p.warning]
    for authored in here.book.campaigns:
        if authored.campaign.campaign == name:
            own = [p for p in problems if p.file == authored.source.file and "when" not in p.field.split(".")]
            if own:
                raise CampaignError(own)
            return authored
    if name in here.book.unread:
        raise CampaignError(problems)
    names = [a.campaign.campaign for a in here.book.campaigns]
    hint = did_you_mean(name, names)
    raise NotFoundInLedger(say(f"không có chiến dịch {name}{hint}", f"there is no campaign {name}{hint}"))


def _plan(here: Office, authored: Authored, database: Database) -> datetime:
    """Write the campaign into the rehearsal's ledger, from now on, or from a year ago when all of it is past."""
    free = replace(authored, campaign=authored.campaign.model_copy(update={"approval": "none"}))
    written = here.book
    book = Book(here.settings.workspace, written.channels, written.units, written.days, [free])
    for start in (here.now, here.now - YEAR):
        planner = Planner(book, here.settings, here.composer, start)
        if apply(planner, database, by="loa rehearse").create:
            return start
    raise NotFoundInLedger(say("chiến dịch không có lượt đăng nào", "the campaign is never due"))


def _run(here: Office, database: Database, folder: Path, start: datetime) -> list[Row[Any]]:
    with database.reading() as connection:
        total = counts.by_state(connection)["scheduled"]
    with progress(say("Diễn tập", "Rehearsing")) as bar:
        task = bar.add_task("", total=total)

        def told(row: Row[Any], outcome: Outcome) -> None:
            bar.advance(task)

        daemon = Daemon(here.settings, database, until_idle=True, clock=FastClock(start), rehearsal=folder, told=told)
        asyncio.run(daemon.run())
    with database.reading() as connection:
        return counts.rows(connection)


def _local(here: Office, us: int) -> datetime:
    return clock.moment(us).astimezone(here.settings.zone)


def _show(here: Office, rows: list[Row[Any]], folder: Path) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in (
        say("giờ", "time"),
        say("thông điệp", "message"),
        say("kênh", "channel"),
        say("trạng thái", "state"),
    ):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(f"{_local(here, row.due_us):%d/%m/%Y %H:%M}", row.message, row.channel, state_name(row.state))
    out.print(table)
    done = sum(row.state == "published" for row in rows)
    show(say(f"Diễn tập xong: {done}/{len(rows)} bài đã lên bảng tin diễn tập. Mở để xem:",
             f"Rehearsed: {done}/{len(rows)} posts went public in the rehearsal. Look at:"), style="bold green")  # fmt: skip
    for channel in sorted({row.channel for row in rows}):
        show(f"  {folder / channel / 'index.html'}", f"  {folder / channel / 'feed.xml'}")
