"""A campaign that is not written yet: checked as if it stood in `campaigns/`, then written whole or not at all."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scheduler.authoring.loader import read_book
from scheduler.authoring.schema import editor_line
from scheduler.cli.office import Office
from scheduler.errors import PlanRefused, Problem, SettingsError
from scheduler.registers.identifier import NAME
from scheduler.text import nfc, say


@dataclass(frozen=True)
class Draft:
    """Where a new campaign will stand, and in which workspace."""

    here: Office
    name: str
    file: Path

    @property
    def first_line(self) -> str:
        """The comment by which editors find the schema."""
        return editor_line(self._campaigns, self.file.absolute())

    @property
    def _campaigns(self) -> Path:
        return self.here.settings.workspace / "campaigns"

    def check(self, content: str) -> tuple[list[Problem], int]:
        """Return what `loa check` would say of this content, and how many errors other files have."""
        file = self.file.absolute()
        if not file.is_relative_to(self._campaigns):
            file = self._campaigns / f"{self.name}.yaml"
        with tempfile.TemporaryDirectory() as folder:
            held = Path(folder) / "draft.yaml"
            held.write_text(content, "utf-8")
            problems = self.here.check(read_book(self.here.settings.workspace, {file: held}))
        shown = file.relative_to(self.here.settings.workspace)
        others = sum(not p.warning for p in problems if p.file != shown)
        return [problem for problem in problems if problem.file == shown], others

    def write(self, content: str) -> None:
        """Write the file: whoever looks sees all of it or what was there before. SettingsError: it cannot be written."""
        write_whole(self.file, content.encode())


def new_draft(here: Office, name: str, out: Path | None, *, force: bool) -> Draft:
    """Return the draft of a campaign; PlanRefused when its file is there already and nobody said `--force`."""
    if not re.fullmatch(NAME, name):
        words = say(
            f'"{name}" không dùng làm mã chiến dịch được; chỉ chữ không dấu, số, ".", "_" và "-"',
            f'"{name}" cannot be a campaign\'s id; only plain letters, digits, ".", "_" and "-"',
        )
        raise SettingsError(words)
    file = out or here.settings.workspace / "campaigns" / f"{nfc(name)}.yaml"
    if not force:
        must_be_new(file)
    return Draft(here, name, file)


def must_be_new(file: Path) -> None:
    """Raise PlanRefused when there is such a file."""
    if file.exists():
        words = say(f"{file} đã có; ghi đè bằng --force, hoặc chọn tên khác", f"{file} is there; write over it with --force, or choose another name")  # fmt: skip
        raise PlanRefused(words)


def write_whole(file: Path, content: bytes) -> None:
    """Write a file beside its place, then put it there in one step. SettingsError: it cannot be written."""
    beside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            beside.replace(file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError:
        words = say("không ghi được vào đây; xem lại quyền ghi", "cannot be written; look at the permissions")
        raise SettingsError(f"{file}: {words}") from None
