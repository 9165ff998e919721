"""`loa move`: a workspace grows from its file to PostgreSQL, and nothing is ever said from both."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from scheduler.cli.office import By, Json, office
from scheduler.cli.screen import progress, show
from scheduler.errors import PlanRefused, SettingsError
from scheduler.ledger.carry import Carried, carry, count
from scheduler.ledger.database import MOVED_FILE, Database
from scheduler.ledger.guard import Guard
from scheduler.ledger.seal import Seal
from scheduler.settings import Settings, for_sqlalchemy
from scheduler.text import say

To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="env:NAME",
        help=say(
            "Cơ sở dữ liệu mới: env:TÊN (biến môi trường hoặc dòng của .env giữ địa chỉ postgresql://...)",
            "The new database: env:NAME (the variable, or line of .env, that holds its postgresql:// address)",
        ),
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help=say("Chỉ thử xem có chuyển được không", "Only see whether it would do"))
]


def move(context: typer.Context, to: To, dry_run: DryRun = False, by: By = "", as_json: Json = False) -> None:
    """Chuyển sổ cái từ SQLite sang PostgreSQL: cả hoặc không gì; tệp cũ được giữ lại, niêm phong. / Move to PostgreSQL.

    Ví dụ: loa move --to env:LOA_DATABASE_URL_NEW
    """
    here = office(context)
    settings = here.settings
    target = Database(_address(to, settings), settings.database_limits, migrate=False)
    source = Database(settings.database, settings.database_limits, migrate=False)
    if not source.is_sqlite:
        vi = "sổ cái đã ở PostgreSQL; loa move chỉ đi một chiều, từ SQLite sang PostgreSQL"
        raise PlanRefused(
            say(vi, "the ledger is on PostgreSQL already; loa move goes one way, from SQLite to PostgreSQL")
        )
    if source.file is None or not source.file.exists():
        words = say("chưa có sổ cái nào để chuyển", "there is no ledger to move yet")
        raise SettingsError(f"{source.shown}: {words}")
    seal = Seal(settings.vault_key) if settings.vault_key else None
    began = time.monotonic()
    with Guard(settings.var):  # refused while a daemon runs
        sizes = count(source)
        with progress(say("Chuyển và đối chiếu", "Moving and comparing")) as bar:
            task = bar.add_task("", total=2 * sum(sizes.values()))
            done = carry(
                source, target, seal=seal, by=here.who(by), at_us=here.at_us, rehearse=dry_run,
                progress=lambda rows: bar.advance(task, rows),
            )  # fmt: skip
    seconds = round(time.monotonic() - began, 1)
    kept = source.file.with_name(source.file.name + MOVED_FILE)
    if as_json:
        checked = {
            name: {"rows": t.rows, "checksum": t.checksum, "cleaned": t.cleaned} for name, t in done.tables.items()
        }
        said = {"to": target.shown, "moved": not dry_run, "resumed": done.resumed, "rows": sizes, "tables": checked}
        print(
            json.dumps(
                {
                    **said,
                    "secrets": done.secrets,
                    "links": done.links,
                    "breaks": done.breaks,
                    "seconds": seconds,
                    "kept": None if dry_run else str(kept),
                }
            )
        )
        return
    if dry_run:
        total = sum(sizes.values())
        words = f"chuyển được: {total} dòng, {done.secrets} mã truy cập mở được; chưa có gì thay đổi"
        show(
            say(words, f"it would do: {total} rows, {done.secrets} sealed tokens open; nothing was changed"),
            style="green",
        )
        return
    _show(done, target, to, str(kept), seconds)


def _address(to: str, settings: Settings) -> str:
    """Return the new database's address; SettingsError says what would be right, and never the address itself."""
    name = to.removeprefix("env:")
    address = settings.secret(name) if name != to else to
    if not address:
        raise SettingsError(
            say(
                f"--to {to}: chưa có {name}; thêm vào .env một dòng {name}=postgresql://USER:PASS@HOST/DB",
                f"--to {to}: there is no {name}; add a line {name}=postgresql://USER:PASS@HOST/DB to .env",
            )
        )
    try:
        url = make_url(for_sqlalchemy(address))
    except ArgumentError:
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise SettingsError(
            say(
                f"--to {name if name != to else ''}: chỉ chuyển được sang PostgreSQL: postgresql://USER:PASS@HOST/DB",
                f"--to {name if name != to else ''}: it moves only to PostgreSQL: postgresql://USER:PASS@HOST/DB",
            )
        )
    if name == to and (url.password or "password" in url.query):
        raise SettingsError(
            say(
                "mật khẩu trên dòng lệnh ở lại trong lịch sử; đặt địa chỉ vào .env và viết --to env:LOA_DATABASE_URL_NEW",
                "a password on the command line stays in its history; put the address into .env: --to env:LOA_DATABASE_URL_NEW",
            )
        )
    return for_sqlalchemy(address)


def _show(done: Carried, target: Database, to: str, kept: str, seconds: float) -> None:
    if done.resumed:
        show(
            say(
                "lần chuyển trước đã tới nơi; đã làm nốt bước cuối",
                "the last move had arrived; its last step is done now",
            )
        )
    else:
        words = f"đã chuyển {done.rows} dòng trong {seconds} giây; {len(done.tables)} bảng khớp từng dòng ở hai nơi"
        en = f"moved {done.rows} rows in {seconds} s; {len(done.tables)} tables are the same on both sides"
        show(say(words, en), style="green")
        if done.breaks:
            words = f"chuỗi không nguyên vẹn ở {done.breaks} chỗ từ trước khi chuyển; xem: loa audit"
            show(say(words, f"the chain was broken in {done.breaks} places before; see: loa audit"), style="yellow")
        elif done.links:
            words = f"chuỗi nguyên vẹn ở nơi mới: {done.links} mắt xích"
            show(say(words, f"the chain is whole there: {done.links} links"), style="green")
        if done.secrets:
            show(say(f"{done.secrets} mã truy cập trong két mở được", f"{done.secrets} sealed tokens open there"))
    show(say(f"tệp cũ còn đó, niêm phong: {kept}", f"the old file is kept, sealed: {kept}"))
    name = to.removeprefix("env:")
    line = f"LOA_DATABASE_URL={say(f'(địa chỉ đang ở {name})', f'(what stands in {name})') if name != to else target.shown}"
    show(say(f"bây giờ đặt trong .env: {line}", f"now put into .env: {line}"), style="bold")
    show(say("rồi: loa status, loa run", "then: loa status, loa run"))
