"""`loa run`: the daemon."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import Row

from scheduler import clock
from scheduler.channels.contract import Receipt
from scheduler.cli.office import Office, office
from scheduler.cli.screen import COLOURS, err, show
from scheduler.daemon.embedded import Daemon
from scheduler.ledger.delivery import name_of
from scheduler.ledger.guard import running
from scheduler.ledger.turn import Outcome
from scheduler.reporting.status import status
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.daemon.distributed import Worker

log = logging.getLogger("loa")

STATES = {"confirm": "published", "retry": "scheduled", "wait": "scheduled", "await": "unconfirmed", "fail": "failed"}

UntilIdle = Annotated[
    bool,
    typer.Option(
        "--until-idle", help=say("Dừng khi không còn gì tự chạy được nữa", "End when nothing more can move by itself")
    ),
]


def run(context: typer.Context, until_idle: UntilIdle = False) -> None:
    """Chạy nền: đăng đúng giờ, đối chiếu bài chưa xác nhận, theo dõi các tệp; Ctrl-C để dừng. / The daemon.

    Ví dụ: loa run
    """
    here = office(context)
    if not until_idle and (running(here.settings.var) is None or not here.database.is_sqlite):
        show(
            say(
                "loa run: đang chờ đến giờ đăng; dừng bằng Ctrl-C",
                "loa run: waiting for the next due time; stop with Ctrl-C",
            ),
            style="bold",
        )
        _say_what_waits(here)
    _run_loop(_daemon(here, until_idle).run())
    if until_idle:
        with here.database.reading() as connection:
            found = status(connection, now=clock.now(), zone=here.settings.zone, holder=running(here.settings.var))
        for trouble in found.troubles:
            err.print(f"! {trouble.what} → {trouble.remedy}", soft_wrap=True, markup=False)
        if not found.well:
            raise typer.Exit(1)


def _daemon(here: Office, until_idle: bool) -> Daemon | Worker:
    """Return the one daemon of a workspace, or on PostgreSQL one of many."""
    given: Any = {"until_idle": until_idle, "told": _tell, "found": _tell_found}
    if here.database.is_sqlite:
        return Daemon(here.settings, here.database, **given)
    from scheduler.daemon.distributed import Worker  # its engine costs memory that nobody else needs

    return Worker(here.settings, here.database, **given)


def _run_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run with what was imported out of the garbage collector's way, and on uvloop where it is installed."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)  # ten thousand armed deliveries are not garbage
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


def _say_what_waits(here: Office) -> None:
    with here.database.reading() as connection:
        found = status(connection, now=clock.now(), zone=here.settings.zone, holder="this")
    for row in found.coming[:3]:
        show(f"  {row['due'][:16].replace('T', ' ')}  {row['key']}", style="dim")
    if n := found.deliveries["held"] - found.mourning["held"]:
        show(
            "  " + say(f"{n} lần đăng đang chờ duyệt (loa status)", f"{n} wait for approval (loa status)"),
            style="yellow",
        )


def _tell(row: Row[Any], outcome: Outcome) -> None:
    state = STATES[outcome.event.value]
    name = name_of(state)
    details = outcome.url or outcome.why
    level = logging.INFO if state == "published" else logging.WARNING
    log.log(level, "%s  %s  %s", name, row.key, details, extra={"colour": COLOURS[state]})


def _tell_found(row: Row[Any], receipt: Receipt) -> None:
    log.info(
        "%s  %s  %s", say("đã đăng (tìm thấy trên mạng)", "published (found on the network)"), row.key, receipt.url
    )
