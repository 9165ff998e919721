"""A YAML file read as text, in which every value still knows its line.

Every scalar stays the text that the author wrote: YAML's own rules turn `19:30` into 1170 and `0156` into 110.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from scheduler.errors import Problem
from scheduler.text import did_you_mean, nfc, say

LARGEST_FILE = 2_000_000  # bytes; a year of messages for 126 units stays below
MOST_VALUES = 200_000  # after aliases are followed: a YAML bomb ends here
DEEPEST = 20

_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Path_ = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A piece of an author's file: frozen, and no key is allowed that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


@dataclass
class Source:
    """One file: its values as plain dicts, lists and texts, the line of each, and the problems found so far."""

    file: Path
    values: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line (from 1) of a value, or of the nearest thing around it."""
        at = tuple(path)
        while at and at not in self.lines:
            at = at[:-1]
        return self.lines.get(at, 1)

    def report(self, path: Sequence[str | int], message: str, *, warning: bool = False) -> None:
        """Note a problem at the place of a value."""
        where = ".".join(str(part) for part in path)
        self.problems.append(Problem(self.file, self.line(path), where, message, warning))

    def read(self, model: type[M], values: Any = None, at: Path_ = ()) -> M | None:
        """Return the values as a model, or None after noting every problem at its line."""
        try:
            return model.model_validate(self.values if values is None else values)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._note(model, detail, at)
            return None

    def _note(self, model: type[BaseModel], detail: ErrorDetails, at: Path_) -> None:
        path = (*at, *detail["loc"])
        message = _in_words(model, detail)
        self.report(path, message)


def _in_words(model: type[BaseModel], detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    key = str(detail["loc"][-1]) if detail["loc"] else ""
    match kind:
        case "missing":
            return say("thiếu khoá này", "this key is missing")
        case "extra_forbidden":
            known = _keys_at(model, detail["loc"][:-1])
            hint = did_you_mean(key, known)
            listed = ", ".join(known)
            return say(f"không có khoá này{hint} (các khoá: {listed})", f"no such key{hint} (keys: {listed})")
        case "literal_error":
            expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
            hint = did_you_mean(str(detail["input"]), expected.split(", "))
            wrong = detail["input"]
            return say(
                f'"{wrong}" không đúng{hint} (chọn: {expected})', f'"{wrong}" is wrong{hint} (one of: {expected})'
            )
        case "value_error":
            return str(context.get("error", detail["msg"]))
        case "string_type":
            return say("phải là chữ", "must be text")
        case "list_type" | "tuple_type":
            return say("phải là danh sách, ví dụ: [a, b]", "must be a list, for example: [a, b]")
        case "dict_type" | "model_type" | "model_attributes_type":
            return say("phải là các cặp khoá: giá trị", "must be pairs of key: value")
        case "int_parsing" | "int_type":
            return say(f'"{detail["input"]}" phải là số nguyên', f'"{detail["input"]}" must be a whole number')
        case "bool_parsing" | "bool_type":
            return say(f'"{detail["input"]}" phải là true hoặc false', f'"{detail["input"]}" must be true or false')
        case "greater_than_equal" | "greater_than":
            return say(f'"{detail["input"]}" quá nhỏ', f'"{detail["input"]}" is too small')
        case "too_short":
            return say("không được để trống", "must not be empty")
        case _:
            return str(detail["msg"])


def _keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the keys that the model allows at a path, following lists and nested models by their annotations."""
    current: type[BaseModel] = model
    for part in path:
        if isinstance(part, str) and part in current.model_fields:
            nested = _models_of(current.model_fields[part].annotation)
            current = nested[0] if nested else current
    return [f.alias or name for name, f in current.model_fields.items()]


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
            mega = f"{size / 1e6:.0f} MB"
            source.report((), say(f"tệp quá lớn ({mega}, tối đa 2 MB)", f"file too large ({mega}, at most 2 MB)"))
            return source
        content = file.read_bytes().decode("utf-8-sig")
        node = yaml.compose(nfc(content), Loader=_Loader)
    except OSError as error:
        source.report((), say(f"không đọc được: {error.strerror}", f"cannot be read: {error.strerror}"))
    except UnicodeDecodeError:
        source.report((), say("không phải UTF-8; hãy lưu lại với mã UTF-8", "not UTF-8; save it again as UTF-8"))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        what = getattr(error, "problem", None) or str(error)
        where = mark.line + 1 if mark else 1
        hint = say(
            "YAML không đúng ở đây; hãy xem thụt đầu dòng, dấu hai chấm và dấu ngoặc kép",
            "this is not right YAML; look at the indent, the colons and the quotes",
        )
        source.problems.append(Problem(source.file, where, "", f"{hint} ({what})"))
    else:
        if node is None:
            source.report((), say("tệp trống", "the file is empty"))
        else:
            _Walk(source).take(node)
    return source


class _Refused(Exception):
    """The file is built to harm the reader."""


@dataclass
class _Walk:
    """Turns YAML nodes into plain values, within limits, and notes the line of each."""

    source: Source
    count: int = 0

    def take(self, node: yaml.Node) -> None:
        try:
            self.source.values = self._value(node, ())
        except (_Refused, RecursionError):
            self.source.values = None
            self.source.problems.clear()
            self.source.report(
                (),
                say(
                    "quá nhiều giá trị hoặc lồng quá sâu (bí danh & và * nhân lên?): từ chối đọc",
                    "too many values or nested too deeply (aliases & and * that multiply?): refused",
                ),
            )

    def _value(self, node: yaml.Node, path: Path_) -> Any:
        self.count += 1
        if self.count > MOST_VALUES or len(path) > DEEPEST:
            raise _Refused
        self.source.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(child, (*path, i)) for i, child in enumerate(node.value)]
        if node.value in ("", "~", "null") and getattr(node, "style", None) is None:
            return None
        return node.value

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in values:
                self.source.lines[*path, key] = key_node.start_mark.line + 1
                self.source.report((*path, key), say("khoá này viết hai lần", "this key is written twice"))
                continue
            values[key] = self._value(value_node, (*path, key))
            self.source.lines[*path, key] = key_node.start_mark.line + 1
        return values
