"""`units.yaml`: read entry by entry, and everything about units and groups that cannot be true is found at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from scheduler.errors import Problem
from scheduler.registers.entry import Entry
from scheduler.registers.identifier import parse_identifier
from scheduler.registers.source import Path_, Source, Strict, open_source
from scheduler.registers.units import Group, Kind, Unit, Units
from scheduler.text import did_you_mean, say

MOST_CIRCLES = 20  # more would only be the same mistake again


def _nothing_yet(value: Any) -> Any:
    return () if value is None else value


def _no_pairs_yet(value: Any) -> Any:
    return {} if value is None else value


class Defaults(Entry):
    """What holds for every unit of the file that does not say otherwise."""

    EXAMPLE: ClassVar[str] = "{source: ..., checked_on: 2026-11-24, valid_from: 2025-07-01}"

    kind: Kind | None = None
    """Loại của mọi đơn vị không ghi khác"""
    parent: str | None = None
    """Đơn vị cấp trên của mọi đơn vị không ghi khác"""


class UnitsFile(Strict):
    """The parts of the file; each entry is read for itself, so that a wrong one does not hide the others."""

    defaults: Annotated[dict[str, Any], BeforeValidator(_no_pairs_yet)] = {}
    units: Annotated[tuple[Any, ...], BeforeValidator(_nothing_yet)] = ()
    groups: Annotated[dict[str, Any], BeforeValidator(_no_pairs_yet)] = {}


def read_units(file: Path, shown: Path) -> tuple[Units, list[Problem]]:
    """Read `units.yaml`; a missing file is an empty register. Nothing is raised."""
    if not file.exists():
        return Units(), []
    source = open_source(file, shown)
    parts = source.read(UnitsFile) if source.values is not None else None
    if parts is None:
        return Units(kept=True, unread=None), source.problems
    reading = _Reading(source)
    reading.read(parts)
    units = Units(
        tuple(unit for _, unit in reading.entries),
        reading.groups,
        kept=True,
        unread=frozenset(reading.unread),
        lines={unit.id: source.line(path) for path, unit in reading.entries},
    )
    _Checking(source, units, reading.entries).check()
    return units, source.problems


class _Reading:
    """Reads the entries and groups of one file, each with its place."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.entries: list[tuple[Path_, Unit]] = []
        self.groups: dict[str, Group] = {}
        self.unread: set[str] = set()

    def read(self, parts: UnitsFile) -> None:
        defaults = parts.defaults if self.source.read(Defaults, parts.defaults, ("defaults",)) else {}
        for i, values in enumerate(parts.units):
            path: Path_ = ("units", i)
            unit = self.source.read(Unit, {**defaults, **values} if isinstance(values, dict) else values or {}, path)
            if unit is not None:
                self.entries.append((path, unit))
            elif isinstance(values, dict):
                self.unread.add(str(values.get("id")))
        for name, values in parts.groups.items():
            group = self.source.read(Group, values if values is not None else {}, ("groups", name))
            if group is not None:
                self.groups[name] = group
            else:
                self.unread.add(name)


