"""Any story at all: plans, orders, claims, crashes, outcomes and looks in every order, against what is really public.

The world outside is a count of publications for each key. Whatever happens, no key is published twice without a person's
mistaken order; nothing is sent that is held, unapproved, too late, under embargo or expired; what a mourning held waits for
a person also when it is over; and the ledger's books are right.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Row

from scheduler.authoring.campaign import Campaign
from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Authored, Book
from scheduler.channels.contract import Channel, Outgoing, Receipt
from scheduler.clock import micros, moment
from scheduler.composing.compose import Composer
from scheduler.errors import (
    IllegalMove,
    NotFoundInLedger,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unconfirmed,
)
from scheduler.ledger import audit, counts, declaration, looks, mourning, orders, plans, turn
from scheduler.ledger.audit import Breaks, Kind
from scheduler.ledger.database import Database
from scheduler.ledger.declaration import Declared
from scheduler.ledger.delivery import ARROWS, Event, State
from scheduler.ledger.moves import DELIVERY, EVENT
from scheduler.ledger.turn import Outcome
from scheduler.planning.apply import apply
from scheduler.planning.plan import Planner
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.pace import to_micros
from scheduler.posting.reconcile import Reconciler
from scheduler.posting.retry import decide
from scheduler.registers.source import Source
from scheduler.settings import Settings
from tests.conftest import Postgres
from tests.ledger.keeper import HOUR, MINUTE, SECOND, Keeper
from tests.ledger.test_chain import link_all

START = datetime(2027, 6, 26, 1, tzinfo=UTC)
MESSAGES = ("tin-0", "tin-1", "tin-2")
CHANNELS = ("a", "b")  # one can be looked at, the other cannot
KEYS = [f"thu/{message}@once/{channel}" for message in MESSAGES for channel in CHANNELS]
CLASSES = dict(zip(MESSAGES, ("ordinary", "priority", "emergency"), strict=True))
SCOPES = [("all", "all"), ("channel", "a"), ("unit", "ha-noi"), ("campaign", "thu"), ("class", "priority")]
ERRORS = [Unavailable("refused"), RateLimited("later"), Unauthorized("401"), Rejected("422"), Unconfirmed("silence"),
          ValueError("a bug")]  # fmt: skip
SETTLED = (State.SENDING, State.PUBLISHED, State.UNCONFIRMED, State.WITHDRAWN)
PERSON: dict[str, str] = {"by": "Lan", "why": "vì thế"}

keys = st.sampled_from(KEYS)


class Story(RuleBasedStateMachine):
    """One office, one ledger, and the world outside."""

    open_ledger: Callable[[], Database]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="loa-story-"))
        self.database = type(self).open_ledger()
        self.keeper = Keeper(self.database)
        self.now = micros(START)
        self.settings = Settings(workspace=self.folder, environment={})
        self.campaign: dict[str, Any] = {
            m: {"text": 0, "when": START + timedelta(hours=3 * n), "channels": list(CHANNELS), "more": {}}
            for n, m in enumerate(MESSAGES)
        }
        self.mournings: list[tuple[int, int]] = []  # that nobody has ended
        self.mourned: dict[str, int] = {}  # what a mourning holds, and for when; nobody has decided yet
        self.approval = "none"
        self.public: Counter[str] = Counter()  # how often the world shows it
        self.mistakes: Counter[str] = Counter()  # a person ordered it once more though it was public
        self.open: set[str] = set()  # asked for, and nobody knows
        self.seen_absent: Counter[str] = Counter()
        self.ordered: set[str] = set()
        self.asks: set[str] = set()  # an approval is asked for
        self.yes: set[str] = set()
        self.armed: list[Row[Any]] = []
        self.in_flight: dict[int, tuple[Row[Any], int]] = {}
        self.blind = False
        self.reconciler = Reconciler(cast(Dispatcher, self._desk()))
        self.apply()

    # --- the office -------------------------------------------------------------------------------------------------

    def _desk(self) -> Any:
        """All that a reconciler wants of a dispatcher."""
        story = self

        class Seeing(Channel):
            async def find(self, outgoing: Outgoing, since: datetime, taken: Collection[str]) -> Receipt | None:
                if story.blind:
                    raise Unavailable("the network does not answer")
                if story.public[outgoing.key]:
                    return Receipt(f"id of {outgoing.key}")
                story.seen_absent[outgoing.key] += 1
                return None

        def made(kind: type[Channel], id: str) -> Channel:
            return kind(id=id, account=id, base_url=None, secrets={}, wire=cast(Any, None), folder=self.folder)

        channels = {"a": made(Seeing, "a"), "b": made(Channel, "b")}

        async def prove(*_: Any) -> None: ...

        async def read(work: Any) -> Any:
            with self.database.reading() as connection:
                return work(connection)

        async def write(work: Any) -> Any:
            with self.database.writing() as connection:
                return work(connection)

        return SimpleNamespace(worker=None,
            accounts=SimpleNamespace(get=channels.__getitem__, prove=prove, doubt=lambda _: None),
            clock=SimpleNamespace(now=lambda: moment(self.now)),
            settings=self.settings, in_flight=self.in_flight, ledger=SimpleNamespace(read=read, write=write),
            come_back=lambda at_us: None, wake=SimpleNamespace(set=lambda: None),
        )  # fmt: skip

    def _book(self) -> Book:
        channels = {
            id: ChannelEntry(id=id, network="feed", account=id, unit=unit)
            for id, unit in zip(CHANNELS, ("ha-noi", "hue"), strict=True)
        }
        book = Book(self.folder, channels=channels)
        messages = [
            {
                "id": id,
                "text": f"bản {m['text']}",
                "when": m["when"] if m["when"] == "now" else {"on": m["when"].isoformat()},
                "channels": m["channels"],
                "class": CLASSES[id],
                **m["more"],
            }
            for id, m in self.campaign.items()
            if m["channels"]
        ]
        if messages:
            values = {"campaign": "thu", "approval": self.approval, "messages": messages}
            book.campaigns.append(Authored(Campaign.model_validate(values), Source(Path("thu.yaml"))))
        return book

    def rows(self) -> dict[str, Row[Any]]:
        with self.database.reading() as connection:
            return {row.key: row for row in connection.execute(DELIVERY.select())}

    @rule(
        message=st.sampled_from(MESSAGES),
        text=st.integers(0, 2),
        hours=st.integers(-1, 12),
        channels=st.lists(st.sampled_from(CHANNELS), unique=True, min_size=0),
        more=st.fixed_dictionaries(
            {}, optional={"tags": st.just(["festive"]), "embargo": st.integers(-2, 9), "expires": st.integers(0, 14)}
        ),
    )
    def write(self, message: str, text: int, hours: int, channels: list[str], more: dict[str, Any]) -> None:
        """Another text, time, channels, tags or bounds; the emergency is due now, or never again after an hour."""
        bounds = {n: (START + timedelta(hours=h)).isoformat() for n, h in more.items() if n != "tags"}
        when = "now" if CLASSES[message] == "emergency" and hours % 2 else START + timedelta(hours=hours)
        self.campaign[message] = {"text": text, "when": when, "channels": channels, "more": {**more, **bounds}}

    @rule(approval=st.sampled_from(["required", "none"]))
    def ask_for_approval(self, approval: str) -> None:
        self.approval = approval

    @rule()
    def apply(self) -> None:
        before = self.rows()
        composer = Composer(self.folder, ZoneInfo("Asia/Ho_Chi_Minh"))
        planner = Planner(self._book(), self.settings, composer, moment(self.now))
        apply(planner, self.database, by="Lan", allow_cancel=True)
        after = self.rows()
        for key, row in before.items():
            if row.state in SETTLED:
                assert after[key] == row, "a plan has touched what is public or asked for"
            if row.state == State.CANCELLED and row.error != "plan":
                assert after[key].state == State.CANCELLED, "a plan has undone a person's order"
        again = apply(planner, self.database, by="Lan", allow_cancel=True)
        assert (again.create, again.change, again.cancel) == (0, 0, 0)
        wanted = {f"thu/{id}@once/{channel}" for id, m in self.campaign.items() for channel in m["channels"]}
        for key in wanted & set(after):
            if after[key].state in (State.HELD, State.SCHEDULED):
                (self.asks.add if self.approval == "required" else self.asks.discard)(key)

    @rule()
    def approve(self) -> None:
        with self.database.writing() as connection:
            rows = counts.rows(connection, state="held", held_for="approval")
            seen = {row.id: plans.fingerprint(row.key, row.due_us, row.digest) for row in rows}
            alive = [row for row in rows if row.not_after_us is None or self.now < row.not_after_us]
            assert plans.approve(connection, seen, at_us=self.now, **PERSON) == len(alive)
        self.yes.update(seen.values())

    # --- a person's orders ------------------------------------------------------------------------------------------

    def order(self, order: Callable[..., Any], *what: str, **how: Any) -> bool:
        try:
            with self.database.writing() as connection:
                order(connection, *what, at_us=self.now, **PERSON, **how)
        except (IllegalMove, NotFoundInLedger):
            return False
        return True

    @rule(key=keys)
    def hold_one(self, key: str) -> None:
        self.order(orders.hold_one, key)

    @rule(key=keys)
    def release_one(self, key: str) -> None:
        if self.order(orders.release_one, key):
            self.mourned.pop(key, None)

    @rule(key=keys)
    def cancel(self, key: str) -> None:
        self.order(orders.cancel, key)

    @rule(key=keys)
    def retry(self, key: str) -> None:
        before = self.rows().get(key)
        if self.order(orders.retry, key, late_us=self.now + HOUR):
            assert before is not None
            self.ordered.add(key)
            self.mourned.pop(key, None)
            if before.state == State.UNCONFIRMED:
                self.mistakes[key] += self.public[key] > 0

    @rule(key=keys)
    def confirm(self, key: str) -> None:
        if self.order(orders.confirm, key, "https://x/9"):
            self.open.discard(key)

    @rule(key=keys)
    def withdraw(self, key: str) -> None:
        self.order(orders.withdrawn, key)

    @rule(scope=st.sampled_from(SCOPES))
    def hold(self, scope: tuple[str, str]) -> None:
        self.order(turn.hold, *scope)

    @rule()
    def release(self) -> None:
        with self.database.writing() as connection:
            for scope, value in SCOPES:
                orders.release(connection, scope, [value], at_us=self.now, **PERSON)

    @rule(begins=st.integers(-2, 6), hours=st.integers(1, 6))
    def declare_a_mourning(self, begins: int, hours: int) -> None:
        since = self.now + begins * HOUR
        if (until := since + hours * HOUR) <= self.now:
            return
        with self.database.writing() as connection:
            declaration.declare(connection, Declared(since, until, "Công điện"), at_us=self.now, by="Lan")
        self.mournings.append((since, until))
        assert not [r for r in self.rows().values() if r.state == State.SCHEDULED and self._in_mourning(r)]

    def _in_mourning(self, row: Row[Any]) -> bool:
        then = max(row.due_us, self.now)
        festive = row.kind == "ordinary" and "festive" in row.tags
        return festive and any(since <= then < until for since, until in self.mournings)

    @rule()
    def end_every_mourning(self) -> None:
        before = self.rows()
        with self.database.writing() as connection:
            found = mourning.open_periods(connection, self.now)
            declaration.end(connection, [period.id for period in found], at_us=self.now, **PERSON)
        self.mournings.clear()
        assert self.rows() == before, "the end of a mourning has let something go"

    @rule()
    def release_what_a_mourning_held(self) -> None:
        with self.database.writing() as connection:
            done = declaration.release_all(connection, campaign=None, at_us=self.now, **PERSON)
        for key in (*done.free, *done.to_approve):
            self.mourned.pop(key, None)
        for key, row in self.rows().items():
            assert not (key in done.free and self._in_mourning(row))

    # --- the daemon -------------------------------------------------------------------------------------------------

    @rule(us=st.sampled_from([SECOND, 6 * SECOND, 12 * SECOND, 10 * MINUTE, 10 * MINUTE, 3 * HOUR]))
    def time_passes(self, us: int) -> None:
        self.now += us

    @rule()
    def arm(self) -> None:
        with self.database.reading() as connection:
            self.armed = turn.due(connection, self.now + 5 * SECOND, (0, 0), 100, turn.stops(connection))

    @rule()
    def until_the_next_is_due(self) -> None:
        with self.database.reading() as connection:
            self.now = max(self.now, turn.next_due(connection, turn.stops(connection)) or 0)

    @rule()
    def drop_the_late(self) -> None:
        with self.database.writing() as connection:
            turn.miss(connection, at_us=self.now)
            mourning.sweep(connection, at_us=self.now)
        waiting = [r for r in self.rows().values() if r.state in (State.HELD, State.SCHEDULED)]
        assert not [r for r in waiting if r.state == State.SCHEDULED and (r.late_us < self.now or self._in_mourning(r))]
        assert not [r for r in waiting if r.not_after_us is not None and r.not_after_us <= self.now]

    @rule(again=st.booleans())
    def claim(self, again: bool) -> None:
        if again or not self.armed:
            self.arm()
        self.now += 1  # two attempts are never at the same microsecond
        before = self.rows()
        ready = [row for row in self.armed if row.next_us <= self.now]
        with self.database.writing() as connection:
            held = turn.stops(connection)
            claimed = turn.claim(connection, ready, at_us=self.now)
        for row in ready:
            if row.id in claimed:
                self._was_right_to_claim(before[row.key], row, held)
                self.in_flight[row.id] = (row, self.now)

    def _was_right_to_claim(self, row: Row[Any], armed: Row[Any], held: list[turn.Stop]) -> None:
        key = row.key
        assert row.state == State.SCHEDULED
        assert (row.digest, row.due_us) == (armed.digest, armed.due_us), "not what was armed"
        assert not any(stop.stops(row, self.now) for stop in held), "sent while on hold"
        assert row.late_us >= self.now, "sent too late"
        assert row.due_us <= self.now, "sent too early"
        assert row.not_before_us is None or row.not_before_us <= self.now, "sent under embargo"
        assert row.not_after_us is None or self.now < row.not_after_us, "sent though it has expired"
        assert not self._in_mourning(row), "sent while a nation mourns"
        assert self.mourned.get(key) != row.due_us, "sent after a mourning without a person's word"
        if key in self.asks:
            assert plans.fingerprint(key, row.due_us, row.digest) in self.yes, "sent without an approval"
        if key in self.open:
            assert self.seen_absent[key] >= 2 or key in self.ordered, "asked a second time without two looks"
        assert self.public[key] <= self.mistakes[key] or key in self.ordered, "said twice"
        self.open.discard(key)
        self.ordered.discard(key)
        self.seen_absent[key] = 0

    @precondition(lambda self: self.in_flight)
    @rule(data=st.data(), error=st.sampled_from([None, *ERRORS]), arrived=st.booleans())
    def hear(self, data: st.DataObject, error: Exception | None, arrived: bool) -> None:
        """The network answers, or does not."""
        id = data.draw(st.sampled_from(sorted(self.in_flight)))
        row, started_us = self.in_flight.pop(id)
        shared: dict[str, Any] = {
            "id": id, "campaign": row.campaign, "message": row.message, "channel": row.channel,
            "started_us": started_us, "attempts": row.attempts + 1, "why": str(error or ""),
        }  # fmt: skip
        if error is None:
            self.public[row.key] += 1
            outcome = Outcome(**shared, event=Event.CONFIRM, remote_id=f"id of {row.key}")
        else:
            after = decide(error, row.attempts + 1)
            next_us = None if after.event is Event.FAIL else self.now + to_micros(after.wait or timedelta(0))
            outcome = Outcome(**shared, event=after.event, next_us=next_us, hold_channel=after.hold_channel)
            if after.event is Event.AWAIT:
                self.public[row.key] += arrived
                self.open.add(row.key)
        with self.database.writing() as connection:
            turn.record(connection, [outcome], at_us=self.now)

    @rule(arrived=st.lists(st.booleans(), min_size=4, max_size=4))
    def die_and_start_again(self, arrived: list[bool]) -> None:
        for (row, _), public in zip(self.in_flight.values(), arrived, strict=False):
            self.public[row.key] += public
            self.open.add(row.key)
        lost = len(self.in_flight)
        self.in_flight.clear()
        self.armed = []
        with self.database.writing() as connection:
            assert looks.adopt_unfinished(connection, at_us=self.now, first_look_us=10 * SECOND) == lost

    @rule(blind=st.sampled_from([False, False, True]), waits=st.booleans())
    def look(self, blind: bool, waits: bool) -> None:
        self.now += 12 * SECOND if waits else 1
        self.blind = blind
        asyncio.run(self.reconciler.look())
        for key, row in self.rows().items():
            if row.state == State.PUBLISHED:
                self.open.discard(key)

    @rule(data=st.data(), error=st.sampled_from(ERRORS[-2:]), arrived=st.booleans(), times=st.integers(0, 2))
    def a_bad_hour(self, data: st.DataObject, error: Exception, arrived: bool, times: int) -> None:
        """What goes wrong in a row: no clear answer, some looks, and the next claim."""
        self.until_the_next_is_due()
        self.claim(again=True)
        if self.in_flight:
            self.hear(data, error, arrived)
        for _ in range(times):
            self.look(blind=False, waits=True)
        self.claim(again=True)

    @rule(what=st.sampled_from(["hold", "text", "order", "mourning", "bound", "late"]), text=st.integers(0, 2))
    def something_comes_between_arming_and_the_claim(self, what: str, text: int) -> None:
        self.until_the_next_is_due()
        self.arm()
        match what:
            case "hold":
                self.hold(("all", "all"))
            case "text":
                for message in self.campaign.values():
                    message["text"] = text
                self.apply()
            case "mourning":
                self.declare_a_mourning(0, 1)
            case "bound":
                for message in self.campaign.values():
                    message["more"] = {"expires": moment(self.now + MINUTE).isoformat()}
                self.apply()
                self.arm()
                self.now += MINUTE
            case "order":
                for row in self.armed:
                    self.cancel(row.key)
            case _:
                self.now += 3 * HOUR
        self.claim(again=False)
        self.drop_the_late()
        if what == "hold":
            self.release()

    @rule(
        late=st.booleans(),
        what=st.lists(st.sampled_from(["file", "approve", "release", "retry", "end", "later", "all"]), max_size=4),
        text=st.integers(0, 2),
    )
    def a_day_of_mourning(self, late: bool, what: list[str], text: int) -> None:
        """A festive message, a mourning that comes between, and what people and the daemon do then."""
        message = self.campaign["tin-0"]
        message |= {"when": moment(self.now + MINUTE), "channels": list(CHANNELS), "more": {"tags": ["festive"]}}
        self.apply()
        self.until_the_next_is_due()
        self.arm()
        self.declare_a_mourning(0, 1)
        for act in what:
            match act:
                case "file":
                    message["text"] = text
                    self.apply()
                case "approve":
                    self.approve()
                case "release":
                    self.release_one(KEYS[0])
                    self.release_one(KEYS[1])
                case "retry":
                    self.retry(KEYS[0])
                case "end":
                    self.end_every_mourning()
                case "all":
                    self.release_what_a_mourning_held()
                case _:
                    self.now += 3 * HOUR if late else HOUR
            self.claim(again=text > 0)
        self.what_a_mourning_holds_is_known()

    # --- what is always true ----------------------------------------------------------------------------------------

    @invariant()
    def nothing_was_said_twice(self) -> None:
        for key, times in self.public.items():
            assert times <= 1 + self.mistakes[key]

    @invariant()
    def what_a_mourning_holds_is_known(self) -> None:
        for key, row in self.rows().items():
            if row.held_for.startswith("mourning"):
                assert row.state == State.HELD
                self.mourned[key] = row.due_us
            elif row.state in (State.CANCELLED, State.MISSED, State.PUBLISHED, State.UNCONFIRMED):
                self.mourned.pop(key, None)

    @invariant()
    def nothing_that_waits_may_be_sent_beyond_its_end(self) -> None:
        for row in self.rows().values():
            if row.state in (State.HELD, State.SCHEDULED) and row.not_after_us is not None:
                assert row.late_us < row.not_after_us

    @invariant()
    def the_books_are_right(self) -> None:
        assert self.keeper.counted() == self.keeper.truth()
        sending = {row.id for row in self.rows().values() if row.state == State.SENDING}
        assert sending == set(self.in_flight)

    @invariant()
    def nothing_public_is_forgotten(self) -> None:
        gone = (State.CANCELLED, State.MISSED, State.FAILED)
        for key, row in self.rows().items():
            assert not (self.public[key] > self.mistakes[key] and row.state in gone), key

    def teardown(self) -> None:
        with self.database.reading() as connection:
            events = list(connection.execute(EVENT.select().where(EVENT.c.delivery != 0).order_by(EVENT.c.id)))
        for row in self.rows().values():
            told = [e for e in events if e.delivery == row.id and e.event in list(Event)]
            moves = [e for e in told if e.before != e.after]
            for e in moves:
                assert ARROWS[State(e.before), Event(e.event)] == e.after
            assert all(one.after == two.before for one, two in pairwise(moves))
            assert not moves or moves[-1].after == row.state
        link_all(self.keeper)
        breaks = Breaks()
        with self.database.reading() as connection:
            chain = audit.verify(connection, breaks)
            audit.check_deliveries(connection, chain.head.last_event, breaks)
        assert [one for one in breaks.found if one.kind is not Kind.BODY] == []  # bodies are no part of these stories
        self.database.close()
        shutil.rmtree(self.folder)


MORE = int(os.environ.get("STORIES", "1"))  # STORIES=50: so many times more, each time others
QUICK = {"deadline": None, "derandomize": MORE == 1, "database": None, "suppress_health_check": list(HealthCheck)}


def tell(open_ledger: Callable[[], Database], stories: int, steps: int) -> None:
    kind = type("ThisStory", (Story,), {"open_ledger": staticmethod(open_ledger)})
    how: Any = {**QUICK, "max_examples": stories * MORE, "stateful_step_count": steps}
    run_state_machine_as_test(kind, settings=settings(**how))


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_any_story_on_sqlite(empty_ledger: Path, tmp_path: Path) -> None:
    file = tmp_path / "loa.db"

    def open_ledger() -> Database:
        for old in tmp_path.glob("loa.db*"):
            with contextlib.suppress(FileNotFoundError):
                old.unlink()
        shutil.copy(empty_ledger, file)
        return Database(f"sqlite:///{file}")

    tell(open_ledger, 60, 50)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_any_story_on_postgresql(postgres: Postgres) -> None:
    tell(postgres.emptied, 12, 40)
