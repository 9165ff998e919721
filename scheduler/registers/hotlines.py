"""The hotlines: whom people may call or write to, each number with its source and the time for which it holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from scheduler.errors import Problem
from scheduler.registers.entry import Entry
from scheduler.registers.moments import as_word
from scheduler.registers.source import Source, open_source
from scheduler.text import did_you_mean, say

SHOWN = "campaigns/hotlines.yaml"
OLD = timedelta(days=365)  # a number that nobody has called for a year may have been given to another


def plain_id(id: str) -> str:
    """Return an id as the register compares it: templates may write `tre_em` for `tre-em`."""
    return id.strip().lower().replace("_", "-")


def digits(number: str) -> str:
    """Return the digits of a number, however it was written: `0769.04.04.04` -> `0769040404`."""
    return re.sub(r"\D", "", re.sub(r"^\s*\+84", "0", number))


def _id(value: Any) -> Any:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,79}", as_word(value), re.ASCII):
        raise ValueError(
            say(
                f'"{as_word(value)}" không dùng làm mã được; chữ thường không dấu, số và "-", ví dụ: tre-em',
                f'"{as_word(value)}" cannot be an id; plain small letters, digits and "-", for example: tre-em',
            )
        )
    return value


def _number(value: Any) -> Any:
    text = as_word(value)
    if value and not re.fullmatch(r"\+?\d[\d .()-]*", text, re.ASCII):
        raise ValueError(
            say(
                f'"{text}" có chữ; số điện thoại chỉ gồm chữ số, dấu chấm, dấu cách (trang mạng, ứng dụng ghi ở address)',
                f'"{text}" holds letters; a number has digits, dots, blanks only (a site or an app goes into address)',
            )
        )
    return value


class Hotline(Entry):
    """One number (or, in `address`, a web site or an app) to which people may turn."""

    EXAMPLE: ClassVar[str] = '{id: tre-em, number: "111", label: Tổng đài quốc gia bảo vệ trẻ em}'

    id: Annotated[str, BeforeValidator(_id)]
    """Mã: chữ thường không dấu, ví dụ tre-em"""
    number: Annotated[str, BeforeValidator(_number)] = ""
    """Số điện thoại, trong ngoặc kép"""
    address: str = ""
    """Trang mạng hoặc ứng dụng, khi không có số"""
    label: str
    """Tên gọi như sẽ viết trong bài"""
    purpose: str = ""
    """Gọi khi nào"""
    hours: str = ""
    """Giờ phục vụ"""
    fee: str = ""
    """Cước phí"""
    audience: str = ""
    """Dành cho ai"""
    topics: tuple[str, ...] = ()
    """Các chủ đề liên quan"""
    replaced_by: str = ""
    """Mã của số thay thế"""
    confidence: Literal["high", "medium", "low"] = "low"
    """Mức chắc chắn: high, medium, low"""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Hotline:
        if not (self.number or self.address):
            raise ValueError(
                say('thiếu number; ví dụ: number: "111"', 'the number is missing; for example: number: "111"')
            )
        return self

    @property
    def spoken(self) -> str:
        """What a post says: the number, or the address of what has none."""
        return self.number or self.address

    @property
    def full(self) -> str:
        """The label and the number, as a sentence may name them."""
        return f"{self.label} {self.spoken}"


@dataclass(frozen=True)
class Hotlines:
    """All hotlines, in order of the file. An office without the register has an empty one that is not `there`."""

    entries: tuple[Hotline, ...] = ()
    there: bool = False
    lines: tuple[int, ...] = field(default=(), repr=False)  # of each entry, in the file

    @cached_property
    def by_id(self) -> dict[str, tuple[Hotline, ...]]:
        """The entries of each id (as `plain_id` writes it), one for each time in which it holds."""
        return _grouped((plain_id(entry.id), entry) for entry in self.entries)

    @cached_property
    def by_digits(self) -> dict[str, tuple[Hotline, ...]]:
        """The entries of each number, by its digits alone."""
        return _grouped((digits(entry.number), entry) for entry in self.entries if entry.number)

    def find(self, id: str, day: date) -> Hotline | None:
        """Return the entry of an id that holds on a (local) day, or None."""
        return next((entry for entry in self.by_id.get(plain_id(id), ()) if entry.valid_on(day)), None)

    def successor(self, entry: Hotline, day: date) -> Hotline | None:
        """Return what stands on that day where an entry stood: its own id anew, or what it names; None if nothing."""
        found = self.find(entry.id, day)
        return found or (self.find(entry.replaced_by, day) if entry.replaced_by else None)

    def aged(self, today: date) -> list[Problem]:
        """Return a warning for what has run out and has no successor, and for what was last checked long ago."""
        found: list[Problem] = []
        for i, (entry, line) in enumerate(zip(self.entries, self.lines, strict=True)):
            if words := self._aged(entry, today):
                found.append(Problem(Path(SHOWN), line, f"hotlines.{i}", words, warning=True))
        return found

    def _aged(self, entry: Hotline, today: date) -> str:
        later = any(e.valid_from and e.valid_from > today for e in self.by_id[plain_id(entry.id)])
        if entry.valid_to and entry.valid_to <= today and not later and self.successor(entry, today) is None:
            return say(
                f'"{entry.id}" ({entry.spoken}) đã hết hiệu lực từ {entry.valid_to:%d/%m/%Y} mà chưa có số thay; '
                "thêm mục mới cùng id với valid_from, hoặc ghi replaced_by",
                f'"{entry.id}" ({entry.spoken}) has run out on {entry.valid_to:%d/%m/%Y} and has no successor; '
                "add an entry of the same id with valid_from, or replaced_by",
            )
        if entry.valid_on(today) and entry.checked_on and today - entry.checked_on > OLD:
            return say(
                f'"{entry.id}" ({entry.spoken}) kiểm tra lần cuối ngày {entry.checked_on:%d/%m/%Y}; '
                "gọi thử rồi ghi lại checked_on, checked_by",
                f'"{entry.id}" ({entry.spoken}) was last checked on {entry.checked_on:%d/%m/%Y}; '
                "call it, then set checked_on, checked_by",
            )
        return ""


def read_hotlines(file: Path, shown: Path = Path(SHOWN)) -> tuple[Hotlines, list[Problem]]:
    """Read `hotlines.yaml`; a missing file is an empty register. A wrong entry does not hide the others."""
    if not file.exists():
        return Hotlines(), []
    source = open_source(file, shown)
    listed = source.values.get("hotlines") if isinstance(source.values, dict) else None
    if not isinstance(listed, list):
        if source.values is not None:
            source.report(
                ("hotlines",) if isinstance(source.values, dict) else (),
                say(
                    f"cần danh sách hotlines, mỗi mục như: {Hotline.EXAMPLE}",
                    f"needs a list `hotlines`, each entry like: {Hotline.EXAMPLE}",
                ),
            )
        return Hotlines(there=True), source.problems
    for key in set(source.values) - {"hotlines"}:
        hint = did_you_mean(key, ["hotlines"])
        source.report((key,), say(f"không có khoá này{hint}", f"no such key{hint}"))
    entries: list[Hotline] = []
    lines: list[int] = []
    for i, values in enumerate(listed):
        entry = source.read(Hotline, {} if values is None else values, ("hotlines", i))
        if entry is not None:
            _refuse_twice(source, entry, i, entries, lines)
            entries.append(entry)
            lines.append(source.line(("hotlines", i)))
    _refuse_unknown_successors(source, entries, listed)
    return Hotlines(tuple(entries), there=True, lines=tuple(lines)), source.problems


def _refuse_twice(source: Source, entry: Hotline, i: int, earlier: list[Hotline], lines: list[int]) -> None:
    for other, line in zip(earlier, lines, strict=True):
        if plain_id(other.id) != plain_id(entry.id) or not _overlap(other, entry):
            continue
        if (other.valid_from, other.valid_to) == (entry.valid_from, entry.valid_to):
            words = say(f'"{entry.id}" đã dùng ở dòng {line}', f'"{entry.id}" is used on line {line} already')
        else:
            words = say(
                f'"{entry.id}" trùng thời gian hiệu lực với mục ở dòng {line}; sửa valid_to của mục cũ '
                "cho bằng valid_from của mục mới",
                f'"{entry.id}" holds at the same time as the entry on line {line}; let the old one\'s valid_to '
                "be the new one's valid_from",
            )
        source.report(("hotlines", i, "id"), words)
        return


def _refuse_unknown_successors(source: Source, entries: list[Hotline], listed: list[Any]) -> None:
    known = {plain_id(entry.id) for entry in entries}
    for i, values in enumerate(listed):
        named = values.get("replaced_by") if isinstance(values, dict) else None
        if isinstance(named, str) and plain_id(named) not in known:
            hint = did_you_mean(plain_id(named), known)
            words = say(f'không có mã "{named}" trong tệp này{hint}', f'there is no "{named}" in this file{hint}')
            source.report(("hotlines", i, "replaced_by"), words)


def _overlap(one: Entry, other: Entry) -> bool:
    starts = [day for day in (one.valid_from, other.valid_from) if day]
    ends = [day for day in (one.valid_to, other.valid_to) if day]
    return not starts or not ends or max(starts) < min(ends)


def _grouped(pairs: Iterable[tuple[str, Hotline]]) -> dict[str, tuple[Hotline, ...]]:
    groups: dict[str, tuple[Hotline, ...]] = {}
    for key, entry in pairs:
        groups[key] = (*groups.get(key, ()), entry)
    return groups
