"""`loa login`: a consent, proven to be for the declared account, becomes the token that speaks; else it says what to do."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from scheduler import clock
from scheduler.channels.contract import Renewed
from scheduler.errors import Unavailable
from scheduler.ledger import turn, vault
from scheduler.ledger.database import Database
from scheduler.ledger.seal import Seal, new_key
from tests.channels.stand import closed_port
from tests.fakes import ZaloFake
from tests.fakes.server import running
from tests.ledger.keeper import Keeper

KEY = new_key()
Loa = Callable[..., tuple[int, str]]


@pytest.fixture
def network() -> Iterator[ZaloFake]:
    fake = ZaloFake()
    with running(fake):
        yield fake


@pytest.fixture
def workspace(tmp_path: Path, database: Database, network: ZaloFake, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office with one channel on Zalo, of which nobody has agreed to anything yet."""
    write(tmp_path, network.oa, network.url)
    monkeypatch.setenv("LOA_DATABASE_URL", database.url)
    monkeypatch.setenv("LOA_VAULT_KEY", KEY)
    monkeypatch.setenv("LOA_USER", "Lan")
    monkeypatch.setenv("APP", network.app_id)
    monkeypatch.setenv("SECRET", network.app_secret)
    return tmp_path


def write(folder: Path, account: str, url: str) -> None:
    (folder / "campaigns").mkdir(exist_ok=True)
    channels = f"""\
channels:
  - id: oa
    network: zalo
    account: "{account}"
    base_url: {url}
    credentials: {{app_id: env:APP, app_secret: env:SECRET, refresh_token: env:NOT_THERE}}
    options: {{cover: {url}/_pictures/cover.png, redirect: "https://hanoi.gov.vn/loa"}}
  - {{id: bang-tin, network: feed, account: x}}
"""
    (folder / "campaigns/channels.yaml").write_text(channels, encoding="utf-8")


def browse(page: str) -> str:
    """Agree in a browser; return the address that it then shows."""
    with httpx.Client(trust_env=False) as browser:
        return browser.get(page).headers["Location"]


