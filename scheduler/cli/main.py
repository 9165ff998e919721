"""`loa`: the command, its options for all, and how an error ends it."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text
from sqlalchemy.exc import DBAPIError

from scheduler.cli import (
    apply,
    audit,
    backup,
    calendar,
    card,
    channels,
    check,
    correct,
    days,
    deliveries,
    hold,
    import_plan,
    init,
    laws,
    login,
    migrate,
    mourning,
    move,
    new,
    plan,
    preview,
    programmes,
    rehearse,
    replicas,
    report,
    run,
    schema,
    settle,
    status,
    units,
    withdraw,
)
from scheduler.cli.approve import approve, reject
from scheduler.cli.json_lines import JsonLines
from scheduler.cli.office import Office, quietly
from scheduler.cli.screen import LogLines, err, show_problems
from scheduler.errors import CampaignError, LoaError
from scheduler.ledger.schema import plainly
from scheduler.text import say

app = typer.Typer(
    name="loa",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=say(
        "Loa: đăng thông điệp của cơ quan một lần, đúng giờ, trên mọi kênh chính thức. Bắt đầu: loa init THƯ-MỤC",
        "Loa: speaks a public body's messages once, on time, on every official channel. Start with: loa init DIR",
    ),
)

_COMMANDS: dict[str, Callable[..., None]] = {
    "init": init.init,
    "new": new.new,
    "import": import_plan.import_plan,
    "check": check.check,
    "schema": schema.schema,
    "plan": plan.plan,
    "apply": apply.apply,
    "preview": preview.preview,
    "calendar": calendar.calendar,
    "card": card.card,
    "rehearse": rehearse.rehearse,
    "run": run.run,
    "status": status.status,
    "deliveries": deliveries.deliveries,
    "report": report.report,
    "audit": audit.audit,
    "channels": channels.channels,
    "login": login.login,
    "days": days.days,
    "units": units.units,
    "laws": laws.laws,
    "programmes": programmes.programmes,
    "replicas": replicas.replicas,
    "approve": approve,
    "reject": reject,
    "hold": hold.hold,
    "release": hold.release,
    "confirm": settle.confirm,
    "retry": settle.retry,
    "cancel": settle.cancel,
    "withdraw": withdraw.withdraw,
    "correct": correct.correct,
    "migrate": migrate.migrate,
    "backup": backup.backup,
    "move": move.move,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(_command)

_GROUPS: dict[str, typer.Typer] = {"mourning": mourning.app}
for _name, _group in _GROUPS.items():
    app.add_typer(_group, name=_name)


@app.callback()
def everywhere(
    context: typer.Context,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "-w",
            "--workspace",
            envvar="LOA_WORKSPACE",
            help=say("Thư mục làm việc (mặc định: thư mục hiện tại)", "The workspace (default: this folder)"),
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help=say("Nhật ký chi tiết", "A detailed log"))] = False,
) -> None:
    if workspace is None and os.environ.get("LOA_WORKSPACE"):
        workspace = Path(os.environ["LOA_WORKSPACE"])
    context.obj = Office(workspace or Path.cwd())
    # no line of ours names a place in the code, a thread or a process: so nobody looks for them ten thousand times
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler()
    handler.setFormatter(_log_lines(context.obj))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("loa").setLevel(logging.DEBUG if verbose else logging.INFO)


def _log_lines(office: Office) -> logging.Formatter:
    zone = _zone(office)
    return JsonLines(zone) if _structured(office) else LogLines(colours=sys.stderr.isatty(), zone=zone)


def _structured(office: Office) -> bool:
    if not office.workspace.is_dir():  # `loa init` is about to make it, or the command says so
        return False
    return office.settings.structured_log


def _zone(office: Office) -> tzinfo | None:
    try:
        return office.settings.zone
    except LoaError:  # said by the command itself, or not needed by it (`loa init`)
        return None


def main() -> None:
    """Run the command and end with the exit code of what happened."""
    with quietly():
        sys.exit(_run())


def _run() -> int:
    try:
        app()
    except CampaignError as error:
        show_problems(error.problems)
        count = sum(not p.warning for p in error.problems)
        err.print(Text(say(f"{count} lỗi; chưa có gì thay đổi", f"{count} errors; nothing was changed"), "bold red"))
        return error.exit_code
    except LoaError as error:
        err.print(Text(str(error), "red"), soft_wrap=True)
        return error.exit_code
    except DBAPIError as error:
        logging.getLogger("loa").debug("the database", exc_info=error)
        err.print(Text(plainly(error), "red"), soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
