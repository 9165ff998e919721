"""What the daemon does at its start."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Book
from scheduler.daemon.embedded import _can_find


def test_a_restored_ledger_leaves_to_a_person_what_cannot_be_looked_for() -> None:
    given: dict[str, Any] = {"network": "telegram", "account": "@a", "credentials": {}}
    entries = {"t1": ChannelEntry(id="t1", **given), "t2": ChannelEntry(id="t2", options={"probe": "-1"}, **given)}
    book = cast(Book, SimpleNamespace(channels=entries))
    assert [_can_find(book, id) for id in entries] == [False, True]
