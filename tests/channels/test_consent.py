"""A consent: what the browser brings back is read only when it answers the question that we asked."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re

import httpx
import pytest

from scheduler.channels.callback import is_here, wait_for
from scheduler.channels.consent import Consent
from scheduler.errors import Rejected, SettingsError, Unavailable
from tests.channels.stand import closed_port


@pytest.fixture
def consent() -> Consent:
    return Consent(f"http://127.0.0.1:{closed_port()}/loa")


def test_the_verifier_has_the_form_that_networks_ask_for() -> None:
    for _ in range(50):
        verifier = Consent("x").verifier
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", verifier)
        assert re.search("[A-Z]", verifier) and re.search("[a-z]", verifier) and re.search("[0-9]", verifier)


def test_the_challenge_is_the_hash_of_the_verifier(consent: Consent) -> None:
    padded = base64.urlsafe_b64decode(consent.challenge + "=")

    assert padded == hashlib.sha256(consent.verifier.encode()).digest()


def test_a_pasted_address_or_a_bare_code_is_read(consent: Consent) -> None:
    address = f" https://hanoi.gov.vn/loa?code=a%2Bb&oa_id=1&state={consent.state}\n"

    assert consent.read(address) == {"code": "a+b", "oa_id": "1", "state": consent.state}
    assert consent.read(" a-b_c ")["code"] == "a-b_c"


@pytest.mark.parametrize(
    "pasted", ["https://x/?code=a&state=khac", "https://x/?code=a", "", "https://x/icon", "https://x/?state={state}"]
)
def test_what_answers_another_question_or_none_is_refused(consent: Consent, pasted: str) -> None:
    with pytest.raises(Rejected, match=r"chạy lại loa login|chưa có mã"):
        consent.read(pasted.format(state=consent.state))


def test_a_refusal_is_quoted(consent: Consent) -> None:
    with pytest.raises(Rejected, match="user denied"):
        consent.read(f"https://x/?error_description=user+denied&state={consent.state}")


def test_neither_the_state_nor_the_verifier_shows(consent: Consent) -> None:
    assert consent.verifier not in repr(consent) and consent.state not in repr(consent)


@pytest.mark.parametrize(
    ("address", "here"), [("http://127.0.0.1:1/x", True), ("http://localhost/", True), ("https://hanoi.gov.vn/", False)]
)
def test_an_address_of_this_machine_is_known(address: str, here: bool) -> None:
    assert is_here(address) is here


def test_the_browser_is_waited_for_and_strangers_are_not_taken(consent: Consent) -> None:
    async def come() -> tuple[list[int], dict[str, str]]:
        waiting = asyncio.ensure_future(wait_for(consent, seconds=10))
        async with httpx.AsyncClient(trust_env=False, transport=httpx.AsyncHTTPTransport(retries=5)) as browser:
            stranger = await browser.get(f"{consent.redirect}?code=a&state=khac")
            icon = await browser.get(consent.redirect.replace("/loa", "/favicon.ico"))
            ours = await browser.get(f"{consent.redirect}?code=a&state={consent.state}")
        return [answer.status_code for answer in (stranger, icon, ours)], await waiting

    statuses, brought = asyncio.run(come())

    assert statuses == [400, 400, 200]
    assert brought["code"] == "a"


def test_nobody_comes(consent: Consent) -> None:
    with pytest.raises(Unavailable, match="chưa ai đồng ý"):
        asyncio.run(wait_for(consent, seconds=0.05))


def test_a_port_that_is_taken_is_said_with_the_way_around(consent: Consent) -> None:
    async def twice() -> None:
        first = asyncio.ensure_future(wait_for(consent, seconds=5))
        await asyncio.sleep(0.05)
        try:
            await wait_for(consent, seconds=5)
        finally:
            first.cancel()

    with pytest.raises(SettingsError, match="--paste"):
        asyncio.run(twice())
