"""`loa channels`: what a person and a machine read of each account, and what the ledger keeps of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.cli import main as command
from tests.fakes import FacebookFake, TelegramFake
from tests.fakes.facebook import PAGE
from tests.fakes.server import running
from tests.fakes.telegram import STAFF

CHANNELS = """\
channels:
  - id: trang-a
    network: facebook
    account: "{page}"
    base_url: {url}
    credentials: {{page_access_token: env:MA, app_secret: env:BI_MAT}}
"""
ENDS = datetime(2030, 6, 26, 1, tzinfo=UTC)

Loa = Callable[..., tuple[int, str]]


@pytest.fixture
def loa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Loa:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / ".env").write_text(f"MA={FacebookFake.token}\nBI_MAT={FacebookFake.secret}\n", "utf-8")

    def run(channels: str, *words: str) -> tuple[int, str]:
        (tmp_path / "campaigns/channels.yaml").write_text(channels, "utf-8")
        monkeypatch.setattr(sys, "argv", ["loa", "-w", str(tmp_path), *words])
        with pytest.raises(SystemExit) as ended:
            command.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return run


def test_when_a_token_runs_out_is_shown_and_kept_until_the_channel_is_no_more(
    loa: Loa, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FacebookFake()
    fake.expires_at = int(ENDS.timestamp())
    with running(fake) as url:
        channels = CHANNELS.format(page=PAGE, url=url)
        code, said = loa(channels, "channels", "--json")
        assert code == 0
        assert json.loads(said)[0]["expires"] == "2030-06-26T08:00:00+07:00"
        shown = " ".join(loa(channels, "channels")[1].split())
        assert "2030-06-26" in shown

    monkeypatch.setattr("scheduler.clock.now", lambda: datetime(2030, 6, 20, tzinfo=UTC))
    code, said = loa(channels, "status", "--json")
    assert code == 1
    assert "còn 6 ngày" in json.loads(said)["troubles"][0]["what"]

    assert loa("channels: []\n", "channels")[0] == 0
    assert loa("channels: []\n", "status")[0] == 0


def test_what_needs_an_option_is_shown_only_where_it_is_given(loa: Loa, tmp_path: Path) -> None:
    with (tmp_path / ".env").open("a") as env:
        env.write(f"BOT={TelegramFake.token}\n")
    with running(TelegramFake()) as url:
        entry = f'network: telegram, account: "@loa_ha_noi", base_url: {url}, credentials: {{bot_token: env:BOT}}'
        looking = f'options: {{probe: "{STAFF}"}}'
        code, said = loa(
            f"channels:\n  - {{id: t1, {entry}}}\n  - {{id: t2, {entry}, {looking}}}\n", "channels", "--json"
        )
    assert code == 0
    assert [channel["can"] for channel in json.loads(said)] == [["delete", "edit"], ["find", "delete", "edit"]]
