"""What a person is told whose order lets something go that may not go out yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from scheduler import clock
from scheduler.cli.office import Office
from scheduler.cli.screen import show
from scheduler.text import few, say

NAMED = 3  # keys in one sentence


def show_embargo(here: Office, rows: Sequence[Row[Any]]) -> bool:
    """Say until when an embargo stops any of these; tell whether one does."""
    stopped: dict[int, list[str]] = {}
    for row in rows:
        if row.not_before_us is not None and row.not_before_us > here.at_us:
            stopped.setdefault(row.not_before_us, []).append(row.key)
    for until_us, keys in sorted(stopped.items()):
        until = f"{clock.moment(until_us).astimezone(here.settings.zone):%H:%M %d/%m/%Y}"
        names = few(keys, NAMED)
        words = say(f"không đăng trước {until} (embargo): {names}", f"not before {until} (embargo): {names}")
        show(words, style="yellow")
    return bool(stopped)
