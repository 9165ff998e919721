"""Where things stand, without scanning."""

from __future__ import annotations

from scheduler.channels.contract import Account
from scheduler.clock import moment
from scheduler.ledger import counts
from scheduler.ledger.delivery import State
from tests.ledger.keeper import NOON, SECOND, Keeper


def test_all_states_are_counted(ledger: Keeper) -> None:
    for state in State:
        ledger.write(f"thu/{state}@once/a", state)
    ledger.write("khac/tin@once/a")
    with ledger.database.reading() as connection:
        expected = {state.value: 1 for state in State}
        assert counts.by_state(connection) == {**expected, "scheduled": 2}
        assert counts.by_campaign(connection) == {"khac": {"scheduled": 1}, "thu": expected}


def test_an_empty_ledger_names_all_states(ledger: Keeper) -> None:
    with ledger.database.reading() as connection:
        assert counts.by_state(connection) == dict.fromkeys((s.value for s in State), 0)
        assert counts.by_campaign(connection) == {}


def test_rows_come_in_order_of_due_as_asked_for(ledger: Keeper) -> None:
    for n, channel in enumerate("bab"):
        ledger.write(f"thu/tin@{n}/{channel}", due_us=NOON - n * SECOND)
    with ledger.database.reading() as connection:
        assert [r.occurrence for r in counts.rows(connection)] == ["2", "1", "0"]
        assert [r.occurrence for r in counts.rows(connection, channel="b", limit=1)] == ["2"]
        assert counts.rows(connection, state="held") == []
        assert [r.key for r in counts.coming(connection, 2)] == ["thu/tin@2/b", "thu/tin@1/a"]


def test_the_oldest_unconfirmed_comes_first(ledger: Keeper) -> None:
    for n in range(2):
        ledger.now_us += SECOND
        ledger.write(f"thu/tin@{n}/a", State.UNCONFIRMED)
    with ledger.database.reading() as connection:
        assert len(counts.oldest_unconfirmed(connection, 5)) == 2


def test_what_a_network_told_us_is_kept_and_renewed(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        counts.learn(connection, {"a": Account("@loa", {"text": 500})}, at_us=1)
        counts.learn(connection, {"a": Account("@loa", {"text": 1000})}, at_us=2)
        assert counts.learnt(connection) == {"a": {"text": 1000}}


def test_what_runs_out_is_told_soonest_first_and_forgotten_with_its_channel(ledger: Keeper) -> None:
    with ledger.database.writing() as connection:
        late, soon, never = (Account("@loa", expires=at) for at in (moment(NOON + SECOND), moment(NOON), None))
        counts.learn(connection, {"a": late, "b": soon, "c": never}, at_us=1)
        assert list(counts.expiring(connection, NOON + 2 * SECOND).items()) == [("b", NOON), ("a", NOON + SECOND)]
        assert counts.expiring(connection, NOON) == {}
        counts.learn(connection, {"b": never}, at_us=2)
        counts.forget_tokens(connection, but=["b", "c"])
        assert counts.expiring(connection, NOON + 2 * SECOND) == {}


def test_the_messages_of_some_campaigns_are_counted_by_state(ledger: Keeper) -> None:
    ledger.write("thu/mot@once/a", State.PUBLISHED)
    ledger.write("thu/mot@once/b")
    ledger.write("thu/hai@once/a")
    ledger.write("khac/tin@once/a")
    with ledger.database.reading() as connection:
        assert counts.by_message(connection, ["thu", "khong-co"]) == {
            "thu": {"mot": {"published": 1, "scheduled": 1}, "hai": {"scheduled": 1}}
        }
        assert counts.by_message(connection, []) == {}
