"""`loa check`: every problem in every file."""

from __future__ import annotations

import json

import typer

from scheduler.cli.office import Json, office
from scheduler.cli.screen import show, show_problems
from scheduler.text import say


def check(context: typer.Context, as_json: Json = False) -> None:
    """Kiểm tra mọi tệp: mỗi lỗi một dòng, kèm tệp và số dòng. / Check every file.

    Ví dụ: loa check
    """
    problems = office(context).check()
    errors = [problem for problem in problems if not problem.warning]
    if as_json:
        listed = [
            {"file": str(p.file), "line": p.line, "field": p.field, "message": p.message, "warning": p.warning}
            for p in problems
        ]
        print(json.dumps(listed, ensure_ascii=False, indent=2))
    else:
        show_problems(problems)
        book = office(context).book
        messages = sum(len(a.campaign.messages) for a in book.campaigns)
        notes = len(problems) - len(errors)
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
    if errors:
        raise typer.Exit(2)
