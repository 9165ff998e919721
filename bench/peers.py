"""`python -m bench.peers`: the same ten thousand through a queue with one job a message: Procrastinate, and Celery on Redis.

Neither keeps a ledger here, looks for lost answers, or knows a channel: what is measured is only how fast they hand out jobs.
Celery needs `pip install celery redis` and a `redis-server`; without them its row is left out. See bench/README.md.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

import httpx

from bench.bare import TEXT
from bench.engine import Figures, bare, measure, postgresql
from bench.stub import Stub, stub

AT_ONCE = 64
LEAD = 25.0  # seconds to write the jobs and to start the workers
PATIENCE = 120.0


def request(key: str) -> dict[str, object]:
    """Return the body and the headers of one post, as everywhere in bench."""
    return {
        "json": {"status": TEXT[:400], "visibility": "public", "media_ids": [], "language": "vi"},
        "headers": {"Idempotency-Key": key, "Authorization": "Bearer x"},
    }


# --- Procrastinate, one job a message --------------------------------------------------------------------------------


def procrastinate_app(database: str, url: str):  # type: ignore[no-untyped-def]
    import procrastinate
    from httpx_aiohttp import AiohttpTransport

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=database, max_size=10))
    client = httpx.AsyncClient(
        transport=AiohttpTransport(limits=httpx.Limits(max_connections=AT_ONCE)), trust_env=False
    )

    @app.task(name="post", queue="posts")
    async def post(key: str) -> None:
        await client.post(f"{url}/api/v1/statuses", **request(key))  # type: ignore[arg-type]

    return app, post


async def fill_procrastinate(database: str, url: str, count: int, at: datetime) -> None:
    app, post = procrastinate_app(database, url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        later = post.configure(schedule_at=at)
        for start in range(0, count, 1000):
            await later.batch_defer_async(*({"key": f"p/{n}"} for n in range(start, start + 1000)))


async def work_procrastinate(database: str, url: str) -> None:
    app, _ = procrastinate_app(database, url)
    async with app.open_async():
        await app.run_worker_async(concurrency=AT_ONCE, fetch_job_polling_interval=0.1, delete_jobs="successful")


# --- Celery on Redis -----------------------------------------------------------------------------------------------------


def celery_app(broker: str):  # type: ignore[no-untyped-def]
    import celery

    app = celery.Celery("bench", broker=broker)
    app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1000, task_ignore_result=True)
    client = httpx.Client(trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE))

    @app.task(name="post")
    def post(url: str, key: str) -> None:
        client.post(f"{url}/api/v1/statuses", **request(key))  # type: ignore[arg-type]

    return app, post


@contextmanager
def redis() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/redis.sock"
        process = subprocess.Popen(
            [
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                socket,
                "--save",
                "",
                "--appendonly",
                "yes",
                "--dir",
                folder,
            ],
            stdout=subprocess.DEVNULL,
        )
        end = time.monotonic() + 10
        while not os.path.exists(socket) and time.monotonic() < end:
            time.sleep(0.05)
        try:
            yield f"redis+socket://{socket}"
        finally:
            process.terminate()
            process.wait()


# --- one row each -----------------------------------------------------------------------------------------------------------


def row(name: str, here: Stub, count: int, fill: list[str], work: list[str]) -> Figures:
    """Write the jobs, start the worker, wait until all have arrived, and count."""
    here.forget()
    at = time.time() + LEAD
    subprocess.run([sys.executable, "-m", "bench.peers", *fill, str(count), str(at)], check=True)
    if time.time() > at - 5:
        raise SystemExit(f"{name}: writing the jobs took too long")
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.peers", *work], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = at + PATIENCE
    while time.time() < end and len(here.arrivals()) < count:
        time.sleep(0.5)
    worker.terminate()
    _, _, usage = os.wait4(worker.pid, 0)
    return measure(name, here, at, usage)


def act(words: list[str]) -> None:
    """What a process of its own does."""
    match words:
        case ["fill-procrastinate", database, url, count, at]:
            asyncio.run(fill_procrastinate(database, url, int(count), datetime.fromtimestamp(float(at), UTC)))
        case ["work-procrastinate", database, url]:
            asyncio.run(work_procrastinate(database, url))
        case ["fill-celery", broker, url, count, at]:
            _, post = celery_app(broker)
            eta = datetime.fromtimestamp(float(at), UTC)
            for n in range(int(count)):
                post.apply_async((url, f"c/{n}"), eta=eta)
        case ["work-celery", broker]:
            app, _ = celery_app(broker)
            app.worker_main(["worker", "-P", "threads", "-c", str(AT_ONCE), "--without-gossip", "--without-mingle"])


def main() -> None:
    if sys.argv[1:2] and sys.argv[1].startswith(("fill-", "work-")):
        act(sys.argv[1:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    given = parser.parse_args()
    with ExitStack() as stack:
        here = stack.enter_context(stub())
        bare(here, 1000, AT_ONCE, "aiohttp")  # warms the machine, not counted
        base = bare(here, given.count, AT_ONCE, "aiohttp")
        rows = [base]
        database = postgresql(stack)
        fill = ["fill-procrastinate", database, here.url]
        work = ["work-procrastinate", database, here.url]
        rows.append(row("Procrastinate, one job a message", here, given.count, fill, work))
        if importlib.util.find_spec("celery") and shutil.which("redis-server"):
            broker = stack.enter_context(redis())
            fill, work = ["fill-celery", broker, here.url], ["work-celery", broker]
            rows.append(row("Celery on Redis, ETA, acks_late, 64 threads", here, given.count, fill, work))
    print("| | arrived | per s | ratio | first ms | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- | --- | --- |")
    for f in rows:
        print(
            f"| {f.name} | {f.sent} | {f.rate:,.0f} | {f.rate / base.rate:.2f} | {f.first * 1000:.0f} | {f.p50 * 1000:.0f} | {f.p99 * 1000:.0f} |"
        )


if __name__ == "__main__":
    main()
