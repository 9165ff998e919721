"""Correct: the ledger says beforehand what is asked for, and takes the new words for public only when the network says so."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.channels.contract import Account, Channel, Post
from scheduler.channels.zalo_broadcast import ZaloBroadcast
from scheduler.errors import ChannelError, NotFound, Rejected, Unauthorized, Unavailable
from scheduler.ledger import orders, plans
from scheduler.ledger.database import Database
from scheduler.planning.correction import Correction
from scheduler.posting import in_public
from scheduler.posting.accounts import Accounts
from scheduler.posting.correct import Corrected, correct
from tests.ledger.keeper import KEY, Keeper
from tests.posting.test_withdraw import Keeping, public

WRONG, RIGHT = Post("Gọi 114"), Post("Gọi 113")


class Editable(Channel):
    """A channel that answers each correction with the next of its answers (None: done)."""

    network = "editable"
    answers: tuple[Exception | None, ...] = ()
    known: list[list[str]]
    database: Database

    async def check_account(self) -> Account:
        return Account("x")

    async def edit(self, remote_id: str, post: Post) -> None:
        with self.database.reading() as connection:
            self.known.append(orders.half_corrected(connection))
        answer = self.answers[len(self.known) - 1] if self.answers else None
        if answer is not None:
            raise answer


def corrected(ledger: Keeper, *answers: Exception | None, kind: type[Channel] = Editable) -> tuple[Corrected, Any]:
    """Correct one public post; return what became of it, and its channel."""
    row = public(ledger, KEY)
    channel: Any = kind(
        id="a", account="x", base_url="https://x", secrets={}, wire=cast(Any, None), folder=Path(), options={"of": "b"}
    )
    channel.answers, channel.known, channel.database = answers, [], ledger.database

    async def prove(channel: Channel, learn: Any) -> None:
        return None

    accounts: Any = SimpleNamespace(get=lambda name: channel, prove=prove)
    told: list[Corrected] = []
    wanted = [Correction(row, WRONG, replace(WRONG, text=RIGHT.text))]
    asyncio.run(correct(ledger.database, cast(Accounts, accounts), wanted, by="Lan", why="sai", told=told.append))
    [one] = told
    return one, channel


def half(ledger: Keeper) -> list[str]:
    with ledger.database.reading() as connection:
        return orders.half_corrected(connection)


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_public, "PAUSE", timedelta(0))


def test_what_is_asked_for_is_in_the_ledger_before_anything_is_asked(ledger: Keeper) -> None:
    one, channel = corrected(ledger)

    assert (one.words, channel.known, half(ledger)) == ("", [[KEY]], [])
    with ledger.database.reading() as connection:
        assert RIGHT.text in plans.body_of(connection, ledger.row().digest)


def test_an_answer_that_was_lost_is_asked_for_again(ledger: Keeper) -> None:
    one, channel = corrected(ledger, Unavailable("no answer"), None)

    assert (one.words, len(channel.known), half(ledger)) == ("", 2, [])


@pytest.mark.parametrize(
    ("error", "by_hand"),
    [
        (Unavailable("no answer"), False),
        (Unauthorized("who?"), False),
        (Rejected("too long"), True),
        (NotFound("gone"), True),
    ],
)
def test_what_was_not_confirmed_stays_known_as_half_done(ledger: Keeper, error: ChannelError, by_hand: bool) -> None:
    one, _ = corrected(ledger, *[error] * in_public.TRIES)

    assert (one.words, one.by_hand, half(ledger)) == (str(error), by_hand, [KEY])
    assert ledger.row().digest != RIGHT.digest


@pytest.mark.parametrize(("kind", "said"), [(Keeping, "sửa bằng tay"), (ZaloBroadcast, "sửa xong bài viết")])
def test_where_nobody_but_a_person_can_it_says_so_and_nothing_is_half_done(
    ledger: Keeper, kind: type[Channel], said: str
) -> None:
    one, _ = corrected(ledger, kind=kind)

    assert (one.by_hand, said in one.words, half(ledger)) == (True, True, [])
