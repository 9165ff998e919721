"""Many rows in one statement: they travel as one JSON text, which both databases take apart by themselves.

One statement instead of one a row: on PostgreSQL each would be a way there and back, and on SQLite each would fight the
rest of the process for the interpreter's lock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, TextClause, text
from sqlmodel import SQLModel

Rows = Sequence[Mapping[str, Any]]


BY_INDEX = "set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)"
_BY_INDEX = text(f"SELECT {BY_INDEX}")


def find_by_id(connection: Connection) -> None:
    """Let this transaction find its rows one by one by their primary key, as is right for a few hundred of them.

    A PostgreSQL that has not yet counted a fresh plan would read all that is scheduled for each group of intents.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_BY_INDEX)


def insert_rows(connection: Connection, table: Any, rows: Rows) -> None:
    """Write rows that all have the same columns."""
    if rows:
        statement = _insert(connection.dialect.name, table.name, tuple(rows[0]))
        connection.execute(statement, {"rows": as_json(rows)})


def update_rows(
    connection: Connection,
    table: Any,
    rows: Rows,
    *,
    keys: tuple[str, ...],
    also: Mapping[str, Any],
    count_up: tuple[str, ...] = (),
) -> int:
    """Give every row (found by its keys) its own values, and all of them those in `also`; return how many there were.

    The columns in `count_up` grow by one.
    """
    if not rows:
        return 0
    statement = _update(connection.dialect.name, table.name, tuple(rows[0]), keys, tuple(also), count_up)
    values = {"rows": as_json(rows), **{f"also_{name}": value for name, value in also.items()}}
    return int(connection.execute(statement, values).rowcount)


def add_rows(connection: Connection, table: Any, rows: Rows, *, keys: tuple[str, ...], number: str) -> None:
    """Write rows in the order of their keys; where the keys are known, add to the column `number` instead."""
    if rows:
        statement = _add(connection.dialect.name, table.name, tuple(rows[0]), keys, number)
        connection.execute(statement, {"rows": as_json(sorted(rows, key=itemgetter(*keys)))})


def as_json(rows: Sequence[Any]) -> str:
    """Return rows as JSON text that both databases take: PostgreSQL knows no character 0."""
    said = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    if "\\u0000" not in said:
        return said
    clean = [{k: v.replace("\0", "") if isinstance(v, str) else v for k, v in row.items()} for row in rows]
    return json.dumps(clean, ensure_ascii=False, separators=(",", ":"))


def given(dialect: str, table: str, names: Sequence[str]) -> str:
    """Return the SQL of the rows in the parameter `rows` as a table `v` of these columns."""
    if dialect == "postgresql":
        columns = ", ".join(f'"{name}" {_kind(table, name)}' for name in names)
        return f"json_to_recordset(CAST(:rows AS json)) AS v({columns})"
    columns = ", ".join(f"json_extract(value, '$.{name}') AS \"{name}\"" for name in names)
    return f"(SELECT {columns} FROM json_each(:rows)) AS v"


def _kind(table: str, name: str) -> str:
    kind = SQLModel.metadata.tables[table].c[name].type
    return "bigint" if isinstance(kind, BigInteger) else "integer" if isinstance(kind, Integer) else "text"


@lru_cache
def _insert(dialect: str, table: str, names: tuple[str, ...]) -> TextClause:
    columns = ", ".join(f'"{name}"' for name in names)
    return text(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {given(dialect, table, names)}')


@lru_cache
def _add(dialect: str, table: str, names: tuple[str, ...], keys: tuple[str, ...], number: str) -> TextClause:
    columns = ", ".join(f'"{name}"' for name in names)
    rows = f"SELECT {columns} FROM {given(dialect, table, names)} WHERE true"  # SQLite would take ON for a join's
    known = f'ON CONFLICT ({", ".join(keys)}) DO UPDATE SET "{number}" = "{table}"."{number}" + excluded."{number}"'
    return text(f'INSERT INTO "{table}" ({columns}) {rows} {known}')


@lru_cache
def _update(
    dialect: str,
    table: str,
    names: tuple[str, ...],
    keys: tuple[str, ...],
    fixed: tuple[str, ...],
    count_up: tuple[str, ...],
) -> TextClause:
    own = [f'"{name}" = v."{name}"' for name in names if name not in keys]
    shared = [f'"{name}" = :also_{name}' for name in fixed]
    grown = [f'"{name}" = t."{name}" + 1' for name in count_up]
    assignments = ", ".join(own + shared + grown)
    found = " AND ".join(f't."{key}" = v."{key}"' for key in keys)
    rows = given(dialect, table, names)
    return text(f'UPDATE "{table}" AS t SET {assignments} FROM {rows} WHERE {found}')
