"""`loa init`: a new workspace that checks clean."""

from __future__ import annotations

from datetime import timedelta
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from scheduler import clock
from scheduler.authoring.schema import write_schemas
from scheduler.cli.screen import show
from scheduler.errors import PlanRefused, SettingsError
from scheduler.text import say

Folder = Annotated[Path, typer.Argument(metavar="DIR", help=say("Thư mục mới", "The new folder"))]


def init(folder: Folder) -> None:
    """Tạo một thư mục làm việc mới, kiểm tra không lỗi, có sẵn một chiến dịch mẫu. / Make a new workspace.

    Ví dụ: loa init phuong-ha-dong
    """
    if folder.exists() and not folder.is_dir():
        raise SettingsError(say(f"{folder} là một tệp, không phải thư mục", f"{folder} is a file, not a folder"))
    if (folder / "campaigns").exists():
        raise PlanRefused(
            say(f"{folder} đã có campaigns/; không ghi đè", f"{folder} has campaigns/ already; nothing is overwritten")
        )
    start = clock.now().date() + timedelta(days=7)
    dates = {"day": start.isoformat(), "until": (start + timedelta(days=28)).isoformat()}
    source = resources.files("scheduler") / "starter"
    try:
        _write(folder, source, dates)
        write_schemas(folder / "campaigns")
    except OSError as error:
        words = say("không ghi được vào đây; xem lại quyền ghi", "cannot be written; look at the permissions")
        raise SettingsError(f"{error.filename or folder}: {words}") from None
    show(
        say(f"Đã tạo {folder}. Tiếp theo:", f"{folder} is made. Next:"),
        f"  cd {folder}",
        f"  loa check                # {say('kiểm tra các tệp', 'check the files')}",
        f"  loa plan                 # {say('xem sẽ đăng gì', 'see what would be posted')}",
        f"  loa apply                # {say('ghi vào sổ cái', 'write it into the ledger')}",
        f"  loa approve lam-quen     # {say('người có thẩm quyền duyệt', 'an officer approves')}",
        f"  loa run                  # {say('đăng đúng giờ', 'post on time')}",
    )


def _write(folder: Path, source: Traversable, dates: dict[str, str]) -> None:
    for name in (
        "campaigns/channels.yaml",
        "campaigns/hotlines.yaml",
        "campaigns/days.yaml",
        "campaigns/units.yaml",
        "campaigns/programmes.yaml",
        "campaigns/laws.yaml",
        "campaigns/lam-quen.yaml",
        "templates/meo.j2",
        "env",
    ):
        target = folder / (".env" if name == "env" else name)
        target.parent.mkdir(parents=True, exist_ok=True)
        content = (source / name).read_text("utf-8")
        if not target.exists():
            target.write_text(Template(content).safe_substitute(dates) if name.endswith(".yaml") else content, "utf-8")
    if (folder / ".env").exists():
        (folder / ".env").chmod(0o600)
