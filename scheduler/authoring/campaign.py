"""A campaign as its author wrote it: messages with one purpose, in one file."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from scheduler.authoring.rule import (
    Break,
    Cycle,
    Shift,
    contradiction,
    one_or_many,
    parse_every,
    parse_exceptions,
    parse_month_days,
    parse_reference,
    parse_weekdays,
    some,
)
from scheduler.registers.identifier import Identifier
from scheduler.registers.law import Mode
from scheduler.registers.moments import Duration, LocalDate, as_word, parse_date, parse_moment, parse_time
from scheduler.registers.named_day import Week
from scheduler.registers.source import Strict
from scheduler.registers.year_day import YearDay, parse_lunar_day
from scheduler.text import say

Class = Literal["ordinary", "priority", "emergency"]


def _times(value: Any) -> Any:
    return None if value is None else tuple(dict.fromkeys(parse_time(v) for v in some(one_or_many(value))))


def _moons(value: Any) -> Any:
    return None if value is None else tuple(dict.fromkeys(parse_lunar_day(v) for v in some(one_or_many(value))))


def _weeks(value: Any) -> Any:
    return None if value is None else some(one_or_many(value))


NOW: Literal["now"] = "now"


def _moment_or_now(value: Any) -> Any:
    return NOW if as_word(value).strip().lower() == NOW else parse_moment(value)


Reference = Annotated[str, BeforeValidator(parse_reference)]


class When(Strict):
    """When a message is due: exactly one of `on`, `every`, `before`, `after`, `lunar`; all but `on` have `at`.

    `on: now` (or the one word `now`) is for emergencies: due at the moment at which the plan is applied.
    """

    EXAMPLE: ClassVar[str] = '{on: "2027-06-26 08:00"}'

    on: Annotated[datetime | Literal["now"] | None, BeforeValidator(_moment_or_now)] = None
    every: Annotated[tuple[str, ...] | Cycle | None, BeforeValidator(parse_every)] = None
    day: Annotated[tuple[str, ...] | None, BeforeValidator(parse_month_days)] = None  # of the month
    week: Annotated[tuple[Week, ...] | None, BeforeValidator(_weeks)] = None  # which of the month's on_day
    on_day: Annotated[tuple[str, ...] | None, BeforeValidator(parse_weekdays)] = None
    before: Reference | None = None
    after: Reference | None = None
    days: Annotated[
        tuple[Annotated[int, Field(ge=0, le=365)], ...], BeforeValidator(some), BeforeValidator(one_or_many)
    ] = (0,)
    lunar: Annotated[tuple[YearDay, ...] | None, BeforeValidator(_moons)] = None
    at: Annotated[tuple[time, ...] | None, BeforeValidator(_times)] = None
    since: Annotated[LocalDate | None, BeforeValidator(parse_date), Field(alias="from")] = None
    until: Annotated[LocalDate | None, BeforeValidator(parse_date)] = None
    window: Annotated[Reference | None, Field(alias="in")] = None  # only on days within a named day
    exceptions: Annotated[tuple[Break, ...], BeforeValidator(parse_exceptions), Field(alias="except")] = ()
    shift: Shift | None = None  # what happens on weekends and public holidays

    @model_validator(mode="before")
    @classmethod
    def _one_word(cls, value: Any) -> Any:
        return {"on": NOW} if isinstance(value, str) and value.strip().lower() == NOW else value

    @property
    def at_once(self) -> bool:
        """Whether it is due as soon as it is applied, and approved."""
        return self.on == NOW

    @model_validator(mode="after")
    def _one_rule(self) -> When:
        if wrong := contradiction(self):
            raise ValueError(wrong)
        return self


class Image(Strict):
    """A picture of the message: a file inside the workspace, and what it shows, for those who cannot see it."""

    EXAMPLE: ClassVar[str] = '{file: images/a.png, alt: "..."}'

    file: str
    alt: str = ""
    ai: Literal["none", "assisted", "generated"] = "none"  # whether an AI helped with it, or made it


class Selector(Strict):
    """Which channels: one by `id`, all with a `label`, all of a `unit` or a `group` of units (and of those below)."""

    EXAMPLE: ClassVar[str] = "{label: city}"

    id: str | None = None
    label: str | None = None
    unit: str | None = None
    group: str | None = None
    below: bool = False

    @model_validator(mode="after")
    def _names_something(self) -> Selector:
        if sum(x is not None for x in (self.id, self.label, self.unit, self.group)) != 1:
            raise ValueError(
                say(
                    "cần một mã kênh, {label: ...}, {unit: ...} hoặc {group: ...}",
                    "needs a channel id, {label: ...}, {unit: ...} or {group: ...}",
                )
            )
        return self


def _selectors(value: Any) -> Any:
    if value is None:
        return ()
    return tuple({"id": v} if isinstance(v, str) else v for v in one_or_many(value))


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
    def _one_source(self) -> Self:
        if wrong := self._wrong_source():
            raise ValueError(wrong)
        return self

    def _wrong_source(self) -> str:
        if (self.text is None) == (self.template is None):
            return say(
                "cần text hoặc template (chỉ một trong hai, không để trống)",
                "needs text or template (just one of them, not empty)",
            )
        if self.template is None and self.vars:
            return say("vars chỉ đi với template", "vars goes with template only")
        return ""


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


Cites = dict[str, Mode]  # how a legal text is cited, where the words around it do not say so by themselves

Waived = Annotated[dict[str, str], AfterValidator(_reasons)]


class Turn(Words):
    """One of the texts of a rotation."""

    EXAMPLE: ClassVar[str] = "{id: meo-1, text: ...}"

    id: Identifier
    words: Annotated[dict[str, Words], BeforeValidator(_words)] = {}


class Message(Words):
    """One thing to say, on one or more channels, once or by a rule; or several texts that take turns."""

    EXAMPLE: ClassVar[str] = "{id: tin-1, text: ..., when: {...}}"

    id: Identifier
    title: str = ""
    when: When
    channels: Selectors = ()
    words: Annotated[dict[str, Words], BeforeValidator(_words)] = {}
    images: tuple[Image, ...] = ()
    late_after: Duration | None = None
    spread: Duration | None = None
    language: str = "vi"
    kind: Annotated[Class | None, Field(alias="class")] = None
    tags: tuple[Identifier, ...] = ()
    waive: Waived = {}
    cites: Cites = {}
    expires: Annotated[datetime | None, BeforeValidator(parse_moment)] = None  # never from this moment on
    embargo: Annotated[datetime | None, BeforeValidator(parse_moment)] = None  # never before this moment
    texts: Annotated[tuple[str, ...], BeforeValidator(some)] = ()  # each occurrence says the next
    rotation: Annotated[tuple[Turn, ...], BeforeValidator(some)] = ()  # the same, where a text is not all there is
    distance: Annotated[int, Field(ge=1)] | None = None  # so many other occurrences between two of one text
    waits_for_theme: bool = False

    def _wrong_source(self) -> str:
        if not self.rotates:
            alone = say("distance chỉ đi với texts hoặc rotation", "distance goes with texts or rotation only")
            return alone if self.distance else super()._wrong_source()
        return wrong_rotation(self)

    @property
    def rotates(self) -> int:
        """How many texts take turns; 0: there is just one."""
        return len(self.texts) or len(self.rotation)


def wrong_rotation(message: Message) -> str:
    """Return what is wrong with texts that take turns, or an empty text."""
    count = message.rotates
    if message.texts and message.rotation:
        return say("chỉ một trong hai: texts hoặc rotation", "just one of them: texts or rotation")
    if message.text is not None or message.template is not None or message.vars or message.words:
        return say(
            "đã có texts hoặc rotation: text, template, vars, words viết trong từng mục của rotation",
            "with texts or rotation, write text, template, vars and words into the entries of rotation",
        )
    if len({turn.id for turn in message.rotation}) < len(message.rotation):
        return say("rotation có hai mục cùng id; đặt lại id", "two entries of rotation have one id; rename one")
    if message.when.on is not None:
        return say(
            "on chỉ đăng một lần nên không luân phiên được; dùng every, hoặc chỉ một text",
            "on is a single time, nothing can take turns; use every, or a single text",
        )
    if message.when.since is None:
        return say(
            "luân phiên đếm lượt từ ngày nào? thêm from: 2027-06-01 vào when",
            "from which day do the turns count? add from: 2027-06-01 to when",
        )
    if message.distance is not None and message.distance >= count:
        return say(
            f"distance: {message.distance} cần ít nhất {message.distance + 1} bài, đang có {count}; "
            f"thêm bài, hoặc distance: {count - 1}",
            f"distance: {message.distance} needs at least {message.distance + 1} texts, there are {count}; "
            f"add texts, or distance: {count - 1}",
        )
    return ""


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
    cites: Cites = {}
    expires: Annotated[datetime | None, BeforeValidator(parse_moment)] = None  # of its messages, unless they say else
    embargo: Annotated[datetime | None, BeforeValidator(parse_moment)] = None
    waits_for_theme: bool = False  # what asks for a theme that nobody gave out yet is not planned until it is there
    messages: Annotated[tuple[Message, ...], BeforeValidator(some)]
