"""`python -m bench.move`: a ledger on SQLite carried to PostgreSQL, how long it takes and how much memory."""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from bench.ledger import fill
from scheduler.ledger.carry import carry
from scheduler.ledger.database import Database
from tests.range.postgres import postgres


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.move", description=__doc__)
    parser.add_argument("--deliveries", type=int, nargs="+", default=[100_000, 1_000_000])
    given = parser.parse_args()
    table = Table("deliveries", "rows", "moved and compared s", "rows a second", "peak MB", box=box.MARKDOWN)
    with postgres() as server:
        for deliveries in given.deliveries:
            with tempfile.TemporaryDirectory() as folder:
                source = Database(f"sqlite:///{Path(folder) / 'loa.db'}")
                fill(source, deliveries)
                target = Database(server.database().replace("postgresql://", "postgresql+psycopg://"), migrate=False)
                began = time.monotonic()
                done = carry(source, target, seal=None, by="bench", at_us=1)
                seconds = time.monotonic() - began
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                cells = (
                    f"{deliveries:,}",
                    f"{done.rows:,}",
                    f"{seconds:.1f}",
                    f"{done.rows / seconds:,.0f}",
                    f"{peak:.0f}",
                )
                table.add_row(*cells)
                target.close()
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
