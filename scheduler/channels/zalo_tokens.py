"""Zalo's tokens: an access token of 25 hours, and a refresh token that is good once and ends when nobody agrees anew.

A new pair kills the old one, access token and all. Source: developers.zalo.me (user access token, refresh token).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from scheduler import clock
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Renewed
from scheduler.channels.http import Answer
from scheduler.errors import Unauthorized
from scheduler.text import say

SHORTEST = timedelta(hours=1)  # what we count on when the answer does not say how long its token lasts


def consent_page(address: str, app_id: str, consent: Consent) -> str:
    """Return the page where an administrator of the account agrees."""
    asked = {"app_id": app_id, "redirect_uri": consent.redirect, "code_challenge": consent.challenge}
    return f"{address}/v4/oa/permission?{urlencode({**asked, 'state': consent.state})}"


def must_be_ours(brought: Mapping[str, str], account: str) -> None:
    """Raise Unauthorized when the administrator agreed for another account, before its code is used."""
    if (oa := brought.get("oa_id", account)) != account:
        raise Unauthorized(
            say(
                f"bạn vừa đồng ý cho OA {oa}, kênh này khai OA {account}; "
                "chạy lại loa login và chọn đúng OA, hoặc sửa account trong channels.yaml",
                f"you agreed for the OA {oa}, this channel is declared as {account}; "
                "run loa login again and choose that one, or mend account in channels.yaml",
            )
        )


def renewed(answer: Answer, ends: datetime | None) -> Renewed:
    """Read a new pair. Whatever else is wrong with the answer, a token in it is never thrown away."""
    said = answer.json()
    secrets = {"access_token": str(said["access_token"]), "refresh_token": str(said.get("refresh_token") or "")}
    return Renewed(secrets, clock.now() + _lasts(said.get("expires_in")), ends)


def _lasts(said: Any) -> timedelta:
    try:
        return timedelta(seconds=int(said))  # a number in quotes
    except (TypeError, ValueError, OverflowError):
        return SHORTEST
