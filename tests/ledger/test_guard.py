"""The guard: one daemon a workspace and name; one leader a ledger; both fall free when their holder dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scheduler.errors import AlreadyRunning
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Guard, Leadership, running
from tests.conftest import Postgres

HOLD_IT = """
import sys, time
from pathlib import Path
from scheduler.ledger.guard import Guard
with Guard(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
LEAD_IT = """
import sys, time
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Leadership
leadership = Leadership(Database(sys.argv[1]))
assert leadership.is_mine()
print("held", flush=True)
time.sleep(60)
"""


@contextmanager
def another_process(code: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process that holds something, until it is killed."""
    with subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


def test_a_second_holder_is_refused_and_told_who(tmp_path: Path) -> None:
    with Guard(tmp_path), pytest.raises(AlreadyRunning, match=f"pid {os.getpid()}") as caught:
        Guard(tmp_path).__enter__()
    assert caught.value.exit_code == 3


def test_a_second_worker_of_another_name_is_welcome(tmp_path: Path) -> None:
    with Guard(tmp_path, "một"), Guard(tmp_path, "hai"):
        assert (running(tmp_path) or "").count("pid") == 2
        with pytest.raises(AlreadyRunning, match="LOA_WORKER"):
            Guard(tmp_path, "hai").__enter__()


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    with Guard(tmp_path / "var", "../../x"):
        assert [file.name for file in tmp_path.rglob("*.lock")] == ["loa-..-..-x.lock"]


def test_who_lets_go_frees_it(tmp_path: Path) -> None:
    with Guard(tmp_path):
        assert running(tmp_path) is not None
    assert running(tmp_path) is None
    with Guard(tmp_path):
        assert running(tmp_path) is not None


def test_who_is_killed_frees_it(tmp_path: Path) -> None:
    with another_process(HOLD_IT, str(tmp_path)) as process:
        with pytest.raises(AlreadyRunning, match=f"pid {process.pid}"):
            Guard(tmp_path).__enter__()
        assert f"pid {process.pid}" in (running(tmp_path) or "")
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert running(tmp_path) is None


def test_nobody_runs_where_nothing_is(tmp_path: Path) -> None:
    assert running(tmp_path / "nowhere") is None


# --- who leads ---------------------------------------------------------------------------------------------------------


def test_one_of_two_leads_until_it_gives_up(postgres: Postgres) -> None:
    one, two = postgres.emptied(), Database(postgres.shared)
    first, second = Leadership(one), Leadership(two)
    assert [first.is_mine(), second.is_mine(), first.is_mine()] == [True, False, True]
    first.give_up()
    assert [second.is_mine(), first.is_mine()] == [True, False]
    second.give_up()
    one.close()
    two.close()


def test_when_the_leader_is_killed_another_leads(postgres: Postgres) -> None:
    database = postgres.emptied()
    leadership = Leadership(database)
    with another_process(LEAD_IT, postgres.shared) as process:
        assert not leadership.is_mine()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        end = time.monotonic() + 10
        while not leadership.is_mine():
            assert time.monotonic() < end
    leadership.give_up()
    database.close()


def test_a_leader_whose_connection_broke_knows_it(postgres: Postgres) -> None:
    one, two = postgres.emptied(), Database(postgres.shared)
    first, second = Leadership(one), Leadership(two)
    assert first.is_mine()
    with two.writing() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    while not second.is_mine():
        pass
    assert not first.is_mine()
    second.give_up()
    one.close()
    two.close()


def test_each_database_of_a_server_has_a_leader_of_its_own(postgres: Postgres) -> None:
    one, two = postgres.emptied(), Database(postgres.new())
    leaders = [Leadership(one), Leadership(two)]
    assert all(leader.is_mine() for leader in leaders)
    for leader in leaders:
        leader.give_up()
    one.close()
    two.close()
