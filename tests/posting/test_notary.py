"""The notary: what was done is linked beside the work, and a chain that lacks what was witnessed is told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from scheduler import clock
from scheduler.clock import moment
from scheduler.ledger import chain
from scheduler.ledger.chain import Head
from scheduler.ledger.delivery import State
from scheduler.ledger.witness import Witness
from scheduler.posting import notary as posting
from scheduler.posting.notary import AT_MOST, Notary
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.ledger.keeper import NOON, Keeper
from tests.ledger.test_chain import head, linked

OTHER = "thu/tin@once/b"

Make = Callable[..., Notary]


@pytest.fixture
def notary(ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make notaries of one ledger at noon."""
    monkeypatch.setattr(clock, "now", lambda: moment(NOON))
    threads = LedgerThreads(ledger.database)

    def make(*, room: Callable[[], bool] = lambda: True, key: str = "") -> Notary:
        return Notary(threads, Settings(tmp_path, {}, audit_key=key), Witness(tmp_path), room)

    yield make
    threads.close()


def look(notary: Notary) -> None:
    asyncio.run(notary.look())


def test_what_was_done_is_linked_and_witnessed(notary: Make, ledger: Keeper, tmp_path: Path) -> None:
    ledger.write(state=State.PUBLISHED)
    look(notary())
    assert len(linked(ledger)) == 2  # the moves, the receipt
    newest = head(ledger)
    assert Witness(tmp_path).read_link() == (newest.number, newest.digest)
    look(notary())
    assert head(ledger) == newest


def test_a_key_of_the_settings_signs(notary: Make, ledger: Keeper) -> None:
    ledger.write()
    look(notary(key="khoá"))
    newest = head(ledger)
    assert chain.is_signed(("khoá",), newest.number, newest.digest, newest.mac)


def test_nothing_is_linked_while_much_is_to_be_sent(
    notary: Make, ledger: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = notary(room=lambda: False)
    look(busy)  # its first look: nobody knows how long ago the last was
    ledger.write()
    look(busy)
    assert head(ledger) == Head()
    monkeypatch.setattr(clock, "now", lambda: moment(NOON) + AT_MOST)
    look(busy)
    assert head(ledger).number == 1


def test_a_clock_that_was_set_back_does_not_stop_the_chain(
    notary: Make, ledger: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = notary(room=lambda: False)
    look(busy)
    ledger.write()
    monkeypatch.setattr(clock, "now", lambda: moment(NOON) - timedelta(days=1))
    look(busy)
    assert head(ledger).number == 1


def test_one_look_does_not_take_for_ever(notary: Make, ledger: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "AT_ONCE", 3)
    monkeypatch.setattr(posting, "IN_A_RUSH", 2)
    one_each = chain.make
    monkeypatch.setattr(chain, "make", lambda *given, **how: one_each(*given, **how, most=1))
    for number in range(6):
        ledger.write(f"thu/tin@once/k{number}")
    look(notary())
    assert len(linked(ledger)) == 3
    look(notary(room=lambda: False))
    assert len(linked(ledger)) == 5


def test_it_stops_when_there_is_much_to_send(notary: Make, ledger: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    one_each = chain.make
    monkeypatch.setattr(chain, "make", lambda *given, **how: one_each(*given, **how, most=1))
    for number in range(6):
        ledger.write(f"thu/tin@once/k{number}")
    answers = iter([True, True, False])
    look(notary(room=lambda: next(answers)))
    assert len(linked(ledger)) == 2


def test_the_end_links_what_is_left_and_does_not_wait_for_a_dead_database(notary: Make, ledger: Keeper) -> None:
    busy = notary(room=lambda: False)
    look(busy)
    ledger.write(state=State.PUBLISHED)
    asyncio.run(busy.finish())
    assert len(linked(ledger)) == 2
    assert busy.ledger.hurry


def cut(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        connection.execute(text("DELETE FROM link WHERE number = (SELECT max(number) FROM link)"))


def test_a_chain_that_lacks_what_was_witnessed_is_told_of_once(
    notary: Make, ledger: Keeper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.write()
    look(notary())
    before = head(ledger)
    ledger.write(OTHER)
    look(notary())
    gone = head(ledger)
    cut(ledger)
    with caplog.at_level(logging.WARNING, "loa"):
        look(notary())
    assert "loa audit" in caplog.text
    told = ledger.orders()[-1]
    assert (told.event, told.before) == (chain.BROKEN, f"{gone.number} {gone.digest}")
    assert told.after == f"{before.number} {before.digest}"
    caplog.clear()
    look(notary())
    assert (caplog.text, ledger.orders()[-1].id) == ("", told.id)
    newest = head(ledger)
    assert Witness(tmp_path).read_link() == (newest.number, newest.digest)
    assert newest.last_event == told.id


def test_a_witness_is_held_against_the_chain_once(notary: Make, ledger: Keeper) -> None:
    ledger.write()
    one = notary()
    look(one)
    cut(ledger)  # a daemon is not an auditor: it looks when it starts
    look(one)
    assert chain.BROKEN not in [order.event for order in ledger.orders()]
