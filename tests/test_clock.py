"""The clock: whole microseconds, real waiting, and rehearsals that do not wait."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from scheduler import clock
from scheduler.clock import FastClock, SystemClock

START = datetime(2027, 6, 1, tzinfo=UTC)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_microseconds_are_exact(moment: datetime) -> None:
    assert clock.moment(clock.micros(moment)) == moment


def test_a_past_moment_is_not_waited_for() -> None:
    asyncio.run(SystemClock().wait(clock.now() - timedelta(hours=1), asyncio.Event()))


def test_a_wake_ends_the_waiting() -> None:
    async def waits() -> None:
        wake = asyncio.Event()
        wake.set()
        await SystemClock().wait(None, wake)
        await FastClock(START).wait(None, wake)

    asyncio.run(waits())


def test_a_rehearsal_is_at_once_at_the_moment_it_waits_for() -> None:
    fast = FastClock(START)

    asyncio.run(fast.wait(START + timedelta(days=3), asyncio.Event()))
    asyncio.run(fast.wait(START, asyncio.Event()))

    assert fast.now() == START + timedelta(days=3)
