"""One daemon a ledger: a lock that the operating system, or PostgreSQL, takes back when its holder dies."""

from __future__ import annotations

import fcntl
import os
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

LOCK_NUMBER = 0x10A

_HOLDER = """
    SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.objid = :n AND l.granted
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Guard:
    """Held while a daemon works on a ledger; a second one is told who holds it."""

    def __init__(self, database: Database, var: Path) -> None:
        self.database = database
        self.file = var / "loa.lock"
        self._handle: IO[str] | None = None
        self._connection: Connection | None = None

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
        if not self.database.is_sqlite:
            try:
                self._lock_postgresql()
            except BaseException:
                self.__exit__(None, None, None)
                raise
        return self

    def make_sure(self) -> None:
        """Raise AlreadyRunning if the lock was lost and another daemon has it; a restarted server forgets locks."""
        if self.database.is_sqlite:
            return
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
                return
            except DBAPIError:
                self._connection = None  # dead: there is nothing left to close
        self._lock_postgresql()

    def _lock_postgresql(self) -> None:
        me = f"loa {socket.gethostname()}, pid {os.getpid()}"
        connection = self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # the pool would keep it open, and the lock with it
        connection.execute(text("SELECT set_config('application_name', :me, false)"), {"me": me[:63]})
        mine = connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": LOCK_NUMBER}).scalar()
        if not mine:
            holder = connection.execute(text(_HOLDER), {"n": LOCK_NUMBER}).scalar() or "?"
            connection.close()
            raise AlreadyRunning(_words(holder.removeprefix("loa ")))
        self._connection = connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._handle is not None:
            self._handle.close()
            self._handle = None


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
    """Return who holds the lock of this workspace now, or None when nobody does."""
    try:
        with (var / "loa.lock").open("r+") as handle:
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
        f"một loa run khác đang giữ sổ cái này ({holder}); dừng nó trước, hoặc xem: loa status",
        f"another loa run holds this ledger ({holder}); stop it first, or look at: loa status",
    )
