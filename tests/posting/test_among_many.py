"""A dispatcher among many: it sends only on its own channels, counts what others sent, and ends when taken for dead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.authoring.channels_file import PaceEntry
from scheduler.channels.contract import Outgoing, Post, Receipt
from scheduler.clock import FastClock, moment
from scheduler.errors import LeaseLost
from scheduler.ledger import looks, pumps, workers
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event
from scheduler.ledger.turn import Outcome
from scheduler.ledger.witness import Witness
from scheduler.posting.accounts import Accounts
from scheduler.posting.arm import Armed
from scheduler.posting.budget import Budget
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.lease import Lease
from scheduler.posting.pace import Lane
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.conftest import Postgres
from tests.ledger.keeper import NOON, SECOND, Keeper


class Among:
    """A dispatcher with a lease on a ledger of its own."""

    def __init__(self, database: Database, folder: Path, app: str | None = None) -> None:
        with database.writing() as connection:
            number = workers.join(connection, "mot", "here", "")
        self.lease = Lease(database, number)
        self.threads = LedgerThreads(database)
        entry = SimpleNamespace(id="a", app=app, network="feed", options={}, pace=None)
        book = SimpleNamespace(channels={}, budgets=())
        accounts: Any = SimpleNamespace(entry=lambda channel: entry, doubt=lambda channel: None, book=book)
        settings = Settings(workspace=folder, environment={})
        self.dispatcher = Dispatcher(
            self.threads, cast(Accounts, accounts), Witness(folder), settings, FastClock(moment(NOON)), lease=self.lease
        )

    def close(self) -> None:
        self.lease.close()
        self.threads.close()


@pytest.fixture
def ledger(postgres: Postgres) -> Iterator[Keeper]:
    database = postgres.emptied()
    yield Keeper(database)
    database.close()


@pytest.fixture
def among(ledger: Keeper, tmp_path: Path) -> Iterator[Among]:
    here = Among(ledger.database, tmp_path, app="meta")
    yield here
    here.close()


def armed(row: Any) -> Armed:
    return cast(Armed, SimpleNamespace(row=row, channel=None, receipt=None, outgoing=SimpleNamespace(post=None)))


def test_nothing_begins_while_the_lease_does_not_hold(among: Among) -> None:
    row = SimpleNamespace(
        due_us=NOON, late_us=NOON + SECOND, channel="a", unit="", campaign="c", kind="ordinary", tags="",
        not_before_us=None, not_after_us=None,
    )  # fmt: skip
    assert among.dispatcher._must_not_begin(cast(Any, row)) is None
    among.lease.lost.set()
    assert "did not answer" in str(among.dispatcher._must_not_begin(cast(Any, row)))


def test_a_channel_is_let_go_only_when_nothing_is_under_way_there(among: Among) -> None:
    dispatcher = among.dispatcher
    dispatcher.take(["a", "b", "c"])
    dispatcher.queue.lanes = {name: Lane(name, cast(Any, None)) for name in "abc"}
    dispatcher.queue.lanes["a"].busy = True
    dispatcher.in_flight[1] = armed(SimpleNamespace(channel="b"))  # its outcome is not on disk yet
    assert dispatcher.let_go(["a", "b", "c"]) == {"c"}
    assert dispatcher.channels == {"a", "b"}


def test_a_taken_channel_starts_with_a_lane_of_its_own(among: Among) -> None:
    dispatcher = among.dispatcher
    dispatcher.queue.lanes["a"] = Lane("a", cast(Any, None))
    dispatcher.take(["a"])
    assert "a" not in dispatcher.queue.lanes  # others have sent there since: its pace is counted anew


def test_what_others_sent_counts_against_the_budget_that_all_share(among: Among, ledger: Keeper) -> None:
    for number in range(3):
        ledger.write(f"thu/tin{number}@once/a{number}")
    first, second, third = ledger.arm()
    ledger.claim_armed([first])  # by another worker
    budget = Budget(((2, 60 * SECOND),), deque())
    among.dispatcher.queue.budgets, among.dispatcher.queue._drawing = (
        {"app:meta": budget},
        {"app:meta": ["a0", "a1", "a2"]},
    )
    with ledger.database.writing() as connection:
        within = among.dispatcher.queue.within_shared_budgets(connection, [second, third], NOON)
    assert within == [second]
    assert budget.opens_at(NOON) == NOON + 60 * SECOND


def test_a_turn_after_the_lease_was_lost_writes_nothing_and_what_is_public_is_recorded_after_all(
    among: Among, ledger: Keeper
) -> None:
    ledger.write()
    with ledger.database.writing() as connection:
        pumps.take(connection, among.lease.number, ["a"], at_us=NOON, first_look_us=0)
    [row] = ledger.arm()
    ledger.claim_armed([row])
    shared = {"id": row.id, "campaign": row.campaign, "message": row.message, "channel": row.channel}
    outcome = Outcome(**shared, started_us=NOON, event=Event.CONFIRM, remote_id="7", url="https://x/7")
    dispatcher = among.dispatcher
    dispatcher._outcomes = [(armed(row), outcome), (armed(row), replace(outcome, event=Event.FAIL))]
    with ledger.database.writing() as connection:  # others take it for dead, and its channel over
        workers.leave(connection, among.lease.number)
        looks.adopt_unfinished(connection, at_us=NOON, first_look_us=0)

    async def turn() -> None:
        with pytest.raises(LeaseLost):
            await dispatcher._turn([])
        assert ledger.row().state == "unconfirmed"
        await dispatcher._tell_what_is_public()

    asyncio.run(turn())
    assert (ledger.row().state, ledger.row().remote_id) == ("published", "7")


def test_what_became_public_in_the_same_turn_is_sent_on_at_once(among: Among, ledger: Keeper) -> None:
    ledger.write("thu/tin@once/bai")
    [article] = ledger.arm()
    ledger.claim_armed([article])
    ledger.write("thu/tin@once/gui")
    [broadcast] = ledger.arm()
    dispatcher = among.dispatcher
    shared = {"id": article.id, "campaign": "thu", "message": "tin", "channel": "bai", "started_us": NOON}
    dispatcher._outcomes = [(armed(article), Outcome(**shared, event=Event.CONFIRM, remote_id="7", url="https://x/7"))]
    follower: Any = SimpleNamespace(
        leader=SimpleNamespace(id="bai"), network="zalo_broadcast", base_url="", has_hours=False, per_day=None,
        per_month=None, chosen={},
    )  # fmt: skip
    entry: Any = SimpleNamespace(id="gui", app=None, network="x", options={}, pace=SimpleNamespace(per_month=None))
    cast(Any, dispatcher.accounts).entry = lambda channel: entry
    waiting = Armed(broadcast, Outgoing(broadcast.key, moment(NOON), Post("Xin chào")), follower, ready=True)
    dispatcher.queue.lanes["gui"] = Lane("gui", PaceEntry())
    dispatcher._senders.working = dispatcher.settings.sender_count  # nobody sends it in this test

    asyncio.run(dispatcher._turn([waiting]))
    assert ledger.row("thu/tin@once/bai").state == "published"
    assert ledger.row("thu/tin@once/gui").state == "sending"
    assert waiting.outgoing.follows == Receipt("7", "https://x/7")
