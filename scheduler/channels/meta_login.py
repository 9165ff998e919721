"""Logging in at Meta's networks: a person agrees, a code becomes a token of an hour, that one a token of 60 days, renewed.

A renewed token is the old one with a later end, or another one; nothing is spent by asking. Sources:
developers.facebook.com (threads/get-started/long-lived-tokens, instagram-platform/instagram-api-with-instagram-login,
facebook-login/guides/access-tokens/get-long-lived).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from scheduler import clock
from scheduler.channels import graph
from scheduler.channels.consent import Consent
from scheduler.channels.contract import Channel, Renewed
from scheduler.channels.http import Answer
from scheduler.errors import ChannelError, Expired, Rejected, SettingsError, Unauthorized
from scheduler.text import say

LASTS = timedelta(days=60)  # where an answer does not say it
TOO_YOUNG = timedelta(days=3)  # a token that works but cannot be renewed yet: it has to be a day old


@dataclass(frozen=True)
class Login:
    """Where a person agrees (`page`), where a code becomes a token (`code`), what the grants of a network are called."""

    page: str
    code: str
    scopes: tuple[str, ...]
    grant: str = ""  # th or ig; Facebook's own have no such


def consent_page(channel: Channel, login: Login, consent: Consent) -> str:
    """Return the page where a person agrees that we speak for the account; SettingsError when the app is not known."""
    app, _ = _app(channel)
    asked = {"client_id": app, "redirect_uri": consent.redirect, "scope": ",".join(login.scopes)}
    return f"{login.page}?{urlencode({**asked, 'response_type': 'code', 'state': consent.state})}"


async def short_token(channel: Channel, login: Login, consent: Consent, brought: Mapping[str, str]) -> str:
    """Return the token of an hour for the code that the browser brought back."""
    app, secret = _app(channel)
    asked = {
        "client_id": app,
        "client_secret": secret,
        "grant_type": "authorization_code",
        "redirect_uri": consent.redirect,
        "code": brought["code"].removesuffix("#_"),  # Meta ends the address so
    }
    told = await _token(channel, channel.wire.build("POST", login.code, data=asked))
    return str(told["access_token"])


async def long_token(channel: Channel, login: Login, short: str) -> Renewed:
    """Return the token of 60 days for one of an hour."""
    _, secret = _app(channel)
    asked = {"grant_type": f"{login.grant}_exchange_token", "client_secret": secret, "access_token": short}
    return await _lasting(channel, "access_token", asked)


async def renewed(channel: Channel, login: Login, *, who: Mapping[str, str]) -> Renewed:
    """Renew the channel's token. One that works and cannot be renewed yet stays as it is, when it is new to us.

    `who`: the question for `/me` by which it is seen to work. Unauthorized: it is dead. Rejected: it works, and Meta
    does not renew it.
    """
    token = channel.secrets["access_token"]
    try:
        asked = {"grant_type": f"{login.grant}_refresh_token", "access_token": token}
        return await _lasting(channel, "refresh_access_token", asked)
    except (Unauthorized, Rejected) as error:
        await works(channel, who)
        if channel.expires is not None and channel.expires > clock.now():
            raise Rejected(str(error)) from None
        return Renewed({"access_token": token}, clock.now() + TOO_YOUNG)


async def works(channel: Channel, who: Mapping[str, str], path: str = "/me") -> None:
    """See that the channel's token is alive; Unauthorized when it is not. (`ask` would try to renew it.)"""
    request = channel.build("GET", path, params=dict(who))
    hide = channel.secrets.values()
    await channel.wire.send(request, channel.refusal, hide=hide, publishing=False)


async def _lasting(channel: Channel, path: str, asked: Mapping[str, str]) -> Renewed:
    told = await _token(channel, channel.wire.build("GET", f"{channel.base_url}/{path}?{urlencode(asked)}"))
    return Renewed({"access_token": str(told["access_token"])}, clock.now() + _life(told.get("expires_in")))


async def _token(channel: Channel, request: httpx.Request) -> dict[str, Any]:
    """Ask for a token and return what holds it."""
    hide = [*channel.secrets.values()]
    answer = await channel.exchange(request, lambda answer: _refusal(answer, hide))
    return channel.wire.understand(lambda: _holding(answer.json()))


def _holding(told: Mapping[str, Any]) -> dict[str, Any]:
    held = told["data"][0] if "data" in told else told  # Instagram says it in either form
    if not held["access_token"]:
        raise ValueError
    return dict(held)


def _refusal(answer: Answer, hide: list[str]) -> ChannelError | None:
    """Return what an answer about tokens means: only its own words prove one dead, all other refusals are about us."""
    meant = graph.meaning(answer, hide)
    if isinstance(meant, Unauthorized) and not isinstance(meant, Expired):
        return Rejected(str(meant))
    if meant is None and 400 <= answer.status < 500 and answer.status != 429:
        return Rejected(f"HTTP {answer.status}: {answer.object.get('error_message') or answer.words}")
    return meant


def _life(said: Any) -> timedelta:
    try:
        return timedelta(seconds=int(said)) if int(said) > 0 else LASTS
    except (TypeError, ValueError, OverflowError):
        return LASTS


def _app(channel: Channel) -> tuple[str, str]:
    """Return the id and the secret of the app; SettingsError when the channel does not have them."""
    if missing := [name for name in ("app_id", "app_secret") if not channel.secrets.get(name)]:
        names = ", ".join(f"{name}: env:..." for name in missing)
        raise SettingsError(
            say(
                f"để đăng nhập, kênh {channel.id} cần thêm credentials: {{{names}}} (của app ở developers.facebook.com)",
                f"to log in, {channel.id} needs more credentials: {{{names}}} (of the app at developers.facebook.com)",
            )
        )
    return channel.secrets["app_id"], channel.secrets["app_secret"]


async def page_token(channel: Channel, login: Login, consent: Consent, brought: Mapping[str, str]) -> str:
    """Return the token of the Facebook Page to which the channel's Instagram account belongs; it has no end of its own."""
    app, secret = _app(channel)
    short = await short_token(channel, login, consent, brought)
    grant = {"grant_type": "fb_exchange_token", "client_id": app, "client_secret": secret, "fb_exchange_token": short}
    told = await _token(channel, channel.wire.build("GET", f"{login.code}?{urlencode(grant)}"))
    user = str(told["access_token"])
    asked = {"fields": "access_token,instagram_business_account", "limit": "100"}
    asked |= {"appsecret_proof": graph.proof(secret, user)}
    while True:
        told = await channel.learn(
            dict, "GET", "/me/accounts", params=dict(asked), headers={"Authorization": f"Bearer {user}"}
        )
        for page in told.get("data") or ():
            if str((page.get("instagram_business_account") or {}).get("id")) == channel.account:
                return str(page["access_token"])
        after = ((told.get("paging") or {}).get("cursors") or {}).get("after")
        if not after or "next" not in told["paging"]:
            break
        asked["after"] = str(after)
    raise Unauthorized(
        say(
            f"người vừa đồng ý không quản lý Trang Facebook nào gắn với tài khoản Instagram {channel.account}",
            f"whoever agreed manages no Facebook Page to which the Instagram account {channel.account} belongs",
        )
    )
