"""The programmes (chương trình, đề án, kế hoạch dài hạn): each code with its basis, its end, its lead unit and its targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from scheduler.registers.basis import Bases
from scheduler.registers.entry import Entry
from scheduler.registers.identifier import Identifier
from scheduler.registers.moments import parse_last_day
from scheduler.registers.source import Path_, Source, Strict, form, open_source
from scheduler.registers.target import LAST_DAY, Target
from scheduler.text import did_you_mean, say

FILE = "campaigns/programmes.yaml"

Owed = Literal["basis", "head"]  # what a campaign may be reminded of
OWED: tuple[Owed, ...] = ("basis", "head")


def _owed(value: Any) -> Any:
    if value is None or value == "none":
        return ()
    return [value] if isinstance(value, str) else value


class Programme(Entry):
    """One programme. `until` is its last day (`valid_to`, the first day after it, may stand instead)."""

    EXAMPLE: ClassVar[str] = "{id: ma-tuy-2030, name: Tên chương trình, until: 2030-12-31}"

    id: Identifier
    """Mã chương trình: chữ không dấu, số, gạch nối; chiến dịch ghi programme: mã này"""
    name: str
    """Tên chính thức, đủ dấu"""
    basis: Bases = ()
    """Văn bản ban hành: {number: ..., date: ..., signer: ..., title: ...}, một hoặc nhiều"""
    until: Annotated[date | None, BeforeValidator(parse_last_day, json_schema_input_type=form(LAST_DAY))] = None
    """Ngày cuối cùng của chương trình: 2030-12-31; chỉ viết năm (2030) là hết năm ấy"""
    lead: str | None = None
    """Đơn vị chủ trì: mã trong units.yaml"""
    targets: tuple[Target, ...] = ()
    """Các chỉ tiêu: {name: ..., value: 100, unit: "%", by: 2030-12-31}"""
    replaced_by: str = ""
    """Mã của chương trình kế tiếp, khi chương trình này kết thúc"""

    @model_validator(mode="after")
    def _ends_once(self) -> Programme:
        if self.until and self.valid_to and self.valid_to != self.until + timedelta(days=1):
            raise ValueError(
                say(
                    f"until ({self.until}) và valid_to ({self.valid_to}) không khớp; chỉ giữ until, ngày cuối cùng",
                    f"until ({self.until}) and valid_to ({self.valid_to}) disagree; keep until alone, the last day",
                )
            )
        if self.until and self.valid_from and self.until < self.valid_from:
            raise ValueError(
                say(
                    f"until ({self.until}) trước valid_from ({self.valid_from}); sửa một trong hai",
                    f"until ({self.until}) lies before valid_from ({self.valid_from}); mend one of them",
                )
            )
        return self

    @property
    def last_day(self) -> date | None:
        """The last day of the programme, None when it has no end or nobody wrote it down."""
        return self.until or (self.valid_to - timedelta(days=1) if self.valid_to else None)

    def ended(self, day: date) -> bool:
        """Tell whether the programme is over on a (local) day."""
        return self.last_day is not None and self.last_day < day


class Reminders(Strict):
    """The part of the file beside its list."""

    remind: Annotated[
        tuple[Owed, ...],
        BeforeValidator(_owed, json_schema_input_type=Literal["none", "basis", "head"] | list[Owed]),
    ] = OWED
    """Chiến dịch thiếu gì thì nhắc: [basis, head] (mặc định: căn cứ và người chịu trách nhiệm), hoặc none"""


@dataclass(frozen=True)
class Programmes:
    """The register. `there`: there is a file; `remind`: of what a campaign that lacks it is reminded.

    `unread`: ids of entries that cannot be read (None: the whole file); of them nothing is known.
    """

    by_id: Mapping[str, Programme] = field(default_factory=dict)
    remind: tuple[Owed, ...] = ()
    there: bool = False
    source: Source | None = field(default=None, repr=False)
    at: Mapping[str, Path_] = field(default_factory=dict)
    unread: frozenset[str] | None = frozenset()

    def may_hold(self, id: str) -> bool:
        """Tell whether the programme may stand in a part of the file that cannot be read."""
        return self.unread is None or id in self.unread


def read_programmes(file: Path, shown: Path = Path(FILE)) -> Programmes:
    """Read `programmes.yaml`; a missing file is an empty register. Problems are kept in its source."""
    if not file.exists():
        return Programmes()
    source = open_source(file, shown)
    listed = source.values.get("programmes", ()) if isinstance(source.values, dict) else ()
    if not isinstance(source.values, dict) or not isinstance(listed, list | tuple | None):
        _refuse_shape(source)
        return Programmes(there=True, source=source, unread=None)
    for key in set(source.values) - {"programmes", "remind"}:
        hint = did_you_mean(key, ("programmes", "remind"))
        words = say(
            f"không có khoá này{hint} (các khoá: programmes, remind)", f"no such key{hint} (programmes, remind)"
        )
        source.report((key,), words)
    by_id: dict[str, Programme] = {}
    at: dict[str, Path_] = {}
    unread: set[str] = set()
    for i, values in enumerate(listed or ()):
        entry = source.read(Programme, {} if values is None else values, ("programmes", i))
        if entry is None:
            unread.add(str(values.get("id")) if isinstance(values, dict) else "")
        elif entry.id in by_id:
            line = source.line((*at[entry.id], "id"))
            words = say(f'"{entry.id}" đã dùng ở dòng {line}', f'"{entry.id}" is used on line {line} already')
            source.report(("programmes", i, "id"), words)
        else:
            by_id[entry.id], at[entry.id] = entry, ("programmes", i)
    _refuse_unknown_successors(source, by_id, at, unread)
    return Programmes(by_id, _reminders(source, by_id), True, source, at, frozenset(unread))


def _refuse_shape(source: Source) -> None:
    if source.values is None:
        return  # the reader said why
    words = say(
        f"cần danh sách programmes, mỗi mục như: {Programme.EXAMPLE}",
        f"needs a list `programmes`, each entry like: {Programme.EXAMPLE}",
    )
    source.report(("programmes",) if isinstance(source.values, dict) else (), words)


def _reminders(source: Source, by_id: Mapping[str, Programme]) -> tuple[Owed, ...]:
    """Return of what campaigns are reminded: an office whose list is still empty only where it asks for it."""
    if "remind" not in source.values:
        return OWED if by_id else ()
    read = source.read(Reminders, {"remind": source.values["remind"]})
    return read.remind if read is not None else ()


def _refuse_unknown_successors(
    source: Source, by_id: Mapping[str, Programme], at: Mapping[str, Path_], unread: set[str]
) -> None:
    for id, entry in by_id.items():
        named = entry.replaced_by
        if named == id:
            words = say("chương trình không kế tiếp chính nó", "a programme cannot follow itself")
        elif named and named not in by_id and named not in unread:
            hint = did_you_mean(named, by_id)
            words = say(f'không có mã "{named}" trong tệp này{hint}', f'there is no "{named}" in this file{hint}')
        else:
            continue
        source.report((*at[id], "replaced_by"), words)
