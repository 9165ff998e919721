"""The breaker: a server that fails again and again is left alone for a while, then one delivery tries."""

from __future__ import annotations

import pytest

from scheduler.ledger.delivery import Event
from scheduler.posting.breaker import FAILURES, FIRST_REST, LONGEST_REST, Breaker
from tests.ledger.keeper import NOON


def failed(breaker: Breaker, times: int, at_us: int = NOON) -> Breaker:
    for _ in range(times):
        breaker.ended(Event.RETRY, refused=False, now_us=at_us)
    return breaker


def test_a_few_failures_stop_nobody() -> None:
    assert failed(Breaker(), FAILURES - 1).opens_at(NOON) == NOON


@pytest.mark.parametrize("event", [Event.RETRY, Event.AWAIT])
def test_repeated_failures_hold_the_server(event: Event) -> None:
    breaker = failed(Breaker(), FAILURES - 1)
    breaker.ended(event, refused=False, now_us=NOON)
    assert breaker.opens_at(NOON) == NOON + FIRST_REST


def test_after_the_rest_one_delivery_tries_and_the_others_wait_for_it() -> None:
    breaker = failed(Breaker(), FAILURES)
    then = NOON + FIRST_REST
    assert breaker.opens_at(then) == then
    breaker.started()
    assert breaker.opens_at(then) > then


def test_a_success_opens_it_for_all() -> None:
    breaker = failed(Breaker(), FAILURES)
    breaker.started()
    breaker.ended(Event.CONFIRM, refused=False, now_us=NOON + FIRST_REST)
    assert breaker.opens_at(NOON) == NOON


def test_a_failed_trial_doubles_the_rest_up_to_its_longest() -> None:
    breaker = failed(Breaker(), FAILURES + 1)
    assert breaker.opens_at(NOON) == NOON + 2 * FIRST_REST
    assert failed(breaker, 20).opens_at(NOON) == NOON + LONGEST_REST


def test_a_refusal_shows_that_the_server_lives() -> None:
    breaker = failed(Breaker(), FAILURES)
    breaker.ended(Event.RETRY, refused=True, now_us=NOON)
    assert breaker.opens_at(NOON) == NOON
