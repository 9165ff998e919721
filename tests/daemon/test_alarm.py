"""The alarm: somebody is told once of every trouble, with the remedy, by e-mail and by a webhook."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from scheduler.channels.http import Wire
from scheduler.daemon.alarm import Alarm
from scheduler.ledger import turn
from scheduler.ledger.database import Database
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings

HOOK = "https://hook.example/secret-path"


@dataclass
class Heard:
    """What the outside world was told."""

    letters: list[str] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    answer: int = 200

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append(envelope.content.decode())
        return "250 OK"

    def take(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(json.loads(request.content))
        return httpx.Response(self.answer)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def mail(heard: Heard) -> Iterator[str]:
    """A mail server of this test; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(heard, hostname="127.0.0.1", port=port)
    server.start()
    yield f"smtp://127.0.0.1:{port}"
    server.stop()


def look(database: Database, folder: Path, heard: Heard, times: int = 1, **given: str) -> None:
    async def run() -> None:
        threads = LedgerThreads(database)
        async with Wire(transport=httpx.MockTransport(heard.take)) as wire:
            alarm = Alarm(threads, Settings(workspace=folder, environment={}, **given), wire)
            for _ in range(times):
                await alarm.look()
        threads.close()

    asyncio.run(run())


def hold(database: Database, channel: str = "masto") -> None:
    with database.writing() as connection:
        turn.hold(connection, "channel", channel, at_us=1, by="", why="HTTP 401")


def test_a_webhook_is_told_once_with_the_remedy(database: Database, tmp_path: Path, heard: Heard) -> None:
    hold(database)
    look(database, tmp_path, heard, times=3, alert_webhook=HOOK)
    assert len(heard.calls) == 1
    assert "masto" in heard.calls[0]["text"]
    assert "loa release --channel masto" in heard.calls[0]["text"]


def test_the_next_daemon_does_not_tell_it_again(database: Database, tmp_path: Path, heard: Heard) -> None:
    hold(database)
    look(database, tmp_path, heard, alert_webhook=HOOK)
    look(database, tmp_path, heard, alert_webhook=HOOK)
    assert len(heard.calls) == 1


def test_a_second_trouble_is_told(database: Database, tmp_path: Path, heard: Heard) -> None:
    hold(database)
    look(database, tmp_path, heard, alert_webhook=HOOK)
    hold(database, "blue")
    look(database, tmp_path, heard, alert_webhook=HOOK)
    assert ["blue" in call["text"] for call in heard.calls] == [False, True]


def test_nobody_reached_means_told_again(database: Database, tmp_path: Path, heard: Heard) -> None:
    hold(database)
    heard.answer = 503
    look(database, tmp_path, heard, alert_webhook=HOOK)
    heard.answer = 200
    look(database, tmp_path, heard, alert_webhook=HOOK)
    assert len(heard.calls) == 2


def test_a_letter_goes_out(database: Database, tmp_path: Path, heard: Heard, mail: str) -> None:
    hold(database)
    look(database, tmp_path, heard, alert_email="truc@example.org", alert_smtp_url=mail)
    assert len(heard.letters) == 1
    assert "truc@example.org" in heard.letters[0]


def test_when_all_is_well_nobody_is_disturbed(database: Database, tmp_path: Path, heard: Heard) -> None:
    look(database, tmp_path, heard, alert_webhook=HOOK)
    assert heard.calls == []


def test_the_address_of_the_webhook_is_no_part_of_the_log(
    database: Database, tmp_path: Path, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    hold(database)
    heard.answer = 500
    look(database, tmp_path, heard, alert_webhook=HOOK)
    assert "did not take it" in caplog.text
    assert "secret-path" not in caplog.text
