"""The daemon: one process that sends what is due, looks for what is unconfirmed and follows the files.

APScheduler is the timetable of the recurring acts only; it never holds a delivery. The dispatcher waits for the next
delivery by itself.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler import clock
from scheduler.channels.http import Wire
from scheduler.clock import Clock, SystemClock
from scheduler.daemon.acts import (
    ALARM,
    FIRST_PRUNE,
    LINK,
    LOOK,
    MEASURE,
    PLAN_AGAIN,
    PRUNE,
    RENEW,
    WATCH_FILES,
    WATCH_LEDGER,
    Acts,
    Found,
    Told,
    nobody,
)
from scheduler.daemon.memory import give_back
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Guard
from scheduler.settings import Settings

logging.getLogger("apscheduler").setLevel(logging.ERROR)


@dataclass
class Daemon:
    """Works on one workspace until it is stopped, or (until_idle) until nothing more can move by itself."""

    settings: Settings
    database: Database
    until_idle: bool = False
    clock: Clock = field(default_factory=SystemClock)
    rehearsal: Path | None = None  # a rehearsal speaks only into feeds in this folder
    told: Told = nobody
    found: Found = nobody

    async def run(self) -> None:
        """Work; AlreadyRunning when another daemon does."""
        with Guard(self.rehearsal or self.settings.var):
            async with Wire(self.settings.timeout, connections=2 * self.settings.sender_count) as wire:
                acts = Acts(
                    self.settings,
                    self.database,
                    wire,
                    self.clock,
                    self.until_idle,
                    self.rehearsal,
                    self.told,
                    self.found,
                )
                await self._work(acts)

    async def _work(self, acts: Acts) -> None:
        await acts.distrust_a_restored_ledger()
        await acts.adopt()
        if self.rehearsal is None:
            await acts.plan(acts.accounts.book)
        give_back()
        timetable = timetable_of(acts)
        if self.rehearsal is None:
            await acts.page.open()
        acts.catch_signals()
        timetable.start()
        try:
            await acts.dispatcher.run()
        finally:
            acts.ended = True
            timetable.shutdown(wait=False)
            await acts.close()


def timetable_of(acts: Acts) -> AsyncIOScheduler:
    """Return when each of the acts is woken. A rehearsal follows no files, and asks nobody for anything."""
    timetable = AsyncIOScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    wakings = [
        (acts.dispatcher.changed, WATCH_LEDGER),
        (acts.reconciler.look, LOOK),
        (acts.dispatcher.beforehand.look, LOOK),
    ]
    if acts.rehearsal is None:
        wakings += [(acts.follow_files, WATCH_FILES), (acts.plan_again, PLAN_AGAIN)]
        wakings += [(acts.measurer.look, MEASURE)] if acts.settings.measures_per_hour else []
        wakings += [(acts.notary.look, LINK)]
        wakings += [(acts.alarm.look, ALARM)] if acts.alarm.wanted else []
        timetable.add_job(acts.loudly(acts.renew), "interval", seconds=RENEW, next_run_time=clock.now())
        if acts.settings.media_kept is not None:
            first = clock.now() + FIRST_PRUNE
            timetable.add_job(acts.loudly(acts.prune), "interval", seconds=PRUNE, next_run_time=first)
    for act, seconds in wakings:
        timetable.add_job(acts.loudly(act), "interval", seconds=seconds)
    return timetable
