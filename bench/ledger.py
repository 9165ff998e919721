"""`python -m bench.ledger`: a ledger of a million deliveries, and what the daily questions to it cost."""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table

from scheduler.clock import micros
from scheduler.ledger import plans, turn
from scheduler.ledger.database import Database
from scheduler.ledger.plans import Wanted
from scheduler.reporting.status import status

NOW = datetime.now(UTC)
MINUTE = 60_000_000


def fill(database: Database, deliveries: int) -> float:
    """Write so many deliveries over a thousand channels and a hundred campaigns; return the seconds it took."""
    began = time.monotonic()
    with database.writing() as connection:
        for message in range(deliveries // 1000):
            campaign = f"c{message % 100}"
            due = micros(NOW + timedelta(minutes=5 * message))
            wanted = [
                Wanted(f"{campaign}/m{message}@once/k{n}", campaign, f"m{message}", "once", f"k{n}", "u", "ordinary",
                       due, due + 120 * MINUTE, "digest", needs_approval=False)
                for n in range(1000)
            ]  # fmt: skip
            plans.create(connection, wanted, set(), at_us=micros(NOW), by="bench")
    return time.monotonic() - began


def median_ms(ask: Callable[[], Any], times: int = 9) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def measure(database: Database, deliveries: int) -> tuple[float, ...]:
    seconds = fill(database, deliveries)
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    with database.reading() as connection:
        return (
            seconds,
            median_ms(lambda: status(connection, now=NOW, zone=zone, holder=None)),
            median_ms(lambda: turn.next_due(connection, [])),
            median_ms(lambda: turn.due(connection, micros(NOW + timedelta(days=1)), (0, 0), 128, [])),
            median_ms(lambda: plans.planned(connection, "c1", "m1")),
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--deliveries", type=int, nargs="+", default=[100_000, 1_000_000])
    given = parser.parse_args()
    table = Table(box=box.MARKDOWN)
    for heading in ("deliveries", "written s", "status ms", "next due ms", "128 due ms", "one message ms", "peak MB"):
        table.add_column(heading, justify="right")
    for deliveries in given.deliveries:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(f"sqlite:///{Path(folder) / 'loa.db'}")
            figures = measure(database, deliveries)
            table.add_row(f"{deliveries:,}", *(f"{figure:.2f}" for figure in figures))
            database.close()
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
