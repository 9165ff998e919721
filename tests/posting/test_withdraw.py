"""Withdraw: what can be taken down is, what cannot is told, and a network that asks us to wait is asked again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler import clock
from scheduler.channels.contract import Account, Channel
from scheduler.errors import RateLimited, Unauthorized, Unavailable
from scheduler.ledger.delivery import Event, State
from scheduler.posting import in_public
from scheduler.posting.accounts import Accounts
from scheduler.posting.withdraw import Withdrawal, withdraw
from tests.ledger.keeper import Keeper


class Deletable(Channel):
    """A channel that answers each deletion with the next of its answers (None: gone)."""

    network = "deletable"
    answers: tuple[Exception | None, ...] = ()

    async def check_account(self) -> Account:
        return Account("x")

    async def delete(self, remote_id: str) -> None:
        asked.append(f"{self.id}/{remote_id}")
        answer = self.answers[len([a for a in asked if a.startswith(f"{self.id}/")]) - 1] if self.answers else None
        if answer is not None:
            raise answer


class Keeping(Channel):
    """A channel whose network lets nobody but a person take a post down."""

    network = "keeping"


asked: list[str] = []


@pytest.fixture(autouse=True)
def nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked.clear()
    monkeypatch.setattr(in_public, "PAUSE", timedelta(0))


def public(ledger: Keeper, key: str, remote_id: str = "7") -> Any:
    """Write a delivery down that is public under this id."""
    id = ledger.write(key, State.SENDING)
    values = {"remote_id": remote_id, "url": f"https://x/{remote_id}"}
    ledger.move(id, State.SENDING, Event.CONFIRM, values=values)
    return ledger.row(key)


def taken_down(ledger: Keeper, rows: list[Any], *kinds: type[Channel]) -> list[Withdrawal]:
    """Withdraw the rows; the channels a, b, ... are of these kinds."""
    made = {
        id: kind(id=id, account="x", base_url="https://x", secrets={}, wire=cast(Any, None), folder=cast(Any, None))
        for id, kind in zip("abcdef", kinds, strict=False)
    }

    async def prove(channel: Channel, learn: Any) -> None:
        return None

    accounts: Any = SimpleNamespace(get=made.__getitem__, prove=prove)
    told: list[Withdrawal] = []
    asyncio.run(withdraw(ledger.database, cast(Accounts, accounts), rows, by="Lan", why="sai", told=told.append))
    return told


def test_what_is_gone_is_withdrawn_and_kept_with_who_and_why(ledger: Keeper) -> None:
    row = public(ledger, "thu/tin@once/a")

    [told] = taken_down(ledger, [row], Deletable)

    assert (told.words, asked, ledger.state()) == ("", ["a/7"], State.WITHDRAWN)
    last = ledger.events()[-1]
    assert (last.event, last.by, last.why) == ("withdraw", "Lan", "sai")


def test_what_only_a_person_can_take_down_is_told_and_does_not_stop_the_others(ledger: Keeper) -> None:
    rows = [public(ledger, f"thu/tin@once/{channel}") for channel in "ab"]

    told = taken_down(ledger, rows, Keeping, Deletable)

    assert {one.row.channel: one.by_hand for one in told} == {"a": True, "b": False}
    assert (ledger.state("thu/tin@once/a"), ledger.state("thu/tin@once/b")) == (State.PUBLISHED, State.WITHDRAWN)


@pytest.mark.parametrize("error", [RateLimited("429", clock.now()), RateLimited("429"), Unavailable("502")])
def test_a_network_that_asks_us_to_wait_is_asked_again(ledger: Keeper, error: Exception) -> None:
    row = public(ledger, "thu/tin@once/a")

    class Busy(Deletable):
        answers = (error, error, None)

    [told] = taken_down(ledger, [row], Busy)

    assert (told.words, len(asked), ledger.state()) == ("", 3, State.WITHDRAWN)


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (Unavailable("502"), 3),
        (Unauthorized("no token"), 1),
        (RateLimited("429", clock.now() + timedelta(hours=1)), 1),
        (ZeroDivisionError(), 1),
    ],
)
def test_what_could_not_be_taken_down_stays_public_and_may_be_tried_again(
    ledger: Keeper, error: Exception, times: int
) -> None:
    row = public(ledger, "thu/tin@once/a")

    class Broken(Deletable):
        answers = (error,) * 3

    [told] = taken_down(ledger, [row], Broken)

    assert (bool(told.words), told.by_hand, len(asked), ledger.state()) == (True, False, times, State.PUBLISHED)


def test_one_channel_is_asked_for_one_post_after_the_other(ledger: Keeper) -> None:
    rows = [public(ledger, f"thu/tin-{n}@once/a", str(n)) for n in range(4)]
    running = 0

    class Slow(Deletable):
        async def delete(self, remote_id: str) -> None:
            nonlocal running
            running += 1
            assert running == 1
            await asyncio.sleep(0)
            running -= 1
            await super().delete(remote_id)

    told = taken_down(ledger, rows, Slow)

    assert [one.words for one in told] == [""] * 4
    assert asked == [f"a/{n}" for n in range(4)]
