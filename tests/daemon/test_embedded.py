"""The daemon: which acts its timetable wakes, and what it does at its start."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Book
from scheduler.daemon.acts import MEASURE, can_find
from scheduler.daemon.embedded import timetable_of
from scheduler.errors import SettingsError
from scheduler.settings import Settings


def measures(folder: Path, per_hour: str, rehearsal: Path | None = None) -> bool:
    """Tell whether a daemon with this setting would measure."""
    act: Any = SimpleNamespace(look=None, wanted=False, changed=None, beforehand=SimpleNamespace(look=None))
    acts: Any = SimpleNamespace(
        settings=Settings(workspace=folder, environment={}, measure_per_hour=per_hour), rehearsal=rehearsal,
        dispatcher=act, reconciler=act, measurer=act, alarm=act, follow_files=None, plan_again=None, renew=None,
        loudly=lambda act: lambda: act,
    )  # fmt: skip
    return any(job.trigger.interval.total_seconds() == MEASURE for job in timetable_of(acts).get_jobs())


def test_a_daemon_measures_unless_the_setting_is_nought(tmp_path: Path) -> None:
    assert measures(tmp_path, "30")
    assert not measures(tmp_path, "0")
    assert not measures(tmp_path, "30", rehearsal=tmp_path)


def test_a_setting_that_is_no_number_ends_the_daemon_when_it_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LOA_MEASURE_PER_HOUR"):
        measures(tmp_path, "nhiều")


def test_a_restored_ledger_leaves_to_a_person_what_cannot_be_looked_for() -> None:
    given: dict[str, Any] = {"network": "telegram", "account": "@a", "credentials": {}}
    entries = {"t1": ChannelEntry(id="t1", **given), "t2": ChannelEntry(id="t2", options={"probe": "-1"}, **given)}
    book = cast(Book, SimpleNamespace(channels=entries))
    assert [can_find(book, id) for id in entries] == [False, True]
