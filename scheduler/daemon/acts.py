"""The acts of one process on one ledger, ready to be woken: both engines wake the same ones.

`embedded` is one daemon on SQLite, woken by a timetable; `distributed` is one of many workers on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import OperationalError

from scheduler import clock
from scheduler.authoring.loader import Book, read_book
from scheduler.channels.contract import Receipt
from scheduler.channels.http import Wire
from scheduler.channels.registry import NETWORKS
from scheduler.clock import Clock, SystemClock
from scheduler.composing.compose import Composer
from scheduler.daemon.alarm import Alarm
from scheduler.daemon.page import Page
from scheduler.errors import CampaignError, LoaError
from scheduler.ledger import counts, plans, witness
from scheduler.ledger.database import Database
from scheduler.ledger.moves import beat
from scheduler.ledger.turn import Outcome
from scheduler.ledger.witness import Witness
from scheduler.planning.apply import apply
from scheduler.planning.check import Checker
from scheduler.planning.plan import Planner, Totals
from scheduler.posting.accounts import Accounts
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.lawful import Lawful
from scheduler.posting.lease import Lease
from scheduler.posting.measure import Measurer
from scheduler.posting.notary import Notary
from scheduler.posting.prune import prune
from scheduler.posting.reconcile import Reconciler
from scheduler.posting.renew import Renewer
from scheduler.posting.routes import Routes
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from scheduler.text import say

log = logging.getLogger("loa")

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


def nobody(*_: Any) -> None:
    """Who hears of outcomes where nobody asked to."""


@dataclass
class Acts:
    """Everything that is done in one workspace, made from its files; nothing of it begins by itself."""

    settings: Settings
    database: Database
    wire: Wire
    clock: Clock = field(default_factory=SystemClock)
    until_idle: bool = False
    rehearsal: Path | None = None  # a rehearsal speaks only into feeds in this folder
    told: Told = nobody
    found: Found = nobody
    lease: Lease | None = None
    routes: Routes = field(default_factory=Routes)
    leads: bool = True  # writes plans; one of many workers does
    asked_to_end: bool = False
    ended: bool = False

    def __post_init__(self) -> None:
        self._stamp = _stamp(self.settings.workspace)
        book = read_book(self.settings.workspace)
        self.ledger = LedgerThreads(self.database)
        self.renewer = Renewer(self.ledger, self.settings, self.clock)
        self.accounts = Accounts(book, self.settings, self.wire, renewer=self.renewer, rehearsal=self.rehearsal)
        lawful = Lawful(self.settings.zone)
        lawful.renew(book)
        self.dispatcher = Dispatcher(
            self.ledger,
            self.accounts,
            Witness(self.rehearsal or self.settings.workspace),
            self.settings,
            self.clock,
            until_idle=self.until_idle,
            told=self.told,
            fast=self.rehearsal is not None,
            lawful=lawful,
            lease=self.lease,
            tidies=self.lease is None,
        )
        self.reconciler = Reconciler(self.dispatcher, self.found)
        self.measurer = Measurer(self.dispatcher, self.serves)
        self.notary = Notary(
            self.ledger, self.settings, self.dispatcher.witness, lambda: self.dispatcher.queue.has_room
        )
        self.alarm = Alarm(self.ledger, self.settings, self.wire)
        self.page = Page(self.ledger, self.settings)

    def serves(self, channel: str) -> bool:
        """Tell whether this process speaks on a channel at all (LOA_QUEUES)."""
        entry = self.accounts.entry(channel)
        return self.routes.all or (entry is not None and self.routes.serves(entry))

    async def renew(self) -> None:
        """Renew the tokens that are due."""
        await self.renewer.look(channel for channel in self.accounts.renewing() if self.serves(channel.id))

    async def prune(self) -> None:
        """Take away kept media that nobody needs any more."""
        if (kept := self.settings.media_kept) is not None:
            await asyncio.to_thread(prune, self.database, self.settings.var / "media", clock.now() - kept)

    async def close(self) -> None:
        """End all of it; renewals that are under way are finished."""
        self.ended = True
        await self.page.close()
        await self.renewer.close()
        if self.rehearsal is None and self.leads:
            await self.loudly(self.notary.finish)()
        self.dispatcher.witness.close()
        self.ledger.close()

    def loudly(self, act: Callable[[], Any]) -> Callable[[], Any]:
        """An act that fails says so and is tried again at its next time."""

        async def run() -> None:
            try:
                await act()
            except asyncio.CancelledError:
                if not self.ended:
                    raise
            except OperationalError as error:
                log.warning(
                    say("sổ cái không trả lời: %s", "the ledger does not answer: %s"), type(error.orig).__name__
                )
            except Exception:
                if not self.dispatcher.stopping:
                    log.exception("%s", getattr(act, "__name__", "act"))

        return run

    def catch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        self.asked_to_end = True
        log.info(say("đang dừng: chờ những bài đang gửi", "stopping: finishing what is in flight"))
        self.dispatcher.stop()

    # --- at the start -------------------------------------------------------------------------------------------

    async def adopt(self) -> None:
        """What the last run left in the middle of sending is looked for."""
        if left := await self.reconciler.adopt():
            log.warning(
                say(
                    f"lần chạy trước dừng giữa chừng: {left} lần đăng chưa xác nhận, đang đối chiếu",
                    f"the last run ended in mid-sending: {left} deliveries are unconfirmed and looked for",
                )
            )

    async def distrust_a_restored_ledger(self) -> None:
        """A ledger older than the witness was put back from a copy: look before anything is said again."""
        witnessed = self.dispatcher.witness.read()
        at_us = clock.micros(self.clock.now())
        blind = [id for id in self.accounts.book.channels if not can_find(self.accounts.book, id)]

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

    # --- the files ----------------------------------------------------------------------------------------------

    async def follow_files(self) -> None:
        self.dispatcher.accounts.read_env_again()
        stamp = await asyncio.to_thread(_stamp, self.settings.workspace)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        await self.plan_again()

    async def plan_again(self) -> None:
        await self.plan(await asyncio.to_thread(read_book, self.settings.workspace))

    async def plan(self, book: Book) -> None:
        """Take over the files, and write down what campaigns without approval want.

        Broken files change nothing: the ledger goes on. Who does not lead only looks whether they are right.
        """
        self.dispatcher.lawful.renew(book)
        try:
            totals = await asyncio.to_thread(self._plan, book)
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

    def _plan(self, book: Book) -> Totals:
        if self.leads:
            return plan_without_approval(book, self.settings, self.database)
        look_through(book, self.settings, self.database)
        return Totals()

    async def _note_files(self, wrong: str) -> None:
        if not self.leads:
            return
        await self.dispatcher.ledger.write(lambda c: beat(c, "files", clock.micros(clock.now()), wrong))


def plan_without_approval(book: Book, settings: Settings, database: Database) -> Totals:
    """Check the book and apply those of its campaigns that ask for no approval; LoaError when it is not clean."""
    composer = look_through(book, settings, database)
    planner = Planner(book, settings, composer, clock.now(), only_without_approval=True)
    return apply(planner, database, by="loa run")


def look_through(book: Book, settings: Settings, database: Database) -> Composer:
    """Check the book; LoaError when it is not clean."""
    composer = Composer.of(book, settings.zone)
    now = clock.now()
    with database.reading() as connection:
        checker = Checker(
            book, settings, composer, now, counts.learnt(connection), lambda c, m: bool(plans.planned(connection, c, m))
        )
        problems = [p for p in checker.check() if not p.warning]
    if problems:
        raise CampaignError(problems)
    return composer


def can_find(book: Book, channel: str) -> bool:
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
