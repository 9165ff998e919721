"""The report: what was achieved in a part of the ledger, channel by channel and in sum, and who answers for it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from scheduler.channels.contract import METRICS
from scheduler.clock import moment
from scheduler.ledger import achieved, answerable
from scheduler.ledger.achieved import Part
from scheduler.ledger.answerable import Approved, Order
from scheduler.ledger.metrics import AGES, GONE
from scheduler.text import say, sort_key

WAITING = ("held", "scheduled", "sending")
COUNTS = {
    "published": "đã đăng",
    "late": "trễ",
    "missed": "bỏ lỡ",
    "withdrawn": "đã gỡ",
    "failed": "thất bại",
    "unconfirmed": "chưa xác nhận",
    "cancelled": "đã huỷ",
    "waiting": "còn chờ",
}
NUMBERS = {
    "views": "lượt xem",
    "reach": "tiếp cận",
    "reactions": "cảm xúc",
    "comments": "bình luận",
    "shares": "chia sẻ",
    "clicks": "lượt bấm",
}


@dataclass
class Line:
    """What was achieved on one channel (or in sum): deliveries by COUNTS, numbers by METRICS.

    `ages`: of how many posts the newest numbers are of which age; `gone`: posts that the network no longer knows.
    """

    channel: str = ""
    unit: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    numbers: Counter[str] = field(default_factory=Counter)
    ages: Counter[str] = field(default_factory=Counter)
    gone: int = 0

    @property
    def was_public(self) -> int:
        return self.counts["published"] + self.counts["withdrawn"]

    @property
    def measured(self) -> int:
        """Of how many posts a network has told any number."""
        return sum(self.ages.values())

    def add(self, other: Line) -> None:
        self.counts += other.counts
        for name, number in other.numbers.items():
            self.numbers[name] += number  # Counter's own sum would forget a nought, which somebody has told
        self.ages += other.ages
        self.gone += other.gone

    def to_object(self) -> dict[str, Any]:
        return {
            **{name: self.counts[name] for name in COUNTS},
            "metrics": {name: self.numbers[name] for name in METRICS if name in self.numbers},
            "measured": self.measured,
            "ages": {age: self.ages[age] for age in AGES if self.ages[age]},
            "gone": self.gone,
        }


@dataclass(frozen=True)
class Report:
    """All that `loa report` shows. `asked`: the part of the ledger in a person's words; `units`: names by id."""

    at: datetime
    zone: ZoneInfo
    asked: Mapping[str, str | None]
    lines: list[Line]
    total: Line
    approvals: list[Approved]
    orders: list[Order]
    units: Mapping[str, str]

    def to_object(self) -> dict[str, Any]:
        return {
            "at": self.at.astimezone(self.zone).isoformat(),
            **self.asked,
            "channels": [{"channel": one.channel, "unit": one.unit, **one.to_object()} for one in self.lines],
            "sum": self.total.to_object(),
            "approvals": [
                {"unit": a.unit, "by": a.by or None, "count": a.count}
                | {"first": self.local(a.first_us), "last": self.local(a.last_us)}
                for a in self.approvals
            ],
            "orders": [
                {"at": self.local(o.at_us), "order": o.event, "by": o.by or "loa", "why": o.why, "unit": o.unit or None}
                | {"deliveries": o.count, "scope": o.scope or None, "values": list(o.values)}
                for o in self.orders
            ],
        }

    def to_csv(self) -> bytes:
        """Return the channels and the sum as a table that Excel opens with all Vietnamese letters."""
        text = io.StringIO()
        writer = csv.writer(text)
        names = [say(vi, en) for en, vi in (COUNTS | NUMBERS).items()]
        head = [say("mã đơn vị", "unit"), say("đơn vị", "name"), say("kênh", "channel")]
        tail = [say("số bài có số liệu", "measured"), say("bài không còn trên mạng", "gone")]
        writer.writerow([*head, *names, *tail])
        for one in self.lines:
            writer.writerow([one.unit, self.units.get(one.unit, ""), one.channel, *_cells(one)])
        writer.writerow([say("tổng", "sum"), "", "", *_cells(self.total)])
        return text.getvalue().encode("utf-8-sig")

    def local(self, at_us: int) -> str | None:
        return moment(at_us).astimezone(self.zone).isoformat() if at_us else None


def _cells(one: Line) -> list[Any]:
    numbers = [one.numbers.get(name, "") for name in NUMBERS]  # what nobody told is empty, not a nought
    return [*(one.counts[name] for name in COUNTS), *numbers, one.measured, one.gone]


def report(
    connection: Connection,
    part: Part,
    *,
    now: datetime,
    zone: ZoneInfo,
    asked: Mapping[str, str | None],
    units: Mapping[str, str],
) -> Report:
    """Return what was achieved in a part of the ledger. `asked` and `units` as in Report."""
    counted = achieved.counted(connection, part)
    lines: dict[tuple[str, str], Line] = {}
    for row in counted:
        one = lines.setdefault((row.unit, row.channel), Line(row.channel, row.unit))
        one.counts["waiting" if row.state in WAITING else row.state] += int(row.n)
        one.counts["late"] += int(row.late)
    for row in achieved.numbers(connection, part):
        one = lines[row.unit, row.channel]
        if row.name == GONE:
            one.gone += int(row.total)
        elif row.name in METRICS:
            one.numbers[row.name] += int(row.total)
    for row in achieved.ages(connection, part):
        lines[row.unit, row.channel].ages[row.age] += int(row.n)
    total = Line()
    for one in lines.values():
        total.add(one)
    return Report(
        at=now,
        zone=zone,
        asked=asked,
        lines=sorted(lines.values(), key=lambda one: (sort_key(units.get(one.unit, one.unit)), one.unit, one.channel)),
        total=total,
        approvals=answerable.approvals(connection, part),
        orders=_orders(connection, part, counted),
        units=units,
    )


def _orders(connection: Connection, part: Part, counted: Sequence[Any]) -> list[Order]:
    """Return the orders for deliveries of the part, and those for something as a whole of which they are part."""
    if not counted:
        return []
    concerned = {scope: {getattr(row, scope) for row in counted} for scope in ("channel", "unit", "campaign")}
    first_us, last_us = min(row.first_us for row in counted), max(row.last_us for row in counted)
    wholes = answerable.holds(connection, first_us, last_us, concerned)
    return sorted([*answerable.orders(connection, part), *wholes], key=lambda order: order.at_us)
