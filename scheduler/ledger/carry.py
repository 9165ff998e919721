"""A ledger is carried whole from SQLite to PostgreSQL: every row, in one transaction, proven before it is believed.

Nothing may ever be said from two ledgers. So the old one is sealed first (nobody can write into it, no daemon opens it),
then the new one is committed, and only then is the old one called moved. Whoever dies between the two leaves a ledger that
is `moving`: the same order given again looks into the new database, and finishes or gives the old one back.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select, text, update
from sqlmodel import SQLModel

from scheduler.errors import LoaError, PlanRefused, SettingsError
from scheduler.ledger import audit, schema, vault
from scheduler.ledger.audit import Breaks
from scheduler.ledger.database import MOVED_FILE, Database
from scheduler.ledger.moves import BEAT, EVENT, beat, note
from scheduler.ledger.seal import Seal
from scheduler.text import say

PART = 5000  # rows
MASK = (1 << 128) - 1
EVENT_NAME = "moved"

Progress = Callable[[int], None]


@dataclass
class Sum:
    """A checksum of rows in whatever order they come: the sum of a hash of each."""

    rows: int = 0
    total: int = 0
    cleaned: int = 0  # rows that held a character 0, which PostgreSQL does not take

    def add(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """Take in a row; return it as it can be written."""
        said = repr(row)
        if "\\x00" in said and any(isinstance(value, str) and "\0" in value for value in row):
            row = tuple(value.replace("\0", "") if isinstance(value, str) else value for value in row)
            said = repr(row)
            self.cleaned += 1
        self.rows += 1
        hashed = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self.total = (self.total + int.from_bytes(hashed)) & MASK
        return row

    @property
    def checksum(self) -> str:
        return f"{self.total:032x}"


@dataclass
class Carried:
    """What was carried: the sum of each table, by its name."""

    tables: dict[str, Sum] = field(default_factory=dict)
    secrets: int = 0  # sealed tokens that were opened in the new ledger
    links: int = 0  # of the chain, hashed anew in the new ledger
    breaks: int = 0  # where the chain was not whole before it was carried, and is not now
    resumed: bool = False

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def tables() -> list[Table]:
    """Return every table of the ledger, from the models: one that is added later is carried, too."""
    return list(SQLModel.metadata.sorted_tables)


def count(source: Database) -> dict[str, int]:
    """Return how many rows each table has."""
    with source.reading() as connection:
        return {t.name: int(connection.execute(select(func.count()).select_from(t)).scalar() or 0) for t in tables()}


def carry(
    source: Database,
    target: Database,
    *,
    seal: Seal | None,
    by: str,
    at_us: int,
    progress: Progress = lambda rows: None,
    rehearse: bool = False,
) -> Carried:
    """Carry all rows and end the old ledger, or (rehearse) look whether that would do and write nothing.

    Errors, each of which leaves the old ledger as it was and the new one empty: PlanRefused (the target holds rows),
    SettingsError (it cannot be written, the vault cannot be opened), LoaError (a checksum differs).
    """
    if _was_begun(source, target):
        if _has_arrived(source, target):
            return Carried(_finish(source), resumed=True)
        _give_back(source)
    with target.engine.connect() as into:
        with into.begin() as arriving, source.engine.connect() as out:
            schema.upgrade(into)
            _must_be_empty(into, target)
            leaving = out.begin()  # from here on nobody writes into the old one
            _must_be_ours(out)
            if rehearse:
                done = Carried(secrets=_opened(out, seal))
                leaving.rollback()
                arriving.rollback()
                return done
            done = _carry_rows(out, into, progress)
            done.secrets = _opened(into, seal)
            done.links, done.breaks = _linked(out, into)
            number = random.getrandbits(48)
            note(into, [0], EVENT_NAME, source.shown, str(number), at_us=at_us, by=by)
            _close(out, target.shown, number, at_us)
            leaving.commit()
        _finish(source)
    return done


def _must_be_ours(out: Connection) -> None:
    if (found := schema.version(out)) != schema.NEWEST:
        schema.must_not_be_moved(out, found)
        raise SettingsError(say(f"lược đồ {found}: chạy loa migrate trước", f"schema {found}: run loa migrate first"))


def _must_be_empty(into: Connection, target: Database) -> None:
    names = ", ".join(f'"{table.name}"' for table in tables())
    into.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    into.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))  # no daemon begins there meanwhile
    full = [t.name for t in tables() if into.execute(select(1).select_from(t).limit(1)).first() is not None]
    if full:
        listed = ", ".join(full)
        raise PlanRefused(
            say(
                f"{target.shown} không trống (có dữ liệu trong {listed}); chuyển vào một cơ sở dữ liệu mới",
                f"{target.shown} is not empty (there are rows in {listed}); move into a new database",
            )
        )


# --- the rows -------------------------------------------------------------------------------------------------------------


def _carry_rows(out: Connection, into: Connection, progress: Progress) -> Carried:
    done = Carried()
    for table in tables():
        done.tables[table.name] = left = _copy(out, into, table, progress)
        _set_sequence(into, table)
        came = _summed(_rows(into, table), progress)
        if (left.rows, left.total) != (came.rows, came.total):
            raise LoaError(
                say(
                    f"bảng {table.name} sang nơi mới không còn nguyên ({left.rows}/{came.rows} dòng); chưa có gì thay đổi",
                    f"table {table.name} did not arrive as it left ({left.rows}/{came.rows} rows); nothing was changed",
                )
            )
    return done


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    options = {"stream_results": True, "yield_per": PART}
    for part in connection.execute(select(table), execution_options=options).partitions():
        yield from map(tuple, part)


def _copy(out: Connection, into: Connection, table: Table, progress: Progress) -> Sum:
    left = Sum()
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = into.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in _rows(out, table):
            copy.write_row(left.add(row))
            if left.rows % PART == 0:
                progress(PART)
    progress(left.rows % PART)
    return left


def _summed(rows: Iterable[tuple[Any, ...]], progress: Progress) -> Sum:
    found = Sum()
    for row in rows:
        found.add(row)
        if found.rows % PART == 0:
            progress(PART)
    progress(found.rows % PART)
    return found


def _set_sequence(into: Connection, table: Table) -> None:
    """Let the numbers that the database gives go on behind those that were carried."""
    for column in table.primary_key:
        if column.autoincrement is True:
            highest = into.execute(select(func.max(column))).scalar()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            if highest is not None:
                into.execute(select(func.setval(sequence, highest)))


def _linked(out: Connection, into: Connection) -> tuple[int, int]:
    """Hash the chain anew where it arrived; return its links, and how many breaks it brought along. LoaError: new ones."""
    came, left = Breaks(), Breaks()
    links = audit.verify(into, came).links
    if came.total:
        audit.verify(out, left)
        if came.counts != left.counts:
            raise LoaError(
                say(
                    "chuỗi của sổ cái sang nơi mới không còn nguyên; chưa có gì thay đổi",
                    "the ledger's chain did not arrive as it left; nothing was changed",
                )
            )
    return links, came.total


def _opened(connection: Connection, seal: Seal | None) -> int:
    """Open every sealed token; return how many. Unauthorized, SettingsError: our keys do not."""
    sealed = [row for row in vault.tokens(connection) if row.sealed]
    if sealed and seal is None:
        raise SettingsError(
            say(
                "sổ cái có két mã truy cập mà LOA_VAULT_KEY chưa đặt; không thể thử mở ở nơi mới",
                "the ledger holds sealed tokens and LOA_VAULT_KEY is not set: nobody can see whether they arrive well",
            )
        )
    for row in sealed:
        assert seal is not None
        seal.open(row.channel, row.sealed)
    return len(sealed)


# --- the old ledger: open, moving, moved ------------------------------------------------------------------------------------


def _close(out: Connection, where: str, number: int, at_us: int) -> None:
    """Let nobody write into the old ledger, not even who waits for its lock now, and no daemon open it."""
    beat(out, EVENT_NAME, at_us, where)
    out.execute(update(BEAT).where(BEAT.c.name == EVENT_NAME).values(n=number))
    _set_version(out, schema.MOVING)
    for table in tables():
        for act in ("INSERT", "UPDATE", "DELETE"):
            refused = "SELECT RAISE(ABORT, 'this ledger was moved to another database')"
            name = f'"moved_{table.name}_{act.lower()}"'
            out.execute(text(f'CREATE TRIGGER {name} BEFORE {act} ON "{table.name}" BEGIN {refused}; END'))


def _give_back(source: Database) -> None:
    with source.writing() as connection:
        for table in tables():
            for act in ("insert", "update", "delete"):
                connection.execute(text(f'DROP TRIGGER IF EXISTS "moved_{table.name}_{act}"'))
        connection.execute(delete(BEAT).where(BEAT.c.name == EVENT_NAME))
        _set_version(connection, schema.NEWEST)


def _finish(source: Database) -> dict[str, Sum]:
    """Call the old ledger moved, and its file, too."""
    with source.writing() as connection:
        _set_version(connection, schema.MOVED)
    with source.reading() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    source.close()
    assert source.file is not None
    source.file.rename(source.file.with_name(source.file.name + MOVED_FILE))
    return {}


def _set_version(connection: Connection, revision: str) -> None:
    connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _was_begun(source: Database, target: Database) -> bool:
    """Tell whether a move ended at its last step; SettingsError when it went to another database than this."""
    if source.version() != schema.MOVING:
        return False
    with source.reading() as connection:
        where = connection.execute(select(BEAT.c.detail).where(BEAT.c.name == EVENT_NAME)).scalar() or ""
        if where != target.shown:
            schema.must_not_be_moved(connection, schema.MOVING)
    return True


def _has_arrived(source: Database, target: Database) -> bool:
    with source.reading() as connection:
        number = connection.execute(select(BEAT.c.n).where(BEAT.c.name == EVENT_NAME)).scalar()
    if target.version() is None:
        return False
    arrived = select(EVENT.c.id).where(EVENT.c.delivery == 0, EVENT.c.event == EVENT_NAME, EVENT.c.after == str(number))
    with target.reading() as connection:
        return connection.execute(arrived).first() is not None
