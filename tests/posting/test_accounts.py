"""Accounts: a channel is made once, and anew when its secrets are other ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scheduler import clock
from scheduler.authoring.loader import read_book
from scheduler.channels.http import Wire
from scheduler.errors import Unauthorized
from scheduler.posting.accounts import Accounts
from scheduler.settings import load

CHANNELS = """\
channels:
  - {id: trang-a, network: facebook, account: "1", credentials: {page_access_token: env:A, app_secret: env:BI_MAT}}
  - {id: trang-b, network: facebook, account: "2", credentials: {page_access_token: env:B}}
"""


@pytest.fixture
def env(tmp_path: Path) -> Path:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/channels.yaml").write_text(CHANNELS, "utf-8")
    (tmp_path / ".env").write_text("A=ma-cu\nB=ma-b\nBI_MAT=bi-mat\n", "utf-8")
    return tmp_path / ".env"


@pytest.fixture
def accounts(env: Path) -> Accounts:
    found = Accounts(read_book(env.parent), load(env.parent), Wire())
    for id in ("trang-a", "trang-b"):
        found.get(id)
        found._proven.add(id)
    return found


def write(env: Path, text: str) -> None:
    before = env.stat().st_mtime_ns
    env.write_text(text, "utf-8")
    os.utime(env, ns=(before + 1000, before + 1000))


def test_a_new_token_is_taken_up_and_proven_without_a_new_start(accounts: Accounts, env: Path) -> None:
    other = accounts.get("trang-b")
    write(env, "A=ma-moi\nB=ma-b\nBI_MAT=bi-mat\n")

    accounts.read_env_again()

    assert accounts.get("trang-a").secrets["page_access_token"] == "ma-moi"
    assert not accounts.is_proven("trang-a")
    assert accounts.get("trang-b") is other and accounts.is_proven("trang-b")


def test_a_new_token_is_seen_although_another_channel_has_read_the_file(accounts: Accounts, env: Path) -> None:
    write(env, "A=ma-moi\nB=ma-b\nBI_MAT=bi-mat\n")
    accounts.doubt("trang-b")
    accounts.get("trang-b")

    accounts.read_env_again()

    assert accounts.get("trang-a").secrets["page_access_token"] == "ma-moi"


def test_half_a_file_stops_no_channel(accounts: Accounts, env: Path) -> None:
    write(env, "A=ma-moi\n")

    accounts.read_env_again()

    assert accounts.get("trang-a").secrets["page_access_token"] == "ma-cu"
    assert accounts.is_proven("trang-a") and accounts.is_proven("trang-b")


FOLLOWED = """\
channels:
  - {id: gui, network: zalo_broadcast, account: "1", options: {of: oa}}
  - {id: oa, network: zalo, account: "1", base_url: "https://oa.example", credentials: {app_id: env:A, app_secret: env:B}}
"""


@pytest.fixture
def followed(tmp_path: Path) -> Accounts:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/channels.yaml").write_text(FOLLOWED, "utf-8")
    (tmp_path / ".env").write_text("A=a\nB=b\n", "utf-8")
    return Accounts(read_book(tmp_path), load(tmp_path), Wire())


def test_a_channel_that_follows_speaks_by_the_secrets_of_the_other_which_alone_renews_them(followed: Accounts) -> None:
    sending, leader = followed.get("gui"), followed.get("oa")

    leader.take({"access_token": "mới"}, clock.now())

    assert sending.leader is leader and sending.secrets["access_token"] == "mới"
    assert sending.base_url == "https://oa.example"
    assert [channel.id for channel in followed.renewing()] == ["oa"]


def test_a_channel_that_follows_is_made_anew_with_the_other(followed: Accounts) -> None:
    before = followed.get("gui")

    followed.doubt("oa")

    assert followed.get("gui") is not before and followed.get("gui").leader is followed.get("oa")


def test_a_channel_that_follows_nobody_is_held(followed: Accounts) -> None:
    del followed.book.channels["oa"]

    with pytest.raises(Unauthorized, match="oa"):
        followed.get("gui")
