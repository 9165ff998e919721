"""`loa move`, `loa migrate`, `loa backup`: what an operator types, and what he is told."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from scheduler.cli.move import _address
from scheduler.errors import SettingsError
from scheduler.ledger.database import Database
from scheduler.ledger.guard import Guard
from scheduler.ledger.schema import NEWEST
from scheduler.settings import Settings
from tests.cli.conftest import Loa
from tests.conftest import Postgres
from tests.ledger.keeper import Keeper
from tests.range.postgres import programs

NAME = "LOA_DATABASE_URL_NEW"


@pytest.fixture
def ledger(workspace: Path) -> Keeper:
    """The workspace's own ledger, with one delivery that waits."""
    keeper = Keeper(Database(f"sqlite:///{workspace}/var/loa.db"))
    keeper.write()
    return keeper


@pytest.fixture
def new(postgres: Postgres, workspace: Path) -> str:
    """The address of a new database, as the workspace's .env names it."""
    address = postgres.new().replace("postgresql+psycopg://", "postgresql://")
    (workspace / ".env").write_text(f"{NAME}={address}\n")
    return address


def test_a_workspace_moves_and_is_told_what_to_set(
    loa: Loa, ledger: Keeper, new: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = loa("move", "--to", f"env:{NAME}", "--dry-run")
    assert (code, "chưa có gì thay đổi" in said) == (0, True)
    code, said = loa("move", "--to", f"env:{NAME}", "--by", "Minh", "--json")
    assert code == 0
    told = json.loads(said)
    assert (told["moved"], told["rows"]["delivery"], told["tables"]["delivery"]["rows"]) == (True, 1, 1)
    code, said = loa("status")
    assert (code, "LOA_DATABASE_URL" in said) == (2, True)
    assert not (workspace / "var" / "loa.db").exists()
    monkeypatch.setenv("LOA_DATABASE_URL", new)
    code, said = loa("deliveries", "--json")
    assert [row["key"] for row in json.loads(said)] == ["thu/tin@once/a"]
    code, said = loa("move", "--to", f"env:{NAME}")
    assert (code, "một chiều" in said) == (3, True)


def test_a_person_reads_what_was_done(loa: Loa, ledger: Keeper, new: str) -> None:
    code, said = loa("move", "--to", f"env:{NAME}")
    assert code == 0
    assert f"LOA_DATABASE_URL=(địa chỉ đang ở {NAME})" in said
    assert "khớp từng dòng" in said


def test_nothing_moves_while_a_daemon_runs(loa: Loa, ledger: Keeper, new: str, workspace: Path) -> None:
    with Guard(workspace / "var"):
        code, said = loa("move", "--to", f"env:{NAME}")
    assert (code, "loa run khác" in said) == (3, True)
    assert loa("deliveries")[0] == 0


def test_without_a_ledger_there_is_nothing_to_move(loa: Loa, new: str, workspace: Path) -> None:
    code, said = loa("move", "--to", f"env:{NAME}")
    assert (code, "chưa có sổ cái" in said) == (2, True)
    assert not (workspace / "var" / "loa.db").exists()


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("env:KHONG_CO", "KHONG_CO=postgresql://"),
        ("postgresql://loa:mat-khau-that@may/loa", "lịch sử"),
        ("postgresql://loa@may/loa?password=mat-khau-that", "lịch sử"),
        ("sqlite:///mat-khau-that.db", "chỉ chuyển được sang PostgreSQL"),
        ("env:LA_SQLITE", "chỉ chuyển được sang PostgreSQL"),
        ("mat-khau-that", "chỉ chuyển được sang PostgreSQL"),
    ],
)
def test_an_address_that_will_not_do_is_said_without_its_password(tmp_path: Path, to: str, words: str) -> None:
    settings = Settings(tmp_path, {"LA_SQLITE": "sqlite:///mat-khau-that.db"})
    with pytest.raises(SettingsError) as caught:
        _address(to, settings)
    assert words in str(caught.value)
    assert "mat-khau-that" not in str(caught.value)


def test_the_schema_is_looked_at_and_brought_up(
    loa: Loa, new: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_DATABASE_URL", new)
    assert loa("migrate", "--check")[0] == 1
    code, said = loa("migrate", "--json")
    assert (code, json.loads(said)["before"], json.loads(said)["now"]) == (0, None, NEWEST)
    assert loa("migrate", "--check")[0] == 0
    code, said = loa("migrate", "--grant", "khong-co-vai-tro-nay")
    assert (code, "CREATE ROLE" in said) == (2, True)


def test_a_file_has_no_roles(loa: Loa, ledger: Keeper) -> None:
    code, said = loa("migrate", "--grant", "loa")
    assert (code, "PostgreSQL" in said) == (2, True)


def test_a_copy_is_made_and_never_written_over(
    loa: Loa, ledger: Keeper, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, said = loa("backup", "sao-luu/loa.db")
    assert (code, ".loa-witness" in said) == (0, True)
    with sqlite3.connect(workspace / "sao-luu" / "loa.db") as copied:
        assert copied.execute("SELECT key FROM delivery").fetchall() == [("thu/tin@once/a",)]
    code, said = loa("backup", "sao-luu/loa.db")
    assert (code, "tệp đã có" in said) == (2, True)


def test_a_copy_of_postgresql_is_made_by_its_own_program(
    loa: Loa, new: str, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_DATABASE_URL", new)
    monkeypatch.setenv("PATH", f"{programs()}:{os.environ['PATH']}")
    code, said = loa("backup", "loa.dump", "--json")
    assert (code, json.loads(said)["bytes"] > 1000) == (0, True)
    assert (workspace / "loa.dump").read_bytes().startswith(b"PGDMP")
