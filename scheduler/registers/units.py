"""The units: the offices that own channels, as a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from scheduler.errors import Problem
from scheduler.registers.source import Strict, open_source
from scheduler.text import did_you_mean, say


class Unit(Strict):
    """One office: its id, its full name, and the unit above it."""

    id: str
    """Mã đơn vị: chữ thường không dấu, không đổi về sau"""
    name: str
    """Tên chính thức, đủ dấu"""
    parent: str | None = None
    """Mã đơn vị cấp trên, nếu có"""


class UnitsFile(Strict):
    units: tuple[Unit, ...] = ()
    """Các đơn vị có kênh"""


@dataclass(frozen=True)
class Units:
    """All units by id. An office without the register has an empty one, and nothing of it is enforced."""

    by_id: dict[str, Unit] = field(default_factory=dict)

    def below(self, unit: str) -> set[str]:
        """Return the unit and every unit under it."""
        found = {unit}
        while more := {u.id for u in self.by_id.values() if u.parent in found} - found:
            found |= more
        return found


def read_units(file: Path, shown: Path) -> tuple[Units, list[Problem]]:
    """Read `units.yaml`; a missing file is an empty register."""
    if not file.exists():
        return Units(), []
    source = open_source(file, shown)
    read = source.read(UnitsFile) if not source.problems else None
    by_id: dict[str, Unit] = {}
    for i, unit in enumerate(read.units if read else ()):
        if unit.id in by_id:
            source.report(("units", i, "id"), say(f'"{unit.id}" viết hai lần', f'"{unit.id}" is written twice'))
        by_id[unit.id] = unit
    for i, unit in enumerate(read.units if read else ()):
        if unit.parent is not None and unit.parent not in by_id:
            hint = did_you_mean(unit.parent, by_id)
            source.report(
                ("units", i, "parent"),
                say(f'không có đơn vị "{unit.parent}"{hint}', f'there is no unit "{unit.parent}"{hint}'),
            )
        elif _in_a_circle(unit, by_id):
            source.report(("units", i, "parent"), say("đơn vị nằm dưới chính nó", "the unit lies below itself"))
    return Units(by_id), source.problems


def _in_a_circle(unit: Unit, by_id: dict[str, Unit]) -> bool:
    seen = {unit.id}
    parent = unit.parent
    while parent is not None and parent in by_id:
        if parent in seen:
            return True
        seen.add(parent)
        parent = by_id[parent].parent
    return False
