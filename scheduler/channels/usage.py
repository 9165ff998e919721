"""How much of its allowance a network says we have used, read from the headers of any of its answers.

Sources: Meta's x-app-usage, x-page-usage and x-business-use-case-usage (percentages, minutes until access comes back);
the x-ratelimit-remaining and x-ratelimit-reset of Mastodon and others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scheduler.channels.http import retry_at

SHARES = ("call_count", "total_time", "total_cputime")  # each in percent of its own allowance
FOR_THE_APP, FOR_THE_PAGE, BY_USE_CASE = "x-app-usage", "x-page-usage", "x-business-use-case-usage"
REMAINING = "x-ratelimit-remaining"
TOLD_BY = {FOR_THE_APP, FOR_THE_PAGE, BY_USE_CASE, REMAINING}


@dataclass(frozen=True)
class Usage:
    """Used shares in percent, of the whole app and of this channel alone; when a spent one comes back (None: unsaid)."""

    app: float = 0
    channel: float = 0
    back_at: datetime | None = None


def usage(headers: Mapping[str, str], now: datetime) -> Usage | None:
    """Return what the headers of an answer say, None when they say nothing. Headers that make no sense say nothing."""
    if TOLD_BY.isdisjoint(headers):
        return None
    app = max(_shares(_object(headers.get(FOR_THE_APP))), default=0.0)
    channel = max(_shares(_object(headers.get(FOR_THE_PAGE))), default=0.0)
    wait = 0.0
    for case in _use_cases(_object(headers.get(BY_USE_CASE))):
        channel = max(channel, *_shares(case), 0.0)
        wait = max(wait, _number(case.get("estimated_time_to_regain_access")))
    if headers.get(REMAINING, "").strip() == "0":
        return Usage(app, 100.0, retry_at(headers, now))
    if not (app or channel or wait):
        return None
    return Usage(app, 100.0 if wait else channel, now + timedelta(minutes=wait) if wait else None)


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _shares(told: Mapping[str, Any]) -> list[float]:
    return [_number(told.get(name)) for name in SHARES]


def _number(value: Any) -> float:
    return min(float(value), 1e6) if isinstance(value, int | float) and value > 0 else 0.0


def _use_cases(told: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cases in told.values():
        yield from (case for case in cases if isinstance(case, dict)) if isinstance(cases, list) else ()
