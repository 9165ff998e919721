"""`loa new`: a campaign from a model, by answering a few questions."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import typer
from rich.prompt import Confirm, Prompt
from rich.text import Text

from scheduler.authoring.model_file import (
    Answer,
    Model,
    Question,
    default_answer,
    filled,
    parse_answer,
    read_models,
    unknown_answer,
)
from scheduler.authoring.places import Places
from scheduler.authoring.write_yaml import campaign_yaml
from scheduler.cli import draft
from scheduler.cli.office import office
from scheduler.cli.screen import err, show, show_problems
from scheduler.errors import CampaignError, SettingsError
from scheduler.text import did_you_mean, nfc, say, slug

ModelName = Annotated[str | None, typer.Argument(metavar="MODEL", help=say("Mẫu nào", "Which model"))]
Name = Annotated[str, typer.Option("--name", help=say("Mã chiến dịch (mặc định: theo tiêu đề)", "The campaign's id"))]
Given = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=say("Trả lời sẵn một câu hỏi", "An answer"))
]
Anyway = Annotated[bool, typer.Option("--anyway", help=say("Ghi dù còn lỗi", "Write even with errors"))]
Force = Annotated[bool, typer.Option("--force", help=say("Ghi đè tệp đã có", "Write over a file that is there"))]


def new(
    context: typer.Context,
    model: ModelName = None,
    name: Name = "",
    given: Given = None,
    anyway: Anyway = False,
    force: Force = False,
) -> None:
    """Tạo một chiến dịch từ mẫu: trả lời vài câu hỏi là có tệp để sửa tiếp. / A campaign from a model.

    Ví dụ: loa new dem-nguoc     Không hỏi: loa new thong-bao --set ngay=26/6/2027 --set "title=Thông báo"
    """
    here = office(context)
    if here.book.channel_source is None or here.book.unread_channels is None:
        raise CampaignError(here.book.problems)
    chosen = _choose(read_models(), model)
    today = here.now.astimezone(here.settings.zone).date()
    answered = _given(given or [])
    answers = _Answers(chosen, answered, Places(here.book), today).all()
    answers["campaign"] = name or slug(str(answers.get("title") or answers.get("event") or chosen.model), 60)
    target = draft.new_draft(here, str(answers["campaign"]), None, force=force)
    head, messages = filled(chosen, answers)
    made = say(f"Tạo từ mẫu {chosen.model}; sửa lời cho đúng, rồi: loa check, loa plan", f"Made from the model {chosen.model}")  # fmt: skip
    content = campaign_yaml(head, [((), message) for message in messages], [target.first_line, made])
    _must_be_wanted(target, content, anyway=anyway)
    target.write(content)
    show(say(f"Đã tạo {target.file}. Tiếp theo:", f"{target.file} is made. Next:"), style="green")
    if not sys.stdin.isatty():
        _tell_of_unasked(chosen, answered, answers)
    show(
        f"  loa check                # {say('kiểm tra', 'check')}",
        f"  loa plan --campaign {target.name}    # {say('xem sẽ đăng gì', 'see what would be posted')}",
    )


def _tell_of_unasked(model: Model, answered: Mapping[str, str], answers: Mapping[str, Answer]) -> None:
    """Say which answers are the model's own, where there was no terminal to ask in."""
    taken = "; ".join(f"{q.name} = {_shown(answers[q.name])}" for q in model.ask if q.name not in answered)
    if taken:
        words = say(f"không hỏi, lấy theo mẫu: {taken}; trả lời bằng --set TÊN=...", f"not asked, by the model: {taken}; answer with --set NAME=...")  # fmt: skip
        show(f"  {words}", style="yellow")


def _shown(answer: Answer) -> str:
    if isinstance(answer, date):
        return f"{answer.day}/{answer.month}/{answer.year}"
    return ", ".join(answer) if isinstance(answer, list) else answer


def _must_be_wanted(target: draft.Draft, content: str, *, anyway: bool) -> None:
    """Raise CampaignError for a campaign with errors, unless its author wants it all the same."""
    problems, _ = target.check(content)
    if not any(not problem.warning for problem in problems):
        show_problems(problems)
        return
    if anyway:
        show_problems(problems)
        return
    if sys.stdin.isatty():
        show_problems(problems)
        if Confirm.ask(say("Còn lỗi. Vẫn ghi tệp?", "There are errors. Write it all the same?"), console=err):
            return
    raise CampaignError(problems)


def _given(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        words = say(f'--set "{wrong[0]}" phải viết --set tên=giá-trị', f'--set "{wrong[0]}" must be --set key=value')
        raise SettingsError(words)
    return {key.strip(): nfc(value) for key, _, value in (pair.partition("=") for pair in pairs)}


def _choose(models: dict[str, Model], wanted: str | None) -> Model:
    listed = "\n".join(f"  {model.model:<16}{model.about}" for model in models.values())
    if wanted is None and sys.stdin.isatty():
        err.print(Text(say("Các mẫu:", "The models:") + f"\n{listed}"))
        wanted = Prompt.ask(say("Mẫu nào", "Which model"), choices=list(models), show_choices=False, console=err)
    if wanted is None:
        words = say("thiếu tên mẫu; ví dụ: loa new thong-bao. Các mẫu:", "which model? e.g. loa new thong-bao. Models:")
        raise SettingsError(f"{words}\n{listed}")
    if wanted not in models:
        hint = did_you_mean(wanted, models)
        raise SettingsError(say(f'không có mẫu "{wanted}"{hint}\nCác mẫu:', f'no model "{wanted}"{hint}\nModels:') + f"\n{listed}")  # fmt: skip
    return models[wanted]


@dataclass
class _Answers:
    """What the author answers: given beforehand, asked in a terminal, or the model's own default."""

    model: Model
    given: Mapping[str, str]
    places: Places
    today: date

    def all(self) -> dict[str, Answer]:
        """Return every answer by the name of its question; SettingsError with all that is wrong or missing."""
        names = {question.name for question in self.model.ask}
        wrong = [unknown_answer(self.model, name) for name in self.given if name not in names]
        answers: dict[str, Answer] = {}
        for question in self.model.ask:
            try:
                answers[question.name] = self._answer(question, answers)
            except ValueError as error:
                wrong.append(f"{question.name}: {error}")
        if wrong:
            raise SettingsError("\n".join(wrong))
        return answers

    def _answer(self, question: Question, answers: Mapping[str, Answer]) -> Answer:
        offered = default_answer(question, answers)
        if question.name in self.given:
            return self._parse(question, self.given[question.name])
        if not sys.stdin.isatty():
            return self._parse(question, offered)
        return self._ask(question, offered)

    def _ask(self, question: Question, offered: str) -> Answer:
        shown = _shown(self._parse(question, offered))
        while True:
            text = Prompt.ask(Text(question.ask), default=shown, console=err)
            try:
                return self._parse(question, text)
            except ValueError as error:
                err.print(Text(str(error), "red"))

    def _parse(self, question: Question, text: str) -> Answer:
        return parse_answer(question, text, self.places, self.today)
