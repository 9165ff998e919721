"""What time it is: the only place that asks the system clock, and the only one that waits for it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def now() -> datetime:
    """Return the present moment, aware, in UTC. Tests replace this function."""
    return datetime.now(UTC)


def micros(moment: datetime) -> int:
    """Return an aware moment as whole microseconds since 1970 (UTC), the form the ledger keeps."""
    return (moment - EPOCH) // MICROSECOND


def moment(micros: int) -> datetime:
    """Return the aware UTC moment that lies so many microseconds after 1970."""
    return EPOCH + micros * MICROSECOND


class Clock(Protocol):
    """What the daemon asks for the time and waits by."""

    def now(self) -> datetime: ...

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        """Return at `until` (None: no end), or as soon as `wake` is set."""


class SystemClock:
    """The real clock."""

    LONGEST = 30.0  # a clock set forward, or a suspended machine, is noticed after so many seconds

    def now(self) -> datetime:
        return now()

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        seconds = self.LONGEST if until is None else (until - now()).total_seconds()
        if seconds <= 0:
            await asyncio.sleep(0)  # others get their turn
            return
        try:
            async with asyncio.timeout(min(seconds, self.LONGEST)):
                await wake.wait()
        except TimeoutError:
            pass


class FastClock:
    """A clock for rehearsals: whoever waits is at once at the moment he waits for."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    async def wait(self, until: datetime | None, wake: asyncio.Event) -> None:
        if until is None:
            await wake.wait()
        elif not wake.is_set():
            self._now = max(self._now, until)
            await asyncio.sleep(0)
