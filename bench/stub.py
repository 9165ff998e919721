"""A server that only notes when each delivery arrived: nginx with a log of arrival time and Idempotency-Key.

Debian's nginx answers some ten times as fast as any client here can ask, so it never is the limit.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFIG = """
daemon off; worker_processes 1; error_log {folder}/error.log; pid {folder}/pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000; client_body_in_single_buffer on;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  log_format arrival '$msec $http_idempotency_key';
  server {{
    listen 127.0.0.1:{port} backlog=4096; default_type application/json;
    location = /api/v1/accounts/verify_credentials {{ return 200 '{{"id":"1","acct":"loa","username":"loa"}}'; }}
    location = /api/v2/instance {{ return 200 '{{}}'; }}
    location = /api/v1/statuses {{
      access_log {folder}/arrivals arrival;
      return 200 '{{"id":"$request_id","url":"http://127.0.0.1/@loa/$request_id"}}';
    }}
  }}
}}
"""


@dataclass
class Stub:
    """A running stub: its address, and what arrived."""

    url: str
    log: Path

    def arrivals(self) -> list[tuple[float, str]]:
        """Return (seconds since 1970, key) of everything that arrived."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [(float(at), key) for at, _, key in (line.partition(" ") for line in lines)]

    def forget(self) -> None:
        self.log.write_text("")


@contextmanager
def stub() -> Iterator[Stub]:
    """Run nginx on a free port until the block ends."""
    if shutil.which("nginx") is None:
        raise SystemExit("bench needs nginx: apt-get install nginx-light")
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        config = Path(folder) / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, port=port))
        process = subprocess.Popen(["nginx", "-p", folder, "-c", str(config)])
        try:
            _wait(port)
            yield Stub(f"http://127.0.0.1:{port}", Path(folder) / "arrivals")
        finally:
            process.terminate()
            process.wait()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("nginx did not start")
