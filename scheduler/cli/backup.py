"""`loa backup`: a copy of the ledger, made while the daemon works."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from scheduler.cli.office import Json, office
from scheduler.cli.screen import show
from scheduler.errors import SettingsError
from scheduler.ledger.copy import copy
from scheduler.text import say


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help=say("Tệp sẽ được ghi", "The file to be written"))],
    as_json: Json = False,
) -> None:
    """Sao lưu sổ cái, cả khi loa run đang chạy (PostgreSQL: bằng pg_dump). / A copy of the ledger.

    Ví dụ: loa backup /var/backups/loa/loa-2027-06-26.db
    """
    here = office(context)
    if file.exists():
        words = say("tệp đã có; chọn tên khác", "the file is there already; choose another name")
        raise SettingsError(f"{file}: {words}")
    copy(here.database, file)
    size = file.stat().st_size
    if as_json:
        print(json.dumps({"file": str(file), "bytes": size, "database": here.database.shown}))
        return
    show(
        say(f"đã sao lưu vào {file} ({size / 1e6:.1f} MB)", f"copied into {file} ({size / 1e6:.1f} MB)"), style="green"
    )
    words = "khi khôi phục, giữ nguyên .loa-witness trong thư mục làm việc: nhờ nó mà không bài nào bị đăng hai lần"
    show(say(words, "when you put it back, leave .loa-witness as it is: by it nothing is said twice"))
