"""The guard: one daemon a ledger, and the lock falls back when its holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scheduler.errors import AlreadyRunning
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Guard, running
from tests.conftest import Postgres

HOLD_IT = """
import sys, time
from pathlib import Path
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Guard
with Guard(Database(sys.argv[1]), Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def another_process(url: str, var: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the ledger, until it is killed."""
    with subprocess.Popen([sys.executable, "-c", HOLD_IT, url, str(var)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_holder_is_refused_and_told_who(database: Database, tmp_path: Path) -> None:
    with Guard(database, tmp_path), pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}") as caught:
        Guard(database, tmp_path).__enter__()
    assert caught.value.exit_code == 3


def test_who_lets_go_frees_it(database: Database, tmp_path: Path) -> None:
    with Guard(database, tmp_path):
        assert running(tmp_path) is not None
    assert running(tmp_path) is None
    second = Database(database.url)  # while the pool of the first is still open
    with Guard(second, tmp_path):
        assert running(tmp_path) is not None
    second.close()


def test_who_is_killed_frees_it(database: Database, tmp_path: Path) -> None:
    with another_process(database.url, tmp_path) as process:
        with pytest.raises(AlreadyRunning, match=f"pid {process.pid}"):
            Guard(database, tmp_path).__enter__()
        assert f"pid {process.pid}" in (running(tmp_path) or "")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert running(tmp_path) is None
        held = Guard(database, tmp_path / "elsewhere")
        for _ in range(50):  # PostgreSQL notices a moment later
            try:
                held.__enter__()
                break
            except AlreadyRunning:
                pass
        held.__exit__(None, None, None)


def test_two_workspaces_on_one_postgresql_are_refused(postgres: Postgres, tmp_path: Path) -> None:
    database = postgres.emptied()
    with another_process(database.url, tmp_path / "one") as process:
        with pytest.raises(AlreadyRunning, match=f"pid {process.pid}"):
            Guard(database, tmp_path / "two").__enter__()
        assert running(tmp_path / "two") is None  # who was refused holds nothing
    database.close()


def test_another_database_of_the_same_server_is_free(postgres: Postgres, tmp_path: Path) -> None:
    one, two = postgres.emptied(), Database(postgres.new())
    with Guard(one, tmp_path / "one"), Guard(two, tmp_path / "two"):
        pass
    one.close()
    two.close()


def test_nobody_runs_where_nothing_is(tmp_path: Path) -> None:
    assert running(tmp_path / "nowhere") is None
