"""Reads `days.yaml`, entry by entry: a wrong one is noted at its line and does not hide the others."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from scheduler.registers.days import Caps, Days, Mourning, QuietHours
from scheduler.registers.named_day import NamedDay
from scheduler.registers.source import Path_, Source, Strict, open_source
from scheduler.text import did_you_mean, say

KEYS = ("days", "holidays", "quiet_hours", "mourning", "caps")

E = TypeVar("E", bound=Strict)


def read_days(file: Path, shown: Path) -> Days:
    """Read the register of days; a missing file is an empty register. Problems are kept in its source."""
    if not file.exists():
        return Days()
    source = open_source(file, shown)
    if not isinstance(source.values, dict):
        if source.values is not None:
            _wrong_shape(source, ())
        return Days(present=True, source=source, readable=False)
    _refuse_other_keys(source)
    days = _entries(source, "days", NamedDay)
    holidays = _entries(source, "holidays", NamedDay)
    mourning = _entries(source, "mourning", Mourning)
    _refuse_overlaps(source, mourning)
    named, at = _by_id(source, [*days, *holidays])
    quiet = _block(source, "quiet_hours", QuietHours)
    caps = _block(source, "caps", Caps)
    return Days(
        present=True,
        named=named,
        holidays=tuple(entry for path, entry in holidays if at[entry.id] == path),
        quiet_hours=quiet or QuietHours(),
        mourning=tuple(period for _, period in mourning),
        per_channel_per_day=caps.per_channel_per_day if caps else None,
        source=source,
        at=at,
        unread=_unread_ids(source, set(named)),
    )


def _refuse_other_keys(source: Source) -> None:
    for key in source.values:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS)
            listed = ", ".join(KEYS)
            source.report(
                (key,), say(f"không có khoá này{hint} (các khoá: {listed})", f"no such key{hint} (keys: {listed})")
            )


def _entries(source: Source, key: str, model: type[E]) -> list[tuple[Path_, E]]:
    listed = source.values.get(key)
    if listed is None:
        return []
    if not isinstance(listed, list):
        _wrong_shape(source, (key,))
        return []
    found = ((at, source.read(model, {} if v is None else v, at)) for i, v in enumerate(listed) for at in [(key, i)])
    return [(at, entry) for at, entry in found if entry is not None]


def _block(source: Source, key: str, model: type[E]) -> E | None:
    values = source.values.get(key)
    return source.read(model, values, (key,)) if values is not None else None


def _wrong_shape(source: Source, path: Path_) -> None:
    example = NamedDay.EXAMPLE if path != ("mourning",) else Mourning.EXAMPLE
    name = path[0] if path else "days"
    words = say(f"phải là danh sách; ví dụ: {name}: [{example}]", f"must be a list; for example: {name}: [{example}]")
    source.report(path, words)


def _by_id(source: Source, entries: list[tuple[Path_, NamedDay]]) -> tuple[dict[str, NamedDay], dict[str, Path_]]:
    named: dict[str, NamedDay] = {}
    at: dict[str, Path_] = {}
    for path, entry in entries:
        if entry.id in named:
            line = source.line((*at[entry.id], "id"))
            words = say(f'"{entry.id}" đã dùng ở dòng {line}', f'"{entry.id}" is used on line {line} already')
            source.report((*path, "id"), words)
            continue
        named[entry.id] = entry
        at[entry.id] = path
    return named, at


def _refuse_overlaps(source: Source, mourning: list[tuple[Path_, Mourning]]) -> None:
    for (before, one), (path, other) in pairwise(sorted(mourning, key=lambda found: found[1].since)):
        if other.since <= one.until:
            line = source.line(before)
            words = say(
                f"trùng với thời gian tang ở dòng {line} ({one.since:%d/%m/%Y} đến hết {one.until:%d/%m/%Y}); "
                "sửa ngày, hoặc gộp làm một",
                f"overlaps the mourning of line {line} ({one.since:%d/%m/%Y} to the end of {one.until:%d/%m/%Y}); "
                "change the days, or make one of them",
            )
            source.report((*path, "from"), words)


def _unread_ids(source: Source, read: set[str]) -> frozenset[str]:
    written: list[Any] = [entry for key in ("days", "holidays") for entry in source.values.get(key) or []]
    ids = {entry["id"] for entry in written if isinstance(entry, dict) and isinstance(entry.get("id"), str)}
    return frozenset(ids - read)
