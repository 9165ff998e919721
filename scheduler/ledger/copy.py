"""A copy of the ledger in a file, made while it is written to: by SQLite itself, or by PostgreSQL's pg_dump."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from scheduler.errors import SettingsError
from scheduler.ledger.database import Database
from scheduler.text import say

PAGES = 2000  # of SQLite at once: a writer waits no longer than these take


def copy(database: Database, file: Path) -> None:
    """Write a copy of the ledger as of now into a new file that only its owner may read; SettingsError: not possible.

    The file has its name only when it is whole.
    """
    young = file.with_name(f".{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        young.unlink(missing_ok=True)
        try:
            _write(database, young)
            young.rename(file)
        finally:
            young.unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        words = say("không sao lưu được", "cannot be copied")
        raise SettingsError(f"{file}: {words}: {error}") from None


def _write(database: Database, file: Path) -> None:
    file.touch(mode=0o600)
    if database.file is not None:
        _copy_sqlite(database.file, file)
    else:
        _dump(database, file)
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _copy_sqlite(source: Path, file: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as ledger,
        closing(sqlite3.connect(file)) as whole,
    ):
        ledger.backup(whole, pages=PAGES, sleep=0.01)
        whole.execute("PRAGMA journal_mode=DELETE")  # one file, no second one beside it
        [[said]] = whole.execute("PRAGMA integrity_check").fetchall()
    if said != "ok":
        raise SettingsError(say(f"bản sao hỏng: {said}", f"the copy is damaged: {said}"))


def _dump(database: Database, file: Path) -> None:
    url = database.engine.url
    host, port = url.query.get("host", url.host), url.query.get("port", url.port)
    given = {
        "PGHOST": host,
        "PGPORT": port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    given |= {f"PG{name.upper()}": value for name, value in url.query.items() if name in ("sslmode", "sslrootcert")}
    environment = {**os.environ, **{name: str(value) for name, value in given.items() if value}}
    order = ["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    try:
        subprocess.run(order, env=environment, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        vi = "thiếu pg_dump; cài postgresql-client cùng bản với máy chủ (Debian: apt install postgresql-client)"
        raise SettingsError(say(vi, "there is no pg_dump: install postgresql-client of the server's version")) from None
    except subprocess.CalledProcessError as error:
        raise SettingsError(f"pg_dump: {error.stderr.strip()}") from None
