"""The chain: what was done is linked once, in order, without keeping anybody waiting."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, select, text

from scheduler.ledger import audit, chain, orders, plans
from scheduler.ledger.chain import LINK, Head, Horizon, Made
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import EVENT, note
from tests.conftest import Postgres
from tests.ledger.keeper import KEY, NOON, SECOND, Keeper, wanted

OTHER = "thu/tin@once/b"


def link(
    ledger: Keeper, *, keys: tuple[str, ...] = (), horizon: Horizon | None = None, most: int = chain.MOST
) -> Made | None:
    """Make and write one link."""
    with ledger.database.reading() as connection:
        made = chain.make(connection, horizon or Horizon(), keys, at_us=ledger.now_us, most=most)
    if made is not None:
        with ledger.database.writing() as connection:
            assert chain.add(connection, made)
    return made


def link_all(ledger: Keeper, *, keys: tuple[str, ...] = (), most: int = chain.MOST) -> int:
    """Link everything, receipts included; return how many links that made."""
    count = 0
    while link(ledger, keys=keys, most=most):
        count += 1
    return count


def head(ledger: Keeper) -> Head:
    with ledger.database.reading() as connection:
        return chain.head(connection)


def linked(ledger: Keeper) -> list[tuple[int, int]]:
    """Return of each link: its number, and its last event."""
    with ledger.database.reading() as connection:
        return [(r.number, r.last_event) for r in connection.execute(select(LINK).order_by(LINK.c.number))]


def test_an_empty_ledger_has_no_link(ledger: Keeper) -> None:
    assert link(ledger) is None
    assert link(ledger, keys=("khoá",)) is None
    assert head(ledger) == Head()


def test_what_was_done_is_linked_once(ledger: Keeper) -> None:
    ledger.write(state=State.HELD)
    made = link(ledger)
    assert made is not None
    assert (made.number, made.first_event, made.events) == (1, 1, 2)  # the plan, the hold
    assert link(ledger) is None
    assert head(ledger) == made.head


def test_a_link_holds_the_link_before_it(ledger: Keeper) -> None:
    ledger.write()
    first = link(ledger)
    ledger.write(OTHER)
    second = link(ledger)
    assert first and second
    for before, same in ((first.digest, True), ("", False)):
        hashed = chain.Hash(before)
        with ledger.database.reading() as connection:
            for event in chain.events(connection, first.last_event, second.last_event):
                hashed.add(event)
        assert (hashed.digest(2, second.last_event, second.at_us) == second.digest) is same


@pytest.mark.parametrize("part", ["number", "last_event", "at_us"])
def test_a_hash_says_where_its_link_stands(part: str) -> None:
    place = {"number": 1, "last_event": 7, "at_us": NOON}
    other = {**place, part: place[part] + 1}
    assert chain.Hash("").digest(**place) != chain.Hash("").digest(**other)


def test_a_long_story_becomes_many_links(ledger: Keeper) -> None:
    for number in range(5):
        ledger.write(f"thu/tin@once/k{number}")
    assert link_all(ledger, most=2) == 3
    assert linked(ledger) == [(1, 2), (2, 4), (3, 5)]


def test_ids_that_nobody_used_leave_no_trace(ledger: Keeper) -> None:
    ledger.write()
    with pytest.raises(RuntimeError), ledger.database.writing() as connection:
        note(connection, [0], "hold", "", "all", at_us=NOON)
        raise RuntimeError
    ledger.write(OTHER)
    made = link(ledger)
    assert made is not None
    assert made.events == 2


def test_who_comes_second_with_a_link_has_done_nothing(ledger: Keeper) -> None:
    ledger.write()
    with ledger.database.reading() as connection:
        one = chain.make(connection, Horizon(), (), at_us=NOON)
        two = chain.make(connection, Horizon(), (), at_us=NOON + SECOND)
    assert one and two
    with ledger.database.writing() as connection:
        assert chain.add(connection, one)
        assert not chain.add(connection, two)
    assert head(ledger) == one.head


def test_a_receipt_says_what_became_public(ledger: Keeper) -> None:
    ledger.write()
    ledger.claim()
    ledger.record(ledger.row(), Event.CONFIRM, remote_id="77", url="https://a.example/77")
    assert link_all(ledger) == 2  # what was done, and its receipt
    told = ledger.events()[-1]
    row = ledger.row()
    assert (told.event, told.after, told.why) == (chain.RECEIPT, "77", "https://a.example/77")
    assert told.before == plans.fingerprint(KEY, row.due_us, row.digest) == wanted().fingerprint
    assert head(ledger).last_event == told.id


def test_what_is_not_public_has_no_receipt(ledger: Keeper) -> None:
    ledger.write(state=State.UNCONFIRMED)
    link_all(ledger)
    assert chain.RECEIPT not in [e.event for e in ledger.events()]


def test_a_correction_has_a_receipt_of_its_own(ledger: Keeper) -> None:
    ledger.write(state=State.PUBLISHED)
    link_all(ledger)
    new = wanted(text="Xin chào lại")
    with ledger.database.writing() as connection:
        orders.corrected(connection, ledger.row(), new.digest, "{}", at_us=NOON, by="Lan", why="sửa số")
    link_all(ledger)
    receipts = [e.before for e in ledger.events() if e.event == chain.RECEIPT]
    assert receipts == [wanted().fingerprint, new.fingerprint]
    assert [(e.by, e.after) for e in ledger.events() if e.event == plans.APPROVE] == [("Lan", new.fingerprint)]


def test_a_key_signs_and_another_did_not(ledger: Keeper) -> None:
    ledger.write()
    made = link(ledger, keys=("mới", "cũ"))
    assert made is not None
    assert chain.is_signed(("mới",), 1, made.digest, made.mac)
    assert not chain.is_signed(("cũ",), 1, made.digest, made.mac)
    assert not chain.is_signed(("mới",), 2, made.digest, made.mac)


def test_a_key_that_comes_later_signs_what_was_before(ledger: Keeper) -> None:
    ledger.write()
    link_all(ledger)
    made = link(ledger, keys=("khoá",))
    assert made is not None
    assert (made.number, made.events, made.last_event) == (2, 0, 1)
    assert link(ledger, keys=("khoá",)) is None


def test_keys_are_read_from_one_setting() -> None:
    assert chain.keys_of(" mới , cũ,") == ("mới", "cũ")
    assert chain.keys_of("") == ()


def test_the_short_form_is_read_aloud_in_groups() -> None:
    assert chain.short("f" * 64) == "0394 5758 4007 9131 2963 9935"
    assert chain.short(f"{12:064x}") == "0000 0000 0000 0000 0000 0012"


# --- several who write at once ---------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(postgres: Postgres) -> Keeper:
    """A ledger into which several write at once."""
    return Keeper(postgres.emptied())


def write_event(connection: Connection, why: str) -> int:
    note(connection, [0], "hold", "", "all", at_us=NOON, why=why)
    return int(connection.execute(select(EVENT.c.id).where(EVENT.c.why == why)).scalar() or 0)


def test_an_event_that_is_committed_late_is_linked_in_its_place(crowd: Keeper) -> None:
    horizon = Horizon()
    with crowd.database.writing() as slow:
        early = write_event(slow, "sớm")
        with crowd.database.writing() as quick:
            late = write_event(quick, "muộn")
        assert early < late
        assert link(crowd, horizon=horizon) is None
        assert link(crowd, horizon=horizon) is None
    made = link(crowd, horizon=horizon)
    assert made is not None
    assert (made.first_event, made.last_event, made.events) == (early, late, 2)


def test_one_who_writes_all_the_time_does_not_stop_the_chain(crowd: Keeper) -> None:
    horizon = Horizon()
    with crowd.database.writing() as one:
        first = write_event(one, "một")
        link(crowd, horizon=horizon)
    with crowd.database.writing() as two:
        write_event(two, "hai")
        link(crowd, horizon=horizon)  # the first has ended by now; it asks anew, up to the first
        made = link(crowd, horizon=horizon)
        assert made is None
        assert head(crowd).number == 0
    with crowd.database.writing() as three:
        write_event(three, "ba")
        made = link(crowd, horizon=horizon)
        assert made is not None
        assert made.last_event == first


def test_who_looks_keeps_nobody_waiting(crowd: Keeper) -> None:
    with crowd.database.writing() as slow:
        write_event(slow, "một")
        with crowd.database.reading() as connection:
            Horizon().look(connection)
        with crowd.database.writing() as quick:
            quick.execute(text("SET LOCAL lock_timeout = '200ms'"))
            assert write_event(quick, "hai")


def test_among_many_who_write_and_two_who_link_nothing_is_left_out(crowd: Keeper) -> None:
    writing = threading.Event()

    def write(name: str) -> None:
        for number in range(60):
            with crowd.database.writing() as connection:
                write_event(connection, f"{name} {number}")
                write_event(connection, f"{name} {number} nữa")

    def link_on() -> None:
        horizon = Horizon()
        while not writing.is_set():
            with crowd.database.reading() as connection:
                made = chain.make(connection, horizon, (), at_us=NOON, most=7)
            if made is not None:
                with crowd.database.writing() as connection:
                    chain.add(connection, made)

    with ThreadPoolExecutor(5) as threads:  # as many as there are connections
        linking = [threads.submit(link_on) for _ in range(2)]
        for done in [threads.submit(write, name) for name in "abc"]:
            done.result()
        writing.set()
        for ended in linking:
            ended.result()
    in_between = head(crowd).number
    link_all(crowd)
    with crowd.database.reading() as connection:
        breaks = audit.Breaks()
        found = audit.verify(connection, breaks)
    assert (breaks.found, found.events, found.uncovered) == ([], 360, 0)
    assert in_between > 3
