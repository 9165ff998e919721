"""The witness: a number outside the ledger by which a ledger that was put back from a copy is noticed.

Every group of intents has a number. The ledger keeps it, and so does a small file beside `var/`. A ledger whose number is
smaller than the witness's is older than the world: posts may be public of which it knows nothing. Then every delivery is
looked for on its network before it is sent, and where the network cannot tell, it waits for a person.

Its second line keeps the newest link of the chain: a chain that lacks it was rewritten, or put back from a copy.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, literal_column, select, update

from scheduler.ledger.bulk import write
from scheduler.ledger.delivery import WAITING, Event, State
from scheduler.ledger.moves import BEAT, DELIVERY, beat, move, note

NAME = ".loa-witness"
ROOM = 20  # digits
_LINK = 10  # digits of a link's number


class Witness:
    """The number of the newest intents, beside the ledger. A crash may leave it behind the ledger, never ahead of it."""

    def __init__(self, workspace: Path) -> None:
        self.file = workspace / NAME
        self._handle: int | None = None

    def read(self) -> int:
        try:
            return int(self.file.read_text().partition("\n")[0] or 0)
        except (OSError, ValueError):
            return 0

    def read_link(self) -> tuple[int, str] | None:
        """Return number and hash of the newest link that was witnessed, None when none was."""
        try:
            number, digest = self.file.read_bytes()[ROOM + 1 :].decode("ascii").split()
            return int(number), digest
        except (OSError, ValueError):
            return None

    def write(self, number: int) -> None:
        """Keep the number; called after the commit of the intents and before their first byte leaves."""
        os.pwrite(self._opened(), f"{number:0{ROOM}d}\n".encode(), 0)

    def write_link(self, number: int, digest: str) -> None:
        """Keep the newest link of the chain; called after its commit."""
        os.pwrite(self._opened(), f"{number:0{_LINK}d} {digest}\n".encode(), ROOM + 1)

    def _opened(self) -> int:
        if self._handle is None:
            self._handle = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o644)
        return self._handle

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


_COUNT = """
    INSERT INTO beat (name, at_us, n, detail) VALUES ('intents', 0, 1, '')
    ON CONFLICT (name) DO UPDATE SET n = beat.n + 1 RETURNING n
"""


def count_intents(connection: Connection, heard: Callable[[int], None]) -> None:
    """Number the group of intents that this transaction writes; `heard` is told the number."""
    write(connection, _COUNT, {}, heard)


def older_than(connection: Connection, witnessed: int) -> bool:
    """Tell whether this ledger was written before the witness's number."""
    known = connection.execute(select(BEAT.c.n).where(BEAT.c.name == "intents")).scalar() or 0
    return int(known) < witnessed


def distrust(connection: Connection, witnessed: int, *, at_us: int) -> int:
    """Mark all that waits as to be looked for before it is sent; return how many."""
    newest = select(func.max(BEAT.c.at_us)).where(BEAT.c.name.in_(["work", "changed"]))
    since_us = connection.execute(newest).scalar() or at_us
    waiting = DELIVERY.c.state.in_([state.value for state in WAITING])
    marked = connection.execute(
        update(DELIVERY).where(waiting).values(look_first=min(since_us, at_us), rev=DELIVERY.c.rev + 1)
    ).rowcount
    beat(connection, "intents", at_us)
    connection.execute(update(BEAT).where(BEAT.c.name == "intents").values(n=witnessed + 1))
    beat(connection, "restored", at_us, str(since_us))
    note(connection, [0], "restored", "", "", at_us=at_us, why=f"the ledger is older than the world; {marked} marked")
    return int(marked)


def distrusted(connection: Connection) -> tuple[int, int]:
    """Return (when the ledger was found to be older than the world, since when it knows nothing), zeros if never."""
    row = connection.execute(select(BEAT.c.at_us, BEAT.c.detail).where(BEAT.c.name == "restored")).first()
    return (int(row.at_us), int(row.detail or 0)) if row is not None else (0, 0)


def hold_unfindable(connection: Connection, channels: list[str], *, at_us: int) -> int:
    """Hold what is to be looked for on channels whose network cannot tell; return how many."""
    marked = select(DELIVERY.c.id).where(
        literal_column("state = 'scheduled'"), DELIVERY.c.look_first > 0, DELIVERY.c.channel.in_(channels)
    )
    ids = list(connection.execute(marked).scalars())
    return len(hold_for_restore(connection, ids, at_us=at_us))


def hold_for_restore(connection: Connection, ids: list[int], *, at_us: int) -> list[Any]:
    """Hold deliveries that may have been public in the time of which the ledger knows nothing."""
    why = "the ledger was put back from a copy; look at the channel"
    values = {"held_for": "restore", "error": why}
    beat(connection, "changed", at_us)  # what was armed is to be read again
    return list(move(connection, ids, State.SCHEDULED, Event.HOLD, at_us=at_us, why=why, values=values))
