"""Who runs here: a lock on a file of the workspace; and who leads the workers of one ledger: a lock of PostgreSQL.

Both are taken back by themselves when their holder dies.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from scheduler.errors import AlreadyRunning
from scheduler.ledger.database import Database
from scheduler.text import say

LEADER = 0x10A


class Guard:
    """Held while a daemon works in a workspace; a second one of the same name is told who holds it."""

    def __init__(self, var: Path, name: str = "") -> None:
        self.file = var / (f"loa-{_plain(name)}.lock" if name else "loa.lock")
        self._handle: IO[str] | None = None

    def __enter__(self) -> Guard:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self._handle = self.file.open("a+")
        if not _locked(self._handle):
            self._handle.seek(0)
            holder = self._handle.read().strip() or "?"
            self._handle.close()
            self._handle = None
            raise AlreadyRunning(_words(holder))
        self._handle.truncate(0)
        self._handle.write(f"{socket.gethostname()}, pid {os.getpid()}")
        self._handle.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]", "-", name)


def _locked(handle: IO[str]) -> bool:
    for _ in range(5):  # `loa status` holds it for a blink, to see whether anybody does
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def running(var: Path) -> str | None:
    """Return who runs in this workspace now, or None when nobody does."""
    holders = [holder for file in sorted(var.glob("loa*.lock")) if (holder := _holder(file))]
    return "; ".join(holders) or None


def _holder(file: Path) -> str | None:
    try:
        with file.open("r+") as handle:
            holder = handle.read().strip()
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return holder or "?"
    except OSError:
        return None
    return None


def _words(holder: str) -> str:
    return say(
        f"một loa run khác đang chạy ở đây ({holder}); dừng nó trước, hoặc xem: loa status. Trên PostgreSQL, "
        "tiến trình thứ hai cần một tên riêng: LOA_WORKER=ten",
        f"another loa run works here ({holder}); stop it first, or look at: loa status. On PostgreSQL a second one "
        "needs a name of its own: LOA_WORKER=name",
    )


class Leadership:
    """One of the workers of a ledger on PostgreSQL leads: it plans. Another takes over when its connection is gone."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._connection: Connection | None = None

    def is_mine(self) -> bool:
        """Tell whether this worker leads, becoming the leader where nobody is; to be asked every second or so."""
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
                return True
            except DBAPIError:
                self._connection = None  # dead: there is nothing left to close
        try:
            return self._try()
        except DBAPIError:
            return False  # the ledger does not answer: nobody leads, and nothing is planned

    def _try(self) -> bool:
        connection = self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            mine = bool(connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": LEADER}).scalar())
        except BaseException:
            connection.close()
            raise
        if mine:
            connection.detach()  # the pool would give it to others, and the lock with it
            self._connection = connection
        else:
            connection.close()
        return mine

    def give_up(self) -> None:
        """Let another one lead."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
