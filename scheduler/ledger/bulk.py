"""Many rows in one statement: arrays on PostgreSQL, where every statement is a way there and back; executemany on SQLite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, TextClause, bindparam, insert, text, update
from sqlmodel import SQLModel

Rows = Sequence[Mapping[str, Any]]


def insert_rows(connection: Connection, table: Any, rows: Rows) -> None:
    """Write rows that all have the same columns."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), list(rows))
        return
    names = tuple(rows[0])
    connection.execute(_insert(table.name, names), _arrays(names, rows))


def update_rows(
    connection: Connection, table: Any, rows: Rows, *, keys: tuple[str, ...], also: Mapping[str, Any]
) -> int | None:
    """Give every row (found by its keys) its own values, and all of them those in `also`.

    Return how many rows there were on PostgreSQL; SQLite's driver does not tell (None).
    """
    if not rows:
        return 0
    names = tuple(rows[0])
    if connection.dialect.name != "postgresql":
        own: dict[str, Any] = {name: bindparam(f"b_{name}") for name in names if name not in keys}
        where = [table.c[key] == bindparam(f"b_{key}") for key in keys]
        statement = update(table).where(*where).values(**own, **also)
        connection.execute(statement, [{f"b_{name}": row[name] for name in names} for row in rows])
        return None
    fixed = tuple(also)
    statement_text = _update(table.name, names, keys, fixed)
    values = {**_arrays(names, rows), **{f"also_{name}": also[name] for name in fixed}}
    return connection.execute(statement_text, values).rowcount


def _arrays(names: Sequence[str], rows: Rows) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in names}


def _kind(table: str, name: str) -> str:
    kind = SQLModel.metadata.tables[table].c[name].type
    return "bigint" if isinstance(kind, BigInteger) else "integer" if isinstance(kind, Integer) else "text"


def _unnest(table: str, names: Sequence[str]) -> str:
    return "unnest(" + ", ".join(f"CAST(:{name} AS {_kind(table, name)}[])" for name in names) + ")"


@lru_cache
def _insert(table: str, names: tuple[str, ...]) -> TextClause:
    columns = ", ".join(f'"{name}"' for name in names)
    return text(f'INSERT INTO "{table}" ({columns}) SELECT * FROM {_unnest(table, names)}')


@lru_cache
def _update(table: str, names: tuple[str, ...], keys: tuple[str, ...], fixed: tuple[str, ...]) -> TextClause:
    own = [f'"{name}" = v."{name}"' for name in names if name not in keys]
    given = [f'"{name}" = :also_{name}' for name in fixed]
    columns = ", ".join(f'"{name}"' for name in names)
    found = " AND ".join(f't."{key}" = v."{key}"' for key in keys)
    assignments = ", ".join(own + given)
    return text(f'UPDATE "{table}" AS t SET {assignments} FROM {_unnest(table, names)} AS v({columns}) WHERE {found}')
