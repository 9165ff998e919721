"""`loa check`: every problem in every file."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from scheduler.cli.office import Json, office
from scheduler.cli.screen import show, show_problems
from scheduler.composing.explain import explanation
from scheduler.errors import Problem
from scheduler.text import say

Explained = Annotated[
    str | None,
    typer.Option("--explain", metavar="RULE", help=say("Giải thích một quy tắc trong [ ]", "Explain a rule in [ ]")),
]


def check(context: typer.Context, as_json: Json = False, rule: Explained = None) -> None:
    """Kiểm tra mọi tệp: mỗi lỗi một dòng, kèm tệp và số dòng. / Check every file.

    Ví dụ: loa check; loa check --explain stigma
    """
    if rule is not None:
        show(*explanation(rule))
        return
    problems = office(context).check()
    errors = [problem for problem in problems if not problem.warning]
    if as_json:
        listed = [{**_entry(problem), "waived": None} for problem in problems]
        listed += [{**_entry(w.problem), "waived": w.reason} for w in office(context).waived]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        show_problems(problems)
        book = office(context).book
        messages = sum(len(a.campaign.messages) for a in book.campaigns)
        notes = len(problems) - len(errors)
        waived = len(office(context).waived)
        if errors:
            show(
                say(f"{len(errors)} lỗi, {notes} lưu ý", f"{len(errors)} errors, {notes} notes"),
                style="bold red",
            )
        else:
            words = say(
                f"Không có lỗi: {len(book.campaigns)} chiến dịch, {messages} thông điệp, {len(book.channels)} kênh",
                f"No errors: {len(book.campaigns)} campaigns, {messages} messages, {len(book.channels)} channels",
            )
            show(words, style="green")
        if waived:
            show(
                say(
                    f"{waived} điểm đã được miễn, có lý do: xem loa plan", f"{waived} findings are waived: see loa plan"
                ),
                style="dim",
            )
    if errors:
        raise typer.Exit(2)


def _entry(problem: Problem) -> dict[str, Any]:
    return {
        "file": str(problem.file),
        "line": problem.line,
        "field": problem.field,
        "message": problem.message,
        "warning": problem.warning,
    }
