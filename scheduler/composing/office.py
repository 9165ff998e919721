"""The office that speaks: what a template may say of the unit whose channel it is, on the day of the post."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateRuntimeError

from scheduler.registers.units import Unit, Units
from scheduler.text import did_you_mean, say

FILE = "campaigns/units.yaml"
EXAMPLES: Mapping[str, str] = {  # all that a template may ask for, and how an author gives it
    "id": "id: ...",
    "name": "name: ...",
    "short": "short: ...",
    "signature": "signature: ...",
    "kind": "kind: ward",
    "code": "code: ...",
    "duty_phone": "duty_phone: ...",
    "head": "head: {name: ..., title: ...}",
    "head_title": "head: {name: ..., title: ...}",
    "collection_points": "collection_points: [...]",
    "vars": "vars: {...}",
}


class Unsaid(TemplateRuntimeError):
    """A template asks of the office what nobody can answer; the message says so to the author."""


class Unheld(Unsaid):
    """The template is right, but the register lacks what it says of this one unit; another unit may have it."""


class Office(dict[str, Any]):
    """Plain values by name. What is not among them is undefined, and says how it would come to be there."""

    def __init__(self, held: Mapping[str, Any], lacking: Callable[[str], StrictUndefined]) -> None:
        super().__init__(held)
        self._lacking = lacking

    def __missing__(self, name: str) -> StrictUndefined:
        return self._lacking(name)


class Offices:
    """The offices of one register, each made once for as long as its entry holds."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._made: dict[int, Office] = {}  # by the entry's identity: the register keeps its entries alive

    def on(self, unit: str, day: date, *, channel: str) -> Office | StrictUndefined:
        """Return what a template may say of a unit on a (local) day; undefined, with the reason, when it may not."""
        if not self._units.by_id:
            words = say(
                f"office cần tệp {FILE}, mà tệp ấy chưa có hoặc chưa có đơn vị nào; khai báo đơn vị ở đó",
                f"office needs the file {FILE}, which is missing or names no unit yet; write the units there",
            )
            return StrictUndefined(hint=words, exc=Unsaid)
        entry = self._units.on(unit, day)
        if entry is None:
            return StrictUndefined(hint=self._nobody(unit, day, channel), exc=Unheld)
        if id(entry) not in self._made:
            self._made[id(entry)] = _office(entry, self._units.lines.get(entry.id, 1))
        return self._made[id(entry)]

    def _nobody(self, unit: str, day: date, channel: str) -> str:
        if not unit:
            return say(
                f"kênh {channel} chưa ghi unit; thêm unit: mã-đơn-vị vào campaigns/channels.yaml",
                f"the channel {channel} has no unit; add unit: id to campaigns/channels.yaml",
            )
        if not self._units.history(unit):
            hint = did_you_mean(unit, self._units.by_id)
            return say(f'không có đơn vị "{unit}" trong {FILE}{hint}', f'there is no unit "{unit}" in {FILE}{hint}')
        return self._not_then(unit, day, channel)

    def _not_then(self, unit: str, day: date, channel: str) -> str:
        """Return why no entry of a unit holds on a day; the same words for as many days as may be."""
        line = self._units.lines.get(unit, 1)
        ended = self._units.ended(unit, day)
        if ended is not None:
            after = ", ".join(ended.successors) or say("chưa ghi successors", "no successors are written")
            return say(
                f"đơn vị {unit} không còn từ ngày {_shown(ended.valid_to)} ({FILE}:{line}; kế tục: {after}); "
                f"sửa unit của kênh {channel}, hoặc bớt ngày đăng",
                f"the unit {unit} is no more from {ended.valid_to} ({FILE}:{line}; followed by: {after}); "
                f"mend the unit of the channel {channel}, or post no later",
            )
        begins = self._units.history(unit)[0].valid_from
        if begins is not None and day < begins:
            return say(
                f"đơn vị {unit} từ ngày {_shown(begins)} mới có ({FILE}:{line}); đăng sau ngày ấy",
                f"the unit {unit} holds from {begins} only ({FILE}:{line}); post after that day",
            )
        return say(
            f"ngày {_shown(day)} không mục nào của đơn vị {unit} có hiệu lực; xem valid_from, valid_to ({FILE}:{line})",
            f"on {day} no entry of the unit {unit} holds; look at valid_from, valid_to ({FILE}:{line})",
        )


def _office(unit: Unit, line: int) -> Office:
    held = {
        "id": unit.id,
        "name": unit.name,
        "short": unit.short_name,
        "signature": unit.signature or unit.name,
        "kind": unit.kind,
        "code": unit.code,
        "duty_phone": unit.duty_phone,
        "head": unit.head.name,
        "head_title": unit.head.title,
        "collection_points": unit.collection_points,
    }
    own = {name: tuple(value) if isinstance(value, list) else value for name, value in unit.vars.items()}

    def lacking(name: str) -> StrictUndefined:
        if name in EXAMPLES:
            return _unheld(unit.id, name, EXAMPLES[name], line)
        listed = ", ".join(EXAMPLES)
        if name in own:
            hint = say(f"; viết office.vars.{name}", f"; write office.vars.{name}")
        else:
            hint = did_you_mean(name, EXAMPLES)
        words = say(f'office không có "{name}"{hint} ({listed})', f'office has no "{name}"{hint} ({listed})')
        return StrictUndefined(hint=words, exc=Unsaid)

    def lacking_of_own(name: str) -> StrictUndefined:
        hint = did_you_mean(name, own)
        return _unheld(unit.id, f"vars.{name}{hint}", f"vars: {{{name}: ...}}", line)

    present = {name: value for name, value in held.items() if value}
    return Office({**present, "vars": Office(own, lacking_of_own)}, lacking)


def _unheld(unit: str, what: str, example: str, line: int) -> StrictUndefined:
    words = say(
        f"đơn vị {unit} chưa có {what}; thêm {example} vào {FILE}:{line}",
        f"the unit {unit} has no {what}; add {example} to {FILE}:{line}",
    )
    return StrictUndefined(hint=words, exc=Unheld)


def _shown(day: date | None) -> str:
    return f"{day.day}/{day.month}/{day.year}" if day is not None else ""
