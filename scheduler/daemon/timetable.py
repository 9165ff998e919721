"""The timetable: how often each of the recurring acts is woken. It holds no delivery, in either engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler import clock
from scheduler.daemon.acts import FIRST_PRUNE, PRUNE, Acts


def timetable(acts: Acts, wakings: Iterable[tuple[Callable[[], Any], float]]) -> AsyncIOScheduler:
    """Return a timetable that wakes these acts every so many seconds; kept media are pruned daily, but in a rehearsal."""
    made = AsyncIOScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for act, seconds in wakings:
        made.add_job(acts.loudly(act), "interval", seconds=seconds)
    if acts.rehearsal is None and acts.settings.media_kept is not None:
        first = clock.now() + FIRST_PRUNE
        made.add_job(acts.loudly(acts.prune), "interval", seconds=PRUNE, next_run_time=first)
    return made
