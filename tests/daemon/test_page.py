"""The daemon's own page: alive, and its numbers."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from scheduler.clock import moment
from scheduler.daemon import page as page_module
from scheduler.daemon.page import Page
from scheduler.errors import SettingsError
from scheduler.ledger.moves import beat
from scheduler.posting.threads import LedgerThreads
from scheduler.reporting import prometheus
from scheduler.reporting.status import status
from scheduler.settings import Settings
from tests.ledger.keeper import NOON, Keeper


def read(ledger: Keeper, at: datetime, holder: str | None = "pid 1") -> str:
    with ledger.database.reading() as connection:
        return prometheus.page(status(connection, now=at, zone=ZoneInfo("Asia/Ho_Chi_Minh"), holder=holder))


def test_prometheus_reads_the_states_and_the_next_due(ledger: Keeper) -> None:
    ledger.write()
    lines = read(ledger, moment(NOON)).splitlines()
    assert 'loa_deliveries{state="scheduled"} 1.0' in lines
    assert 'loa_deliveries{state="unconfirmed"} 0.0' in lines
    next_due = next(line for line in lines if line.startswith("loa_next_due_seconds "))
    assert float(next_due.split()[1]) == NOON / 1e6


def test_prometheus_reads_what_needs_a_person(ledger: Keeper) -> None:
    lines = read(ledger, datetime(2030, 1, 1, tzinfo=UTC)).splitlines()
    assert "loa_well 0.0" in lines
    assert 'loa_trouble{name="silent"} 1.0' in lines


def asked(ledger: Keeper, folder: Path, *paths: str) -> list[httpx.Response]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"

    async def ask() -> list[httpx.Response]:
        threads = LedgerThreads(ledger.database)
        page = Page(threads, Settings(folder, {}, listen=listen))
        await page.open()
        try:
            async with httpx.AsyncClient(base_url=f"http://{listen}", trust_env=False) as client:
                return [await client.get(path) for path in paths]
        finally:
            await page.close()
            threads.close()

    return asyncio.run(ask())


def test_the_page_answers_prometheus_and_whoever_asks_for_its_health(ledger: Keeper, tmp_path: Path) -> None:
    health, metrics, other = asked(ledger, tmp_path, "/health", "/metrics", "/")
    assert (health.status_code, health.text) == (200, "ok\n")
    assert metrics.text.startswith("# HELP loa_well")
    assert other.status_code == 404


def test_a_daemon_that_lives_and_does_not_work_is_not_in_good_health(
    ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "running", lambda var: "pid 1")
    with ledger.database.writing() as connection:
        beat(connection, "work", 1_700_000_000_000_000)  # in 2023
    (health,) = asked(ledger, tmp_path, "/health")
    assert (health.status_code, health.text) == (503, "silent\n")


@pytest.mark.parametrize("listen", ["8090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", ":8090"])
def test_an_address_that_is_none_is_said(tmp_path: Path, listen: str) -> None:
    with pytest.raises(SettingsError, match="LOA_LISTEN"):
        _ = Settings(tmp_path, {}, listen=listen).listen_at
