"""The ledger from asynchronous code: whether somebody else has written is asked without asking the database."""

from __future__ import annotations

import os
import time

from scheduler.posting.threads import TICK, LedgerThreads
from tests.ledger.keeper import Keeper


def age(ledger: Keeper) -> None:
    """Let the files of the ledger have been written long ago."""
    file = ledger.database.url.removeprefix("sqlite:///")
    long_ago = time.time_ns() - 10 * TICK
    for name in (file, f"{file}-wal"):
        os.utime(name, ns=(long_ago, long_ago))


def test_a_ledger_that_nobody_wrote_is_untouched_and_every_write_touches_it(ledger: Keeper) -> None:
    threads = LedgerThreads(ledger.database)
    ledger.write()
    if not ledger.database.is_sqlite:
        assert threads.touched()
        assert threads.touched()  # PostgreSQL has to be asked
        return
    age(ledger)
    assert threads.touched()  # asked for the first time
    assert not threads.touched()
    ledger.write("thu/tin@2/a")
    assert threads.touched()
    assert threads.touched()  # so young that another write may have had the same stamp
    age(ledger)
    assert threads.touched()
    assert not threads.touched()
