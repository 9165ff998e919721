"""How Loa looks in a terminal: colours that mean something, tables, one line a problem."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from scheduler.errors import Problem
from scheduler.text import say

WIDE = 180  # columns when nobody's terminal limits us

out = Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)
err = Console(stderr=True, width=None if sys.stderr.isatty() else WIDE, highlight=False)

COLOURS = {
    "held": "yellow",
    "scheduled": "cyan",
    "sending": "blue",
    "published": "green",
    "unconfirmed": "bold magenta",
    "failed": "bold red",
    "missed": "red",
    "cancelled": "dim",
    "withdrawn": "dim",
}
VIETNAMESE = {
    "held": "đang giữ",
    "scheduled": "đã lên lịch",
    "sending": "đang gửi",
    "published": "đã đăng",
    "unconfirmed": "chưa xác nhận",
    "failed": "thất bại",
    "missed": "bỏ lỡ",
    "cancelled": "đã huỷ",
    "withdrawn": "đã gỡ",
}


class LogLines(logging.Formatter):
    """A log line: time, level where it matters, the fact. Plain, since ten thousand posts may go out in seconds."""

    def __init__(self, *, colours: bool) -> None:
        super().__init__("%(asctime)s  %(message)s", "%H:%M:%S")
        self._colours = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m"} if colours else {}

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        colour = self._colours.get(record.levelno)
        return f"{colour}{line}\x1b[0m" if colour else line


def state_name(state: str) -> Text:
    """Return a state in its colour and in the reader's language."""
    return Text(say(VIETNAMESE.get(state, state), state), COLOURS.get(state, ""))


def show(*lines: str, style: str = "") -> None:
    """Print lines as they are: long ones are not cut, brackets are not markup."""
    for line in lines:
        out.print(Text(line, style), soft_wrap=True)


def show_problems(problems: Sequence[Problem]) -> None:
    """Print every problem, errors before nothing else: in order of file and line, warnings in yellow."""
    for problem in problems:
        line = Text(f"{problem.file}:{problem.line}: ", "bold")
        if problem.warning:
            line.append(say("lưu ý: ", "note: "), "yellow")
        else:
            line.append(say("lỗi: ", "error: "), "red")
        if problem.field:
            line.append(f"{problem.field}: ", "cyan")
        line.append(problem.message)
        out.print(line, soft_wrap=True)


def progress(title: str) -> Progress:
    """Return a progress bar on stderr; it shows only in a terminal."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=err, transient=True, disable=not sys.stderr.isatty())
