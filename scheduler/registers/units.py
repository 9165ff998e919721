"""The units: the offices that own channels, as a tree, each with the time for which it holds; and groups of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from scheduler.registers.entry import Entry
from scheduler.registers.identifier import Identifier
from scheduler.registers.source import Strict
from scheduler.text import did_you_mean, say, sort_key

KINDS: Mapping[str, str] = {
    "city": "thành phố",
    "province": "tỉnh",
    "district": "quận, huyện, thị xã",
    "ward": "phường",
    "commune": "xã",
    "zone": "đặc khu",
    "department": "sở, ban, ngành",
    "police": "công an",
    "military": "quân sự",
    "health": "y tế",
    "school": "trường học",
    "union": "đoàn thể",
    "press": "báo chí",
    "neighbourhood": "thôn, tổ dân phố",
    "other": "khác",
}


def _kind(value: Any) -> Any:
    if value is None or not isinstance(value, str) or value in KINDS:
        return value
    meant = next((kind for kind, words in KINDS.items() if value.lower() in words.split(", ")), None)
    hint = did_you_mean(meant or value, KINDS)
    listed = ", ".join(f"{kind}: {words}" for kind, words in KINDS.items())
    raise ValueError(
        say(
            f'"{value}" không phải loại đơn vị{hint} ({listed})',
            f'"{value}" is no kind of unit{hint} ({", ".join(KINDS)})',
        )
    )


def _name(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError(say("tên để trống; viết tên chính thức, đủ dấu", "empty; write the official name"))
    return value


def _phone(value: Any) -> Any:
    if isinstance(value, str) and not (re.fullmatch(r"[0-9 +().-]+", value) and len(re.findall("[0-9]", value)) >= 3):
        raise ValueError(
            say(
                f'"{value}" không phải số điện thoại: chỉ chữ số, dấu cách, dấu chấm, dấu ngoặc (ví dụ: 024.1234.5678); '
                "chưa có số thì bỏ khoá này đi",
                f'"{value}" is no phone number: only digits, blanks, dots, brackets (for example: 024.1234.5678); '
                "when there is none, remove this key",
            )
        )
    return value


def _own(values: Any) -> Any:
    """Let through the variables of a unit: a name that a template can say, and a text or a list of texts."""
    for name, value in values.items() if isinstance(values, dict) else ():
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError(
                say(
                    f'"{name}" không làm tên biến được; chỉ chữ không dấu, số và "_" (ví dụ: so_to_dan_pho)',
                    f'"{name}" cannot name a variable; only plain letters, digits and "_" (for example: opening_hours)',
                )
            )
        if not isinstance(value, str) and not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            raise ValueError(
                say(
                    f'"{name}" phải là chữ hoặc danh sách chữ, không để trống',
                    f'"{name}" must be text or a list of texts, and not empty',
                )
            )
    return values


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Kind = Annotated[str, BeforeValidator(_kind)]
Name = Annotated[str, BeforeValidator(_name)]
Phone = Annotated[str, BeforeValidator(_phone)]
Own = Annotated[dict[str, Any], BeforeValidator(_own)]
OneOrMany = BeforeValidator(_one_or_many)


class Head(Strict):
    """Who answers for a unit. Empty: not known to us yet."""

    EXAMPLE: ClassVar[str] = "{name: ..., title: Chủ tịch UBND phường}"

    name: str = ""
    """Họ tên người đứng đầu"""
    title: str = ""
    """Chức vụ: Chủ tịch UBND phường"""


class Unit(Entry):
    """One office for the time in which all of this holds; after a change it gets another entry with the same id."""

    EXAMPLE: ClassVar[str] = "{id: ha-dong, name: Phường Hà Đông, kind: ward, parent: ha-noi}"

    id: Identifier
    """Mã đơn vị: chữ thường không dấu, đặt một lần, không đổi về sau"""
    name: Name
    """Tên chính thức, đủ dấu"""
    short: str = ""
    """Tên gọi ngắn; không viết thì là name bỏ chữ Phường, Xã ở đầu"""
    signature: str = ""
    """Tên ký dưới bài; không viết thì ký bằng name"""
    kind: Kind | None = None
    """Loại đơn vị: city, ward (phường), commune (xã), department, police..."""
    code: str = ""
    """Mã số đơn vị hành chính"""
    parent: str | None = None
    """Mã đơn vị cấp trên, nếu có"""
    head: Head = Head()
    """Người đứng đầu chịu trách nhiệm"""
    duty_phone: Phone = ""
    """Số trực ban"""
    collection_points: Annotated[tuple[str, ...], OneOrMany] = ()
    """Nơi tiếp nhận vũ khí, pháo nổ giao nộp: [địa chỉ một, địa chỉ hai]"""
    vars: Own = {}
    """Biến riêng của đơn vị, dùng trong mẫu: {{ office.vars.ten_bien }}"""
    successors: Annotated[tuple[str, ...], OneOrMany] = ()
    """Mã các đơn vị kế tục; đi với valid_to"""

    @model_validator(mode="after")
    def _followed_only_after_its_end(self) -> Unit:
        if self.successors and self.valid_to is None:
            raise ValueError(
                say(
                    "successors chỉ đi với valid_to (ngày đầu tiên đơn vị này không còn)",
                    "successors goes with valid_to only (the first day on which this unit is no more)",
                )
            )
        return self

    @property
    def short_name(self) -> str:
        """The name without the word for its kind: `Hà Đông` for `Phường Hà Đông`, unless `short` says another."""
        words = KINDS.get(self.kind or "", "").split(", ")
        found = next((w for w in words if w and self.name.lower().startswith(f"{w} ")), "")
        return self.short or self.name[len(found) :].strip()


class Group(Strict):
    """Some units under one name: those listed, those of other groups, and those that a rule (`kind`, `below`) finds."""

    EXAMPLE: ClassVar[str] = "{name: Hà Đông cũ, units: [ha-dong, duong-noi]}"

    name: str = ""
    """Tên nhóm"""
    units: Annotated[tuple[str, ...], OneOrMany] = ()
    """Các đơn vị, theo mã"""
    groups: Annotated[tuple[str, ...], OneOrMany] = ()
    """Gồm cả các nhóm này"""
    kind: Annotated[tuple[Kind, ...], OneOrMany] = ()
    """Mọi đơn vị thuộc loại này"""
    below: str | None = None
    """Mọi đơn vị nằm dưới đơn vị này"""
    note: str = ""
    """Ghi chú cho người sau"""

    @property
    def has_rule(self) -> bool:
        return bool(self.kind) or self.below is not None


@dataclass(frozen=True)
class Units:
    """The register of units. An office without the file has an empty one, and nothing of it is enforced.

    `unread`: ids of entries and groups that cannot be read (None: the whole file); of them nothing is known.
    `lines`: on which line of units.yaml the (newest) entry of an id begins.
    """

    entries: tuple[Unit, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    kept: bool = False
    unread: frozenset[str] | None = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict)
    _found: dict[tuple[str, date | None], frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def by_id(self) -> dict[str, Unit]:
        """The newest entry of each id, in order of the file."""
        return {id: entries[-1] for id, entries in self._history.items()}

    @cached_property
    def _history(self) -> dict[str, list[Unit]]:
        history: dict[str, list[Unit]] = {}
        for unit in self.entries:
            history.setdefault(unit.id, []).append(unit)
        for entries in history.values():
            entries.sort(key=lambda unit: unit.valid_from or date.min)
        return history

    @cached_property
    def _children(self) -> dict[str, list[Unit]]:
        children: dict[str, list[Unit]] = {}
        for unit in self.entries:
            if unit.parent is not None:
                children.setdefault(unit.parent, []).append(unit)
        return children

    def history(self, id: str) -> list[Unit]:
        """Return all entries of an id, the oldest first."""
        return self._history.get(id, [])

    def on(self, id: str, day: date) -> Unit | None:
        """Return the entry of an id that holds on a (local) day."""
        return next((unit for unit in self.history(id) if unit.valid_on(day)), None)

    def ended(self, id: str, day: date) -> Unit | None:
        """Return the last entry of a unit that is no more on a day, else None."""
        last = self.by_id.get(id)
        return last if last is not None and last.valid_to is not None and last.valid_to <= day else None

    def may_hold(self, id: str) -> bool:
        """Tell whether the unit or group may stand in a part of the file that cannot be read."""
        return self.unread is None or id in self.unread

    def valid_on(self, day: date) -> tuple[Unit, ...]:
        """Return what holds on a day, sorted as a Vietnamese list."""
        return in_order(unit for unit in self.entries if unit.valid_on(day))

    def below(self, unit: str, day: date | None = None) -> set[str]:
        """Return the unit and every unit under it (None: at any time)."""
        found, rest = {unit}, [unit]
        while rest:
            for child in self._children.get(rest.pop(), ()):
                if child.id not in found and (day is None or child.valid_on(day)):
                    found.add(child.id)
                    rest.append(child.id)
        return found

    def group(self, name: str, day: date | None = None) -> tuple[Unit, ...]:
        """Return the units of a group, sorted as a Vietnamese list (None: the newest entry of who ever belonged)."""
        entries = (self.by_id.get(id) if day is None else self.on(id, day) for id in self.members(name, day))
        return in_order(unit for unit in entries if unit is not None)

    def members(self, name: str, day: date | None = None) -> frozenset[str]:
        """Return the ids of a group's units; none for a group that is not there."""
        if (name, day) not in self._found:
            self._found[name, day] = frozenset(self._members(name, day))
        return self._found[name, day]

    def _members(self, name: str, day: date | None) -> set[str]:
        found: set[str] = set()
        seen, rest = {name}, [name]
        while rest:
            group = self.groups.get(rest.pop())
            if group is None:
                continue
            found |= {id for id in group.units if id in self.by_id and (day is None or self.on(id, day))}
            found |= self._by_rule(group, day)
            rest += [inner for inner in group.groups if inner not in seen]
            seen.update(group.groups)
        return found

    def _by_rule(self, group: Group, day: date | None) -> set[str]:
        if not group.has_rule:
            return set()
        under = self.below(group.below, day) if group.below is not None else self.by_id.keys()
        return {
            unit.id
            for unit in self.entries
            if unit.id in under and (not group.kind or unit.kind in group.kind) and (day is None or unit.valid_on(day))
        }


def in_order(units: Iterable[Unit]) -> tuple[Unit, ...]:
    """Return units as a Vietnamese list is sorted: by letter, then by tone."""
    return tuple(sorted(units, key=lambda unit: (sort_key(unit.name), unit.id)))
