"""`loa` under a clock that can be set: `python -m tests.range.launch FILE run` reads the offset (seconds) from FILE."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler import clock
from scheduler.cli.main import main

file = Path(sys.argv.pop(1))


def now() -> datetime:
    """Return the present moment as this machine's wrong clock tells it."""
    return datetime.now(UTC) + timedelta(seconds=float(file.read_text() or 0))


clock.now = now
main()
