"""`loa migrate`: bring the ledger to the newest schema, and let a daemon's role work in it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from scheduler.cli.office import Json, office
from scheduler.cli.screen import show
from scheduler.errors import SettingsError
from scheduler.ledger import schema
from scheduler.ledger.database import Database
from scheduler.text import say

Grant = Annotated[
    list[str] | None,
    typer.Option(
        "--grant",
        metavar="ROLE",
        help=say(
            "PostgreSQL: cho vai trò này đủ quyền chạy loa, không hơn (có thể lặp lại)",
            "PostgreSQL: let this role run loa, and no more (may be repeated)",
        ),
    ),
]
Check = Annotated[
    bool,
    typer.Option("--check", help=say("Chỉ xem lược đồ, không sửa gì; mã 1: chưa mới", "Look only; 1: not current")),
]


def migrate(context: typer.Context, grant: Grant = None, check: Check = False, as_json: Json = False) -> None:
    """Đưa sổ cái lên lược đồ mới nhất; cấp quyền cho vai trò của loa run (PostgreSQL). / Bring the schema up to date.

    Ví dụ: loa migrate --grant loa_daemon
    """
    settings = office(context).settings
    database = Database(settings.database, settings.database_limits, migrate=False)
    roles = grant or []
    if roles and database.is_sqlite:
        words = "--grant chỉ dùng cho PostgreSQL; tệp SQLite theo quyền của thư mục var/"
        raise SettingsError(say(words, "--grant is for PostgreSQL; a file of SQLite follows the permissions of var/"))
    before = database.version() if check else database.migrate()
    if not check:
        if not database.is_sqlite:
            from scheduler.daemon import engine  # its library costs a third of a second

            engine.prepare(database)
        with database.writing() as connection:
            for role in roles:
                schema.grant(connection, role)
    current = before == schema.NEWEST or not check
    if as_json:
        now = before if check else schema.NEWEST
        print(json.dumps({"before": before, "now": now, "newest": schema.NEWEST, "current": current, "granted": roles}))
    else:
        _show(database, before, current, roles)
    if not current:
        raise typer.Exit(1)


def _show(database: Database, before: str | None, current: bool, roles: list[str]) -> None:
    if not current:
        words = say(
            f"lược đồ {before or '-'}, cần {schema.NEWEST}: loa migrate", f"schema {before or '-'}: loa migrate"
        )
        show(f"{database.shown}: {words}", style="yellow")
        return
    if before == schema.NEWEST:
        words = say(f"đã ở lược đồ mới nhất ({before})", f"is at the newest schema ({before})")
    else:
        words = say(f"lược đồ {before or '-'} → {schema.NEWEST}", f"schema {before or '-'} → {schema.NEWEST}")
    show(f"{database.shown}: {words}", style="green")
    for role in roles:
        show(
            say(
                f"vai trò {role} được đọc và ghi sổ cái, không được sửa lược đồ", f"role {role} may write rows, no more"
            )
        )
