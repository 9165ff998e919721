"""Meta's Graph API: what its errors mean, and the proof that whoever holds a token also has the app's secret.

What an error means lies in its code and subcode, never in the status: told to wait, one is told with a 400. What is in
no table here is unclear: perhaps posted. Sources: developers.facebook.com/docs/graph-api (guides/error-handling,
overview/rate-limiting), facebook-login/security.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler import clock
from scheduler.channels.http import LARGEST_QUOTE, Answer, redact, retry_at
from scheduler.channels.usage import usage
from scheduler.errors import (
    Blocked,
    ChannelError,
    Expired,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unconfirmed,
)
from scheduler.text import say

VERSION = re.compile(r"v\d{1,3}\.\d")

TOKEN_OVER = 190
FOR_A_PERSON = frozenset([3, 10, 102, 2500, *range(200, 300)])  # the token, its permissions, our role on the page
CHECKED = frozenset([1404006, 1404078, 1404112, 4854002])  # subcodes: a person must pass a check of identity or rights
SLOWER = frozenset([4, 17, 32, 341, 613, *range(80000, 80015)])
SAID_BEFORE = frozenset([506, 1366051])
BLOCKED = 368  # for what was said, or for how fast
THEIR_FAULT = frozenset([1, 2])
NO_PREVIEW = frozenset([1500, 1609005, 1609008])  # a bad address, one that cannot be read, one of Facebook's own
REFUSED = frozenset([100, 324])  # a parameter, a picture
GONE = 1705
NOT_THERE = 33  # subcode of 100

BLOCK = timedelta(hours=24)  # asking sooner makes it longer
UNSAID = timedelta(hours=1)  # the allowances are counted by the hour; knocking meanwhile makes the wait longer


class NotThere(Unauthorized):
    """It is gone, or this token may not see it: Meta does not tell which."""


class NoPreview(Unavailable):
    """Refused for the sake of its `link` alone: Meta cannot, or will not, show that page."""


def meaning(answer: Answer, hide: Collection[str]) -> ChannelError | None:
    """Return what an answer's error says by its codes; None when there is none. Secrets in `hide` are not quoted."""
    error = answer.object.get("error")
    if not isinstance(error, dict):
        return None
    code, subcode, words = number(error.get("code")), number(error.get("error_subcode")), words_of(error, hide)
    if NO_PREVIEW & {code, subcode}:
        return NoPreview(words)
    if code == BLOCKED:
        until = clock.now() + BLOCK
        return Blocked(_blocked(words, until), until)
    if code == TOKEN_OVER:
        return Expired(words)
    if code in FOR_A_PERSON or subcode in CHECKED:
        return Unauthorized(words)
    if code in SLOWER:
        return RateLimited(words, _back_at(answer))
    if SAID_BEFORE & {code, subcode} or code in THEIR_FAULT or error.get("is_transient") is True:
        return Unconfirmed(words)
    if code == GONE or (code == 100 and subcode == NOT_THERE):
        return NotThere(words)
    if code == 100 and error.get("type") == "GraphMethodException":
        return Unauthorized(words)  # not what we say but how we call: the proof of the secret is missing, or wrong
    return Rejected(words) if code in REFUSED and answer.status < 500 else Unconfirmed(words)


def proof(secret: str, token: str) -> str:
    """Return `appsecret_proof` for calls by this very token."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def versioned(base_url: str, usual: str) -> tuple[str, str]:
    """Return an address without the version in which it may end, and that version, else the usual one."""
    base, _, last = base_url.rpartition("/")
    return (base, last) if VERSION.fullmatch(last) else (base_url, usual)


def expiry(told: Any) -> datetime | None:
    """Return when a token runs out after what `debug_token` says of it; None: never, or it does not say."""
    at = told.get("expires_at") if isinstance(told, dict) else None
    return datetime.fromtimestamp(at, UTC) if isinstance(at, int) and at > 0 else None


def number(value: Any) -> int:
    """Return a code as it stands in an error, 0 where there is none."""
    return value if isinstance(value, int) else 0


def words_of(error: dict[str, Any], hide: Collection[str]) -> str:
    """Return an error's codes and what Meta says of it, without the secrets in `hide`."""
    codes = "/".join(str(error[name]) for name in ("code", "error_subcode") if error.get(name) is not None)
    said = ". ".join(str(error[name]) for name in ("message", "error_user_msg") if error.get(name))
    quoted = redact(said, hide)[:LARGEST_QUOTE]  # in this order: half a secret would not be known as one
    trace = f" (fbtrace_id {error['fbtrace_id']})" if error.get("fbtrace_id") else ""
    return f"Meta {codes}: {quoted}{trace}"


def _back_at(answer: Answer) -> datetime:
    now = clock.now()
    told = usage(answer.headers, now)
    return (told and told.back_at) or retry_at(answer.headers, now) or now + UNSAID


def _blocked(words: str, until: datetime) -> str:
    shown = until.strftime("%H:%M %d/%m/%Y")
    return say(
        f"Meta tạm chặn trang này; xem Meta báo gì trên trang (Chất lượng trang), không đăng gì trong 24 giờ (tới {shown} giờ UTC). {words}",
        f"Meta has blocked this page for a time; see on the page what it says (Page Quality), and say nothing for "
        f"24 hours (until {shown} UTC). {words}",
    )
