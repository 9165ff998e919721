"""Memory: what reading and planning took is given back to the system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scheduler.daemon.memory import give_back


def resident() -> int:
    """Return the bytes of this process that lie in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the system of Linux")
def test_what_nobody_holds_is_given_back() -> None:
    kept = []
    for _ in range(200_000):  # small pieces, each other one kept: the heap has holes and does not shrink by itself
        kept.append(bytearray(700))
        bytearray(700)
    before = resident()
    del kept[:]
    give_back()
    assert resident() < before - 50_000_000
