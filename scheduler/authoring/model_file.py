"""A model: a campaign with places to fill in, and the questions whose answers fill them. It is data, never run.

A place is `{name}` (the answer), `{name+7}` or `{name-3}` (so many days later or earlier), each also with `:ngay`
(26/6/2027) or `:thu` (thứ Bảy) instead of 2027-06-26. Places are filled in the values that were read, not in the
file's letters, so that no answer can change the shape of the campaign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Literal

from scheduler.authoring.cells import tidy
from scheduler.authoring.places import Places
from scheduler.authoring.spoken_time import WEEKDAYS, read_date, read_time
from scheduler.registers.identifier import Identifier
from scheduler.registers.source import Strict, open_source
from scheduler.text import did_you_mean, say

SHIPPED = Path(__file__).resolve().parent.parent / "starter" / "models"
PLACE = re.compile(r"\{([a-z][a-z0-9_]*)([+-]\d{1,3})?(?::(ngay|thu))?\}")

Answer = str | date | list[str]


class Question(Strict):
    """One thing that the author is asked. `default`: a text, a time, or for dates so many days from today (`+7`)."""

    name: Identifier
    """Tên để viết {tên} trong phần write"""
    ask: str
    """Câu hỏi"""
    kind: Literal["line", "date", "time", "channels"] = "line"
    """Hỏi gì: line (một dòng chữ), date (ngày), time (giờ), channels (kênh)"""
    default: str = ""
    """Câu trả lời có sẵn; với ngày: +7 là bảy ngày nữa"""


class Model(Strict):
    """A model as it stands in its file."""

    model: Identifier
    """Mã của mẫu"""
    about: str
    """Mẫu để làm gì"""
    ask: tuple[Question, ...] = ()
    """Các câu hỏi"""
    write: dict[str, Any]
    """Chiến dịch, với các chỗ {tên} để điền"""


def read_models(folder: Path = SHIPPED) -> dict[str, Model]:
    """Return the models of a folder by their ids."""
    found = (open_source(file).read(Model) for file in sorted(folder.glob("*.yaml")))
    return {model.model: model for model in found if model is not None}


def unknown_places(model: Model) -> list[str]:
    """Return the places of a model that no question fills, or that count days from what is no date."""
    kinds = {question.name: question.kind for question in model.ask} | {"campaign": "line"}
    places = [place for text in _texts(model.write) for place in PLACE.finditer(text)]
    return [p[0] for p in places if p[1] not in kinds or ((p[2] or p[3]) and kinds[p[1]] != "date")]


def parse_answer(question: Question, text: str, places: Places, today: date) -> Answer:
    """Return what an author answered, or raise ValueError with what would be right."""
    text = tidy(text).strip()
    if not text and question.kind != "channels":
        raise ValueError(say("không được để trống", "must not be empty"))
    match question.kind:
        case "date" if found := re.fullmatch(r"\+(\d{1,3})", text):
            return today + timedelta(days=int(found[1]))
        case "date":
            return read_date(text, today=today)[0]
        case "time":
            return _as_written(read_time(text)[0])
        case "channels":
            return places.channels(text) or _first_channel(places)
        case _:
            return text


def default_answer(question: Question, answers: Mapping[str, Answer]) -> str:
    """Return the answer that is offered; it may speak of earlier answers."""
    return str(_fill(question.default, answers)) if question.default else ""


def filled(model: Model, answers: Mapping[str, Answer]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the head and the messages of the campaign, as they are to be written."""
    values = _fill(model.write, answers)
    messages = values.pop("messages")
    return values, messages


def unknown_answer(model: Model, name: str) -> str:
    """Return the sentence for an answer to something that the model does not ask."""
    known = [question.name for question in model.ask]
    hint, listed = did_you_mean(name, known), ", ".join(known)
    return say(f'mẫu {model.model} không hỏi "{name}"{hint} ({listed})', f'{model.model} does not ask "{name}"{hint} ({listed})')  # fmt: skip


def _fill(value: Any, answers: Mapping[str, Answer]) -> Any:
    match value:
        case dict():
            return {key: _fill(inner, answers) for key, inner in value.items()}
        case list():
            return [_fill(inner, answers) for inner in value]
        case str() if (whole := PLACE.fullmatch(value)) and isinstance(answers.get(whole[1]), list):
            return answers[whole[1]]
        case str():
            return PLACE.sub(lambda place: _written(place, answers), value)
        case _:
            return value


def _written(place: re.Match[str], answers: Mapping[str, Answer]) -> str:
    name, days, form = place.groups()
    answer = answers.get(name)
    match answer:
        case None:
            return place[0]  # not a place of ours: braces that an author wrote
        case date():
            day = answer + timedelta(days=int(days or 0))
            return f"{day.day}/{day.month}/{day.year}" if form == "ngay" else WEEKDAYS[day.weekday()] if form else day.isoformat()  # fmt: skip
        case list():
            return ", ".join(answer)
        case _:
            return answer


def _texts(value: Any) -> Iterator[str]:
    match value:
        case dict():
            yield from (text for inner in value.values() for text in _texts(inner))
        case list():
            yield from (text for inner in value for text in _texts(inner))
        case str():
            yield value


def _as_written(at: time) -> str:
    return f"{at:%H:%M}"


def _first_channel(places: Places) -> list[str]:
    known = list(places.book.channels)
    if not known:
        raise ValueError(say("chưa có kênh nào trong channels.yaml", "there is no channel in channels.yaml"))
    return known[:1]
