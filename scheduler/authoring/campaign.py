"""A campaign as its author wrote it: messages with one purpose, in one file."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, model_validator

from scheduler.authoring.card import Card, CardStyle
from scheduler.authoring.model import Free, Model
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
from scheduler.registers.basis import Bases
from scheduler.registers.identifier import Identifier
from scheduler.registers.law import Mode
from scheduler.registers.moments import Duration, LocalDate, as_word, parse_date, parse_moment, parse_time
from scheduler.registers.named_day import Week
from scheduler.registers.source import Strict
from scheduler.registers.target import Target
from scheduler.registers.units import Head
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

    on: Annotated[
        datetime | Literal["now"] | None,
        BeforeValidator(_moment_or_now, json_schema_input_type=datetime | Literal["now"]),
    ] = None
    """Đăng một lần, vào ngày giờ này (giờ Việt Nam): "2027-06-26 08:00"; hoặc now: ngay khi áp dụng, chỉ cho tin khẩn cấp"""
    every: Annotated[
        tuple[str, ...] | Cycle | None, BeforeValidator(parse_every, json_schema_input_type=str | list[str])
    ] = None
    """Lặp lại vào các thứ này: [mon, wed, fri], [t2, t4, t6], hoặc day (mỗi ngày), month, 2 weeks; cần thêm at"""
    day: Annotated[tuple[str, ...] | None, BeforeValidator(parse_month_days)] = None  # of the month
    """Ngày trong tháng: [1, 15], last (ngày cuối tháng), last-working (ngày làm việc cuối tháng)"""
    week: Annotated[tuple[Week, ...] | None, BeforeValidator(_weeks)] = None  # which of the month's on_day
    """Tuần thứ mấy trong tháng (1 đến 5, hoặc last), đi với on_day: [1, 3]"""
    on_day: Annotated[tuple[str, ...] | None, BeforeValidator(parse_weekdays)] = None
    """Các thứ trong tuần ấy của tháng: [mon], [t2]"""
    before: Reference | None = None
    """Tính lùi từ ngày này: 26/6 (năm nào cũng lặp lại), 26/6/2027, hoặc mã trong days.yaml; cần thêm days và at"""
    after: Reference | None = None
    """Tính từ sau ngày này: 26/6, hoặc mã trong days.yaml; cần thêm days và at"""
    days: Annotated[
        tuple[Annotated[int, Field(ge=0, le=365)], ...], BeforeValidator(some), BeforeValidator(one_or_many)
    ] = (0,)
    """Trước (hoặc sau) ngày ấy bao nhiêu ngày: [10, 5, 1]; 0 là chính ngày ấy"""
    lunar: Annotated[tuple[YearDay, ...] | None, BeforeValidator(_moons, json_schema_input_type=str | list[str])] = None
    """Ngày âm lịch: [15/8], [mung-1/gieng], [cuoi/chap]; cần thêm at"""
    at: Annotated[tuple[time, ...] | None, BeforeValidator(_times)] = None
    """Giờ đăng, một hoặc nhiều, luôn trong ngoặc kép: "19:30"."""
    since: Annotated[LocalDate | None, BeforeValidator(parse_date), Field(alias="from")] = None
    """Từ ngày nào: 2027-06-01"""
    until: Annotated[LocalDate | None, BeforeValidator(parse_date)] = None
    """Đến hết ngày nào: 2027-06-30"""
    window: Annotated[Reference | None, Field(alias="in")] = None  # only on days within a named day
    """Chỉ trong thời gian của ngày có tên này trong days.yaml: thang-hanh-dong"""
    exceptions: Annotated[
        tuple[Break, ...],
        BeforeValidator(parse_exceptions, json_schema_input_type=str | Break | list[str | Break]),
        Field(alias="except"),
    ] = ()
    """Trừ những ngày này: [2027-06-13], holidays (ngày nghỉ lễ), hoặc {from: ..., until: ...}"""
    shift: Shift | None = None  # what happens on weekends and public holidays
    """Rơi vào cuối tuần hoặc ngày nghỉ lễ thì: before (ngày làm việc trước), after (sau), skip (bỏ)"""

    @property
    def at_once(self) -> bool:
        """Whether it is due as soon as it is applied, and approved."""
        return self.on == NOW

    @model_validator(mode="after")
    def _one_rule(self) -> When:
        if wrong := contradiction(self):
            raise ValueError(wrong)
        return self


def one_word(value: Any) -> Any:
    return {"on": NOW} if isinstance(value, str) and value.strip().lower() == NOW else value


class Image(Strict):
    """A picture of the message: a file inside the workspace, and what it shows, for those who cannot see it."""

    EXAMPLE: ClassVar[str] = '{file: images/a.png, alt: "..."}'

    file: str
    """Tệp ảnh, tính từ thư mục làm việc: images/26-6.png"""
    alt: str = ""
    """Ảnh có gì, có chữ gì: một hai câu cho người không nhìn thấy (bắt buộc)"""
    ai: Literal["none", "assisted", "generated"] = "none"  # whether an AI helped with it, or made it
    """Trí tuệ nhân tạo có góp phần không: none (không), assisted (có hỗ trợ), generated (làm ra cả ảnh)"""


class Film(Strict):
    """A video of the message: a file inside the workspace, and what is seen and said in it."""

    EXAMPLE: ClassVar[str] = '{file: video/a.mp4, alt: "..."}'

    file: str
    """Tệp video (MP4 hoặc MOV), tính từ thư mục làm việc: video/26-6.mp4"""
    alt: str = ""
    """Trong video thấy gì, nghe gì: vài câu cho người không nhìn hoặc không nghe được (bắt buộc)"""
    ai: Literal["none", "assisted", "generated"] = "none"  # whether an AI helped with it, or made it
    """Trí tuệ nhân tạo có góp phần không: none (không), assisted (có hỗ trợ), generated (làm ra cả video)"""


class Selector(Strict):
    """Which channels: one by `id`, all with a `label`, all of a `unit` or a `group` of units (and of those below)."""

    EXAMPLE: ClassVar[str] = "{label: city}"

    id: str | None = None
    """Một kênh, theo mã trong channels.yaml"""
    label: str | None = None
    """Mọi kênh có nhãn này"""
    unit: str | None = None
    """Mọi kênh của đơn vị này (mã trong units.yaml)"""
    group: str | None = None
    """Mọi kênh của các đơn vị trong nhóm này (nhóm trong units.yaml)"""
    below: bool = False
    """true: cả kênh của các đơn vị trực thuộc"""

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


Selectors = Annotated[
    tuple[Selector, ...], BeforeValidator(_selectors, json_schema_input_type=str | Selector | list[str | Selector])
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
    formatted: bool = False  # the text has tags: composing/markup.py
    """true: lời có các thẻ <b> <i> <u> <s> <code> <blockquote> <a href="https://...">; & viết &amp;, < viết &lt;"""

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


def words_by_name(value: Any) -> Any:
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
    """Mã của bài trong vòng luân phiên: chữ không dấu, số, gạch nối"""
    words: Annotated[
        dict[str, Words], BeforeValidator(words_by_name, json_schema_input_type=dict[str, str | Words])
    ] = {}
    """Lời riêng của bài này cho một mạng hoặc một kênh: {bluesky: ...}"""


class Message(Words):
    """One thing to say, on one or more channels, once or by a rule; or several texts that take turns."""

    EXAMPLE: ClassVar[str] = "{id: tin-1, text: ..., when: {...}}"

    id: Identifier
    """Mã thông điệp: chữ không dấu, số, gạch nối; không đổi sau khi đã áp dụng"""
    title: str = ""
    """Tên gọi của thông điệp (không bắt buộc)"""
    when: Annotated[When, BeforeValidator(one_word, json_schema_input_type=When | Literal["now"])]
    """Bao giờ đăng: một lần (on), lặp lại (every, day, week, lunar), hoặc tính từ một ngày (before, after)"""
    channels: Selectors = ()
    """Kênh riêng của thông điệp; thay danh sách của chiến dịch, không cộng thêm"""
    words: Annotated[
        dict[str, Words], BeforeValidator(words_by_name, json_schema_input_type=dict[str, str | Words])
    ] = {}
    """Lời riêng cho một mạng hoặc một kênh: {bluesky: ...}"""
    images: tuple[Image, ...] = ()
    """Hình ảnh, mỗi ảnh có tệp và lời mô tả"""
    video: Film | None = None  # in place of all pictures, where the network takes a video
    """Video: {file: video/26-6.mp4, alt: ...}; mạng nào nhận video thì đăng video, mạng khác đăng images"""
    cover: Image | None = None  # before the post is opened, where a network has such a place
    """Ảnh bìa, ở mạng có bìa (Zalo, YouTube): {file: images/bia.jpg, alt: ...}; không viết thì là ảnh đầu tiên"""
    card: Card | None = None  # a picture made of words, before the other pictures
    """Thẻ hình làm từ chữ: {headline: ..., lines: [...], hotline: ..., link: ...}; đứng trước các ảnh khác"""
    late_after: Duration | None = None
    """Trễ quá mức này thì bỏ lỡ, không đăng nữa: 30m, 2h, 3d"""
    spread: Duration | None = None
    """Không đăng mọi kênh cùng lúc mà rải đều trong khoảng này: 20m"""
    language: str = "vi"
    """Ngôn ngữ của bài: vi, en"""
    kind: Annotated[Class | None, Field(alias="class")] = None
    """Loại tin: ordinary (thường), priority (ưu tiên), emergency (khẩn cấp)"""
    tags: tuple[Identifier, ...] = ()
    """Nhãn của thông điệp, để gom và lọc; festive: tin vui, quốc tang thì giữ lại"""
    waive: Waived = {}
    """Quy tắc được miễn và lý do: {tên-quy-tắc: lý do}"""
    cites: Cites = {}
    """Cách nhắc đến văn bản, khi lời văn chưa tự nói rõ: {mã-văn-bản: cách}"""
    expires: Annotated[datetime | None, BeforeValidator(parse_moment)] = None  # never from this moment on
    """Từ giờ phút này trở đi không đăng nữa, dù đã duyệt: "2027-06-26 12:00"."""
    embargo: Annotated[datetime | None, BeforeValidator(parse_moment)] = None  # never before this moment
    """Trước giờ phút này tuyệt đối không đăng: "2027-06-26 08:00"."""
    texts: Annotated[tuple[str, ...], BeforeValidator(some)] = ()  # each occurrence says the next
    """Các bài thay phiên nhau, mỗi lượt đăng một bài"""
    rotation: Annotated[tuple[Turn, ...], BeforeValidator(some)] = ()  # the same, where a text is not all there is
    """Như texts, khi mỗi bài cần mẫu hoặc lời riêng cho từng mạng"""
    distance: Annotated[int, Field(ge=1)] | None = None  # so many other occurrences between two of one text
    """Giữa hai lần đăng cùng một bài phải có ít nhất bấy nhiêu lượt khác"""
    waits_for_theme: bool = False
    """true: chờ đến khi có chủ đề của năm (theme) thì mới lên kế hoạch"""
    free: Free = ()
    """Trong một mô hình: phần mà đơn vị được viết khác ở riêng thông điệp này"""
    _common_cover: Image | None = PrivateAttr(None)  # its campaign's

    def _wrong_source(self) -> str:
        if not self.rotates:
            alone = say("distance chỉ đi với texts hoặc rotation", "distance goes with texts or rotation only")
            return alone if self.distance else super()._wrong_source()
        return wrong_rotation(self)

    @property
    def any_cover(self) -> Image | None:
        """Its own cover, else its campaign's: the one of its video, for there no picture of it is shown."""
        return self.cover or self._common_cover

    @property
    def shown_cover(self) -> Image | None:
        """The cover where a network shows its pictures; None: the first of them is, or it has neither."""
        return self.cover or (None if self.images or self.card else self._common_cover)

    def with_common_cover(self, cover: Image | None) -> Message:
        """Return the message with the cover of its campaign, for want of one of its own and of pictures."""
        other = self.model_copy()
        other._common_cover = cover
        return other

    def without_cover(self) -> Message:
        """Return the message without any cover."""
        return self.model_copy(update={"cover": None}).with_common_cover(None)

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
    if message.rotation and message.formatted:
        return say(
            "đã có rotation: formatted viết trong từng mục của rotation",
            "with rotation, write formatted into its entries",
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
    """Mã chiến dịch: chữ không dấu, số, gạch nối"""
    title: str = ""
    """Tên đầy đủ của chiến dịch"""
    channels: Selectors = ()
    """Kênh của cả chiến dịch: mã kênh, {label: nhãn}, {group: nhóm} hoặc {unit: đơn-vị, below: true}"""
    programme: Annotated[
        tuple[Identifier, ...], BeforeValidator(one_or_many, json_schema_input_type=Identifier | list[Identifier])
    ] = ()
    """Thuộc chương trình nào: mã trong programmes.yaml, một hoặc nhiều: ma-tuy-2030"""
    basis: Bases = ()
    """Căn cứ: {number: 86/KH-UBND, date: 2025-04-02, signer: ..., title: ...}, một hoặc nhiều văn bản"""
    head: Head | None = None  # else the head of the unit above all its channels: planning/accountable.py
    """Người chịu trách nhiệm: {name: ..., title: ...}; không viết thì là người đứng đầu đơn vị có kênh (units.yaml)"""
    targets: tuple[Target, ...] = ()
    """Các chỉ tiêu phải đạt: {name: Lượt tiếp cận, value: 500000, unit: lượt, by: 2027-06-30}"""
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
    cites: Cites = {}
    """Cách nhắc đến văn bản trong cả chiến dịch: {mã-văn-bản: cách}"""
    expires: Annotated[datetime | None, BeforeValidator(parse_moment)] = None  # of its messages, unless they say else
    """Từ giờ phút này trở đi mọi thông điệp không đăng nữa, trừ thông điệp ghi khác"""
    embargo: Annotated[datetime | None, BeforeValidator(parse_moment)] = None
    """Trước giờ phút này tuyệt đối không đăng thông điệp nào, trừ thông điệp ghi khác"""
    waits_for_theme: bool = False  # what asks for a theme that nobody gave out yet is not planned until it is there
    """true: chờ đến khi có chủ đề của năm thì mới lên kế hoạch"""
    messages: Annotated[tuple[Message, ...], BeforeValidator(some)]
    """Các thông điệp của chiến dịch"""
    model: Model | None = None  # it is tried out in one unit before others take it over
    """Chiến dịch là mô hình thí điểm: {state: pilot, criteria: ...}; nhân rộng bằng một tệp replicate"""
    card: CardStyle | None = None  # what the cards of its messages have in common
    """Điểm chung của mọi thẻ hình trong chiến dịch: màu, biểu trưng, đường dây nóng"""

    cover: Image | None = None  # of its messages without a cover and without pictures
    """Ảnh bìa của các thông điệp không có bìa và không có ảnh, ở mạng có bìa (Zalo, YouTube): {file: images/bia.jpg, alt: ...}"""

    @model_validator(mode="after")
    def _give_messages_the_cover(self) -> Campaign:
        if self.cover is not None:
            self.__dict__["messages"] = tuple(m.with_common_cover(self.cover) for m in self.messages)
        return self

    @model_validator(mode="after")
    def _give_cards_what_they_share(self) -> Campaign:
        if self.card is not None:  # written through, since the model is frozen for everybody else
            cards = [None if m.card is None else m.card.like(self.card) for m in self.messages]
            given = zip(self.messages, cards, strict=True)
            self.__dict__["messages"] = tuple(m.model_copy(update={"card": card}) if card else m for m, card in given)
        return self
