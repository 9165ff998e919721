"""The engine that wakes many workers: Procrastinate, on the PostgreSQL that holds the ledger. It distributes channels.

One job a channel, and only while the channel has something to do within seconds; never a job a message, never one for
the far future. The ledger is the truth: a job that is lost is written again at the next tick.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import procrastinate
from procrastinate import exceptions, jobs
from procrastinate.schema import SchemaManager
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import inspect

from scheduler.ledger import schema
from scheduler.ledger.database import Database
from scheduler.posting.lease import BEAT, LIMIT

log = logging.getLogger("loa")
for _name in ("procrastinate", "psycopg.pool"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)  # what matters is said by us

POLL = 0.5
AT_ONCE = 250  # jobs in one statement
CONNECTIONS = 4
OFFICE = "office"  # the queue of what any worker may do
EVERY_TICK = "* * * * * */5"
EVERY_MINUTE = "* * * * *"

Act = Callable[[], Awaitable[None]]
Pump = Callable[[str, int, int], Awaitable[bool]]


def prepare(database: Database) -> None:
    """Make Procrastinate's tables where there are none yet."""
    with database.writing() as connection:
        if inspect(connection).has_table("procrastinate_jobs"):
            return
        schema.be_alone(connection)
        if not inspect(connection).has_table("procrastinate_jobs"):
            connection.connection.cursor().execute(SchemaManager.get_schema())


@dataclass
class Engine:
    """Wakes this worker's pumps and acts. `queues`: of which channels (None: all); `group`: workers with the same ones."""

    database: Database
    pump: Pump
    dispatch: Act
    renew: Act
    measure: Act | None
    concurrency: int
    queues: list[str] | None = None
    group: str = ""
    app: procrastinate.App = field(init=False)

    def __post_init__(self) -> None:
        self._anew = asyncio.Event()
        self.app = procrastinate.App(connector=procrastinate.PsycopgConnector(
            conninfo=self.database.url.replace("postgresql+psycopg://", "postgresql://", 1),
            min_size=1,
            max_size=CONNECTIONS,
            kwargs={"application_name": schema.application_name("engine"), "connect_timeout": 10},
            pool_factory=_pool,
        ))  # fmt: skip
        mine = f"{OFFICE} {self.group}".strip()
        self._pump = self.app.task(name="pump", queue=OFFICE, pass_context=True)(self._run_pump)
        self._every("dispatch", EVERY_TICK, OFFICE, self.dispatch)
        self._every("renew", EVERY_MINUTE, mine, self.renew)
        if self.measure is not None:
            self._every("measure", EVERY_MINUTE, mine, self.measure)

    def _every(self, name: str, cron: str, queue: str, act: Act) -> None:
        async def run(timestamp: int) -> None:
            await act()

        lock = f"{name} {queue}"
        task = self.app.task(name=name, queue=queue, lock=lock, queueing_lock=lock)(run)
        self.app.periodic(cron=cron, periodic_id=queue)(task)

    async def _run_pump(self, context: procrastinate.JobContext, channel: str, share: int = 0, passed: int = 0) -> None:
        """Pump a channel, or pass it on to another worker that has less to do."""
        if not await self.pump(channel, share, passed):
            await self._defer([self._job(channel, context.job.queue, share, passed + 1)])

    async def work(self, until: asyncio.Event) -> None:
        """Take jobs until the event is set; when the ledger does not answer, wait and begin anew."""
        while not until.is_set():
            try:
                await self._work(until)
            except (exceptions.ConnectorException, OSError) as error:
                log.warning("the engine waits for the ledger: %s", error)
            if not until.is_set():
                await asyncio.sleep(POLL)

    async def _work(self, until: asyncio.Event) -> None:
        queues: Any = None  # all
        if self.queues is not None:
            queues = [*self.queues, OFFICE, f"{OFFICE} {self.group}".strip()]
        worker = asyncio.create_task(
            self.app.run_worker_async(
                queues=queues,
                concurrency=self.concurrency,
                fetch_job_polling_interval=POLL,
                shutdown_graceful_timeout=0,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=BEAT,
                stalled_worker_timeout=LIMIT,
            )
        )
        self._anew.clear()
        endings = [asyncio.create_task(event.wait()) for event in (until, self._anew)]
        try:
            await asyncio.wait((worker, *endings), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (worker, *endings):
                task.cancel()
            await asyncio.wait((worker,))
        if not worker.cancelled() and (error := worker.exception()) is not None:
            raise exceptions.ConnectorException(type(error).__name__) from error

    def serve(self, queues: list[str] | None) -> None:
        """Take from now on what is in these queues: channels came, or went."""
        if queues != self.queues:
            self.queues = queues
            self._anew.set()

    async def defer(self, channels: Mapping[str, str], share: int) -> None:
        """Write a pump for each of the channels (with its queue) that has none waiting.

        `share`: how many channels each worker would have if all had the same.
        """
        waiting = {job.lock for job in await self.app.job_manager.list_jobs_async(task="pump", status="todo")}
        new = [
            self._job(channel, queue, share) for channel, queue in sorted(channels.items()) if channel not in waiting
        ]
        for start in range(0, len(new), AT_ONCE):
            await self._defer(new[start : start + AT_ONCE])

    def _job(self, channel: str, queue: str, share: int, passed: int = 0) -> jobs.Job:
        named = self._pump.configure(lock=channel, queueing_lock=channel, queue=queue)
        return named.job.evolve(task_kwargs={"channel": channel, "share": share, "passed": passed})

    async def _defer(self, new: Collection[jobs.Job]) -> None:
        try:
            await self.app.job_manager.batch_defer_jobs_async(list(new))
        except exceptions.AlreadyEnqueued:
            if len(new) > 1:
                for job in new:
                    await self._defer([job])

    async def clear_away(self) -> None:
        """Take away the jobs of workers that are not heard any more; the next tick writes them again."""
        for job in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=LIMIT):
            await self.app.job_manager.finish_job(job, status=jobs.Status.ABORTED, delete_job=True)


def _pool(**how: Any) -> AsyncConnectionPool:
    return AsyncConnectionPool(**{**how, "check": None, "configure": _one_by_one})  # what broke shows itself


async def _one_by_one(connection: Any) -> None:
    await connection.set_autocommit(True)  # every order of the engine is one statement
