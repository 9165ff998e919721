"""The daemon: which acts its timetable wakes, and what it does at its start."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.authoring.loader import Book
from scheduler.daemon.acts import MEASURE, PRUNE, can_find
from scheduler.daemon.embedded import timetable_of
from scheduler.errors import SettingsError
from scheduler.settings import Settings


def acts(folder: Path, rehearsal: Path | None = None, **settings: str) -> list[float]:
    """Return after how many seconds each act of a daemon with these settings comes again."""
    act: Any = SimpleNamespace(look=None, wanted=False, changed=None, beforehand=SimpleNamespace(look=None))
    given: Any = SimpleNamespace(
        settings=Settings(workspace=folder, environment={}, **settings), rehearsal=rehearsal, dispatcher=act,
        reconciler=act, measurer=act, alarm=act, notary=act, follow_files=None, plan_again=None, renew=None, prune=None,
        loudly=lambda act: lambda: act,
    )  # fmt: skip
    return [job.trigger.interval.total_seconds() for job in timetable_of(given).get_jobs()]


def measures(folder: Path, per_hour: str, rehearsal: Path | None = None) -> bool:
    """Tell whether a daemon with this setting would measure."""
    return MEASURE in acts(folder, rehearsal, measure_per_hour=per_hour)


def test_a_daemon_measures_unless_the_setting_is_nought(tmp_path: Path) -> None:
    assert measures(tmp_path, "30")
    assert not measures(tmp_path, "0")
    assert not measures(tmp_path, "30", rehearsal=tmp_path)


def test_a_daemon_prunes_unless_files_are_kept_for_ever(tmp_path: Path) -> None:
    assert PRUNE in acts(tmp_path)
    assert PRUNE not in acts(tmp_path, media_days="0")
    assert PRUNE not in acts(tmp_path, rehearsal=tmp_path)
    with pytest.raises(SettingsError, match="LOA_MEDIA_DAYS"):
        acts(tmp_path, media_days="-1")


def test_a_setting_that_is_no_number_ends_the_daemon_when_it_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="LOA_MEASURE_PER_HOUR"):
        measures(tmp_path, "nhiều")


def test_a_restored_ledger_leaves_to_a_person_what_cannot_be_looked_for() -> None:
    given: dict[str, Any] = {"network": "telegram", "account": "@a", "credentials": {}}
    entries = {"t1": ChannelEntry(id="t1", **given), "t2": ChannelEntry(id="t2", options={"probe": "-1"}, **given)}
    book = cast(Book, SimpleNamespace(channels=entries))
    assert [can_find(book, id) for id in entries] == [False, True]
