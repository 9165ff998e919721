"""The ledger from asynchronous code: one thread that writes, one that reads, and patience with a database that waits."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from scheduler.ledger.database import Database

log = logging.getLogger("loa")

PAUSE = 0.5  # seconds between tries
TICK = 100_000_000  # nanoseconds, much longer than any file system's clock stands still
LAST_TRIES = 20  # when we are asked to stop

T = TypeVar("T")


class LedgerThreads:
    """Runs work on the ledger. While the database does not answer nothing is sent, and nothing learnt is thrown away."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.hurry = False  # we are asked to stop: give up after some tries
        self._seen: tuple[int, ...] | None = None  # the database's stamp when `touched` was last asked
        self._writer = ThreadPoolExecutor(1, "ledger-writer")
        self._reader = ThreadPoolExecutor(1, "ledger-reader")

    def touched(self) -> bool:
        """Tell whether anybody may have written into the ledger since this was last asked; False costs next to nothing."""
        before, now = self._seen, self.database.stamp()
        young = now is not None and time.time_ns() - now[0] < TICK  # another write may come to have the same stamp
        self._seen = None if young else now
        return now is None or now != before

    async def read(self, work: Callable[[Any], T]) -> T:
        """Return what `work` reads on a connection that takes no lock."""

        def run() -> T:
            with self.database.reading() as connection:
                return work(connection)

        return await self._patiently(self._reader, run)

    async def write(self, work: Callable[[Any], T]) -> T:
        """Return what `work` returns, after its transaction is on disk. `work` may be run again after a fault."""

        def run() -> T:
            with self.database.writing() as connection:
                return work(connection)

        return await self._patiently(self._writer, run)

    async def _patiently(self, threads: ThreadPoolExecutor, run: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        for tries in itertools.count():
            try:
                return await loop.run_in_executor(threads, run)
            except (OperationalError, InterfaceError) as error:  # anything else is a bug of ours, and loud
                if tries % LAST_TRIES == 0:
                    log.error("the ledger does not answer, waiting: %s", error.orig)
                if self.hurry and tries > LAST_TRIES:
                    raise
                await asyncio.sleep(PAUSE)
        raise AssertionError

    def close(self) -> None:
        self._writer.shutdown()
        self._reader.shutdown()
