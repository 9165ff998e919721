"""`python -m bench.plan`: a large plan written down, and what a large ledger then costs to ask.

1,000 messages on 600 channels are 600,000 deliveries; `--postgresql --channels 10000 --messages 100` are a million there. Times are of whole commands, with the interpreter's start.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from rich import box
from rich.console import Console
from rich.table import Table

from bench.engine import postgresql


def write_workspace(workspace: Path, channels: int, messages: int) -> None:
    """Feeds only: nothing is sent here."""
    (workspace / "campaigns").mkdir()
    listed = "\n".join(f"  - {{id: k{n}, network: feed, account: k{n}, labels: [all]}}" for n in range(channels))
    (workspace / "campaigns" / "channels.yaml").write_text(f"channels:\n{listed}\n")
    start = datetime.now(UTC) + timedelta(days=1)
    for part in range(0, messages, 100):
        said = "\n".join(
            f"  - {{id: m{n}, text: 'Tin số {n}: gọi 113.', when: {{on: '{(start + timedelta(minutes=n)).isoformat()}'}}}}"
            for n in range(part, min(part + 100, messages))
        )
        head = f"campaign: bench-{part}\nchannels: [{{label: all}}]\napproval: none\nmessages:\n"
        (workspace / "campaigns" / f"bench-{part}.yaml").write_text(head + said + "\n")


def run(workspace: Path, *words: str, database: str) -> tuple[float, float]:
    """Run a command; return seconds and peak memory in MB."""
    env = {**os.environ, "LOA_DATABASE_URL": database}
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "scheduler", "-w", str(workspace), *words],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - began, usage.ru_maxrss / 1024


def size_of(workspace: Path, database: str) -> int:
    """Return how many bytes the ledger takes on the disk."""
    if not database:
        return sum(f.stat().st_size for f in (workspace / "var").glob("loa.db*"))
    with psycopg.connect(database) as connection:
        [size] = connection.execute("SELECT pg_database_size(current_database())").fetchone() or [0]
        return int(size)


def busy(database: str) -> float:
    """Return how many seconds of CPU the ended sessions of a PostgreSQL on this machine have used; 0 on SQLite."""
    if not database:
        return 0.0
    with psycopg.connect(database, autocommit=True) as connection:
        others = (
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        while connection.execute(others).fetchone() != (0,):
            time.sleep(0.05)  # a session is counted when it has ended
        [folder] = connection.execute("SHOW data_directory").fetchone() or [""]
    server = (Path(folder) / "postmaster.pid").read_text().split()[0]
    of_children = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[13:15]
    return sum(map(int, of_children)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.plan", description=__doc__)
    parser.add_argument("--channels", type=int, default=600)
    parser.add_argument("--messages", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own instead of SQLite")
    given = parser.parse_args()
    table = Table(box=box.MARKDOWN)
    headings = (
        "messages",
        "deliveries",
        "check s",
        "apply s",
        "of it PostgreSQL s",
        "apply MB",
        "again s",
        "status s",
        "one changed s",
        "ledger MB",
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    for messages in given.messages:
        with ExitStack() as stack:
            workspace = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            database = postgresql(stack) if given.postgresql else ""
            write_workspace(workspace, given.channels, messages)
            check, _ = run(workspace, "check", database=database)
            before = busy(database)
            first, memory = run(workspace, "apply", database=database)
            working = busy(database) - before
            again, _ = run(workspace, "apply", database=database)
            status, _ = run(workspace, "status", database=database)
            file = workspace / "campaigns" / "bench-0.yaml"
            file.write_text(file.read_text().replace("Tin số 0:", "Tin mới:"))
            changed, _ = run(workspace, "apply", "--campaign", "bench-0", database=database)
            size = size_of(workspace, database) / 1e6
            cells = (check, first, working, memory, again, status, changed, size)
            table.add_row(str(messages), str(messages * given.channels), *(f"{cell:.2f}" for cell in cells))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
