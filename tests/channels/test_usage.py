"""What networks say of our allowance, in the headers of their answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduler.channels.usage import Usage, usage

NOW = datetime(2027, 6, 26, 1, tzinfo=UTC)


def test_an_answer_that_says_nothing_says_nothing() -> None:
    assert usage({"content-type": "application/json", "x-ratelimit-remaining": "299"}, NOW) is None


def test_the_app_has_used_the_largest_of_its_shares() -> None:
    told = {"x-app-usage": json.dumps({"call_count": 28, "total_time": 81, "total_cputime": 3})}
    assert usage(told, NOW) == Usage(app=81)


def test_a_page_has_a_share_of_its_own() -> None:
    assert usage({"x-page-usage": json.dumps({"call_count": 96})}, NOW) == Usage(channel=96)


def test_a_use_case_that_is_spent_says_when_it_comes_back() -> None:
    case = {"type": "pages", "call_count": 100, "total_time": 20, "estimated_time_to_regain_access": 19}
    told = {"x-business-use-case-usage": json.dumps({"1234": [{"call_count": 4}, case]})}
    assert usage(told, NOW) == Usage(channel=100, back_at=NOW + timedelta(minutes=19))


def test_nothing_remaining_is_a_channel_that_is_spent_until_the_reset() -> None:
    told = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2027-06-26T01:05:00.000Z"}
    assert usage(told, NOW) == Usage(channel=100, back_at=NOW + timedelta(minutes=5))


@pytest.mark.parametrize("value", ["", "no json", "[]", "7", '{"call_count": "many"}', '{"call_count": -5}', "{"])
@pytest.mark.parametrize("name", ["x-app-usage", "x-page-usage", "x-business-use-case-usage"])
def test_headers_that_make_no_sense_say_nothing(name: str, value: str) -> None:
    assert usage({name: value}, NOW) is None


@pytest.mark.parametrize("cases", [None, "x", [None], [[]], {"a": 1}])
def test_use_cases_of_another_shape_say_nothing(cases: Any) -> None:
    assert usage({"x-business-use-case-usage": json.dumps({"1": cases})}, NOW) is None
