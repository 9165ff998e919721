"""The audit: whatever is done to a ledger behind Loa's back is found, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from scheduler.channels.contract import Post
from scheduler.ledger import audit, chain, orders, plans, turn
from scheduler.ledger.audit import Break, Breaks, Chain, Kind
from scheduler.ledger.chain import LINK
from scheduler.ledger.delivery import Event, State
from scheduler.ledger.moves import DELIVERY, EVENT
from tests.ledger.keeper import KEY, NOON, SECOND, Keeper, wanted
from tests.ledger.test_chain import link_all

OTHER = "thu/tin@once/b"
WAITING = "thu/tin@once/c"
KEYS = ("một khoá dài",)


@pytest.fixture
def kept(ledger: Keeper) -> Keeper:
    """A ledger with a chain of several links: two posts public, one of them approved, one waiting."""
    for key in (KEY, OTHER, WAITING):
        ledger.write(key, approval=key == KEY, due_us=NOON + (60 * SECOND if key == WAITING else 0))
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {wanted().digest: Post("Xin chào").to_json()})
        plans.approve(connection, {ledger.row().id: wanted().fingerprint}, at_us=NOON, by="Minh", why="đúng")
    ledger.claim(KEY, OTHER)
    for number, key in enumerate((KEY, OTHER)):
        ledger.record(ledger.row(key), Event.CONFIRM, remote_id=str(number), url=f"https://a.example/{number}")
    link_all(ledger, most=3)
    return ledger


def look(ledger: Keeper, *, where: Sequence[Any] = (), **how: Any) -> tuple[Chain, list[Break]]:
    breaks = Breaks()
    with ledger.database.reading() as connection:
        found = audit.verify(connection, breaks, **how)
        audit.check_deliveries(connection, found.head.last_event, breaks, where=where)
        audit.check_posts(connection, breaks)
    return found, breaks.found


def kinds(ledger: Keeper, **how: Any) -> list[Kind]:
    return [one.kind for one in look(ledger, **how)[1]]


def tamper(ledger: Keeper, *statements: str) -> None:
    """Do something to the ledger as its owner could, with the tools of the database."""
    with ledger.database.writing() as connection:
        for statement in statements:
            assert connection.execute(text(statement)).rowcount, statement


def rewrite(connection: Connection, keys: tuple[str, ...] = ()) -> None:
    """Make every link anew over the events as they stand now, as somebody would who knows how Loa does it."""
    before, reached = "", 0
    for row in connection.execute(select(LINK).order_by(LINK.c.number)).all():
        hashed = chain.Hash(before)
        for event in chain.events(connection, reached, row.last_event):
            hashed.add(event)
        before, reached = hashed.digest(row.number, row.last_event, row.at_us), row.last_event
        values = {"digest": before, "events": hashed.events, "first_event": hashed.first_event}
        values["mac"] = chain.sign(keys[0], row.number, before) if keys else row.mac
        connection.execute(LINK.update().where(LINK.c.number == row.number).values(**values))


def test_a_ledger_that_nobody_touched_is_whole(kept: Keeper) -> None:
    found, breaks = look(kept)
    assert breaks == []
    assert (found.links, found.uncovered) == (found.head.number, 0)
    assert found.links > 3
    with kept.database.reading() as connection:
        assert found.events == len(connection.execute(select(EVENT.c.id)).all())


def test_what_is_not_linked_yet_is_counted(kept: Keeper) -> None:
    kept.move(kept.row(WAITING).id, State.SCHEDULED, Event.HOLD)
    found, breaks = look(kept)
    assert (found.uncovered, found.uncovered_since_us, breaks) == (1, NOON, [])


@pytest.mark.parametrize("column", ["at_us", "event", "before", "after", "by", "why", "delivery"])
def test_an_event_that_was_changed_is_found(kept: Keeper, column: str) -> None:
    other = "0" if column in ("at_us", "delivery") else "'khác'"
    tamper(kept, f"""UPDATE event SET "{column}" = {other} WHERE id = 5""")
    [first, *_] = look(kept)[1]
    assert (first.kind, first.link, first.first_event, first.last_event) == (Kind.CHANGED, 2, 4, 6)


def test_only_the_link_that_was_touched_is_broken(kept: Keeper) -> None:
    tamper(kept, "UPDATE event SET by = 'khác' WHERE id = 5")
    assert [one.link for one in look(kept)[1] if one.link] == [2]


def test_an_event_that_was_deleted_is_found(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM event WHERE id = 5")
    first = look(kept)[1][0]
    assert (first.kind, first.link, first.detail) == (Kind.DELETED, 2, "1")


def test_an_event_that_was_inserted_into_a_gap_is_found(ledger: Keeper) -> None:
    ledger.write()
    tamper(ledger, "INSERT INTO event (id, delivery, at_us, event) VALUES (7, 0, 1, 'hold')")
    link_all(ledger)
    tamper(ledger, "INSERT INTO event (id, delivery, at_us, event) VALUES (5, 0, 1, 'hold')")
    first = look(ledger)[1][0]
    assert (first.kind, first.link, first.detail) == (Kind.INSERTED, 1, "1")


def test_two_events_that_were_swapped_are_found(kept: Keeper) -> None:
    tamper(
        kept,
        "UPDATE event SET id = 999 WHERE id = 5",
        "UPDATE event SET id = 5 WHERE id = 6",
        "UPDATE event SET id = 6 WHERE id = 999",
    )
    first = look(kept)[1][0]
    assert (first.kind, first.link) == (Kind.CHANGED, 2)


def test_a_delivery_of_another_name_is_found(kept: Keeper) -> None:
    tamper(kept, f"UPDATE delivery SET key = 'thu/khac@once/a' WHERE key = '{KEY}'")
    assert Kind.CHANGED in kinds(kept)


def test_a_link_that_was_removed_is_found(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM link WHERE number = 2")
    [one] = look(kept)[1]  # the third cannot be checked without it, and from there on all is well
    assert (one.kind, one.link, one.first_event, one.last_event) == (Kind.MISSING, 2, 4, 6)


def test_a_beginning_that_was_removed_is_found(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM link WHERE number = 1")
    assert kinds(kept)[0] is Kind.MISSING


def test_links_that_were_numbered_anew_are_found(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM link WHERE number = 2", "UPDATE link SET number = 2 WHERE number = 3")
    assert kinds(kept)[0] in (Kind.INSERTED, Kind.CHANGED)


@pytest.mark.parametrize(
    "change", ["at_us = at_us + 1", "last_event = last_event + 1", "digest = 'x'", "first_event = 1"]
)
def test_a_link_that_was_changed_is_found(kept: Keeper, change: str) -> None:
    tamper(kept, f"UPDATE link SET {change} WHERE number = 2")
    assert kinds(kept)[0] in (Kind.CHANGED, Kind.INSERTED)


def test_a_ledger_without_any_link_is_not_whole(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM link")
    assert Kind.NONE in kinds(kept)


def test_a_tail_that_was_cut_is_missed_by_whom_kept_the_head(kept: Keeper) -> None:
    with kept.database.writing() as connection:
        turn.hold(connection, "all", "", at_us=NOON, by="Minh", why="dừng lại")
    link_all(kept)
    newest = look(kept)[0].head
    tamper(
        kept, "DELETE FROM event WHERE by = 'Minh' AND delivery = 0", f"DELETE FROM link WHERE number = {newest.number}"
    )
    assert kinds(kept) == []
    assert kinds(kept, expected=newest.digest) == [Kind.EXPECTED]
    assert kinds(kept, expected=chain.short(newest.digest)) == [Kind.EXPECTED]
    assert kinds(kept, witnessed=(newest.number, newest.digest)) == [Kind.WITNESSED]


def test_a_tail_of_moves_that_was_cut_leaves_deliveries_where_nothing_led_them(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM event WHERE event IN ('confirm', 'receipt')", "DELETE FROM link WHERE last_event > 6")
    assert Kind.STATE in kinds(kept)


def test_a_head_that_was_written_down_long_ago_is_still_in_the_chain(kept: Keeper) -> None:
    before = look(kept)[0].head
    kept.move(kept.row(WAITING).id, State.SCHEDULED, Event.HOLD)
    link_all(kept)
    for expected in (before.digest, chain.short(before.digest)):
        found, breaks = look(kept, expected=expected, witnessed=(before.number, before.digest))
        assert (found.expected, breaks) == (before.number, [])
    assert found.head.number > before.number


def test_a_chain_that_was_rewritten_is_whole_in_itself_and_shows_by_a_head(kept: Keeper) -> None:
    before = look(kept)[0].head
    with kept.database.writing() as connection:
        connection.execute(text("UPDATE event SET by = 'Người khác' WHERE by = 'Minh'"))
        connection.execute(text("UPDATE approval SET by = 'Người khác'"))
        rewrite(connection)
    assert kinds(kept) == []  # why a head is written down elsewhere, or a key is kept
    assert kinds(kept, expected=before.digest) == [Kind.EXPECTED]
    assert kinds(kept, witnessed=(before.number, before.digest)) == [Kind.WITNESSED]


@pytest.mark.parametrize("forged", [("khoá khác",), ()], ids=["another key", "the old signatures"])
def test_a_chain_that_was_rewritten_shows_by_its_signatures(ledger: Keeper, forged: tuple[str, ...]) -> None:
    ledger.write(state=State.HELD)
    link_all(ledger, keys=KEYS)
    assert kinds(ledger, keys=KEYS) == []
    with ledger.database.writing() as connection:
        connection.execute(text("UPDATE event SET by = 'Người khác'"))
        rewrite(connection, forged)
    assert kinds(ledger) == []
    assert set(kinds(ledger, keys=KEYS)) == {Kind.FORGED}


def test_signatures_that_were_taken_away_are_missed(ledger: Keeper) -> None:
    ledger.write(state=State.HELD)
    link_all(ledger, keys=KEYS, most=1)
    tamper(ledger, "UPDATE link SET mac = '' WHERE number = 2")
    assert kinds(ledger) == [Kind.UNSIGNED]
    tamper(ledger, "UPDATE link SET mac = ''")
    assert kinds(ledger, keys=KEYS) == [Kind.UNSIGNED]


def test_a_key_that_came_later_leaves_what_was_before_whole(ledger: Keeper) -> None:
    ledger.write()
    link_all(ledger)
    link_all(ledger, keys=KEYS)
    found, breaks = look(ledger, keys=KEYS)
    assert (found.signed_from, found.checked, breaks) == (2, True, [])
    assert look(ledger)[0].checked is False


# --- what the rows say -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("state = 'withdrawn'", Kind.STATE),
        ("state = 'failed'", Kind.STATE),
        ("remote_id = '999'", Kind.RECEIPT),
        ("url = 'https://b.example/'", Kind.RECEIPT),
        ("due_us = due_us + 1", Kind.RECEIPT),
        ("digest = 'khác'", Kind.RECEIPT),
    ],
)
def test_a_row_that_says_something_else_than_was_done_is_found(kept: Keeper, change: str, kind: Kind) -> None:
    tamper(kept, f"UPDATE delivery SET {change} WHERE key = '{OTHER}'")
    found = [one for one in look(kept)[1] if one.kind is kind]
    assert [one.key for one in found] == [OTHER]


def test_a_row_that_waits_and_says_it_is_public_is_found(kept: Keeper) -> None:
    tamper(kept, f"UPDATE delivery SET state = 'published' WHERE key = '{WAITING}'")
    assert set(kinds(kept)) == {Kind.STATE, Kind.RECEIPT}


def test_what_became_public_just_now_is_not_held_against_a_receipt(kept: Keeper) -> None:
    kept.now_us = NOON + 60 * SECOND
    kept.claim(WAITING)
    kept.record(kept.row(WAITING), Event.CONFIRM, remote_id="9")
    assert kinds(kept) == []
    link_all(kept)
    assert kinds(kept) == []


def test_a_correction_and_a_withdrawal_are_whole(kept: Keeper) -> None:
    new = Post("Xin chào lại")
    with kept.database.writing() as connection:
        orders.corrected(connection, kept.row(), new.digest, new.to_json(), at_us=NOON, by="Lan", why="sửa số")
    assert kinds(kept) == []
    link_all(kept)
    with kept.database.writing() as connection:
        orders.withdrawn(connection, KEY, at_us=NOON, by="Lan", why="hết hiệu lực")
    link_all(kept)
    assert kinds(kept) == []


def test_an_approval_of_another_name_is_found(kept: Keeper) -> None:
    tamper(kept, "UPDATE approval SET by = 'Người khác'")
    [one] = look(kept)[1]
    assert (one.kind, one.key, one.detail) == (Kind.APPROVAL, KEY, "Người khác ≠ Minh")


def test_an_approval_that_was_taken_away_is_found(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM approval")
    assert kinds(kept) == [Kind.APPROVAL]


def test_an_approval_that_nobody_gave_is_found(kept: Keeper) -> None:
    mark = wanted(OTHER).fingerprint
    tamper(kept, f"INSERT INTO approval (fingerprint, by, why, at_us) VALUES ('{mark}', 'Minh', '', {NOON})")
    [one] = look(kept)[1]
    assert (one.kind, one.key) == (Kind.APPROVAL, OTHER)


def test_an_approval_of_before_there_were_such_events_is_believed_by_its_release(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM event WHERE event = 'approve'", "DELETE FROM link")
    link_all(kept)
    assert kinds(kept) == []


def test_words_that_were_not_approved_are_found(ledger: Keeper) -> None:
    ledger.write(approval=True)
    with ledger.database.writing() as connection:
        plans.approve(connection, {ledger.row().id: wanted().fingerprint}, at_us=NOON, by="Minh", why="")
    other = Post("Lời khác")
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {other.digest: other.to_json()})
    tamper(ledger, f"UPDATE delivery SET digest = '{other.digest}'")  # between the yes and the sending
    ledger.claim()
    ledger.record(ledger.row(), Event.CONFIRM, remote_id="1")
    link_all(ledger)
    assert kinds(ledger) == [Kind.WORDS]


def test_what_a_plan_has_changed_and_nobody_need_approve_any_more_is_whole(ledger: Keeper) -> None:
    ledger.write(approval=True)
    row = ledger.row()
    other = Post("Lời khác")
    with ledger.database.writing() as connection:
        plans.approve(connection, {row.id: wanted().fingerprint}, at_us=NOON, by="Minh", why="")
        plans.keep_bodies(connection, {other.digest: other.to_json()})
        plans.change(connection, row, wanted(digest=other.digest), set(), at_us=NOON, by="Lan")
    ledger.claim()
    ledger.record(ledger.row(), Event.CONFIRM, remote_id="1")
    link_all(ledger)
    assert kinds(ledger) == []


@pytest.mark.parametrize(
    "body", ['{"text": "Khác", "title": "", "language": "vi", "images": []}', "{}", "không phải JSON"]
)
def test_a_stored_post_that_was_changed_is_found(kept: Keeper, body: str) -> None:
    with kept.database.writing() as connection:
        connection.execute(plans.POST.update().values(body=body))
    [one] = look(kept)[1]
    assert (one.kind, one.detail) == (Kind.BODY, wanted().digest)


def test_a_stored_post_that_is_gone_is_found(kept: Keeper) -> None:
    tamper(kept, "DELETE FROM post")
    assert kinds(kept) == [Kind.BODY, Kind.BODY]


def test_a_part_of_the_deliveries_is_looked_at_alone(kept: Keeper) -> None:
    tamper(kept, "UPDATE delivery SET remote_id = '999' WHERE state = 'published'")
    assert [one.key for one in look(kept, where=[DELIVERY.c.key == OTHER])[1]] == [OTHER]


def test_many_breaks_are_counted_and_few_are_kept() -> None:
    breaks = Breaks()
    for number in range(100):
        breaks.add(Break(Kind.STATE, key=str(number)))
    breaks.add(Break(Kind.EXPECTED))
    assert (breaks.total, len(breaks.found)) == (101, audit.MOST + 1)


def test_deliveries_are_read_in_parts(kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    monkeypatch.setattr(audit, "LINKS", 2)
    monkeypatch.setattr(chain, "PAGE", 2)
    told: list[int] = []
    breaks = Breaks()
    with kept.database.reading() as connection:
        found = audit.verify(connection, breaks, progress=told.append)
        assert audit.check_deliveries(connection, found.head.last_event, breaks, progress=told.append) == 3
        assert sum(told) == audit.size(connection)
    assert breaks.total == 0


def test_the_story_of_a_delivery_names_the_link_of_each_event(kept: Keeper) -> None:
    kept.move(kept.row().id, State.PUBLISHED, Event.WITHDRAW, by="Lan", why="sai")
    with kept.database.reading() as connection:
        told = audit.story(connection, kept.row().id)
    assert [one.event.event for one in told] == ["approve", "release", "claim", "confirm", "receipt", "withdraw"]
    assert [one.link is None for one in told] == [False] * 5 + [True]


def test_a_restored_ledger_is_among_the_notes(kept: Keeper) -> None:
    with kept.database.writing() as connection:
        chain.note_broken(connection, (9, "x"), at_us=NOON)
    found, breaks = look(kept)
    assert [(note.event, note.before) for note in found.notes] == [("chain", "9 x")]
    assert breaks == []
