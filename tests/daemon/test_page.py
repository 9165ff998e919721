"""The daemon's own page: alive, and its numbers."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from scheduler import clock
from scheduler.clock import micros, moment
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


def test_it_is_ready_when_it_has_just_worked(ledger: Keeper, tmp_path: Path) -> None:
    (before,) = asked(ledger, tmp_path, "/ready")
    assert (before.status_code, before.text) == (503, "no work yet\n")
    with ledger.database.writing() as connection:
        beat(connection, "work", micros(clock.now()))
    (ready,) = asked(ledger, tmp_path, "/ready")
    assert (ready.status_code, ready.text) == (200, "ready\n")
    with ledger.database.writing() as connection:
        beat(connection, "work", micros(clock.now() - timedelta(minutes=2)))
    (late,) = asked(ledger, tmp_path, "/ready")
    assert (late.status_code, late.text) == (503, "silent\n")


def test_under_another_schema_it_is_not_ready(ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduler.ledger.schema.NEWEST", "9999")
    (ready,) = asked(ledger, tmp_path, "/ready")
    assert ready.status_code == 503
    assert ready.text.startswith("schema ")


def test_without_its_ledger_it_lives_and_is_not_ready(
    ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_module, "PATIENCE", 0.2)

    def away(connection: object) -> None:
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr("scheduler.ledger.schema.version", away)
    monkeypatch.setattr(page_module, "status", lambda *_, **__: away(None))
    health, ready = asked(ledger, tmp_path, "/health", "/ready")
    assert (health.status_code, health.text) == (200, "ok, the ledger does not answer\n")
    assert (ready.status_code, ready.text) == (503, "the ledger does not answer\n")


@pytest.mark.parametrize("listen", ["8090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", ":8090"])
def test_an_address_that_is_none_is_said(tmp_path: Path, listen: str) -> None:
    with pytest.raises(SettingsError, match="LOA_LISTEN"):
        _ = Settings(tmp_path, {}, listen=listen).listen_at
