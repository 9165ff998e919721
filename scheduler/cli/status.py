"""`loa status`: is all well."""

from __future__ import annotations

import time
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from scheduler import clock
from scheduler.cli.office import Json, office
from scheduler.cli.screen import COLOURS, out, scope_name, show
from scheduler.clock import EPOCH
from scheduler.ledger.delivery import name_of
from scheduler.ledger.guard import running
from scheduler.reporting.families import summed
from scheduler.reporting.status import Status
from scheduler.reporting.status import status as read_status
from scheduler.text import say

REFRESH = 2.0  # seconds between two pictures of --watch
MOST_CAMPAIGNS = 8
MOST_TROUBLES = 8
STATES = ("held", "scheduled", "sending", "published", "unconfirmed", "failed", "missed")


Watch = Annotated[bool, typer.Option("--watch", help=say("Xem liên tục, cho màn hình treo tường", "Keep showing it"))]


Prometheus = Annotated[
    bool, typer.Option("--prometheus", help=say("In ra theo dạng của Prometheus", "Print it as Prometheus reads it"))
]


def status(context: typer.Context, as_json: Json = False, watch: Watch = False, as_page: Prometheus = False) -> None:
    """Mọi việc có ổn không: sắp đăng gì, có gì trễ, kênh nào bị giữ, cần ai làm gì. / Is all well.

    Kết thúc với mã 1 khi cần một người xử lý. Ví dụ: loa status
    """
    here = office(context)
    while watch:
        with here.database.reading() as connection:
            found = read_status(connection, now=clock.now(), zone=here.settings.zone, holder=running(here.settings.var))
        out.clear()
        _show(found)
        time.sleep(REFRESH)
    with here.database.reading() as connection:
        found = read_status(connection, now=clock.now(), zone=here.settings.zone, holder=running(here.settings.var))
    if as_page:
        from scheduler.reporting import prometheus  # nobody else needs its library

        print(prometheus.page(found), end="")
        return
    if as_json:
        print(found.to_json())
    else:
        _show(found)
    if not found.well:
        raise typer.Exit(1)


def _show(found: Status) -> None:
    total = sum(found.deliveries.values())
    if found.well:
        words = say(f"MỌI VIỆC ỔN. {total} lần đăng trong sổ cái", f"ALL IS WELL. {total} deliveries in the ledger")
        show(f"● {words}, {found.at:%H:%M %d/%m/%Y}", style="bold green")
    else:
        words = say(f"CẦN MỘT NGƯỜI: {len(found.troubles)} việc", f"A PERSON IS NEEDED: {len(found.troubles)} matters")
        show(f"● {words}, {found.at:%H:%M %d/%m/%Y}", style="bold red")
    for trouble in found.troubles[:MOST_TROUBLES]:
        out.print(
            Text.assemble(("  ! ", "bold red"), trouble.what, ("  → ", "dim"), (trouble.remedy, "cyan")), soft_wrap=True
        )
    _show_daemon(found)
    for upload in found.uploads:
        percent, size = 100 * upload["sent"] // max(1, upload["size"]), upload["size"] / 1e6
        words = say(
            f"đang tải lên {upload['key']}: {percent}% của {size:.1f} MB",
            f"uploading {upload['key']}: {percent}% of {size:.1f} MB",
        )
        show(f"  ↑ {words}", style="cyan")
    _show_counts(found)
    _show_mourning(found)
    for hold in found.holds:
        if hold["by"] != "loa":  # what Loa itself holds stands among the troubles
            what, since = scope_name(hold["scope"], [hold["value"]]), hold["since"][:16].replace("T", " ")
            show(f"  ⏸ {what}: {hold['why']} ({hold['by']}, {since})", style="yellow")
    if found.coming:
        show(say("Sắp đăng:", "Next due:"), style="bold")
        for row in found.coming:
            show(f"  {row['due'][:16].replace('T', ' ')}  {row['key']}")


def _show_mourning(found: Status) -> None:
    for period in found.mourning["periods"]:
        since, until = (period[name][:16].replace("T", " ") for name in ("from", "until"))
        words = say(f"quốc tang từ {since} tới {until}", f"mourning from {since} until {until}")
        show(f"  ⏸ {words}: {period['basis']}", style="yellow")
    if found.mourning["held"]:
        n = found.mourning["held"]
        show("    " + say(f"giữ lại {n} lần đăng (loa mourning)", f"{n} are held (loa mourning)"), style="yellow")


def _show_daemon(found: Status) -> None:
    daemon = found.daemon
    if daemon["running"]:
        work = (daemon["last_work"] or EPOCH.isoformat())[11:19]
        words = say(
            f"loa run đang chạy ({daemon['holder']}), làm việc lần cuối {work}",
            f"loa run works ({daemon['holder']}), last {work}",
        )
        show(f"  {words}", style="dim")
        for worker in daemon["workers"]:
            takes = worker["queues"] or say("mọi kênh", "all channels")
            show(
                f"    {worker['name']}: {takes}, " + say("từ", "since") + f" {worker['since'][:16].replace('T', ' ')}",
                style="dim",
            )
    else:
        show("  " + say("loa run không chạy", "loa run is not running"), style="dim")


def _show_counts(found: Status) -> None:
    if not found.campaigns:
        show(
            "  "
            + say("Sổ cái trống; bắt đầu: loa plan, loa apply", "The ledger is empty; start with: loa plan, loa apply")
        )
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(say("chiến dịch", "campaign"), overflow="fold")
    shown = [s for s in STATES if found.deliveries[s] or s in ("scheduled", "published")]
    for state in shown:
        table.add_column(name_of(state), justify="right", style=COLOURS[state])
    for name, counted in list(summed(found.campaigns).items())[:MOST_CAMPAIGNS]:
        table.add_row(name, *(str(counted.get(state, "")) for state in shown))
    if len(found.campaigns) > 1:
        table.add_section()
        table.add_row(say("tất cả", "all"), *(str(found.deliveries[state]) for state in shown))
    out.print(table)
