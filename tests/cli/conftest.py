"""The workspace of an author, and the command that is run in it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler import clock
from scheduler.cli.main import main
from tests.authoring.desk import Desk

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CHANNELS = """\
channels:
  - {id: bang-tin, network: feed, account: bang-tin}
  - {id: bsky, network: bluesky, account: a.example, credentials: {identifier: env:A, app_password: env:B}}
"""

Loa = Callable[..., tuple[int, str]]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.chdir(tmp_path)
    Desk(tmp_path).write("campaigns/channels.yaml", CHANNELS)
    return tmp_path


@pytest.fixture
def loa(workspace: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Loa:
    """The command, in this process: its code and everything it said."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["loa", "-w", str(workspace), *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capfd.readouterr()
        return int(end.value.code or 0), said.out + said.err

    return run
