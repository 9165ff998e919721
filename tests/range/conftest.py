"""The one table, after everything."""

from __future__ import annotations

from typing import Any

from tests.range.course import TALLIES, table


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if TALLIES:
        terminalreporter.write_line("")
        terminalreporter.write_line(table(TALLIES))