@dataclass
class _Checking:
    """Looks at what was read as a whole: ids, codes, the tree, who follows whom, the groups."""

    source: Source
    units: Units
    entries: list[tuple[Path_, Unit]]

    def check(self) -> None:
        self._check_ids()
        self._check_codes()
        for path, unit in self.entries:
            self._check_parent(path, unit)
            self._check_successors(path, unit)
        self._check_circles()
        circular = self._check_group_circles()
        for name, group in self.units.groups.items():
            self._check_group(name, group, may_be_empty=bool(self.units.unread) or name in circular)

    def _check_ids(self) -> None:
        for path, unit, other, _ in self._meeting(lambda unit: unit.id):
            line = self.source.line(other)
            self.source.report(
                (*path, "id"),
                say(
                    f'"{unit.id}" viết hai lần (đã có ở dòng {line}); chỉ viết lại một mã cho khoảng thời gian khác '
                    "(valid_from, valid_to)",
                    f'"{unit.id}" is written twice (line {line}); an id stands again only for another time '
                    "(valid_from, valid_to)",
                ),
            )

    def _check_codes(self) -> None:
        for path, unit, other, first in self._meeting(lambda unit: unit.code):
            if first.id != unit.id:
                line = self.source.line((*other, "code"))
                words = say(
                    f'mã số "{unit.code}" đã dùng ở dòng {line}', f'the code "{unit.code}" is used on line {line}'
                )
                self.source.report((*path, "code"), words)

    def _meeting(self, name_of: Callable[[Unit], str]) -> Iterator[tuple[Path_, Unit, Path_, Unit]]:
        """Yield each entry that holds at the same time as an earlier one of the same name, with the earlier one."""
        known: dict[str, list[tuple[Path_, Unit]]] = {}
        for path, unit in self.entries:
            name = name_of(unit)
            earlier = known.setdefault(name, []) if name else []
            other = next(((place, one) for place, one in earlier if _overlap(one, unit)), None)
            if other is not None:
                yield path, unit, *other
            else:
                earlier.append((path, unit))

    def _check_parent(self, path: Path_, unit: Unit) -> None:
        if unit.parent is None or self.units.may_hold(unit.parent):
            return
        above = self.units.history(unit.parent)
        if not above:
            self.source.report((*path, "parent"), self._unknown_unit(unit.parent))
            return
        begins, ends = _span(above)
        if begins is not None and unit.valid_from is not None and unit.valid_from < begins:
            words = say(
                f"có từ {_shown(unit.valid_from)}, nhưng đơn vị cấp trên ({unit.parent}) từ {_shown(begins)} mới có",
                f"holds from {unit.valid_from}, but the unit above ({unit.parent}) from {begins} only",
            )
            self.source.report((*path, "valid_from"), words)
        if ends is not None and (unit.valid_to is None or unit.valid_to > ends):
            words = say(
                f"đơn vị cấp trên ({unit.parent}) không còn từ {_shown(ends)}; thêm valid_to: {ends} "
                "và viết một mục mới cùng id với parent mới cho thời gian sau đó",
                f"the unit above ({unit.parent}) is no more from {ends}; add valid_to: {ends} "
                "and write a new entry of the same id with the new parent for the time after",
            )
            self.source.report((*path, "valid_to"), words)

    def _check_successors(self, path: Path_, unit: Unit) -> None:
        for i, successor in enumerate(unit.successors):
            if successor == unit.id:
                words = say("đơn vị không kế tục chính nó", "a unit cannot follow itself")
                self.source.report((*path, "successors", i), words)
            elif successor not in self.units.by_id and not self.units.may_hold(successor):
                self.source.report((*path, "successors", i), self._unknown_unit(successor))

    def _check_circles(self) -> None:
        parents: dict[str, set[str]] = {}
        for _, unit in self.entries:
            parents.setdefault(unit.id, set()).update([unit.parent] if unit.parent is not None else [])
        for circle in _circles(parents):
            for path, unit in self.entries:
                if unit.id in circle and unit.parent in circle:
                    way = _way(circle, unit.id)
                    words = say(f"đơn vị nằm dưới chính nó: {way}", f"the unit lies below itself: {way}")
                    self.source.report((*path, "parent"), words)

    def _check_group(self, name: str, group: Group, *, may_be_empty: bool) -> None:
        path: Path_ = ("groups", name)
        try:
            parse_identifier(name)
        except ValueError as error:
            self.source.report(path, str(error))
        before = len(self.source.problems)
        for i, unit in enumerate(group.units):
            if unit not in self.units.by_id and not self.units.may_hold(unit):
                self.source.report((*path, "units", i), self._unknown_member(unit))
        for i, inner in enumerate(group.groups):
            if inner not in self.units.groups and not self.units.may_hold(inner):
                hint = did_you_mean(inner, self.units.groups)
                words = say(f'không có nhóm "{inner}"{hint}', f'there is no group "{inner}"{hint}')
                self.source.report((*path, "groups", i), words)
        if group.below is not None and group.below not in self.units.by_id and not self.units.may_hold(group.below):
            self.source.report((*path, "below"), self._unknown_unit(group.below))
        if len(self.source.problems) == before and not may_be_empty and not self.units.members(name):
            self.source.report(path, self._empty(group))

    def _check_group_circles(self) -> set[str]:
        """Report groups that lie within themselves, and return them."""
        groups = self.units.groups
        circular: set[str] = set()
        for circle in _circles({name: set(group.groups) for name, group in groups.items()}):
            for name in groups:
                if name in circle:
                    way = _way(circle, name)
                    words = say(f"nhóm nằm trong chính nó: {way}", f"the group lies within itself: {way}")
                    self.source.report(("groups", name, "groups"), words)
            circular.update(circle)
        return circular

    def _unknown_unit(self, id: str) -> str:
        hint = did_you_mean(id, self.units.by_id)
        return say(f'không có đơn vị "{id}"{hint}', f'there is no unit "{id}"{hint}')

    def _unknown_member(self, id: str) -> str:
        if id in self.units.groups:
            return say(f'"{id}" là một nhóm; viết vào groups: [{id}]', f'"{id}" is a group; write groups: [{id}]')
        return self._unknown_unit(id)

    @staticmethod
    def _empty(group: Group) -> str:
        if group.has_rule:
            return say("nhóm trống: không đơn vị nào khớp kind và below", "an empty group: no unit fits kind and below")
        return say(
            "nhóm trống; thêm units: [...], hoặc kind: ..., below: ...",
            "an empty group; add units: [...], or kind: ..., below: ...",
        )


def _overlap(one: Entry, other: Entry) -> bool:
    """Tell whether there is a day on which both hold."""
    return (one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from is None or one.valid_from < other.valid_to
    )


def _span(entries: Iterable[Entry]) -> tuple[date | None, date | None]:
    """Return the first day on which any entry holds and the first on which none does any longer (None: no bound)."""
    starts, ends = [], []
    for entry in entries:
        starts.append(entry.valid_from)
        ends.append(entry.valid_to)
    begins = None if None in starts else min(start for start in starts if start is not None)
    return begins, None if None in ends else max(end for end in ends if end is not None)


def _circles(above: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield circles among names, each from a name to the one above it, and no name twice; at most MOST_CIRCLES."""
    left = dict(above)
    for _ in range(MOST_CIRCLES):
        try:
            TopologicalSorter(left).prepare()
            return
        except CycleError as error:
            circle = list(reversed(error.args[1]))[:-1]  # its own order is from above to below
            yield circle
            for name in circle:
                left.pop(name, None)


def _way(circle: list[str], name: str) -> str:
    at = circle.index(name)
    return " → ".join([*circle[at:], *circle[:at], name])


def _shown(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
