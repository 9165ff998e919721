"""`loa import`: a communication plan in Excel becomes a campaign."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.authoring.cells import also_in
from scheduler.authoring.write_yaml import campaign_yaml
from scheduler.cli import draft
from scheduler.cli.office import Json, Office, office
from scheduler.cli.screen import progress, show, show_problems
from scheduler.errors import Problem, SettingsError
from scheduler.text import nfc, say, slug

if TYPE_CHECKING:
    from scheduler.authoring.plan_table import Plan

File = Annotated[
    Path | None, typer.Argument(metavar="PLAN.xlsx", help=say("Bảng kế hoạch .xlsx, .xlsm hoặc .csv", "The plan: .xlsx, .xlsm or .csv"))
]  # fmt: skip
Name = Annotated[
    str, typer.Option("--campaign", help=say("Mã chiến dịch (mặc định: theo tên tệp)", "The campaign's id"))
]
Out = Annotated[
    Path | None, typer.Option("--out", help=say("Ghi vào tệp này (mặc định: campaigns/MÃ.yaml)", "Write here"))
]
SheetName = Annotated[str | None, typer.Option("--sheet", help=say("Trang tính nào", "Which sheet"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say("Chỉ xem, không ghi gì", "Only show, write nothing"))]
Partial = Annotated[
    bool, typer.Option("--partial", help=say("Ghi những hàng đọc được, nêu những hàng bỏ lại", "Write the good rows"))
]
Force = Annotated[bool, typer.Option("--force", help=say("Ghi đè tệp đã có", "Write over a file that is there"))]
Pattern = Annotated[
    Path | None, typer.Option("--template", help=say("Tạo bảng mẫu để điền, rồi dừng", "Make an empty plan and stop"))
]
MOST_ROUNDS = 4  # a row that is left out may uncover a mistake of another


def import_plan(
    context: typer.Context,
    file: File = None,
    campaign: Name = "",
    out: Out = None,
    sheet: SheetName = None,
    dry_run: DryRun = False,
    partial: Partial = False,
    force: Force = False,
    template: Pattern = None,
    as_json: Json = False,
) -> None:
    """Đọc bảng kế hoạch Excel thành tệp chiến dịch; mỗi ô sai được chỉ ra theo địa chỉ. / An Excel plan as a campaign.

    Ví dụ: loa import ke-hoach.xlsx --dry-run     Bảng mẫu: loa import --template ke-hoach.xlsx
    """
    here = office(context)
    if template is not None:
        _write_pattern(here, template, force=force)
        return
    if file is None:
        raise SettingsError(
            say(
                "thiếu tệp bảng kế hoạch; ví dụ: loa import ke-hoach.xlsx (bảng mẫu: loa import --template ke-hoach.xlsx)",
                "which plan? for example: loa import ke-hoach.xlsx (a pattern: loa import --template ke-hoach.xlsx)",
            )
        )
    name = campaign or slug(nfc(file.stem)) or "ke-hoach"
    target = draft.new_draft(here, name, out, force=force or dry_run)
    work = _Import(target, _read(here, file, sheet), partial=partial)
    work.check()
    written = work.wanted and not dry_run
    if written:
        target.write(work.content)
    _tell(work, file, written=written, dry_run=dry_run, as_json=as_json)
    if not work.wanted:
        raise typer.Exit(2)
    if work.left_out:
        raise typer.Exit(1)


def _read(here: Office, file: Path, sheet: str | None) -> Plan:
    from scheduler.authoring.plan_table import read_plan  # only this command needs the library for spreadsheets

    today = here.now.astimezone(here.settings.zone).date()
    with progress(say("Đọc bảng", "Reading")) as bar:
        task = bar.add_task("", total=None)
        return read_plan(
            file,
            here.book,
            today=today,
            sheet=sheet,
            told=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _write_pattern(here: Office, file: Path, *, force: bool) -> None:
    from scheduler.authoring.plan_pattern import pattern

    if not force:
        draft.must_be_new(file)
    draft.write_whole(file, pattern(here.book, here.now.astimezone(here.settings.zone).date() + timedelta(days=7)))
    show(
        say(f"Đã tạo {file}. Điền bảng, lưu lại, rồi:", f"{file} is made. Fill it in, save it, then:"),
        f"  loa import {file} --dry-run",
    )


@dataclass
class _Import:
    """A plan on its way into a file: rendered, checked, and shortened to its good rows when that is asked for."""

    target: draft.Draft
    plan: Plan
    partial: bool
    problems: list[Problem] = field(default_factory=list)
    content: str = ""
    others: int = 0

    def check(self) -> None:
        """Check the campaign; what the checker finds is told by the cell from which it came."""
        self.rows = len(self.plan.drafts)
        self.bad_rows = {p.line for p in self.plan.problems if not p.warning}
        self.problems = list(self.plan.problems)
        for _ in range(MOST_ROUNDS):
            if not self.plan.drafts:
                break
            self.content = self._render()
            found, self.others = self.target.check(self.content)
            mapped = list(self._in_cells(found))
            bad = {p.line for p in mapped if not p.warning}
            if not (bad and self.partial):
                self.problems += mapped
                break
            self.problems += [p for p in mapped if not p.warning]
            self.plan.drafts = [d for d in self.plan.drafts if d.row not in bad]
        else:
            self.plan.drafts = []
        self.problems = sorted(set(self.problems))

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if not problem.warning]

    @property
    def wanted(self) -> bool:
        """Whether the file is to be written."""
        return bool(self.plan.drafts) and (self.partial or not self.errors)

    @property
    def left_out(self) -> int:
        """How many rows are not in the file."""
        return len({problem.line for problem in self.errors})

    def _render(self) -> str:
        usual = self.plan.channels
        head = {"campaign": self.target.name, "title": self.plan.title, "channels": usual, "approval": "required"}
        messages = []
        for row in self.plan.drafts:
            own = row.channels if row.channels != usual else []
            remarks = [row.where, *row.remarks]
            messages.append((remarks, {"id": row.id, **row.message, "channels": own}))
        name = f"{self.plan.file.name}, {self.plan.sheet}"
        source = say(f"Đọc từ {name}; ghi chú trên mỗi thông điệp là các ô của nó", f"Read from {name}; the remark above a message names its cells")  # fmt: skip
        return campaign_yaml(head, messages, [self.target.first_line, source])

    def _in_cells(self, found: list[Problem]) -> Iterator[Problem]:
        """Yield the checker's problems with the cell that each came from."""
        drafts = list(self.plan.drafts)
        for problem in found:
            match problem.field.split("."):
                case ["messages", number, *path] if number.isdecimal() and int(number) < len(drafts):
                    row = drafts[int(number)]
                    cell = row.cells.get(path[0] if path else "text") or f"{self.plan.sheet}!{row.row}"
                    yield Problem(Path(self.plan.file.name), row.row, cell, problem.message, problem.warning)
                case _:
                    where = f"{self.plan.sheet}: {problem.field}"
                    yield Problem(Path(self.plan.file.name), 1, where, problem.message, problem.warning)


