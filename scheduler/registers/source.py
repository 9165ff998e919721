"""A YAML file read as text, in which every value still knows its line.

Every scalar stays the text that the author wrote: YAML's own rules turn `19:30` into 1170 and `0156` into 110.
The file is read event by event, so one that is built to harm the reader ends at a limit, not at the end of memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from scheduler.errors import Problem
from scheduler.text import did_you_mean, nfc, say

LARGEST_FILE = 10_000_000  # bytes; ten thousand messages of a spreadsheet stay below
MOST_VALUES = 200_000  # after aliases are followed: a YAML bomb ends here
DEEPEST = 20
LOST_HASHTAG = re.compile(r"\s+(#\w\S*)")
LONGEST_SHOWN = 60  # characters of a wrong value that a sentence repeats

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # no network takes these

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A piece of an author's file: frozen, and no key is allowed that is not named here.

    The sentence under a field is for authors (so it is Vietnamese): editors show it, see `authoring/schema.py`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True)

    EXAMPLE: ClassVar[str] = ""  # how it is written, for who wrote something else


def form(pattern: str) -> Any:
    """Return the type of a text of this form (the whole of it), for editors: `json_schema_input_type=form(NAME)`."""
    return Annotated[str, Field(pattern=f"^(?:{pattern})$")]


@dataclass
class Source:
    """One file: its values as plain dicts, lists and texts, the line of each, and the problems found so far."""

    file: Path
    values: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line (from 1) of a value, or of the nearest thing around it; one entry may stand for a list of one."""
        at: Path_ = ()
        for part in path:
            if (*at, part) in self.lines:
                at = (*at, part)
            elif not isinstance(part, int):
                break
        return self.lines.get(at, 1)

    def place(self, path: Sequence[str | int]) -> tuple[Path, int]:
        """Return the file and line of a value."""
        return self.file, self.line(path)

    def report(self, path: Sequence[str | int], message: str, *, warning: bool = False) -> None:
        """Note a problem at the place of a value."""
        where = ".".join(str(part) for part in path)
        self.problems.append(Problem(self.file, self.line(path), where, message, warning))

    def read(self, model: type[M], values: Any = None, at: Path_ = ()) -> M | None:
        """Return the values as a model, or None after noting every problem at its line."""
        try:
            return model.model_validate(self.values if values is None else values)
        except ValidationError as error:
            self.note(model, error.errors(include_url=False), at)
            return None

    def note(self, model: type[BaseModel], details: Sequence[ErrorDetails], at: Path_ = ()) -> None:
        """Note what pydantic found wrong, each in our words; a key that is only misspelt is not called missing too."""
        meant = {(*d["loc"][:-1], nearest_key(model, d)) for d in details if d["type"] == "extra_forbidden"}
        for detail in details:
            if not (detail["type"] == "missing" and tuple(detail["loc"]) in meant):
                self.report((*at, *detail["loc"]), _in_words(model, detail))


def nearest_key(model: type[BaseModel], detail: ErrorDetails) -> str:
    """Return the key that was meant by an unknown one, or an empty text."""
    found = re.search(r'"([^"]+)"', did_you_mean(str(detail["loc"][-1]), _keys_at(model, detail["loc"][:-1])))
    return found[1] if found else ""


def _in_words(model: type[BaseModel], detail: ErrorDetails) -> str:
    """Return what is wrong as a person would say it; pydantic's own English is never shown."""
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    example = _model_at(model, detail["loc"]).EXAMPLE
    if given is None and kind.endswith(("_type", "_parsing")):
        return say("để trống; viết giá trị, hoặc bỏ khoá này đi", "empty; write a value, or remove this key")
    match kind:
        case "missing":
            return say("thiếu khoá này", "this key is missing")
        case "extra_forbidden":
            known = _keys_at(model, detail["loc"][:-1])
            hint = did_you_mean(str(detail["loc"][-1]), known)
            listed = ", ".join(known)
            return say(f"không có khoá này{hint} (các khoá: {listed})", f"no such key{hint} (keys: {listed})")
        case "literal_error":
            expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
            hint = did_you_mean(str(given), expected.split(", "))
            return say(
                f"{_shown(given)} không đúng{hint} (chọn: {expected})",
                f"{_shown(given)} is wrong{hint} (one of: {expected})",
            )
        case "value_error":
            return str(context["error"])
        case "string_type":
            return say(f"{_shown(given)} phải là chữ", f"{_shown(given)} must be text")
        case "list_type" | "tuple_type":
            listed = f"[{example or 'a, b'}]"
            return say(f"phải là danh sách, ví dụ: {listed}", f"must be a list, for example: {listed}")
        case "dict_type" | "model_type" | "model_attributes_type":
            shown = example or say("khoá: giá trị", "key: value")
            return say(f"phải là các cặp khoá: giá trị, ví dụ: {shown}", f"must be pairs, for example: {shown}")
        case "int_parsing" | "int_parsing_size" | "int_type" | "int_from_float":
            return say(f"{_shown(given)} phải là số nguyên", f"{_shown(given)} must be a whole number")
        case "bool_parsing" | "bool_type":
            return say(f"{_shown(given)} phải là true hoặc false", f"{_shown(given)} must be true or false")
        case "greater_than_equal" | "greater_than":
            least = context.get("ge", context.get("gt"))
            word = say("từ" if kind.endswith("equal") else "lớn hơn", "from" if kind.endswith("equal") else "above")
            return say(f"{_shown(given)} quá nhỏ; phải {word} {least}", f"{_shown(given)} is too small; {word} {least}")
        case "less_than_equal":
            most = context.get("le")
            return say(f"{_shown(given)} quá lớn; nhiều nhất {most}", f"{_shown(given)} is too large; at most {most}")
        case "too_short":
            return say("không được để trống", "must not be empty")
        case _:
            return say("giá trị này không đúng", "this value is wrong")


