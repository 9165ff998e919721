"""A campaign as its author wrote it: messages with one purpose, in one file."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from scheduler.authoring.card import Card, CardStyle
from scheduler.registers.moments import Duration, LocalDate, as_word, in_our_time, parse_date, parse_moment, parse_time
from scheduler.registers.source import Strict
from scheduler.text import did_you_mean, say

Class = Literal["ordinary", "priority", "emergency"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_IN_VIETNAMESE = {"t2": "mon", "t3": "tue", "t4": "wed", "t5": "thu", "t6": "fri", "t7": "sat", "cn": "sun"}


def _identifier(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", value):
        raise ValueError(
            say(
                f'"{value}" không dùng làm mã được; chỉ chữ không dấu, số, ".", "_" và "-" (ví dụ: tin-1)',
                f'"{value}" cannot be an id; only plain letters, digits, ".", "_" and "-" (for example: tin-1)',
            )
        )
    return value


def _one_or_many(value: Any) -> Any:
    return value if value is None or isinstance(value, list | tuple) else [value]


def _some(value: Any) -> Any:
    if isinstance(value, list | tuple) and not value:
        raise ValueError(say("danh sách trống; viết ít nhất một mục", "an empty list; write at least one entry"))
    return value


def _times(value: Any) -> Any:
    return None if value is None else tuple(dict.fromkeys(parse_time(v) for v in _some(_one_or_many(value))))


def _weekdays(value: Any) -> Any:
    if value is None:
        return None
    days = [as_word(v).strip().lower() for v in _some(_one_or_many(value))]
    if days in (["day"], ["ngay"], ["ngày"]):
        return WEEKDAYS
    names = [_IN_VIETNAMESE.get(d, d[:3] if d[:3] in WEEKDAYS and d.endswith("day") else d) for d in days]
    for day in names:
        if day not in WEEKDAYS:
            hint = did_you_mean(day, (*WEEKDAYS, *_IN_VIETNAMESE, "day"))
            listed = ", ".join(WEEKDAYS)
            raise ValueError(
                say(
                    f'"{day}" không phải thứ trong tuần{hint} ({listed}, day)',
                    f'"{day}" is no weekday{hint} ({listed}, day)',
                )
            )
    return tuple(dict.fromkeys(names))


def _named_day(value: Any) -> Any:
    text = as_word(value).strip()
    found = re.fullmatch(r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}))?", text, re.ASCII)
    try:
        if found:
            in_our_time(date(int(found[3] or 2028), int(found[2]), int(found[1])))  # 2028 has a 29 February
            return text
    except ValueError:
        pass
    raise ValueError(say(f'"{text}" không phải ngày; ví dụ đúng: 26/6', f'"{text}" is no day; for example: 26/6'))


Identifier = Annotated[str, BeforeValidator(_identifier)]


class When(Strict):
    """When a message is due: exactly one of `on`, `every` (with `at`), `before` (with `days` and `at`)."""

    EXAMPLE: ClassVar[str] = '{on: "2027-06-26 08:00"}'

    on: Annotated[datetime | None, BeforeValidator(parse_moment)] = None
    every: Annotated[tuple[str, ...] | None, BeforeValidator(_weekdays)] = None
    before: Annotated[str, BeforeValidator(_named_day)] | None = None
    days: Annotated[
        tuple[Annotated[int, Field(ge=0, le=365)], ...], BeforeValidator(_some), BeforeValidator(_one_or_many)
    ] = (0,)
    at: Annotated[tuple[time, ...] | None, BeforeValidator(_times)] = None
    since: Annotated[LocalDate | None, BeforeValidator(parse_date), Field(alias="from")] = None
    until: Annotated[LocalDate | None, BeforeValidator(parse_date)] = None

    @model_validator(mode="after")
    def _one_rule(self) -> When:
        rules = [name for name in ("on", "every", "before") if getattr(self, name) is not None]
        if len(rules) != 1:
            raise ValueError(
                say(
                    'cần đúng một trong: on, every, before; ví dụ: {on: "2027-06-26 08:00"}',
                    'needs exactly one of: on, every, before; for example: {on: "2027-06-26 08:00"}',
                )
            )
        if rules != ["on"] and not self.at:
            raise ValueError(say('thiếu giờ đăng; thêm: at: "19:30"', 'the time of day is missing; add: at: "19:30"'))
        if rules == ["on"] and self.at:
            raise ValueError(say("on đã có giờ; bỏ at", "on has its time already; remove at"))
        if rules == ["on"] and (self.since or self.until):
            raise ValueError(say("on chỉ đăng một lần; bỏ from và until", "on is a single time; remove from and until"))
        if rules != ["before"] and "days" in self.model_fields_set:
            raise ValueError(say("days chỉ đi với before; bỏ days", "days goes with before only; remove days"))
        if self.since and self.until and self.since > self.until:
            raise ValueError(say("from ở sau until", "from lies after until"))
        return self


class Image(Strict):
    """A picture of the message: a file inside the workspace, and what it shows, for those who cannot see it."""

    EXAMPLE: ClassVar[str] = '{file: images/a.png, alt: "..."}'

    file: str
    alt: str = ""


class Selector(Strict):
    """Which channels: one by `id`, all with a `label`, all of a `unit` (and of the units below it)."""

    EXAMPLE: ClassVar[str] = "{label: city}"

    id: str | None = None
    label: str | None = None
    unit: str | None = None
    below: bool = False

    @model_validator(mode="after")
    def _names_something(self) -> Selector:
        if sum(x is not None for x in (self.id, self.label, self.unit)) != 1:
            raise ValueError(
                say("cần một mã kênh, {label: ...} hoặc {unit: ...}", "needs a channel id, {label: ...} or {unit: ...}")
            )
        return self


def _selectors(value: Any) -> Any:
    if value is None:
        return ()
    return tuple({"id": v} if isinstance(v, str) else v for v in _one_or_many(value))


Selectors = Annotated[tuple[Selector, ...], BeforeValidator(_selectors)]


def _nothing_empty(values: dict[str, Any]) -> dict[str, Any]:
    for name, value in values.items():
        if value is None or (isinstance(value, list) and None in value):
            raise ValueError(
                say(f'"{name}" để trống; viết giá trị, hoặc ""', f'"{name}" is empty; write a value, or ""')
            )
    return values


class Words(Strict):
    """What is said: a text, or a template with its variables."""

    EXAMPLE: ClassVar[str] = "{text: ...}"

    text: str | None = None
    template: str | None = None
    vars: Annotated[dict[str, Any], AfterValidator(_nothing_empty)] = {}

    @model_validator(mode="after")
    def _one_source(self) -> Words:
        if (self.text is None) == (self.template is None):
            raise ValueError(
                say(
                    "cần text hoặc template (chỉ một trong hai, không để trống)",
                    "needs text or template (just one of them, not empty)",
                )
            )
        if self.template is None and self.vars:
            raise ValueError(say("vars chỉ đi với template", "vars goes with template only"))
        return self


def _words(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: {"text": v} if isinstance(v, str) else v for k, v in value.items()}


def _reasons(values: dict[str, Any]) -> dict[str, Any]:
    for rule, reason in values.items():
        if not reason.strip():
            raise ValueError(
                say(f"{rule}: thiếu lý do miễn quy tắc này", f"{rule}: why this rule is waived is missing")
            )
    return values


Waived = Annotated[dict[str, str], AfterValidator(_reasons)]


class Message(Words):
    """One thing to say, on one or more channels, once or by a rule."""

    EXAMPLE: ClassVar[str] = "{id: tin-1, text: ..., when: {...}}"

    id: Identifier
    title: str = ""
    when: When
    channels: Selectors = ()
    words: Annotated[dict[str, Words], BeforeValidator(_words)] = {}
    images: tuple[Image, ...] = ()
    card: Card | None = None  # a picture made of words, before the other pictures
    late_after: Duration | None = None
    spread: Duration | None = None
    language: str = "vi"
    kind: Annotated[Class | None, Field(alias="class")] = None
    tags: tuple[Identifier, ...] = ()
    waive: Waived = {}


class Campaign(Strict):
    """Messages with one purpose, one file."""

    EXAMPLE: ClassVar[str] = "campaign: tet-2027"

    campaign: Identifier
    title: str = ""
    channels: Selectors = ()
    approval: Literal["required", "none"] = "required"
    late_after: Duration = timedelta(hours=2)
    spread: Duration | None = None  # one message does not go out on all channels at once, but over so long
    kind: Annotated[Class, Field(alias="class")] = "ordinary"
    tags: tuple[Identifier, ...] = ()
    waive: Waived = {}
    card: CardStyle | None = None  # what the cards of its messages have in common
    messages: Annotated[tuple[Message, ...], BeforeValidator(_some)]

    @model_validator(mode="after")
    def _give_cards_what_they_share(self) -> Campaign:
        if self.card is not None:  # written through, since the model is frozen for everybody else
            cards = [None if m.card is None else m.card.like(self.card) for m in self.messages]
            given = zip(self.messages, cards, strict=True)
            self.__dict__["messages"] = tuple(m.model_copy(update={"card": card}) if card else m for m, card in given)
        return self
