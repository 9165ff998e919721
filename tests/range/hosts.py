"""Hosts: network namespaces on this machine, each with one way to the networks and another to PostgreSQL.

A way that is cut takes packets and answers nothing, as a cable does that somebody has pulled.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlsplit

from tests.range.course import ROOT, Account, die_with_parent

NETWORKS, DATABASE = "10.77.0", "10.78.0"


def possible() -> bool:
    """Tell whether this machine lets us make network namespaces."""
    try:
        made = subprocess.run(["ip", "netns", "add", "loa-try"], capture_output=True)
        subprocess.run(["ip", "netns", "del", "loa-try"], capture_output=True)
    except OSError:
        return False
    return made.returncode == 0


def _ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, capture_output=True)


class Hosts:
    """Some hosts, `loa0`, `loa1`...; they are gone with the `with` block."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._stack = ExitStack()

    def __enter__(self) -> Hosts:
        for letter, net in (("n", NETWORKS), ("d", DATABASE)):
            bridge = f"loa-{letter}"
            _ip("link", "del", bridge, check=False)
            _ip("link", "add", bridge, "type", "bridge")
            self._stack.callback(_ip, "link", "del", bridge, check=False)
            _ip("addr", "add", f"{net}.1/24", "dev", bridge)
            _ip("link", "set", bridge, "up")
        for number in range(self.count):
            name = f"loa{number}"
            _ip("netns", "del", name, check=False)
            _ip("netns", "add", name)
            self._stack.callback(_ip, "netns", "del", name, check=False)
            _ip("-n", name, "link", "set", "lo", "up")
            for letter, net in (("n", NETWORKS), ("d", DATABASE)):
                ours, theirs = f"loa-{letter}{number}", f"eth-{letter}"
                _ip("link", "del", ours, check=False)
                _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
                _ip("link", "set", ours, "master", f"loa-{letter}", "up")
                _ip("-n", name, "addr", "add", f"{net}.{10 + number}/24", "dev", theirs)
                _ip("-n", name, "link", "set", theirs, "up")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def on(self, number: int) -> list[str]:
        """Return the command that runs another one on a host."""
        return ["ip", "netns", "exec", f"loa{number}"]

    def cut(self, number: int, *, networks: bool = False) -> None:
        """Pull the cable between a host and PostgreSQL, and perhaps the other one, too."""
        for letter in ("d", "n") if networks else ("d",):
            _ip("link", "set", f"loa-{letter}{number}", "down")

    def mend(self, number: int) -> None:
        for letter in ("d", "n"):
            _ip("link", "set", f"loa-{letter}{number}", "up")

    def reachable(self, account: Account) -> Account:
        """Return a network's account under an address that the hosts reach."""
        port = urlsplit(account.url).port
        self._forward(f"{NETWORKS}.1", port or 0, account.url)
        return replace(account, url=account.url.replace("127.0.0.1", f"{NETWORKS}.1"))

    def database(self, url: str, port: int = 5432) -> str:
        """Return the address of a PostgreSQL that listens on a socket of this machine, as the hosts reach it."""
        parts = urlsplit(url)
        folder = dict(pair.split("=", 1) for pair in parts.query.split("&"))["host"]
        self._forward(f"{DATABASE}.1", port, f"{folder}/.s.PGSQL.5432")
        return f"postgresql://{parts.username}@{DATABASE}.1:{port}{parts.path}"

    def _forward(self, host: str, port: int, to: str) -> None:
        command = [sys.executable, "-m", "tests.range.forward", host, str(port), to]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent, env=dict(os.environ)
        )
        self._stack.callback(_end, process)
        assert process.stdout and process.stdout.readline() == "open\n"


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(10)
    if process.stdout:
        process.stdout.close()
