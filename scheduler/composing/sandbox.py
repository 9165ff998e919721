"""The room in which templates run: they can say words, and do nothing else; not reach for Python, not work for ever."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateNotFound, Undefined, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.loaders import FileSystemLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from scheduler.text import say

LONGEST = 200_000  # characters of one rendered post, and of any text on the way; no network takes more
MOST_STEPS = 20_000  # turns of loops, macros and range() in one rendering
LARGEST_NUMBER = 10**15

# What a template may ask a text or a list for by a dot. Filters do the rest.
METHODS = frozenset(
    [
        "capitalize",
        "casefold",
        "count",
        "endswith",
        "find",
        "get",
        "index",
        "isalpha",
        "isdigit",
        "isnumeric",
        "isupper",
        "islower",
        "items",
        "keys",
        "lower",
        "lstrip",
        "removeprefix",
        "removesuffix",
        "rstrip",
        "split",
        "splitlines",
        "startswith",
        "strip",
        "title",
        "upper",
        "values",
    ]
)
# Left out: random (a post must be the same each time it is rendered), what makes HTML, and what pads without end.
FILTERS = [
    "abs",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sort",
    "string",
    "sum",
    "title",
    "trim",
    "truncate",
    "unique",
    "upper",
    "wordcount",
    "wordwrap",
]


class TooMuch(Exception):
    """The template makes more text, or works longer, than any post can need."""


class Outside(Exception):
    """The template names a file outside the folder of templates."""


class NotText(Exception):
    """The template would post something that is neither text nor number nor date."""


class Unfit(ValueError):
    """A filter or function of ours was given what it cannot speak of; the message says so to the author."""


class Folder(FileSystemLoader):
    """The templates of one folder; links that lead out of it are refused, as are names with `..`."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        folder = Path(self.searchpath[0])
        try:
            file = (folder / template).resolve()
        except (OSError, RuntimeError, ValueError):
            raise Outside(template) from None
        if not file.is_relative_to(folder.resolve()):
            raise Outside(template)
        if not file.is_file():
            raise TemplateNotFound(template)
        if file.stat().st_size > LONGEST:
            raise TooMuch
        return super().get_source(environment, template)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, made narrower: steps are counted, texts are measured, and only words come out."""

    intercepted_binops = frozenset(["+", "*", "**", "%"])

    def __init__(self, folder: Path, *, autoescape: bool = False) -> None:
        super().__init__(
            loader=Folder(folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=autoescape,  # a post is plain text, unless it is formatted; pages escape for themselves
            keep_trailing_newline=True,
            auto_reload=False,
            finalize=self.spoken_here,
        )
        self.filters = {name: JINJA_FILTERS[name] for name in FILTERS}
        self.filters |= {"replace": _replace, "join": self.join, "format": _format, "indent": _indent}
        self.globals = {"range": self.short_range}
        self.start()

    def start(self) -> None:
        """Begin a new rendering: nothing is counted yet."""
        self.steps = 0
        self.written = 0

    def tick(self, steps: int = 1) -> None:
        """Count a turn; called by every template at each turn of a loop and at the start of each block."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise TooMuch

    def short_range(self, *bounds: int) -> range:
        steps = range(*bounds)
        self.tick(min(len(range(*(max(-MOST_STEPS, min(b, MOST_STEPS + 1)) for b in bounds))), MOST_STEPS + 1))
        return steps

    def spoken(self, value: Any) -> Any:
        """Let through what may be posted."""
        if isinstance(value, Undefined):
            return value  # raises by itself, with its name
        if isinstance(value, bool) or not isinstance(value, str | int | float | date | datetime | time):
            raise NotText
        self.written += len(str(value))
        if self.written > LONGEST:
            raise TooMuch
        return value

    @pass_context  # else Jinja2 would escape what never changes before we see it, and `none` would be a word
    def spoken_here(self, context: Any, value: Any) -> Any:
        return self.spoken(value)

    def together(self, *values: Any) -> str:
        """Join texts, as `~` does."""
        return _joined([self.spoken(value) for value in values])

    def join(self, values: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
        if attribute is not None:
            values = [self.getitem(value, attribute) for value in values]
        parts = [self.spoken(value) for value in values]
        if sum(len(str(part)) for part in parts) + len(parts) * len(d) > LONGEST:
            raise TooMuch
        return _joined(parts, d)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = all(isinstance(x, int | float) for x in (left, right))
        if operator == "**" or (operator in "*%" and not numbers):
            raise SecurityError(f"operator {operator!r}")
        result = super().call_binop(context, operator, left, right)
        if numbers and abs(result) > LARGEST_NUMBER:
            raise TooMuch
        return measured(result)

    def wrap_str_format(self, value: Any) -> None:
        """Return None: `.format` is not among the methods, the filter is there."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str | list | tuple | dict | int | float) and attr not in METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def _generate(self, source: nodes.Template, *args: Any, **how: Any) -> str:
        return super()._generate(_Counted(self).visit(source), *args, **how)


class _Counted(NodeTransformer):
    """Puts a tick where a template may turn many times, and measures what `~` joins."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def _ask(self, method: str, given: list[nodes.Expr], line: int) -> nodes.Call:
        call = nodes.Call(nodes.EnvironmentAttribute(method), given, [], None, None)
        call.set_lineno(line).set_environment(self.environment)
        return call

    def _with_tick(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        tick = nodes.ExprStmt(self._ask("tick", [], node.lineno))
        tick.set_lineno(node.lineno).set_environment(self.environment)
        node.body.insert(0, tick)
        return node  # type: ignore[no-any-return]

    visit_For = visit_Macro = visit_CallBlock = visit_Block = visit_Template = _with_tick  # noqa: N815

    def visit_ScopedEvalContextModifier(self, node: nodes.Node) -> nodes.Node:  # noqa: N802
        raise SecurityError("operator 'autoescape'")  # what is filled in never brings tags of its own

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - Jinja2 asks by the node's name
        self.generic_visit(node)
        return self._ask("together", node.nodes, node.lineno)


def measured(value: Any) -> Any:
    """Return a value, or raise TooMuch when it is longer than any post."""
    if isinstance(value, str | Sequence) and len(value) > LONGEST:
        raise TooMuch
    return value


def _joined(parts: Sequence[Any], between: str = "") -> str:
    """Return texts as one. What a macro made of a formatted text has its tags, so whatever joins it is escaped."""
    if any(isinstance(part, Markup) for part in (*parts, between)):
        return measured(escape(between).join(parts))  # type: ignore[no-any-return]
    return measured(between.join(map(str, parts)))  # type: ignore[no-any-return]


def _replace(text: Any, old: str, new: str, count: int = -1) -> str:
    given, old, new = text if isinstance(text, Markup) else str(text), str(old), str(new)
    if len(given) + given.count(old) * len(new) > LONGEST:
        raise TooMuch
    return given.replace(old, new, count)


def _format(pattern: str, *values: Any) -> str:
    if re.search(r"\d{3,}|\*", pattern):
        raise TooMuch
    return measured(pattern % values)  # type: ignore[no-any-return]


def _indent(text: str, width: int = 4, first: bool = False) -> str:
    if not 0 <= width <= 40:
        raise ValueError(say("indent: từ 0 đến 40", "indent: from 0 to 40"))
    pad = " " * width
    given = text if isinstance(text, Markup) else str(text)
    return (pad if first else "") + measured(given.replace("\n", "\n" + pad))  # type: ignore[no-any-return]
