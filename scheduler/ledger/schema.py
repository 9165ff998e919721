"""The ledger's schema: which one stands in a database, the way to the newest, and what a daemon's role may do there.

A migration that only adds (a table, a column with a default, an index) may run while older workers live. One that takes
away says `contract = True` in its file, and is refused while a worker that still needs the old form is connected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

from scheduler.errors import NotFoundInLedger, SettingsError
from scheduler.text import say

MIGRATIONS = Path(__file__).parent / "migrations"
NEWEST = "0007"  # the last file in migrations/versions; a test says when this is stale
MIGRATION_LOCK = 0x10C
PATIENCE = "300s"  # for somebody else's migration
IN_THE_WAY = "5s"  # for what workers do to a table: behind a migration that waits, they would all wait

MOVED = "moved"  # stands in place of a revision in a ledger that was moved to another database
MOVING = "moving"  # the same while nobody knows yet whether the move has succeeded

DENIED = "42501"  # PostgreSQL's number for what a role may not do
ONLY_GROWS = {"event", "link"}  # what was done is never rewritten
ENGINE = "procrastinate_"  # how the names of its tables begin
ERASABLE = {"approval", "hold", "pump", "token", "worker"}


def version(connection: Connection) -> str | None:
    """Return the revision that stands in the database, None when there is no ledger in it."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(connection: Connection) -> None:
    """Bring the ledger to the newest schema in the transaction of this connection.

    SettingsError: a newer Loa wrote it, it was moved away, older workers live that need what would be taken away.
    """
    from alembic import command  # a fifth of a second, only when there is something to do
    from alembic.script.revision import RevisionError
    from alembic.util import CommandError

    if connection.dialect.name == "postgresql":
        be_alone(connection)  # two that open a new ledger at once: one makes it
    if (current := version(connection)) == NEWEST:
        return
    must_not_be_moved(connection, current)
    config = _config()
    try:
        _let_no_older_worker_stumble(connection, current, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    except (CommandError, RevisionError):
        words = "sổ cái do bản Loa mới hơn viết; hãy nâng cấp: pip install --upgrade loa"
        raise SettingsError(say(words, "a newer Loa wrote this ledger: pip install --upgrade loa")) from None


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def be_alone(connection: Connection) -> None:
    """Let only one change the schema at a time, until this transaction ends."""
    _set(connection, statement_timeout="0", lock_timeout=PATIENCE)
    connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": MIGRATION_LOCK})
    _set(connection, lock_timeout=IN_THE_WAY)


def _set(connection: Connection, **values: str) -> None:
    for name, value in values.items():
        connection.execute(text("SELECT set_config(:name, :value, true)"), {"name": name, "value": value})


def must_not_be_moved(connection: Connection, current: str | None) -> None:
    """Raise SettingsError for a ledger that lives in another database now: nothing is ever said from two."""
    if current not in (MOVED, MOVING):
        return
    where = connection.execute(text("SELECT detail FROM beat WHERE name = 'moved'")).scalar() or "?"
    if current == MOVING:
        raise SettingsError(
            say(
                f"việc chuyển sổ cái này sang {where} dừng ở bước cuối; chạy lại đúng lệnh loa move đó, nó làm nốt hoặc trả lại",
                f"moving this ledger to {where} ended at its last step; run that loa move again: it finishes or gives back",
            )
        )
    raise SettingsError(moved_words(where))


def moved_words(where: str) -> str:
    """Say that the ledger is elsewhere now, and what to set."""
    return say(
        f"sổ cái này đã chuyển sang {where}; đặt LOA_DATABASE_URL (trong .env) tới đó; tệp cũ chỉ còn để lưu",
        f"this ledger was moved to {where}; let LOA_DATABASE_URL (in .env) lead there; the old file is kept, no more",
    )


# --- who is connected, and which schema they know ------------------------------------------------------------------------

_NAME = re.compile(r"loa (\d{4}) (.*)")


def application_name(who: str) -> str:
    """Return what PostgreSQL shows of a connection: which schema it needs, and whose it is."""
    return f"loa {NEWEST} {who}"[:63]


def _let_no_older_worker_stumble(connection: Connection, current: str | None, config: Any) -> None:
    contracts = list(_contracts(current, config))
    if not contracts or connection.dialect.name != "postgresql":
        return
    names = connection.execute(
        text(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )
    known = [match for name in names.scalars() if (match := _NAME.fullmatch(name or ""))]
    if older := sorted({match[2] for match in known if match[1] < contracts[-1]}):
        who = "; ".join(older)
        raise SettingsError(
            say(
                f"bước {contracts[-1]} bỏ đi cái mà bản Loa cũ còn cần, và bản cũ đang chạy: {who}; dừng hoặc nâng cấp chúng trước",
                f"step {contracts[-1]} takes away what an older Loa needs, and that is running: {who}; stop or upgrade it first",
            )
        )


def _contracts(current: str | None, config: Any) -> Iterator[str]:
    """Yield the revisions ahead that take something away. A new ledger has nobody who could miss it."""
    from alembic.script import ScriptDirectory

    if current is None:
        return
    for script in reversed(list(ScriptDirectory.from_config(config).iterate_revisions("head", current))):
        if getattr(script.module, "contract", False):
            yield script.revision


# --- what a daemon's role may do -----------------------------------------------------------------------------------------


def grant(connection: Connection, role: str) -> None:
    """Let a role of PostgreSQL run the daemon: it may write rows, and neither change tables nor rewrite what was done."""
    quoted = connection.dialect.identifier_preparer.quote_identifier
    if connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :role"), {"role": role}).scalar() is None:
        words = say(f"không có vai trò {role} trong PostgreSQL", f"PostgreSQL knows no role {role}")
        raise NotFoundInLedger(f"{words}: CREATE ROLE {role} LOGIN PASSWORD '...'")
    schema, to = connection.execute(text("SELECT current_schema()")).scalar() or "public", quoted(role)
    orders = [f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {to}", f"GRANT SELECT ON alembic_version TO {to}"]
    for name, table in SQLModel.metadata.tables.items():
        orders.append(f"GRANT {', '.join(rights(name))} ON {quoted(name)} TO {to}")
        orders += [
            f"GRANT USAGE, SELECT ON SEQUENCE {quoted(f'{name}_{column.name}_seq')} TO {to}"
            for column in table.primary_key
            if column.autoincrement is True
        ]
    orders += _of_the_engine(connection, quoted, to)
    for order in orders:
        connection.execute(text(order))


def _of_the_engine(connection: Connection, quoted: Any, to: str) -> list[str]:
    """Return what lets a role use the tables of the engine that wakes the workers; they hold nothing but who is to wake."""
    names = [name for name in inspect(connection).get_table_names() if name.startswith(ENGINE)]
    orders = [f"GRANT SELECT, INSERT, UPDATE, DELETE ON {quoted(name)} TO {to}" for name in names]
    sequences = [name for name in inspect(connection).get_sequence_names() if name.startswith(ENGINE)]
    return [*orders, *(f"GRANT USAGE, SELECT ON SEQUENCE {quoted(name)} TO {to}" for name in sequences)]


def rights(table: str) -> list[str]:
    """Return what the daemon's role may do to a table."""
    changes = [] if table in ONLY_GROWS else ["UPDATE"]
    return ["SELECT", "INSERT", *changes, *(["DELETE"] if table in ERASABLE else [])]


def plainly(error: DBAPIError) -> str:
    """Say in words what a database refused, and what to do. Its own words hold no address and no password."""
    said = str(error.orig).partition("\n")[0]
    match getattr(error.orig, "sqlstate", None):
        case "42501":
            return say(
                f"vai trò của cơ sở dữ liệu không được phép: {said} → chạy bằng vai trò chủ sở hữu: loa migrate --grant VAI-TRÒ",
                f"the database's role may not: {said} → run as the owner of its tables: loa migrate --grant ROLE",
            )
        case "55P03" | "57014":
            return say(
                f"sổ cái đang bận, chưa có gì thay đổi; thử lại sau ít phút ({said})",
                f"the ledger is busy, nothing was changed; try again in some minutes ({said})",
            )
        case "42703" | "42P01":
            return say(
                f"lược đồ của sổ cái không còn hợp với bản Loa này; khởi động lại bằng bản mới ({said})",
                f"the ledger's schema no longer fits this Loa; start it again with the new one ({said})",
            )
    return say(f"sổ cái không làm được: {said}", f"the ledger refused: {said}")
