"""Templates become text: Jinja2 in a sandbox, where a missing variable is an error with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError, meta
from jinja2.exceptions import SecurityError
from jinja2.loaders import FileSystemLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment

from scheduler.text import did_you_mean, nfc, say

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
LONGEST = 200_000  # characters of one rendered post; no network takes more
MOST_STEPS = 10_000  # of a template's range()
OFFERED = ("due", "anchor", "days_left", "channel", "unit", "campaign_title")


class RenderError(Exception):
    """A template that cannot be used; `line` is its own line (0: unknown)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, in which a template can neither multiply text nor count without end."""

    intercepted_binops = frozenset(["*", "**"])
    steps = 0

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not all(isinstance(x, int | float) for x in (left, right)):
            raise SecurityError(operator)
        return super().call_binop(context, operator, left, right)

    def short_range(self, *bounds: int) -> range:
        steps = range(*bounds)
        self.steps += len(steps)
        if self.steps > MOST_STEPS:
            raise OverflowError
        return steps


class Renderer:
    """Renders the templates of one workspace."""

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace / "templates"
        self._environment = _Sandbox(
            loader=FileSystemLoader(self.folder),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # a post is plain text; pages escape for themselves
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._environment.filters.update(ngay=ngay, ngay_day_du=ngay_day_du, thu=thu, gio=gio, so=so)
        self._environment.globals = {"range": self._environment.short_range}
        self._needs = lru_cache(maxsize=1000)(self._find_needs)

    def needs(self, template: str) -> frozenset[str]:
        """Return the names that a template asks for from outside (all that are offered, if it includes others)."""
        return self._needs(template)

    def render(self, template: str, variables: Mapping[str, Any]) -> str:
        """Return the rendered text; RenderError says in plain words what is wrong and where."""
        self._environment.steps = 0
        try:
            text = self._environment.get_template(template).render(variables)
        except (OverflowError, MemoryError):
            raise RenderError(say("mẫu tạo ra quá nhiều chữ", "the template makes too much text")) from None
        except (
            TemplateError,
            RecursionError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
        ) as error:
            raise self._in_words(error, template, variables) from None
        if len(text) > LONGEST:
            raise RenderError(say("mẫu tạo ra quá nhiều chữ", "the template makes too much text"))
        return text

    def _find_needs(self, template: str) -> frozenset[str]:
        source, _, _ = FileSystemLoader(self.folder).get_source(self._environment, template)
        tree = self._environment.parse(source)
        names = meta.find_undeclared_variables(tree)
        return frozenset(names | set(OFFERED) if any(meta.find_referenced_templates(tree)) else names)

    def _in_words(self, error: Exception, template: str, variables: Mapping[str, Any]) -> RenderError:
        line = getattr(error, "lineno", None) or _line(error, template)
        match error:
            case TemplateNotFound():
                known = [f.name for f in self.folder.glob("*")] if self.folder.is_dir() else []
                hint = did_you_mean(str(error.name), known)
                words = say(f"không có templates/{error.name}{hint}", f"there is no templates/{error.name}{hint}")
                return RenderError(words)
            case SecurityError():
                words = say("mẫu đòi thứ không được phép", "the template reaches for what is not allowed")
            case UndefinedError():
                words = _missing(str(error), variables)
            case TemplateSyntaxError():
                words = say(f"cú pháp mẫu sai: {error.message}", f"wrong syntax: {error.message}")
            case _:
                words = say(f"mẫu không chạy được: {error}", f"the template fails: {error}")
        return RenderError(f"templates/{template}:{line}: {words}" if line else f"templates/{template}: {words}", line)


def _missing(message: str, variables: Mapping[str, Any]) -> str:
    found = re.search(r"'([^']+)' is undefined", message)
    if not found:
        return say(
            f"dùng thứ không được phép hoặc không có ({message})", f"uses what is not allowed or not there ({message})"
        )
    name = found[1]
    hint = did_you_mean(name, variables)
    return say(
        f'thiếu biến "{name}"{hint}; thêm vào vars của thông điệp',
        f'the variable "{name}" is missing{hint}; add it to vars',
    )


def _line(error: Exception, template: str) -> int:
    at, line = error.__traceback__, 0
    while at is not None:
        if at.tb_frame.f_code.co_filename.endswith(template):
            line = at.tb_lineno
        at = at.tb_next
    return line


def ngay(day: date) -> str:
    """26/6/2027"""
    return f"{day.day}/{day.month}/{day.year}"


def ngay_day_du(day: date) -> str:
    """ngày 26 tháng 6 năm 2027"""
    return f"ngày {day.day} tháng {day.month} năm {day.year}"


def thu(day: date) -> str:
    """thứ Bảy"""
    return WEEKDAYS[day.weekday()]


def gio(moment: datetime | time) -> str:
    """8 giờ 30 phút"""
    return f"{moment.hour} giờ {moment.minute} phút" if moment.minute else f"{moment.hour} giờ"


def so(number: Any) -> str:
    """1.234.567"""
    return f"{int(str(number).replace('.', '')):,}".replace(",", ".")


def without_last_line_end(text: str) -> str:
    """Return the text in NFC without its last line end, which YAML and editors add and nobody means to post."""
    return nfc(text.replace("\r\n", "\n")).removesuffix("\n")
