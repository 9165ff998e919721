"""The daemon: one process that sends what is due, looks for what is unconfirmed and follows the files.

APScheduler is the timetable of the recurring acts only; it never holds a delivery. The dispatcher waits for the next
delivery by itself.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection, Row

from scheduler import clock
from scheduler.authoring.loader import Book, read_book
from scheduler.channels.contract import Receipt
from scheduler.channels.http import Wire
from scheduler.channels.registry import NETWORKS
from scheduler.clock import Clock, SystemClock
from scheduler.composing.compose import Composer
from scheduler.daemon.alarm import Alarm
from scheduler.daemon.memory import give_back
from scheduler.daemon.page import Page
from scheduler.errors import CampaignError, LoaError
from scheduler.ledger import counts, plans, witness
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Guard
from scheduler.ledger.moves import beat
from scheduler.ledger.turn import Outcome
from scheduler.ledger.witness import Witness
from scheduler.planning.apply import apply
from scheduler.planning.check import Checker
from scheduler.planning.plan import Planner, Totals
from scheduler.posting.accounts import Accounts
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.lawful import Lawful
from scheduler.posting.measure import Measurer
from scheduler.posting.notary import Notary
from scheduler.posting.prune import prune
from scheduler.posting.reconcile import Reconciler
from scheduler.posting.renew import Renewer
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from scheduler.text import say

log = logging.getLogger("loa")
logging.getLogger("apscheduler").setLevel(logging.ERROR)

WATCH_LEDGER = 0.4  # seconds; an order takes effect within one
WATCH_FILES = 2.0
LOOK = 2.0
PLAN_AGAIN = 3600.0
MEASURE = 10.0
ALARM = 20.0
LINK = 3.0
RENEW = 60.0  # to look which tokens are due
PRUNE = 86_400.0
FIRST_PRUNE = timedelta(hours=1)  # after the start: a daemon may never live a day

Told = Callable[[Row[Any], Outcome], None]
Found = Callable[[Row[Any], Receipt], None]


@dataclass
class Daemon:
    """Works on one workspace until it is stopped, or (until_idle) until nothing more can move by itself."""

    settings: Settings
    database: Database
    until_idle: bool = False
    clock: Clock = field(default_factory=SystemClock)
    rehearsal: Path | None = None  # a rehearsal speaks only into feeds in this folder
    told: Told = lambda row, outcome: None
    found: Found = lambda row, receipt: None
    _ended: bool = False

    async def run(self) -> None:
        """Work; AlreadyRunning when another daemon does."""
        with Guard(self.database, self.rehearsal or self.settings.var) as guard:
            senders = self.settings.sender_count
            async with Wire(self.settings.timeout, connections=2 * senders) as wire:
                await self._work(wire, guard)

    async def _work(self, wire: Wire, guard: Guard) -> None:
        book = read_book(self.settings.workspace)
        threads = LedgerThreads(self.database, guard)
        renewer = Renewer(threads, self.settings, self.clock)
        accounts = Accounts(book, self.settings, wire, renewer=renewer, rehearsal=self.rehearsal)
        lawful = Lawful(self.settings.zone)
        lawful.renew(book)
        self.dispatcher = Dispatcher(
            threads,
            accounts,
            Witness(self.rehearsal or self.settings.workspace),
            self.settings,
            self.clock,
            until_idle=self.until_idle,
            told=self.told,
            fast=self.rehearsal is not None,
            lawful=lawful,
        )
        await self._distrust_a_restored_ledger(book)
        reconciler = Reconciler(self.dispatcher, self.found)
        if left := await reconciler.adopt():
            log.warning(
                say(
                    f"lần chạy trước dừng giữa chừng: {left} lần đăng chưa xác nhận, đang đối chiếu",
                    f"the last run ended in mid-sending: {left} deliveries are unconfirmed and looked for",
                )
            )
        if self.rehearsal is None:
            self._stamp = _stamp(self.settings.workspace)
            await self._plan(book)
        give_back()
        timetable = self._timetable(reconciler)
        if self.rehearsal is None:
            renew = self._loudly(lambda: renewer.look(accounts.renewing()))
            timetable.add_job(renew, "interval", seconds=RENEW, next_run_time=clock.now())
        notary = Notary(threads, self.settings, self.dispatcher.witness, lambda: self.dispatcher.has_room)
        if self.rehearsal is None:
            timetable.add_job(self._loudly(notary.look), "interval", seconds=LINK)
        alarm = Alarm(threads, self.settings, wire)
        if alarm.wanted and self.rehearsal is None:
            timetable.add_job(self._loudly(alarm.look), "interval", seconds=ALARM)
        page = Page(threads, self.settings)
        if self.rehearsal is None:
            await page.open()
        self._catch_signals()
        timetable.start()
        try:
            await self.dispatcher.run()
        finally:
            self._ended = True
            await page.close()
            timetable.shutdown(wait=False)
            await renewer.close()
            if self.rehearsal is None:
                await self._loudly(notary.finish)()
            self.dispatcher.witness.close()
            threads.close()

    async def _distrust_a_restored_ledger(self, book: Book) -> None:
        """A ledger older than the witness was put back from a copy: look before anything is said again."""
        witnessed = self.dispatcher.witness.read()
        at_us = clock.micros(self.clock.now())
        blind = [id for id in book.channels if not _can_find(book, id)]

        def work(connection: Connection) -> tuple[int, int] | None:
            if not witness.older_than(connection, witnessed):
                return None
            marked = witness.distrust(connection, witnessed, at_us=at_us)
            return marked, witness.hold_unfindable(connection, blind, at_us=at_us)

        if (found := await self.dispatcher.ledger.write(work)) is not None:
            self.dispatcher.witness.write(witnessed + 1)
            log.warning(
                say(
                    f"sổ cái cũ hơn thực tế (đã khôi phục từ bản sao?): {found[0]} lần đăng sẽ được tìm trên mạng trước khi gửi, "
                    f"{found[1]} lần chờ người xem kênh rồi thả (loa release --channel ...)",
                    f"the ledger is older than the world (put back from a copy?): {found[0]} deliveries are looked for "
                    f"before they are sent, {found[1]} wait for a person to look and release (loa release --channel ...)",
                )
            )

    def _timetable(self, reconciler: Reconciler) -> AsyncIOScheduler:
        timetable = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        timetable.add_job(self._loudly(self.dispatcher.changed), "interval", seconds=WATCH_LEDGER)
        timetable.add_job(self._loudly(reconciler.look), "interval", seconds=LOOK)
        timetable.add_job(self._loudly(self.dispatcher.beforehand.look), "interval", seconds=LOOK)
        if self.rehearsal is None:
            timetable.add_job(self._loudly(self._follow_files), "interval", seconds=WATCH_FILES)
            timetable.add_job(self._loudly(self._plan_again), "interval", seconds=PLAN_AGAIN)
            if self.settings.measures_per_hour:
                timetable.add_job(self._loudly(Measurer(self.dispatcher).look), "interval", seconds=MEASURE)
            if (kept := self.settings.media_kept) is not None:
                first = clock.now() + FIRST_PRUNE
                timetable.add_job(
                    self._loudly(lambda: self._prune(kept)), "interval", seconds=PRUNE, next_run_time=first
                )
        return timetable

    async def _prune(self, kept: timedelta) -> None:
        await asyncio.to_thread(prune, self.database, self.settings.var / "media", clock.now() - kept)

    def _loudly(self, act: Callable[[], Any]) -> Callable[[], Any]:
        """An act that fails says so and is tried again at its next time."""

        async def run() -> None:
            try:
                await act()
            except asyncio.CancelledError:
                if not self._ended:
                    raise
            except Exception:
                if not self.dispatcher.stopping:
                    log.exception("%s", getattr(act, "__name__", "act"))

        return run

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        log.info(say("đang dừng: chờ những bài đang gửi", "stopping: finishing what is in flight"))
        self.dispatcher.stop()

    # --- the files ----------------------------------------------------------------------------------------------

    async def _follow_files(self) -> None:
        self.dispatcher.accounts.read_env_again()
        stamp = await asyncio.to_thread(_stamp, self.settings.workspace)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        await self._plan_again()

    async def _plan_again(self) -> None:
        await self._plan(await asyncio.to_thread(read_book, self.settings.workspace))

    async def _plan(self, book: Book) -> None:
        """Write down what campaigns without approval want. Broken files change nothing: the ledger goes on."""
        self.dispatcher.lawful.renew(book)
        try:
            totals = await asyncio.to_thread(plan_without_approval, book, self.settings, self.database)
        except LoaError as error:
            log.error(
                say("các tệp có lỗi, tiếp tục theo sổ cái:\n%s", "the files are wrong, going on by the ledger:\n%s"),
                error,
            )
            await self._note_files(str(error)[:2000])
            return
        await self._note_files("")
        if self.dispatcher.accounts.renew(book):
            await self.dispatcher.renew_paces()
        if totals.create or totals.change or totals.cancel:
            log.info(
                say(
                    f"kế hoạch mới: thêm {totals.create}, sửa {totals.change}, huỷ {totals.cancel}",
                    f"planned: {totals.create} new, {totals.change} changed, {totals.cancel} cancelled",
                )
            )

    async def _note_files(self, wrong: str) -> None:
        await self.dispatcher.ledger.write(lambda c: beat(c, "files", clock.micros(clock.now()), wrong))


def plan_without_approval(book: Book, settings: Settings, database: Database) -> Totals:
    """Check the book and apply those of its campaigns that ask for no approval; LoaError when it is not clean."""
    composer = Composer.of(book, settings.zone)
    now = clock.now()
    with database.reading() as connection:
        checker = Checker(
            book, settings, composer, now, counts.learnt(connection), lambda c, m: bool(plans.planned(connection, c, m))
        )
        problems = [p for p in checker.check() if not p.warning]
    if problems:
        raise CampaignError(problems)
    planner = Planner(book, settings, composer, now, only_without_approval=True)
    return apply(planner, database, by="loa run")


def _can_find(book: Book, channel: str) -> bool:
    entry = book.channels[channel]
    network = NETWORKS.get(entry.network)
    return network is not None and network.can("find", entry.options)


def _stamp(workspace: Path) -> frozenset[tuple[str, int, int]]:
    """Return what changes when any file of the campaigns or templates does."""
    found = set()
    for folder in ("campaigns", "templates"):
        for file in (workspace / folder).rglob("*"):
            try:
                stat = file.stat()
            except OSError:
                continue
            found.add((str(file), stat.st_mtime_ns, stat.st_size))
    return frozenset(found)
