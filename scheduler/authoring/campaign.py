"""A campaign as its author wrote it: messages with one purpose, in one file."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from scheduler.registers.moments import Duration, LocalDate, as_word, in_our_time, parse_date, parse_moment, parse_time
from scheduler.registers.source import Strict, form
from scheduler.text import did_you_mean, say

Class = Literal["ordinary", "priority", "emergency"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_IN_VIETNAMESE = {"t2": "mon", "t3": "tue", "t4": "wed", "t5": "thu", "t6": "fri", "t7": "sat", "cn": "sun"}


NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"
NAMED_DAY = r"(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}))?"


def _identifier(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(NAME, value):
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
    found = re.fullmatch(NAMED_DAY, text, re.ASCII)
    try:
        if found:
            in_our_time(date(int(found[3] or 2028), int(found[2]), int(found[1])))  # 2028 has a 29 February
            return text
    except ValueError:
        pass
    raise ValueError(say(f'"{text}" không phải ngày; ví dụ đúng: 26/6', f'"{text}" is no day; for example: 26/6'))


Identifier = Annotated[str, BeforeValidator(_identifier, json_schema_input_type=form(NAME))]


class When(Strict):
    """When a message is due: exactly one of `on`, `every` (with `at`), `before` (with `days` and `at`)."""

    EXAMPLE: ClassVar[str] = '{on: "2027-06-26 08:00"}'

    on: Annotated[datetime | None, BeforeValidator(parse_moment)] = None
    """Đăng một lần, vào ngày giờ này (giờ Việt Nam): "2027-06-26 08:00"."""
    every: Annotated[tuple[str, ...] | None, BeforeValidator(_weekdays)] = None
    """Lặp lại vào các thứ này: [mon, wed, fri], [t2, t4, t6], hoặc day (mỗi ngày); cần thêm at"""
    before: Annotated[str, BeforeValidator(_named_day, json_schema_input_type=form(NAMED_DAY))] | None = None
    """Tính lùi từ ngày này: 26/6 (năm nào cũng lặp lại) hoặc 26/6/2027; cần thêm days và at"""
    days: Annotated[
        tuple[Annotated[int, Field(ge=0, le=365)], ...], BeforeValidator(_some), BeforeValidator(_one_or_many)
    ] = (0,)
    """Trước ngày ấy bao nhiêu ngày: [10, 5, 1]; 0 là chính ngày ấy"""
    at: Annotated[tuple[time, ...] | None, BeforeValidator(_times)] = None
    """Giờ đăng, một hoặc nhiều, luôn trong ngoặc kép: "19:30"."""
    since: Annotated[LocalDate | None, BeforeValidator(parse_date), Field(alias="from")] = None
    """Từ ngày nào: 2027-06-01"""
    until: Annotated[LocalDate | None, BeforeValidator(parse_date)] = None
    """Đến hết ngày nào: 2027-06-30"""

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
    """Tệp ảnh, tính từ thư mục làm việc: images/26-6.png"""
    alt: str = ""
    """Ảnh có gì, có chữ gì: một hai câu cho người không nhìn thấy (bắt buộc)"""


class Selector(Strict):
    """Which channels: one by `id`, all with a `label`, all of a `unit` (and of the units below it)."""

    EXAMPLE: ClassVar[str] = "{label: city}"

    id: str | None = None
    """Một kênh, theo mã trong channels.yaml"""
    label: str | None = None
    """Mọi kênh có nhãn này"""
    unit: str | None = None
    """Mọi kênh của đơn vị này (mã trong units.yaml)"""
    below: bool = False
    """true: cả kênh của các đơn vị trực thuộc"""

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


Selectors = Annotated[
    tuple[Selector, ...],
    BeforeValidator(_selectors, json_schema_input_type=str | Selector | list[str | Selector]),
]


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
    """Lời của bài, đúng như sẽ đăng; viết sau dấu | để xuống dòng tự do"""
    template: str | None = None
    """Tệp mẫu trong templates/, thay cho text: meo.j2"""
    vars: Annotated[dict[str, Any], AfterValidator(_nothing_empty)] = {}
    """Các giá trị điền vào mẫu: {loi_moi: ...}"""

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
    """Mã thông điệp: chữ không dấu, số, gạch nối; không đổi sau khi đã áp dụng"""
    title: str = ""
    """Tên gọi của thông điệp (không bắt buộc)"""
    when: When
    """Bao giờ đăng: một lần (on), lặp theo thứ (every), hoặc tính lùi từ một ngày (before)"""
    channels: Selectors = ()
    """Kênh riêng của thông điệp; thay danh sách của chiến dịch, không cộng thêm"""
    words: Annotated[dict[str, Words], BeforeValidator(_words, json_schema_input_type=dict[str, str | Words])] = {}
    """Lời riêng cho một mạng hoặc một kênh: {bluesky: ...}"""
    images: tuple[Image, ...] = ()
    """Hình ảnh, mỗi ảnh có tệp và lời mô tả"""
    late_after: Duration | None = None
    """Trễ quá mức này thì bỏ lỡ, không đăng nữa: 30m, 2h, 3d"""
    spread: Duration | None = None
    """Không đăng mọi kênh cùng lúc mà rải đều trong khoảng này: 20m"""
    language: str = "vi"
    """Ngôn ngữ của bài: vi, en"""
    kind: Annotated[Class | None, Field(alias="class")] = None
    """Loại tin: ordinary (thường), priority (ưu tiên), emergency (khẩn cấp)"""
    tags: tuple[Identifier, ...] = ()
    """Nhãn của thông điệp, để gom và lọc"""
    waive: Waived = {}
    """Quy tắc được miễn và lý do: {tên-quy-tắc: lý do}"""


class Campaign(Strict):
    """Messages with one purpose, one file."""

    EXAMPLE: ClassVar[str] = "campaign: tet-2027"

    campaign: Identifier
    """Mã chiến dịch: chữ không dấu, số, gạch nối"""
    title: str = ""
    """Tên đầy đủ của chiến dịch"""
    channels: Selectors = ()
    """Kênh của cả chiến dịch: mã kênh, {label: nhãn} hoặc {unit: đơn-vị, below: true}"""
    approval: Literal["required", "none"] = "required"
    """required: phải có người duyệt (mặc định); none: không cần duyệt"""
    late_after: Duration = timedelta(hours=2)
    """Trễ quá mức này thì bỏ lỡ, không đăng nữa (mặc định 2h): 30m, 2h, 3d"""
    spread: Duration | None = None  # one message does not go out on all channels at once, but over so long
    """Không đăng mọi kênh cùng lúc mà rải đều trong khoảng này: 20m"""
    kind: Annotated[Class, Field(alias="class")] = "ordinary"
    """Loại tin của cả chiến dịch: ordinary (thường), priority (ưu tiên), emergency (khẩn cấp)"""
    tags: tuple[Identifier, ...] = ()
    """Nhãn của cả chiến dịch, để gom và lọc"""
    waive: Waived = {}
    """Quy tắc được miễn cho cả chiến dịch và lý do: {tên-quy-tắc: lý do}"""
    messages: Annotated[tuple[Message, ...], BeforeValidator(_some)]
    """Các thông điệp của chiến dịch"""
