"""A copy of the ledger: whole, made while somebody writes, and for nobody else's eyes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scheduler.errors import SettingsError
from scheduler.ledger import witness
from scheduler.ledger.copy import copy
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import State
from tests.conftest import Postgres
from tests.ledger.keeper import KEY, Keeper
from tests.range.postgres import programs

LATER = "thu/mai@once/a"


@pytest.fixture(autouse=True)
def programs_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pg_dump of the system may be older than the server."""
    monkeypatch.setenv("PATH", f"{programs()}:{os.environ['PATH']}")


def put_back(ledger: Keeper, file: Path, postgres: Postgres) -> Keeper:
    """Open what was copied, as an operator would put it back."""
    if ledger.database.is_sqlite:
        return Keeper(Database(f"sqlite:///{file}"))
    url = postgres.new()
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    subprocess.run(["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={plain}", file], check=True)
    return Keeper(Database(url))


def test_what_is_copied_while_somebody_writes_can_be_put_back(
    ledger: Keeper, tmp_path: Path, postgres: Postgres
) -> None:
    ledger.write(KEY, State.PUBLISHED)
    ledger.count_intents()
    file = tmp_path / "sao-luu" / "loa.copy"
    copy(ledger.database, file)
    witnessed = ledger.count_intents()
    ledger.write(LATER)
    copied = put_back(ledger, file, postgres)
    assert copied.state() is State.PUBLISHED
    assert copied.truth() == copied.counted() == {("thu", "tin", "published"): 1}
    with copied.database.reading() as connection:
        assert witness.older_than(connection, witnessed), "the witness tells that it is a copy"
    assert copied.write(LATER) == 2
    assert file.stat().st_mode & 0o077 == 0
    assert list(file.parent.iterdir()) == [file] or ledger.database.is_sqlite


def test_a_copy_that_fails_leaves_nothing(ledger: Keeper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    (tmp_path / "tep").write_text("")
    with pytest.raises(SettingsError):
        copy(ledger.database, tmp_path / "tep" / "loa.copy")
    if not ledger.database.is_sqlite:
        with pytest.raises(SettingsError, match="pg_dump"):
            copy(ledger.database, tmp_path / "loa.copy")
    assert not list(tmp_path.glob("*copy*"))
    assert not list(tmp_path.glob(".*copy*"))


def test_what_pg_dump_says_is_said_without_a_password(tmp_path: Path) -> None:
    database = Database("postgresql+psycopg://loa:mat-khau-that@127.0.0.1:1/loa", migrate=False)
    with pytest.raises(SettingsError, match="pg_dump") as caught:
        copy(database, tmp_path / "loa.copy")
    assert "mat-khau-that" not in str(caught.value)
