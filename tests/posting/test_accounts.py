"""Accounts: a channel is made once, and anew when its secrets are other ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from scheduler.authoring.loader import read_book
from scheduler.channels.http import Wire
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
