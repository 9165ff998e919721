"""Google's tokens: an access token of one hour, and a refresh token that stays the same until somebody takes it back.

Source: developers.google.com/identity/protocols/oauth2/native-app (loopback address, PKCE, offline access).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from scheduler import clock
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Renewed
from scheduler.channels.http import Answer
from scheduler.errors import Unauthorized
from scheduler.text import say

SCOPE = "https://www.googleapis.com/auth/youtube"  # upload, look, change, delete
SHORTEST = timedelta(minutes=15)  # what we count on when the answer does not say how long its token lasts


def consent_page(address: str, client_id: str, consent: Consent) -> str:
    """Return the page where the owner of a channel agrees; `prompt=consent`: without it there is no second refresh token."""
    asked = {
        "client_id": client_id,
        "redirect_uri": consent.redirect,
        "response_type": "code",
        "scope": SCOPE,
        "access_type": "offline",
        "prompt": "consent",
        "state": consent.state,
        "code_challenge": consent.challenge,
        "code_challenge_method": "S256",
    }
    return f"{address}/o/oauth2/v2/auth?{urlencode(asked)}"


def renewed(answer: Answer) -> Renewed:
    """Read new tokens; `ends` is known only while the consent screen is in Testing."""
    said = answer.json()
    ends = _seconds(said.get("refresh_token_expires_in"))
    secrets = {"access_token": str(said["access_token"]), "refresh_token": str(said.get("refresh_token") or "")}
    lasts = _seconds(said.get("expires_in")) or SHORTEST
    return Renewed(secrets, clock.now() + lasts, None if ends is None else clock.now() + ends)


def must_be_enough(answer: Answer) -> None:
    """Raise Unauthorized when the consent is not the one we asked for."""
    said: Mapping[str, Any] = answer.object
    if isinstance(scope := said.get("scope"), str) and SCOPE not in scope.split():
        raise Unauthorized(
            say(
                "bạn chưa đánh dấu quyền quản lý tài khoản YouTube trên trang đồng ý; chạy lại loa login và đánh dấu",
                "the right to manage the YouTube account was not ticked; run loa login again and tick it",
            )
        )
    if "access_token" in said and not said.get("refresh_token"):
        raise Unauthorized(
            say(
                "Google không cho refresh token; gỡ quyền của ứng dụng tại myaccount.google.com/permissions rồi chạy lại",
                "Google gave no refresh token; remove the app at myaccount.google.com/permissions and try again",
            )
        )


def _seconds(said: Any) -> timedelta | None:
    try:
        return timedelta(seconds=int(said))
    except (TypeError, ValueError, OverflowError):
        return None
