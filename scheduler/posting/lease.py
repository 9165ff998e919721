"""The lease of a worker: its beat, and the right to send for as long as the beat is heard.

Others take a worker for dead whose beat is older than LIMIT. One that could not write its beat for half of that stops
sending by itself, before anybody takes its channels over. It goes by a clock that nobody sets.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.exc import DBAPIError

from scheduler.ledger import workers
from scheduler.ledger.database import Database
from scheduler.text import say

log = logging.getLogger("loa")

BEAT = 1.0  # seconds
LIMIT = 6.0
IN_MICROS = 1_000_000


@dataclass
class Lease:
    """The lease of one worker, by its number. It beats in a thread of its own, whatever else is going on."""

    database: Database
    number: int
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    now: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        # a connection of its own: a beat waits for nobody's work
        self.database = Database(self.database.url, replace(self.database.limits, pool=1), migrate=False)
        self._thread = ThreadPoolExecutor(1, "lease")
        self._heard = self._steady_since = self.now()

    @property
    def holds(self) -> bool:
        """Whether this worker may send: its beat was heard not long ago."""
        return not self.lost.is_set() and self.now() - self._heard < LIMIT / 2

    @property
    def steady(self) -> bool:
        """Whether every beat of some time was heard: one that was cut off itself must not judge others by theirs."""
        return self.holds and self.now() - self._steady_since > LIMIT

    def secure(self, connection: Any) -> None:
        """Let what this transaction writes stand only while nobody took us for dead; LeaseLost when somebody did."""
        workers.secure(connection, self.number)

    async def keep(self) -> None:
        """Beat until the lease is lost."""
        while not self.lost.is_set():
            await self.beat()
            await asyncio.sleep(BEAT)

    async def beat(self) -> None:
        """Write one beat, and hear whether the lease still stands. A ledger that does not answer is waited for."""
        before = self.now()
        try:
            stands = await self._run(lambda connection: workers.beat(connection, self.number))
        except DBAPIError as error:
            log.warning(say("sổ cái không trả lời: %s", "the ledger does not answer: %s"), type(error.orig).__name__)
            self._steady_since = self.now()
            return
        if not stands:
            self.lost.set()
            return
        if before - self._heard > LIMIT / 2:
            self._steady_since = before
        self._heard = before

    async def take_away_the_dead(self) -> list[str]:
        """Take away the rows of workers that are not heard any more; return their names."""
        if not self.steady:
            return []
        gone = await self._run(lambda c: workers.take_away(c, int(LIMIT * IN_MICROS), but=self.number))
        return [row.name for row in gone]

    async def leave(self) -> None:
        """End the lease: the worker has given back all it had."""
        if not self.lost.is_set():
            await self._run(lambda connection: workers.leave(connection, self.number))
        self.close()

    def close(self) -> None:
        self._thread.shutdown()
        self.database.close()

    async def _run(self, work: Callable[[Any], Any]) -> Any:
        def run() -> Any:
            with self.database.writing() as connection:
                return work(connection)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)