def _shown(value: Any) -> str:
    """Return a wrong value as a sentence may repeat it."""
    if not isinstance(value, str):
        return say("giá trị này", "this value")
    return f'"{value}"' if len(value) <= LONGEST_SHOWN else f'"{value[:LONGEST_SHOWN]}..."'


def _keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the keys that the model allows at a path."""
    return [f.alias or name for name, f in _model_at(model, path).model_fields.items()]


def _model_at(model: type[BaseModel], path: Sequence[str | int]) -> Any:
    """Return the model at a path, following lists and nested models by their annotations."""
    current: type[BaseModel] = model
    for part in path:
        by_key = {f.alias or name: f for name, f in current.model_fields.items()}
        if isinstance(part, str) and part in by_key:
            nested = _models_of(by_key[part].annotation)
            current = nested[0] if nested else Strict
    return current


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models_of(inner)]


def open_source(file: Path, shown: Path | None = None) -> Source:
    """Read one YAML file. What cannot be read is a problem of the source, not an exception."""
    source = Source(shown or file)
    try:
        size = file.stat().st_size
        if size > LARGEST_FILE:
            mega, most = f"{size / 1e6:.0f} MB", f"{LARGEST_FILE // 1_000_000} MB"
            source.report((), say(f"tệp quá lớn ({mega}, tối đa {most})", f"file too large ({mega}, at most {most})"))
            return source
        content = nfc(file.read_bytes().decode("utf-8-sig"))
    except OSError:
        words = say(
            "không đọc được tệp này; xem lại quyền đọc tệp", "this file cannot be read; look at its permissions"
        )
        source.report((), words)
    except UnicodeDecodeError:
        source.report((), say("không phải UTF-8; hãy lưu lại với mã UTF-8", "not UTF-8; save it again as UTF-8"))
    else:
        _Reader(source).read(content)
    return source


class _Refused(Exception):
    """The file cannot be taken as a whole; `line` is where (None: the file itself)."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class _Reader:
    """Turns YAML's events into plain values, within limits, and notes the line of each."""

    source: Source
    count: int = 0

    def read(self, content: str) -> None:
        self.anchors: dict[str, tuple[Any, int]] = {}  # each with how many values it holds
        self.rows = content.split("\n") if re.search(r"[ \t]#\w", content) else []
        try:
            self.source.values = self._document(content)
        except _Refused as refused:
            self.source.problems[:] = [Problem(self.source.file, refused.line or 1, "", str(refused))]
        except yaml.YAMLError as error:
            self.source.problems[:] = [_yaml_problem(self.source.file, error, content)]

    def _document(self, content: str) -> Any:
        self.events: Iterator[yaml.Event] = yaml.parse(content, Loader=_Loader)
        value = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    words = say("--- chia tệp làm hai; mỗi tệp chỉ một phần", "--- splits the file; a file is one part")
                    raise _Refused(words, _line(event))
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, ())
        if value is None:
            raise _Refused(say("tệp trống", "the file is empty"))
        return value

    def _value(self, event: yaml.Event, path: Path_) -> Any:
        line = _line(event)
        self.source.lines.setdefault(path, line)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, line)
        before = self.count
        self._limit(1, path)
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path)
        else:
            value = self._mapping(path)
        if anchor := getattr(event, "anchor", None):
            self.anchors[anchor] = value, self.count - before
        return value

    def _limit(self, more: int, path: Path_) -> None:
        self.count += more
        if self.count > MOST_VALUES or len(path) > DEEPEST:
            raise _Refused(
                say(
                    "quá nhiều giá trị hoặc lồng quá sâu (bí danh & và * nhân lên?): từ chối đọc",
                    "too many values or nested too deeply (aliases & and * that multiply?): refused",
                )
            )

    def _alias(self, event: yaml.AliasEvent, line: int) -> Any:
        if event.anchor not in self.anchors:
            words = say(
                f'"*{event.anchor}" là bí danh chưa có; nếu là chữ thường thì đặt cả câu trong ngoặc kép',
                f'"*{event.anchor}" is an alias of nothing; if it is plain text, put it in quotes',
            )
            raise _Refused(words, line)
        value, size = self.anchors[event.anchor]
        self._limit(size, ())
        return value

    def _scalar(self, event: yaml.ScalarEvent, path: Path_) -> str | None:
        if not event.style and event.value in ("", "~", "null"):
            return None
        if event.style == '"' and CONTROL.search(event.value):
            words = say("có ký tự điều khiển, không mạng nào nhận; xoá đi", "a control character; remove it")
            self.source.report(path, words)
            return CONTROL.sub("", event.value)
        if self.rows and not event.style:
            self._look_for_lost_hashtag(event, path)
        return str(event.value)

    def _look_for_lost_hashtag(self, event: yaml.ScalarEvent, path: Path_) -> None:
        assert event.end_mark is not None
        row = self.rows[event.end_mark.line] if event.end_mark.line < len(self.rows) else ""
        if lost := LOST_HASHTAG.match(row, event.end_mark.column):
            words = say(
                f'"{lost[1]}" bị coi là ghi chú, sẽ không được đăng; đặt cả câu trong ngoặc kép',
                f'"{lost[1]}" is taken for a comment and not posted; put the whole text in quotes',
            )
            self.source.report(path, words, warning=True)

    def _sequence(self, path: Path_) -> list[Any]:
        values: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path_) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                words = say("khoá phải là chữ, không phải danh sách hay bí danh", "a key must be text")
                raise _Refused(words, line)
            at = (*path, event.value)
            twice = event.value in values
            if twice:
                first = self.source.lines[at]
                self.source.problems.append(
                    Problem(
                        self.source.file,
                        line,
                        ".".join(map(str, at)),
                        say(f"khoá này đã viết ở dòng {first}", f"this key stands on line {first} already"),
                    )
                )
            else:
                self.source.lines[at] = line
            value = self._value(next(self.events), at)
            if not twice:
                values[event.value] = value
        return values


