"""A mourning is declared, ended, and what it held is let go: by command, or by the office's own days.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, insert

from scheduler.ledger import mourning
from scheduler.ledger.mourning import HELD_FOR_BOTH, MOURNING, Period
from scheduler.ledger.moves import note, one_at_a_time
from scheduler.ledger.orders import changed

BY_COMMAND = "command"
BY_FILE = "file"


@dataclass(frozen=True, order=True, slots=True)
class Declared:
    """A period as somebody declares it, from its first moment to the first moment after it (microseconds)."""

    since_us: int
    until_us: int
    basis: str
    why: str = ""


def declare(connection: Connection, period: Declared, *, at_us: int, by: str, origin: str = BY_COMMAND) -> int | None:
    """Declare a mourning and hold at once what falls into it; return how many, None when it was declared already."""
    one_at_a_time(connection)  # a plan that is being written now looks for the mourning, or is swept by it
    for known in mourning.open_periods(connection, at_us):
        if (known.since_us, known.until_us) == (period.since_us, period.until_us):
            return None
    return _write(connection, period, at_us=at_us, by=by, origin=origin)


def _write(connection: Connection, period: Declared, *, at_us: int, by: str, origin: str) -> int:
    values = {"since_us": period.since_us, "until_us": period.until_us, "basis": period.basis, "why": period.why}
    connection.execute(insert(MOURNING).values(origin=origin, by=by, at_us=at_us, **values))
    span = f"{period.since_us} {period.until_us}"
    note(connection, [0], "mourning", "", span, at_us=at_us, by=by, why=f"{period.basis} {period.why}".strip())
    held = mourning.sweep(connection, at_us=at_us)
    changed(connection, at_us)
    return held


def end(connection: Connection, ids: Sequence[int], *, at_us: int, by: str, why: str) -> int:
    """End periods before their time; return how many. Nothing is let go by that."""
    one_at_a_time(connection)
    ended = mourning.mark_ended(connection, ids, at_us=at_us, by=by, why=why)
    if ended:
        note(connection, [0], "mourning", " ".join(map(str, ids)), "", at_us=at_us, by=by, why=why)
        changed(connection, at_us)
    return ended


def follow(connection: Connection, wanted: Iterable[Declared], *, at_us: int, by: str) -> int:
    """Bring what days.yaml had declared to what it declares now; return how many periods that changes.

    A period that was ended by command stays ended, though the file still names it.
    """
    begun, gone = _differences(connection, wanted, at_us)
    for period in begun:
        _write(connection, period, at_us=at_us, by=by, origin=BY_FILE)
    if gone:
        end(connection, [period.id for period in gone], at_us=at_us, by=by, why="days.yaml")
    return len(begun) + len(gone)


def differs(connection: Connection, wanted: Iterable[Declared], *, at_us: int) -> bool:
    """Tell whether `follow` would change anything."""
    return any(_differences(connection, wanted, at_us))


def _differences(connection: Connection, wanted: Iterable[Declared], at_us: int) -> tuple[list[Declared], list[Period]]:
    ahead = {(w.since_us, w.until_us): w for w in wanted if at_us < w.until_us}
    ours = {(p.since_us, p.until_us): p for p in mourning.periods(connection) if p.origin == BY_FILE}
    begun = [w for span, w in sorted(ahead.items()) if span not in ours]
    return begun, [p for span, p in ours.items() if span not in ahead and p.open(at_us)]


@dataclass
class Released:
    """What became of those that a person wanted to let go after a mourning: keys, by what is next for them."""

    free: list[str] = field(default_factory=list)
    to_approve: list[str] = field(default_factory=list)  # changed meanwhile: an officer is asked
    late: list[str] = field(default_factory=list)  # past their late_after: only one by one
    expired: list[str] = field(default_factory=list)
    mourned: list[str] = field(default_factory=list)  # the mourning lasts

    def add(self, other: Released) -> None:
        """Take in what became of others."""
        for kind in fields(self):
            getattr(self, kind.name).extend(getattr(other, kind.name))


def release_all(connection: Connection, *, campaign: str | None, at_us: int, by: str, why: str) -> Released:
    """Let go what a mourning had held (of one campaign), as far as that is over and nothing has become late."""
    done = Released()
    periods = mourning.open_periods(connection, at_us)
    for row in mourning.held(connection, campaign=campaign):
        _sort(row, periods, at_us, done)
    done.free = mourning.let_go(connection, done.free, at_us=at_us, by=by, why=why)
    done.to_approve = mourning.ask_for_approval(connection, done.to_approve, at_us=at_us, by=by, why=why)
    changed(connection, at_us)
    return done


def _sort(row: Any, periods: Sequence[Period], at_us: int, done: Released) -> None:
    if row.not_after_us is not None and row.not_after_us <= at_us:
        done.expired.append(row.key)
    elif mourning.covering(periods, row.kind, row.tags, row.due_us, at_us):
        done.mourned.append(row.key)
    elif row.held_for == HELD_FOR_BOTH:
        done.to_approve.append(row.key)
    elif row.late_us < at_us:
        done.late.append(row.key)
    else:
        done.free.append(row.key)
