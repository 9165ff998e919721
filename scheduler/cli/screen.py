"""How Loa looks in a terminal: colours that mean something, tables, one line a problem."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from scheduler.errors import Problem
from scheduler.ledger.delivery import name_of
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


class LogLines(logging.Formatter):
    """A log line: time, level where it matters, the fact. Plain, since ten thousand posts may go out in seconds."""

    def __init__(self, *, colours: bool, zone: tzinfo | None = None) -> None:
        super().__init__("%(asctime)s  %(message)s")
        self.zone = zone
        self._colours = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m"} if colours else {}

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return _time_of_day(int(record.created), self.zone)

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        colour = self._colours.get(record.levelno)
        return f"{colour}{line}\x1b[0m" if colour else line


@lru_cache(2)
def _time_of_day(second: int, zone: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(second, zone):%H:%M:%S}"


def state_name(state: str) -> Text:
    """Return a state in its colour and in the reader's language."""
    return Text(name_of(state), COLOURS.get(state, ""))


SCOPES = {"channel": "kênh", "unit": "đơn vị", "campaign": "chiến dịch", "class": "loại tin"}


def scope_name(scope: str, values: Sequence[str]) -> str:
    """Return what a hold stops, in the reader's language: `kênh masto-ha-noi`."""
    if scope == "all":
        return say("tất cả", "everything")
    return f"{say(SCOPES[scope], scope)} {', '.join(values)}"


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