def _line(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return int(event.start_mark.line) + 1


_YAML_WORDS = (  # what the parser says, what the line looks like, and what the author should hear
    ("", r"^[ -]*\t", "có phím Tab ở đầu dòng; thay bằng dấu cách",
     "a tab in the indent; use blanks"),
    ("cannot start any token", "", "chữ bắt đầu bằng @, % hay ` phải đặt trong ngoặc kép",
     "text that begins with @, % or ` needs quotes"),
    ("mapping values", r":.*:", 'trong câu có dấu ": "; đặt cả câu trong ngoặc kép, hoặc viết sau dấu |',
     'the text holds ": "; put it in quotes, or write it after |'),
    ("mapping values", "", "thụt đầu dòng không đúng, hoặc dòng trên thiếu dấu hai chấm",
     "the indent is wrong, or the line above lacks a colon"),
    ("unexpected end of stream", "", "thiếu dấu ngoặc kép đóng", "a closing quote is missing"),
    ("could not find expected ':'", "", "dòng trên thiếu dấu hai chấm", "the line above lacks a colon"),
    ("',' or ']'", "", "thiếu dấu phẩy hoặc dấu ]", "a comma or ] is missing"),
    ("',' or '}'", "", "thiếu dấu phẩy hoặc dấu }", "a comma or } is missing"),
    ("expected '-' indicator", "", "dòng này phải bắt đầu bằng dấu - như các mục ở trên, hoặc thụt ít hơn",
     "this line must begin with - like those above, or be indented less"),
    ("did not find expected key", r"[\"'].*[\"']\s*\S", "có chữ sau dấu ngoặc kép đóng; đặt cả câu trong một cặp ngoặc kép",
     "text follows the closing quote; put all of it in one pair of quotes"),
    ("did not find expected key", "", "thụt đầu dòng không đều với các dòng trên", "the indent differs from the lines above"),
    ("unknown escape", "", 'trong ngoặc kép, dấu \\ phải viết \\\\', 'within quotes, a backslash is written twice'),
    ("control characters", "", "có ký tự điều khiển; xoá đi", "a control character; remove it"),
)  # fmt: skip


def _yaml_problem(file: Path, error: yaml.YAMLError, content: str) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    what = str(getattr(error, "problem", None) or error)
    if mark:
        number = mark.line + 1
    else:
        found = CONTROL.search(content)
        number = content.count("\n", 0, found.start()) + 1 if found else 1
    lines = content.split("\n")
    text = lines[number - 1] if number <= len(lines) else ""
    words = [say(vi, en) for part, look, vi, en in _YAML_WORDS if part in what and re.search(look, text)]
    hint = say("hãy xem thụt đầu dòng, dấu hai chấm và dấu ngoặc kép", "look at the indent, the colons and the quotes")
    return Problem(file, number, "", say("YAML sai ở đây: ", "wrong YAML here: ") + (words[0] if words else hint))
