"""Reconciling: what a network shows late is not taken for absent."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.channels.contract import Channel, Outgoing, Post, Receipt
from scheduler.clock import FastClock, moment
from scheduler.errors import Unnamed
from scheduler.ledger import plans
from scheduler.ledger.delivery import Event, State
from scheduler.posting.arm import Armed
from scheduler.posting.dispatch import Dispatcher
from scheduler.posting.pace import to_micros
from scheduler.posting.reconcile import Reconciler
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.ledger.keeper import KEY, MINUTE, NOON, SECOND, Keeper

LATE = timedelta(minutes=3)


class Late(Channel):
    """A channel whose network shows a post only after a while."""

    network = "late"
    shows_after = LATE

    @property
    def appears_within(self) -> timedelta:
        return self.shows_after

    async def find(self, outgoing: Outgoing, since: datetime, taken: Collection[str]) -> Receipt | None:
        return None


def look(ledger: Keeper, folder: Path, channel: Channel, at_us: int) -> None:
    async def nothing(*_: Any) -> None:
        return None

    async def run() -> None:
        threads = LedgerThreads(ledger.database)
        accounts = SimpleNamespace(get=lambda name: channel, prove=nothing)
        dispatcher = SimpleNamespace(worker=None,
            ledger=threads, accounts=accounts, settings=Settings(folder, {}), clock=FastClock(moment(at_us)),
            in_flight={}, wake=asyncio.Event(), come_back=lambda at_us: None,
        )  # fmt: skip
        await Reconciler(cast(Dispatcher, dispatcher)).look()
        threads.close()

    asyncio.run(run())


@pytest.fixture
def late(tmp_path: Path) -> Late:
    return Late(id="a", account="a", base_url="https://a", secrets={}, wire=cast(Any, None), folder=tmp_path)


def unconfirmed(ledger: Keeper) -> None:
    ledger.write()
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {Post("Xin chào").digest: Post("Xin chào").to_json()})
    [row] = ledger.arm(KEY)
    ledger.claim_armed([row])
    ledger.record(row, Event.AWAIT, why="no answer", next_us=NOON + SECOND)


def test_a_look_that_comes_too_early_proves_nothing(ledger: Keeper, tmp_path: Path, late: Late) -> None:
    unconfirmed(ledger)

    for second in (10, 60, 179):
        look(ledger, tmp_path, late, NOON + second * SECOND)

    row = ledger.row()
    assert (row.state, row.looks, row.next_us) == (State.UNCONFIRMED, 0, NOON + to_micros(LATE))


def test_afterwards_two_looks_prove_it_absent(ledger: Keeper, tmp_path: Path, late: Late) -> None:
    unconfirmed(ledger)

    look(ledger, tmp_path, late, NOON + 3 * MINUTE)
    assert (ledger.state(), ledger.row().looks) == (State.UNCONFIRMED, 1)
    look(ledger, tmp_path, late, NOON + 4 * MINUTE)

    assert (ledger.state(), ledger.row().resends) == (State.SCHEDULED, 1)


def test_where_a_post_is_seen_at_once_the_first_look_counts(
    ledger: Keeper, tmp_path: Path, late: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Late, "shows_after", timedelta(0))
    unconfirmed(ledger)

    look(ledger, tmp_path, late, NOON + 10 * SECOND)

    assert ledger.row().looks == 1


class Nameless(Late):
    """A channel whose network says that a post is public, and not under which id."""

    async def find(self, outgoing: Outgoing, since: datetime, taken: Collection[str]) -> Receipt | None:
        raise Unnamed("public, no id yet")


@pytest.fixture
def nameless(tmp_path: Path) -> Nameless:
    return Nameless(id="a", account="a", base_url="https://a", secrets={}, wire=cast(Any, None), folder=tmp_path)


def test_what_is_public_without_an_id_is_looked_for_on_and_never_sent_again(
    ledger: Keeper, tmp_path: Path, nameless: Nameless
) -> None:
    unconfirmed(ledger)

    for minute in (1, 2, 10, 30, 59):
        look(ledger, tmp_path, nameless, NOON + minute * MINUTE)

        row = ledger.row()
        assert (row.state, row.looks, row.resends, row.error) == (State.UNCONFIRMED, 0, 0, "public, no id yet")
        assert 5 * SECOND < row.next_us - (NOON + minute * MINUTE) <= 6 * MINUTE


def test_after_an_hour_a_person_says_where_it_is(ledger: Keeper, tmp_path: Path, nameless: Nameless) -> None:
    unconfirmed(ledger)

    look(ledger, tmp_path, nameless, NOON + 61 * MINUTE)

    assert (ledger.state(), ledger.row().next_us) == (State.UNCONFIRMED, None)


@pytest.mark.parametrize(("options", "looks", "why"), [({"room": "7"}, 1, ""), ({}, 0, "no answer")])
def test_a_network_that_needs_an_option_to_look_is_asked_only_with_it(
    ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, str], looks: int, why: str
) -> None:
    monkeypatch.setattr(Late, "shows_after", timedelta(0))
    monkeypatch.setattr(Late, "needs", {"find": "room"})
    channel = Late(
        id="a", account="a", base_url="https://a", secrets={}, wire=cast(Any, None), folder=tmp_path, options=options
    )
    unconfirmed(ledger)

    look(ledger, tmp_path, channel, NOON + 10 * SECOND)

    row = ledger.row()
    assert (row.looks, row.next_us is not None) == (looks, bool(options))
    assert why in row.error
    assert Armed(row, cast(Outgoing, None), channel).can_look is bool(options)
