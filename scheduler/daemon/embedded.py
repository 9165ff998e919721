"""The daemon: one process that sends what is due, looks for what is unconfirmed and follows the files.

APScheduler is the timetable of the recurring acts only; it never holds a delivery. The dispatcher waits for the next
delivery by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from scheduler import clock
from scheduler.channels.http import Wire
from scheduler.clock import Clock, SystemClock
from scheduler.daemon.acts import (
    ALARM,
    LINK,
    LOOK,
    MEASURE,
    PLAN_AGAIN,
    RENEW,
    WATCH_FILES,
    WATCH_LEDGER,
    Acts,
    Found,
    Told,
    nobody,
)
from scheduler.daemon.memory import give_back
from scheduler.daemon.timetable import timetable
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
        waking = timetable_of(acts)
        if self.rehearsal is None:
            await acts.page.open()
        acts.catch_signals()
        waking.start()
        try:
            await acts.dispatcher.run()
        finally:
            acts.ended = True
            waking.shutdown(wait=False)
            await acts.close()


def timetable_of(acts: Acts) -> AsyncIOScheduler:
    """Return when each of the acts is woken. A rehearsal follows no files, and asks nobody for anything."""
    wakings: list[tuple[Callable[[], Any], float]] = [
        (acts.dispatcher.changed, WATCH_LEDGER),
        (acts.reconciler.look, LOOK),
        (acts.dispatcher.beforehand.look, LOOK),
    ]
    if acts.rehearsal is not None:
        return timetable(acts, wakings)
    wakings += [(acts.follow_files, WATCH_FILES), (acts.plan_again, PLAN_AGAIN), (acts.notary.look, LINK)]
    wakings += [(acts.measurer.look, MEASURE)] if acts.settings.measures_per_hour else []
    wakings += [(acts.alarm.look, ALARM)] if acts.alarm.wanted else []
    made = timetable(acts, wakings)
    made.add_job(acts.loudly(acts.renew), "interval", seconds=RENEW, next_run_time=clock.now())
    return made
