"""The desk: a workspace of real files, a ledger and a clock, as an author and an officer use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from sqlalchemy import Row
from sqlmodel import SQLModel

from scheduler import clock
from scheduler.authoring.loader import read_book
from scheduler.composing.compose import Composer
from scheduler.ledger import counts, orders, plans
from scheduler.ledger.database import Database
from scheduler.ledger.delivery import Event, State
from scheduler.planning.apply import apply
from scheduler.planning.plan import MessagePlan, Planner, Totals
from scheduler.settings import Settings
from tests.ledger.keeper import Keeper

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
START = datetime(2027, 6, 1, 9, tzinfo=HANOI)

CHANNELS = """
channels:
  - {id: a, network: feed, account: a, unit: ha-noi}
  - {id: b, network: feed, account: b, unit: ba-dinh}
  - {id: c, network: feed, account: c, unit: hue}
"""


def message(id: str = "tin-1", text: str = "Xin chào", when: str = '{on: "2027-06-26 08:00"}', more: str = "") -> str:
    """Return a message as its author writes it."""
    return f"  - {{id: {id}, text: {text!r}, when: {when}{more and ', ' + more}}}\n"


def campaign(
    *messages: str, name: str = "thu", channels: str = "[a, b]", approval: str = "none", late_after: str = "2h"
) -> str:
    """Return a campaign as its author writes it."""
    head = f"campaign: {name}\nchannels: {channels}\napproval: {approval}\nlate_after: {late_after}\nmessages:\n"
    return head + "".join(messages or [message()])


@dataclass
class Desk:
    """One workspace. `now` is the time at which it is planned."""

    folder: Path
    database: Database
    now: datetime = START
    environment: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)  # settings that differ

    def __post_init__(self) -> None:
        (self.folder / "campaigns").mkdir(parents=True)
        (self.folder / "templates").mkdir()
        self.write("channels", CHANNELS)
        self.keeper = Keeper(self.database)

    @property
    def settings(self) -> Settings:
        return Settings(workspace=self.folder, environment=self.environment, **self.given)

    def write(self, name: str, content: str) -> None:
        (self.folder / "campaigns" / f"{name}.yaml").write_text(content, encoding="utf-8")

    def remove(self, name: str) -> None:
        (self.folder / "campaigns" / f"{name}.yaml").unlink()

    def picture(self, name: str, colour: str) -> None:
        Image.new("RGB", (8, 8), colour).save(self.folder / name)

    def planner(self, **how: Any) -> Planner:
        book = read_book(self.folder)
        composer = Composer.of(book, HANOI)
        return Planner(book, self.settings, composer, self.now.astimezone(UTC), **how)

    def plan(self, days: int | None = None) -> list[MessagePlan]:
        with self.database.reading() as connection:
            return list(self.planner().parts(connection, days))

    def apply(self, *, allow_cancel: bool = True, **how: Any) -> tuple[int, int, int]:
        """Apply what stands written; return how many were created, changed and cancelled."""
        totals: Totals = apply(self.planner(**how), self.database, by="Lan", allow_cancel=allow_cancel)
        return totals.create, totals.change, totals.cancel

    def approve(self, rows: list[Row[Any]] | None = None) -> int:
        """Say yes to these rows as they were shown (default: all that waits for it)."""
        shown = self.waiting() if rows is None else rows
        seen = {row.id: plans.fingerprint(row.key, row.due_us, row.digest) for row in shown}
        with self.database.writing() as connection:
            return plans.approve(connection, seen, at_us=self.now_us, by="Minh", why="")

    def waiting(self) -> list[Row[Any]]:
        """Return what waits for an approval."""
        with self.database.reading() as connection:
            return counts.rows(connection, state="held", held_for="approval")

    def order(self, order: Any, key: str, **how: Any) -> Any:
        with self.database.writing() as connection:
            return order(connection, key, at_us=self.now_us, by="Minh", why="vì thế", **how)

    def lead(self, key: str, *events: Event) -> None:
        """Lead a delivery along these arrows."""
        for event in events:
            moved = self.keeper.move(self.keeper.row(key).id, self.keeper.state(key), event)
            assert moved, key

    def publish(self, key: str) -> None:
        self.lead(key, Event.CLAIM, Event.CONFIRM)

    def states(self) -> dict[str, State]:
        """Return the states by what follows the campaign in the key."""
        with self.database.reading() as connection:
            return {row.key.partition("/")[2]: State(row.state) for row in counts.rows(connection)}

    def text(self, key: str) -> str:
        with self.database.reading() as connection:
            return plans.body_of(connection, orders.delivery(connection, key).digest)

    def later(self, **how: float) -> None:
        self.now += timedelta(**how)

    @property
    def now_us(self) -> int:
        return clock.micros(self.now)

    def whole(self) -> dict[str, list[Any]]:
        """Return all that stands in the ledger but signs of life."""
        with self.database.reading() as connection:
            return {
                name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
                for name, table in SQLModel.metadata.tables.items()
                if name != "beat"
            }