def _tell(work: _Import, file: Path, *, written: bool, dry_run: bool, as_json: bool) -> None:
    count = len(work.plan.drafts)
    if as_json:
        told = {
            "campaign": work.target.name,
            "file": str(work.target.file) if written else None,
            "messages": count,
            "left_out": work.left_out,
            "problems": [
                {"cell": p.field, "row": p.line, "message": p.message, "warning": p.warning} for p in work.problems
            ],
        }
        if dry_run:
            told["yaml"] = work.content
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    if dry_run and count:
        print(work.content)
    show_problems(_gathered(work.problems))
    if work.others:
        words = say(
            f"các tệp khác còn {work.others} lỗi: loa check", f"other files have {work.others} errors: loa check"
        )
        show(words, style="yellow")
    if written:
        show(
            say(f"Đã ghi {count} thông điệp vào {work.target.file}", f"{count} messages are in {work.target.file}"),
            style="green",
        )
        if work.left_out:
            words = say(
                f"{work.left_out} hàng không ghi (xem ở trên)", f"{work.left_out} rows are left out (see above)"
            )
            show(words, style="yellow")
        show(
            f"  loa preview {work.target.name} --html xem.html    # {say('xem từng bài', 'look at each post')}",
            f"  loa plan --campaign {work.target.name}    # {say('xem sẽ đăng gì', 'see what would be posted')}",
            style="dim",
        )
    elif work.wanted:
        show(say(f"Đọc được {count} thông điệp; chưa ghi gì", f"{count} messages; nothing was written"), style="green")
    else:
        _tell_of_refusal(work, file)


def _gathered(problems: Sequence[Problem]) -> list[Problem]:
    """Return the same mistake in cells of one column as one, at the first of them, naming the others."""
    cells: dict[tuple[str, str, bool], list[Problem]] = {}
    for problem in problems:
        cells.setdefault((problem.field.rstrip("0123456789"), problem.message, problem.warning), []).append(problem)
    return [
        replace(first, message=first.message + also_in([other.field.rpartition("!")[2] for other in others]))
        for first, *others in cells.values()
    ]


def _tell_of_refusal(work: _Import, file: Path) -> None:
    good = len([row for row in work.plan.drafts if row.row not in {p.line for p in work.errors}])
    words = say(f"{len(work.errors)} lỗi; chưa ghi gì", f"{len(work.errors)} errors; nothing was written")
    show(words, style="bold red")
    if good:
        words = say(
            f"{good} hàng đọc được; chỉ ghi những hàng ấy: loa import {file} --partial",
            f"{good} rows are good; to write only those: loa import {file} --partial",
        )
        show(words, style="dim")
