"""One of many daemons on one ledger in PostgreSQL: each sends on the channels that it has taken, one of them plans.

A pump takes its channel in the ledger and gives it back when there is nothing more to do. Whoever dies, or is cut off,
loses its row in the ledger, and the others take its channels: what it left in mid-sending is looked for on the networks.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from scheduler.channels.http import Wire
from scheduler.clock import micros
from scheduler.daemon import engine
from scheduler.daemon.acts import (
    ALARM,
    LINK,
    LOOK,
    MEASURE,
    PLAN_AGAIN,
    WATCH_FILES,
    WATCH_LEDGER,
    Acts,
    Found,
    Told,
    nobody,
)
from scheduler.daemon.memory import give_back
from scheduler.daemon.timetable import timetable
from scheduler.errors import AlreadyRunning, LeaseLost
from scheduler.ledger import pumps, turn, workers
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Guard, Leadership
from scheduler.ledger.moves import beat
from scheduler.posting.lease import Lease
from scheduler.posting.pace import to_micros
from scheduler.posting.routes import Routes, queue_of
from scheduler.settings import Settings
from scheduler.text import say

log = logging.getLogger("loa")

AHEAD = to_micros(timedelta(seconds=15))  # a pump is written when its channel has something due within this
FARTHEST = to_micros(timedelta(minutes=3))  # the same, however many channels there are
HANDED_OUT = 100  # pumps a second, at least: ten thousand are begun so much sooner
STAY = to_micros(timedelta(seconds=5))  # longer than that, and a channel with nothing to do is given back
EARLIER = to_micros(timedelta(minutes=1))  # than what is made ready beforehand would begin
LEAD_EVERY = KEEP_EVERY = 1.0  # seconds
TEND_EVERY = 2.0
TAKE_AGAIN = 0.5
PASSES = 4  # of a channel from one that has its share to another; then whoever has it keeps it
TRIES = 30  # to take a channel that another worker has
MEASURE_FOR = 60  # rounds of one job


@dataclass
class Worker:
    """One of the daemons that share a ledger, until it is stopped or (until_idle) nothing more can move by itself."""

    settings: Settings
    database: Database
    until_idle: bool = False
    told: Told = nobody
    found: Found = nobody

    async def run(self) -> None:
        """Work; AlreadyRunning when another daemon of this name works here."""
        routes = Routes.of(self.settings.queues)
        engine.prepare(self.database)
        with Guard(self.settings.var, self.settings.worker):
            async with Wire(self.settings.timeout, connections=2 * self.settings.sender_count) as wire:
                while True:
                    life = _Life(self, wire, routes)
                    try:
                        await life.live()
                        return
                    except LeaseLost:
                        if life.acts.asked_to_end:
                            return
                        await self._must_be_the_only_one()
                        log.error(
                            say(
                                "các loa run khác tưởng tiến trình này đã chết (mất kết nối quá lâu?); bắt đầu lại",
                                "others took this process for dead (cut off for too long?); it starts anew",
                            )
                        )

    @property
    def name(self) -> str:
        return self.settings.worker or socket.gethostname()

    @property
    def place(self) -> str:
        return f"{socket.gethostname()}:{self.settings.workspace}:{self.name}"

    async def _must_be_the_only_one(self) -> None:
        """Two machines with one name and one folder would take each other for dead for ever."""

        def read() -> bool:
            with self.database.reading() as connection:
                return any(row.place == self.place for row in workers.living(connection))

        if await asyncio.to_thread(read):
            words = say(
                f'một máy khác cũng tự xưng là "{self.name}"; đặt LOA_WORKER khác nhau cho từng máy',
                f'another machine calls itself "{self.name}" too; give each one a LOA_WORKER of its own',
            )
            raise AlreadyRunning(words)


@dataclass
class _Life:
    """One life of a worker: from its entry into the ledger until it leaves, or is taken for dead."""

    of: Worker
    wire: Wire
    routes: Routes
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.database = self.of.database
        self.leadership = Leadership(self.database)
        self._unserved: list[str] = []
        self._free: dict[str, asyncio.Event] = {}  # set when a channel was given back
        self._wanted: dict[str, asyncio.Future[bool]] = {}  # channels to be taken with the next transaction

    async def live(self) -> None:
        worker, settings = self.of, self.of.settings
        number = await self._write(lambda c: workers.join(c, worker.name, worker.place, str(self.routes)))
        self.lease = Lease(self.database, number)
        acts = self.acts = Acts(
            settings, self.database, self.wire, until_idle=worker.until_idle, told=worker.told, found=worker.found,
            lease=self.lease, routes=self.routes,
        )  # fmt: skip
        acts.leads = False
        beating = asyncio.create_task(self.lease.keep())
        beating.add_done_callback(self._beats_no_more)
        self.engine = self._engine()
        waking = self._timetable()
        working: asyncio.Task[None] | None = None
        try:
            await self.engine.app.open_async()
            await acts.distrust_a_restored_ledger()
            await self._lead()
            give_back()
            await acts.page.open()
            acts.catch_signals()
            working = asyncio.create_task(self.engine.work(self.ended))
            waking.start()
            await acts.dispatcher.run()
        finally:
            acts.ended = True
            self.ended.set()
            waking.shutdown(wait=False)
            if working is not None:
                await asyncio.wait((working,))
            beating.cancel()
            with contextlib.suppress(OperationalError):  # others will find that we are gone
                await self._leave()
            await self.engine.app.close_async()
            await acts.close()

    def _beats_no_more(self, beating: asyncio.Task[None]) -> None:
        """The lease was lost, or a fault of ours ended its beat: this life ends."""
        if not beating.cancelled():
            self.acts.dispatcher.end_with(beating.exception() or LeaseLost())

    def _engine(self) -> engine.Engine:
        acts, routes = self.acts, self.routes
        return engine.Engine(
            self.database,
            pump=self._pump,
            dispatch=self._dispatch,
            renew=acts.renew,
            measure=self._measure if self.of.settings.measures_per_hour else None,
            concurrency=int(self.of.settings.number("pumps")) + 8,  # and the acts
            queues=self._queues,
            group=str(routes),
        )

    @property
    def _queues(self) -> list[str] | None:
        return self.routes.queues(self.acts.accounts.book.channels.values())

    async def _follow_files(self) -> None:
        await self.acts.follow_files()
        self.engine.serve(self._queues)

    def _timetable(self) -> AsyncIOScheduler:
        acts = self.acts
        wakings: list[tuple[Callable[[], Any], float]] = [
            (self._changed, WATCH_LEDGER),
            (acts.reconciler.look, LOOK),
            (acts.dispatcher.beforehand.look, LOOK),
            (self._follow_files, WATCH_FILES),
            (self._tend, TEND_EVERY),
            (self._keep, KEEP_EVERY),
            (self._lead, LEAD_EVERY),
            (self._leading(acts.plan_again), PLAN_AGAIN),
            (self._leading(acts.notary.look), LINK),
            *([(self._leading(acts.alarm.look), ALARM)] if acts.alarm.wanted else []),
        ]
        return timetable(acts, wakings)

    async def _leave(self) -> None:
        self.leadership.give_up()
        if not self.lease.lost.is_set():
            number = self.lease.number
            await self._write(lambda c: pumps.give_back(c, number, self.acts.dispatcher.channels))
            await self.lease.leave()
        else:
            self.lease.close()

    # --- who leads ----------------------------------------------------------------------------------------------

    async def _lead(self) -> None:
        """See whether this worker leads; who begins to, plans."""
        acts = self.acts
        before, acts.leads = acts.leads, await asyncio.to_thread(self.leadership.is_mine)
        acts.dispatcher.tidies = acts.leads
        if acts.leads and not before:
            log.info(say("tiến trình này lập kế hoạch", "this worker plans"))
            await acts.plan_again()
            acts.dispatcher.read_again()

    def _leading(self, act: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """Return an act that is done only by whoever leads."""

        async def run() -> None:
            if self.acts.leads:
                await act()

        return run

    async def _changed(self) -> None:
        """Somebody wrote into the ledger: what is due at once is woken at once."""
        dispatcher = self.acts.dispatcher
        before = dispatcher.pulse
        await dispatcher.changed()
        if dispatcher.pulse != before and self.acts.leads:
            await self._dispatch()

    # --- channels -----------------------------------------------------------------------------------------------

    async def _dispatch(self) -> None:
        """Write a pump for every channel that has something to do soon, and that no living worker has."""
        found = await self._soon()
        held, others = await self.acts.ledger.read(lambda c: (pumps.held(c), workers.living(c)))
        count, book = len(others), self.acts.accounts.book.channels
        await self._tell_of_the_unserved(found - held, [Routes.of(row.queues) for row in others])
        queues = {c: queue_of(book[c]) if c in book else engine.OFFICE for c in found - held}
        if queues:
            await self.engine.defer(queues, math.ceil(len(found | held) / max(1, count)))

    async def _tell_of_the_unserved(self, channels: set[str], routes: list[Routes]) -> None:
        """Note the channels that wait and that no worker takes: LOA_QUEUES may leave one out."""
        book = self.acts.accounts.book.channels
        served = {c for c in channels if c not in book or any(route.serves(book[c]) for route in routes)}
        unserved = sorted(channels - served)
        if unserved or self._unserved:
            detail = json.dumps(unserved) if unserved else ""
            at_us = micros(self.acts.clock.now())
            await self.acts.ledger.write(lambda c: beat(c, "unserved", at_us, detail))
        if unserved and unserved != self._unserved:
            log.error(say("không loa run nào nhận: %s", "no loa run takes: %s"), ", ".join(unserved))
        self._unserved = unserved

    async def _pump(self, channel: str, share: int, passed: int) -> bool:
        """Take a channel, and hold it as long as there is something to do there; False: another should have it."""
        if passed < PASSES and 0 < share <= len(self.acts.dispatcher.channels | self._wanted.keys()):
            return False
        for _ in range(TRIES):
            if await self._take(channel):
                await self._free[channel].wait()
                return True
            await asyncio.sleep(TAKE_AGAIN)  # another has it still; it ends, or is found dead
        return True

    async def _take(self, channel: str) -> bool:
        """Take a channel together with all others that are to be taken just now."""
        if self.acts.dispatcher.stopping or self.ended.is_set():
            return False
        if not self._wanted:
            asyncio.get_running_loop().call_later(0.02, lambda: asyncio.ensure_future(self._take_all()))
        future = self._wanted.setdefault(channel, asyncio.get_running_loop().create_future())
        return await future

    async def _take_all(self) -> None:
        asked, self._wanted = self._wanted, {}
        at_us, first = micros(self.acts.clock.now()), to_micros(self.of.settings.first_look)
        number = self.lease.number
        taken: set[str] = set()
        adopted = 0
        try:
            taken, adopted = await self.acts.ledger.write(
                lambda c: pumps.take(c, number, asked, at_us=at_us, first_look_us=first)
            )
        except LeaseLost:
            self.lease.lost.set()
        finally:
            self._now_have(asked, taken)
        if adopted:
            log.warning(
                say(
                    f"nhận lại kênh của một tiến trình đã dừng: {adopted} lần đăng chưa xác nhận, đang đối chiếu",
                    f"took over from a worker that ended: {adopted} deliveries are unconfirmed and looked for",
                )
            )

    def _now_have(self, asked: Mapping[str, asyncio.Future[bool]], taken: set[str]) -> None:
        """Begin on the channels that were taken, and tell the pumps that asked."""
        for channel in taken:
            self._free[channel] = asyncio.Event()
        self.acts.dispatcher.take(taken)
        for channel, future in asked.items():
            if not future.done():
                future.set_result(channel in taken)

    async def _tend(self) -> None:
        """Give back the channels on which nothing is to be done for a while."""
        dispatcher = self.acts.dispatcher
        if not (mine := set(dispatcher.channels)):  # what is taken while we look is not judged by that look
            return
        idle = mine - await self._soon(STAY)
        free = dispatcher.let_go(idle) if idle else set()
        if free:
            await self.acts.ledger.write(lambda c: pumps.give_back(c, self.lease.number, free))
            for channel in free:
                if (event := self._free.pop(channel, None)) is not None:
                    event.set()

    async def _soon(self, longer_us: int = 0) -> set[str]:
        """Return the channels whose time to be taken has come, or comes within so much longer (microseconds)."""
        many = await self._wants(FARTHEST)
        return many and await self._wants(lead_for(len(many)) + longer_us)

    async def _wants(self, within_us: int) -> set[str]:
        """Return the channels on which something is to be done within that time (microseconds)."""
        now_us = micros(self.acts.clock.now())
        films, others = self.acts.dispatcher.beforehand.horizons()
        later = {channel: now_us + to_micros(lead) + EARLIER for channel, lead in others.items()}
        until = None if films is None else now_us + to_micros(films) + EARLIER

        def read(connection: Connection) -> set[str]:
            stopped = turn.stops(connection)
            return pumps.wanted(connection, now_us + within_us, stopped, films_until_us=until, early_until_us=later)

        return await self.acts.ledger.read(read)

    # --- the others ---------------------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Every worker looks after the others: who is not heard any more is taken for dead."""
        gone = await self.lease.take_away_the_dead()
        for name in gone:
            log.warning(
                say(
                    "không còn nghe thấy %s: nhận các kênh của nó",
                    "%s is not heard any more: its channels are taken over",
                ),
                name,
            )
        if self.lease.steady:
            await self.engine.clear_away()
        if gone:
            await self._dispatch()

    async def _measure(self) -> None:
        """Measure for a while: what a worker remembers of whom it has asked is its own."""
        for _ in range(MEASURE_FOR):
            if self.ended.is_set() or self.acts.dispatcher.stopping:
                return
            await self.acts.loudly(self.acts.measurer.look)()
            await _either(self.ended.wait(), MEASURE)

    async def _write(self, work: Any) -> Any:
        def run() -> Any:
            with self.database.writing() as connection:
                return work(connection)

        return await asyncio.to_thread(run)


def lead_for(channels: int) -> int:
    """Return how long before its time a channel is taken (microseconds) when so many have something to do soon."""
    return max(AHEAD, min(FARTHEST, to_micros(timedelta(seconds=channels / HANDED_OUT))))


async def _either(what: Awaitable[Any], seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(what, seconds)
