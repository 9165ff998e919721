"""What Meta's errors mean: by their codes alone, whatever the status."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from scheduler import clock
from scheduler.channels.graph import NoPreview, NotThere, meaning, proof
from scheduler.channels.http import Answer
from scheduler.errors import Blocked, ChannelError, Expired, RateLimited, Rejected, Unauthorized, Unconfirmed

NOW = datetime(2027, 6, 26, 1, tzinfo=UTC)
METHOD = "GraphMethodException"


def said(
    code: int, subcode: int | None = None, *, status: int = 400, headers: dict[str, str] | None = None, **more: Any
) -> Answer:
    error = {"message": "(#1) words", "type": "OAuthException", "code": code, "error_subcode": subcode} | more
    return Answer(status, httpx.Headers(headers or {}), json.dumps({"error": error}).encode())


ERRORS = [
    (190, None, Expired),
    (190, 463, Expired),
    (102, None, Unauthorized),
    (10, None, Unauthorized),
    (3, None, Unauthorized),
    (200, None, Unauthorized),
    (299, None, Unauthorized),
    (2500, None, Unauthorized),
    (368, None, Blocked),
    (368, 1390008, Blocked),
    (1, 1404078, Unauthorized),
    (100, 4854002, Unauthorized),
    (4, None, RateLimited),
    (17, 2446079, RateLimited),
    (32, None, RateLimited),
    (341, None, RateLimited),
    (613, 1996, RateLimited),
    (80001, None, RateLimited),
    (80014, None, RateLimited),
    (506, None, Unconfirmed),
    (100, 1366051, Unconfirmed),
    (1, None, Unconfirmed),
    (2, None, Unconfirmed),
    (99_999, None, Unconfirmed),  # nobody knows this one
    (300, None, Unconfirmed),
    (100, None, Rejected),
    (100, 2018001, Rejected),
    (324, None, Rejected),
    (100, 33, NotThere),
    (1705, None, NotThere),
    (100, 1609005, NoPreview),
    (1609005, None, NoPreview),
    (1500, None, NoPreview),
    (200, 1609008, NoPreview),  # not one of the permissions, although its code is
]


@pytest.mark.parametrize(("code", "subcode", "meant"), ERRORS)
@pytest.mark.parametrize("status", [200, 400, 403, 404])
def test_the_codes_say_what_it_means(code: int, subcode: int | None, meant: type[ChannelError], status: int) -> None:
    assert type(meaning(said(code, subcode, status=status), ())) is meant


def test_what_may_pass_is_never_refused_for_good() -> None:
    assert type(meaning(said(100, is_transient=True), ())) is Unconfirmed
    assert type(meaning(said(100, status=500), ())) is Unconfirmed
    assert type(meaning(said(190, is_transient=True), ())) is Expired


def test_calling_in_a_wrong_way_is_not_the_fault_of_the_post() -> None:
    """The proof of the secret is missing, or wrong: Meta says so with the code of a bad parameter."""
    assert type(meaning(said(100, type=METHOD), ())) is Unauthorized
    assert type(meaning(said(100, 33, type=METHOD), ())) is NotThere


@pytest.mark.parametrize(
    "body", [b"", b"<h1>502</h1>", b"[]", b'{"id": "1_2"}', b'{"error": "not found"}', b'{"error": 7}']
)
def test_an_answer_without_its_error_is_judged_by_http_alone(body: bytes) -> None:
    assert meaning(Answer(404, httpx.Headers(), body), ()) is None


def test_an_error_of_another_shape_is_unclear() -> None:
    answer = Answer(400, httpx.Headers(), b'{"error": {"code": "190", "error_subcode": [], "message": null}}')
    assert type(meaning(answer, ())) is Unconfirmed


def test_the_headers_say_until_when_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    case = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}
    told = meaning(said(80001, headers={"x-business-use-case-usage": json.dumps({"1": [case]})}), ())
    assert isinstance(told, RateLimited) and told.retry_at == NOW + timedelta(minutes=19)
    told = meaning(said(4, headers={"retry-after": "30"}), ())
    assert isinstance(told, RateLimited) and told.retry_at == NOW + timedelta(seconds=30)


def test_where_nothing_says_until_when_it_is_the_hour_by_which_meta_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    told = meaning(said(4, headers={"x-app-usage": json.dumps({"call_count": 100})}), ())
    assert isinstance(told, RateLimited) and told.retry_at == NOW + timedelta(hours=1)


def test_a_block_says_until_when_nothing_must_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert "01:00 27/06/2027 giờ UTC" in str(meaning(said(368), ()))


def test_the_words_are_metas_own_with_the_codes_and_the_trace() -> None:
    told = str(meaning(said(100, 7, error_user_msg="Bài không đúng", fbtrace_id="AbC"), ()))
    assert told == "Meta 100/7: (#1) words. Bài không đúng (fbtrace_id AbC)"


def test_no_part_of_a_secret_is_quoted_where_the_words_are_cut() -> None:
    secret = "EAAB" + "x1" * 60
    told = str(meaning(said(100, message="a" * 250 + secret), (secret,)))
    assert "EAAB" not in told and "***" in told


def test_the_proof_is_the_hmac_of_the_token_under_the_secret() -> None:
    assert proof("key", "The quick brown fox jumps over the lazy dog") == (
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    )