@pytest.fixture
def administrator(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> list[str]:
    """Somebody who opens the page that is shown, agrees, and pastes the address that follows; what was pasted."""
    pasted: list[str] = []

    def prompt(words: str) -> str:
        page = re.search(r"http\S+/v4/oa/permission\S+", capfd.readouterr().out)
        assert page is not None and "Dán cả địa chỉ" in words
        pasted.append(browse(page[0]))
        return pasted[-1]

    monkeypatch.setattr("typer.prompt", prompt)
    return pasted


def stored(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        row = vault.token(connection, "oa")
    return {} if row is None else dict(Seal(KEY).open("oa", row.sealed).secrets)


def test_a_pasted_consent_makes_the_channel_speak(
    loa: Loa, database: Database, network: ZaloFake, administrator: list[str], ledger: Keeper
) -> None:
    code, said = loa("login", "oa", "--by", "Minh")

    assert (code, administrator[0].split("?")[0]) == (0, "https://hanoi.gov.vn/loa")
    assert "Đã đăng nhập kênh oa: Công an Thành phố" in said and "đăng nhập lại trước ngày" in said
    assert stored(database) == {"access_token": network.access, "refresh_token": network.refresh}
    assert [(order.event, order.by) for order in ledger.orders()] == [("login", "Minh")]
    assert json.loads(loa("channels", "--json")[1])[0]["works"] is True
    assert network.requests["token"] == 1


def test_a_browser_on_this_machine_is_waited_for(
    loa: Loa, database: Database, network: ZaloFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    came: list[int] = []

    def open_page(channel: Any, consent: Any) -> str:
        page = original(channel, consent)

        def browser() -> None:
            transport = httpx.HTTPTransport(retries=8)
            with httpx.Client(trust_env=False, transport=transport, follow_redirects=True) as client:
                came.append(client.get(page).status_code)

        thread = threading.Thread(target=browser)
        threads.append(thread)
        thread.start()
        return str(page)

    threads: list[threading.Thread] = []
    from scheduler.channels.zalo import Zalo

    original = Zalo.consent_page
    monkeypatch.setattr(Zalo, "consent_page", open_page)
    code, said = loa("login", "oa", "--redirect", f"http://127.0.0.1:{closed_port()}/")
    for thread in threads:
        thread.join(10)

    assert (code, came) == (0, [200]), said
    assert stored(database)["access_token"] == network.access


def test_a_consent_for_another_account_is_not_kept(
    loa: Loa, workspace: Path, database: Database, network: ZaloFake, administrator: list[str]
) -> None:
    write(workspace, "1", network.url)

    code, said = loa("login", "oa")

    assert code == 1 and "OA 1" in said and network.oa in said
    assert stored(database) == {}


def test_an_account_that_proves_to_be_another_is_not_kept(
    loa: Loa, database: Database, network: ZaloFake, administrator: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.channels.zalo_tokens.must_be_ours", lambda brought, account: None)
    monkeypatch.setattr(network, "oa", "9")

    code, said = loa("login", "oa")

    assert code == 1 and "belongs to the OA 9" in said
    assert stored(database) == {}


def test_a_network_that_cannot_be_asked_just_now_does_not_cost_the_consent(
    loa: Loa, database: Database, network: ZaloFake, administrator: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(channel: Any) -> None:
        raise Unavailable("away")

    monkeypatch.setattr("scheduler.channels.zalo.Zalo.check_account", away)

    code, said = loa("login", "oa")

    assert code == 0 and "Chưa hỏi lại được mạng (away)" in said
    assert stored(database)["access_token"] == network.access


def test_what_the_vault_holds_does_not_vouch_for_what_a_consent_brought(
    loa: Loa, database: Database, administrator: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loa("login", "oa")
    before = stored(database)

    async def dead(channel: Any, consent: Any, brought: Any) -> Renewed:
        return Renewed({"access_token": "dead", "refresh_token": "dead"}, clock.now() + timedelta(hours=25))

    monkeypatch.setattr("scheduler.channels.zalo.Zalo.redeem", dead)
    code, said = loa("login", "oa")

    assert code == 1 and "-216" in said
    assert stored(database) == before


def test_an_address_of_another_login_is_refused(loa: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.prompt", lambda words: "https://hanoi.gov.vn/loa?code=a&state=cu")

    code, said = loa("login", "oa")

    assert code == 1 and "chạy lại loa login" in said


def test_a_held_channel_is_released_by_the_command_that_is_shown(
    loa: Loa, database: Database, administrator: list[str]
) -> None:
    with database.writing() as connection:
        turn.hold(connection, "channel", "oa", at_us=1, by="", why="-14014")

    assert "loa release --channel oa" in loa("login", "oa")[1]
    assert loa("release", "--channel", "oa", "--why", "đã đăng nhập")[0] == 0


def test_without_a_key_one_is_made_and_shown(loa: Loa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOA_VAULT_KEY")

    code, said = loa("login", "oa")

    shown = re.search(r"^LOA_VAULT_KEY=(\S{44})$", said, re.MULTILINE)
    assert code == 2 and shown is not None
    Seal(shown[1])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["login", "oaa"], 'không có kênh oaa trong channels.yaml; ý bạn là "oa"?'),
        (["login", "bang-tin"], "không cần đăng nhập"),
        (["login", "oa", "--forget"], "không giữ mã nào của kênh oa"),
    ],
)
def test_what_cannot_be_is_said_with_the_way_out(loa: Loa, words: list[str], said: str) -> None:
    code, told = loa(*words)

    assert code == 2 and said in told


def test_what_is_no_longer_used_is_forgotten(loa: Loa, database: Database, administrator: list[str]) -> None:
    loa("login", "oa")

    assert loa("login", "oa", "--forget")[0] == 0
    assert stored(database) == {}


def test_a_channel_nobody_agreed_to_says_so(loa: Loa) -> None:
    code, said = loa("channels", "--json")

    [oa, _] = json.loads(said)
    assert code == 1 and "chưa có mã truy cập" in oa["says"] and "loa login oa" in oa["says"]


def test_a_first_token_of_the_environment_is_enough(
    loa: Loa, database: Database, network: ZaloFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOT_THERE", network.first_refresh)

    assert json.loads(loa("channels", "--json")[1])[0]["works"] is True
    assert stored(database) == {"access_token": network.access, "refresh_token": network.refresh}


def test_status_ends_with_1_while_a_pair_is_lost(
    loa: Loa, network: ZaloFake, monkeypatch: pytest.MonkeyPatch, administrator: list[str]
) -> None:
    monkeypatch.setenv("NOT_THERE", "spent")
    assert json.loads(loa("channels", "--json")[1])[0]["works"] is False

    code, said = loa("status")
    assert code == 1 and "-14014" in said and "loa login oa" in said

    loa("login", "oa")
    assert loa("status")[0] == 0
