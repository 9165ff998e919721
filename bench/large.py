"""`python -m bench.large`: years of a national office in one PostgreSQL, and what the daily questions to it then cost.

The rows are made by the server itself: settled deliveries of past months with what belongs to each (one attempt, four
events, and metrics where asked for), and one month that waits. Times are medians; sizes are as PostgreSQL tells them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, text

from bench.ledger import MINUTE, median_ms
from scheduler.clock import micros
from scheduler.ledger import counts, plans, turn
from scheduler.ledger.database import Database
from scheduler.reporting.status import status
from tests.range.postgres import postgres

NOW = datetime.now(UTC)
MONTH = timedelta(days=30)
CHANNELS = 10_000
PART = 500_000  # deliveries in one statement

_DELIVERIES = """
    INSERT INTO delivery (key, campaign, message, occurrence, channel, unit, kind, state, due_us, late_us, next_us, digest,
                          rev, attempts, started_us, published_us, remote_id, url, measured)
    SELECT format('c%s/m%s@once/k%s', n / CAST(:channels AS int) / 20, n / CAST(:channels AS int), n % CAST(:channels AS int)), 'c' || n / CAST(:channels AS int) / 20,
           'm' || n / CAST(:channels AS int), 'once', 'k' || n % CAST(:channels AS int), 'u' || n % 3321, 'ordinary', :state, due, due + CAST(:late AS bigint),
           CASE WHEN CAST(:settled AS boolean) THEN NULL ELSE due END, md5(CAST(n / CAST(:channels AS int) AS text)) || md5(CAST(n / CAST(:channels AS int) + 1 AS text)),
           2 * CAST(:settled AS int), CAST(:settled AS int), CASE WHEN CAST(:settled AS boolean) THEN due END, CASE WHEN CAST(:settled AS boolean) THEN due END,
           CASE WHEN CAST(:settled AS boolean) THEN '11' || n ELSE '' END,
           CASE WHEN CAST(:settled AS boolean) THEN format('https://mang-xa-hoi.example.vn/@kenh-%s/%s', n % CAST(:channels AS int), n) ELSE '' END,
           4 * CAST(:settled AS int)
    FROM (SELECT n, CAST(:start AS bigint) + CAST(:step AS bigint) * (n / CAST(:channels AS int)) AS due FROM generate_series(:first, :last) AS n) AS rows
"""
_ATTEMPTS = """
    INSERT INTO attempt (delivery, started_us, ended_us, outcome)
    SELECT id, started_us, started_us + 400000, 'confirm' FROM delivery WHERE id BETWEEN :first AND :last
"""
_EVENTS = """
    INSERT INTO event (delivery, at_us, event, before, after, by)
    SELECT id, due_us, e.event, e.before, e.after, e.by FROM delivery,
           (VALUES ('plan', '', 'held', 'Nguyễn Thị Minh'), ('release', 'held', 'scheduled', 'Trần Văn Hải'),
                   ('claim', 'scheduled', 'sending', ''), ('confirm', 'sending', 'published', ''))
           AS e(event, before, after, by)
    WHERE id BETWEEN :first AND :last
"""
_METRICS = """
    INSERT INTO metric (delivery, age, name, at_us, value)
    SELECT id, a.age, m.name, due_us, id % 997 FROM delivery, (VALUES ('1h'), ('24h'), ('7d'), ('28d')) AS a(age),
           (VALUES ('reactions'), ('replies'), ('shares')) AS m(name)
    WHERE id BETWEEN :first AND :last AND id % 4 = 0
"""
_COUNTERS = """
    INSERT INTO counter (campaign, message, state, n) SELECT campaign, message, state, count(*) FROM delivery GROUP BY 1, 2, 3
"""


def fill(database: Database, settled: int, waiting: int) -> float:
    """Write so many deliveries that are over and so many that wait; return the seconds it took."""
    began = time.monotonic()
    months = settled / waiting
    step = micros(NOW + MONTH) - micros(NOW)
    step = step * CHANNELS // waiting  # between two messages, so that `waiting` of them are a month
    start = micros(NOW - MONTH * months)
    for first, end in (*_parts(0, settled), *_parts(settled, settled + waiting)):
        over, last = first < settled, end - 1
        with database.writing() as connection:
            values = {"state": "published" if over else "scheduled", "settled": over, "start": start, "step": step}
            values |= {"late": 120 * MINUTE, "channels": CHANNELS, "first": first, "last": last}
            connection.execute(text(_DELIVERIES), values)
            if over:
                ids = {"first": first + 1, "last": last + 1}
                for statement in (_ATTEMPTS, _EVENTS, _METRICS):
                    connection.execute(text(statement), ids)
    with database.writing() as connection:
        connection.execute(text(_COUNTERS))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
    return time.monotonic() - began


def _parts(begin: int, end: int) -> list[tuple[int, int]]:
    return [(first, min(first + PART, end)) for first in range(begin, end, PART)]


def questions(connection: Connection, settled: int) -> dict[str, Callable[[], Any]]:
    """What is asked all day, by its name."""
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    in_an_hour = micros(NOW + timedelta(hours=10))
    middle = settled // CHANNELS // 2
    return {
        "status": lambda: status(connection, now=NOW, zone=zone, holder=None),
        "next due": lambda: turn.next_due(connection, []),
        "128 due": lambda: turn.due(connection, in_an_hour, (0, 0), 128, []),
        "paces of 64 channels": lambda: turn.starts_since(
            connection, [f"k{n}" for n in range(64)], micros(NOW - timedelta(days=1))
        ),
        "one message (10,000 deliveries)": lambda: plans.planned(connection, f"c{middle // 20}", f"m{middle}"),
        "100 rows of one state": lambda: counts.rows(connection, state="scheduled", limit=100),
    }


def sizes(connection: Connection) -> list[tuple[str, int, float, float]]:
    """Return rows, and megabytes of table and indexes, by table."""
    statement = text(
        "SELECT relname, CAST(reltuples AS bigint), pg_table_size(oid) / 1e6, pg_indexes_size(oid) / 1e6 FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = CAST('public' AS regnamespace) ORDER BY pg_total_relation_size(oid) DESC LIMIT 5"
    )
    return [tuple(row) for row in connection.execute(statement)]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.large", description=__doc__)
    parser.add_argument("--settled", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--waiting", type=int, default=1_000_000)
    given = parser.parse_args()
    console = Console(width=130)
    with postgres() as server:
        for settled in given.settled:
            database = Database(server.database().replace("postgresql://", "postgresql+psycopg://"))
            seconds = fill(database, settled, given.waiting)
            console.print(f"\n{settled:,} settled, {given.waiting:,} waiting, written in {seconds:.0f} s\n")
            with database.reading() as connection:
                asked = Table("question", "median ms", box=box.MARKDOWN)
                for name, ask in questions(connection, settled).items():
                    asked.add_row(name, f"{median_ms(ask):.2f}")
                console.print(asked)
                table = Table("table", "rows", "table MB", "indexes MB", box=box.MARKDOWN)
                for name, rows, data, indexes in sizes(connection):
                    table.add_row(name, f"{rows:,}", f"{data:,.0f}", f"{indexes:,.0f}")
                console.print(table)
            database.close()


if __name__ == "__main__":
    main()
