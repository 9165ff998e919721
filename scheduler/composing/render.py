"""Templates become text: Jinja2 in a sandbox, where whatever is wrong is said in words, with the template's line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError, UndefinedError, meta, nodes
from jinja2.exceptions import SecurityError, TemplateRuntimeError

from scheduler.composing.cite import Cite
from scheduler.composing.office import Office, Unheld, Unsaid
from scheduler.composing.sandbox import NotText, Outside, Sandbox, TooMuch
from scheduler.composing.sandbox import Unfit as Unfit
from scheduler.registers.laws import Laws
from scheduler.text import did_you_mean, nfc, say

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
OFFERED = ("due", "anchor", "days_left", "days_since", "channel", "unit", "office", "campaign_title")
CAN_DO_WITHOUT = ("defined", "undefined", "default", "d")  # tests and filters after which a name may be missing
TAGS = (
    "if",
    "elif",
    "else",
    "endif",
    "for",
    "endfor",
    "set",
    "endset",
    "include",
    "macro",
    "endmacro",
    "raw",
    "endraw",
)

WRONG = (
    TemplateError,
    TooMuch,
    Outside,
    NotText,
    RecursionError,
    MemoryError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    SyntaxError,
)


class RenderError(Exception):
    """A template that cannot be used; `line` is its own line (0: unknown).

    `only_here`: what is missing belongs to one unit, so for the channels of another the template may do.
    `unannounced`: all that is missing is something that will be given out later.
    """

    def __init__(self, message: str, line: int = 0, *, only_here: bool = False, unannounced: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.only_here = only_here
        self.unannounced = unannounced


class Unannounced(Unfit):
    """What a template asks for is not known yet, and will be: the theme of a coming year."""


class Renderer:
    """Renders the templates of one workspace; `laws` is what they may cite."""

    def __init__(self, workspace: Path, laws: Laws | None = None) -> None:
        self.folder = workspace / "templates"
        self._cite = Cite(laws or Laws())
        self._environment = self._sandbox(autoescape=False)
        self._formatted = self._sandbox(autoescape=True)  # what is filled in brings no tags of its own
        self._needs = lru_cache(maxsize=1000)(self._find_needs)

    def _sandbox(self, *, autoescape: bool) -> Sandbox:
        sandbox = Sandbox(self.folder, autoescape=autoescape)
        sandbox.filters.update(ngay=ngay, ngay_day_du=ngay_day_du, thu=thu, gio=gio, so=so)
        sandbox.globals["law"] = self._cite.law
        return sandbox

    def needs(self, template: str) -> frozenset[str]:
        """Return the names that a template asks for from outside (all that are offered, if it includes others)."""
        return self._needs(template)

    def read(self, template: str) -> None:
        """Read a template without rendering it; RenderError when it is not there or is no template."""
        try:
            self._environment.get_template(template)
        except WRONG as error:
            raise self._in_words(error, template, {}) from None

    def render(
        self, template: str, variables: Mapping[str, Any], day: date | None = None, *, formatted: bool = False
    ) -> str:
        """Return the rendered text for a (local) day; RenderError says in plain words what is wrong and where.

        Of a `formatted` text only the template has tags: in what is filled in, `&` and `<` stay signs.
        """
        environment = self._formatted if formatted else self._environment
        environment.start()
        self._cite.day = day
        try:
            return environment.get_template(template).render(variables)
        except WRONG as error:
            raise self._in_words(error, template, variables) from None

    def fill(self, words: str, variables: Mapping[str, Any], day: date | None = None) -> str:
        """Return a text of an author's file with its {{ names }} filled in; errors and `day` as for `render`."""
        if "{{" not in words and "{%" not in words:
            return words
        self._environment.start()
        self._cite.day = day
        try:
            return self._environment.from_string(words).render(variables)
        except WRONG as error:
            raise self._in_words(error, "", variables) from None

    def needs_of(self, words: str) -> frozenset[str]:
        """Return the names that such a text asks for; of a broken one nothing, that is said when it is filled."""
        if "{{" not in words and "{%" not in words:
            return frozenset()
        try:
            return frozenset(meta.find_undeclared_variables(self._environment.parse(words)))
        except TemplateError:
            return frozenset()

    def _tree(self, template: str) -> nodes.Template:
        if not template:  # a text of an author's file; `fill` knows no more of it
            return self._environment.parse("")
        assert self._environment.loader is not None
        source, _, _ = self._environment.loader.get_source(self._environment, template)
        return self._environment.parse(source)

    def _find_needs(self, template: str) -> frozenset[str]:
        tree = self._tree(template)
        names = meta.find_undeclared_variables(tree)
        return frozenset(names | set(OFFERED) if any(meta.find_referenced_templates(tree)) else names)

    def _in_words(self, error: Exception, template: str, variables: Mapping[str, Any]) -> RenderError:
        where, line = self._place(error, template)
        match error:
            case Outside():
                words = say(f"{error}: nằm ngoài thư mục templates", f"{error}: lies outside templates")
            case TemplateNotFound():
                asked = Path(str(error.name))
                near = [f.name for f in self.folder.glob("*") if did_you_mean(asked.stem, [f.stem])]
                hint = did_you_mean(str(asked), near)
                words = say(f"không có templates/{error.name}{hint}", f"there is no templates/{error.name}{hint}")
            case TooMuch() | MemoryError():
                words = say("mẫu tạo ra quá nhiều chữ, hoặc lặp quá lâu", "the template makes too much text")
            case RecursionError():
                words = say("mẫu tự gọi chính nó mãi (include, macro)", "the template calls itself without end")
            case NotText():
                words = say(
                    "chỗ này không ra chữ hay số (danh sách? chọn một mục, hoặc | join)",
                    "this is neither text nor a number (a list? choose an entry, or | join)",
                )
            case SecurityError():
                words = _forbidden(str(error))
            case Unheld():
                words = str(error) + self._also_unheld(where, variables)
            case Unsaid():
                words = str(error)
            case UndefinedError():
                words = self._missing(str(error), where, variables)
            case TemplateSyntaxError():
                words = _syntax(str(error.message), self._environment.filters)
            case TemplateRuntimeError() if "named" in str(error):
                words = _syntax(str(error), self._environment.filters)
            case Unfit():
                words = str(error)
            case UnicodeDecodeError():
                words = say("không phải UTF-8; hãy lưu lại với mã UTF-8", "not UTF-8; save it again as UTF-8")
            case _:
                words = say(
                    "không tính được ở đây; giá trị trong vars là chữ, muốn tính thì thêm | int",
                    "this cannot be worked out; what stands in vars is text, for sums add | int",
                )
        if isinstance(error, TemplateNotFound | Outside) and str(error.args[0] if error.args else "") == template:
            return RenderError(words)
        place = f"templates/{where}:{line}: " if line else f"templates/{where}: "
        return RenderError(
            (place if where else "") + words,  # a text of an author's file has its place there
            line if where else 0,
            only_here=isinstance(error, Unheld),
            unannounced=isinstance(error, Unannounced),
        )

    def _place(self, error: Exception, template: str) -> tuple[str, int]:
        """Return the template and line where it went wrong: the innermost, for who includes others."""
        if isinstance(error, TemplateSyntaxError) and error.lineno:
            return error.name or template, error.lineno
        at, where, line = error.__traceback__, template, 0
        while at is not None:
            file = Path(at.tb_frame.f_code.co_filename)
            if file.is_relative_to(self.folder):
                where, line = str(file.relative_to(self.folder)), at.tb_lineno
            at = at.tb_next
        return where, line

    def _missing(self, message: str, template: str, variables: Mapping[str, Any]) -> str:
        if found := re.search(r"has no attribute '([^']+)'", message):
            return say(f'không có "{found[1]}" trong biến này', f'this variable has no "{found[1]}"')
        if found := re.search(r"has no element (\S+)", message):
            return say(f"danh sách không có mục [{found[1]}] (đếm từ 0)", f"the list has no entry [{found[1]}]")
        found = re.search(r"'([^']+)' is undefined", message)
        if not found:
            return say("dùng thứ không có", "uses what is not there")
        name = found[1]
        if name in OFFERED:
            return say(
                f'"{name}" chỉ có với when: {{before: ...}} hoặc {{after: ...}}',
                f'"{name}" is there with when: {{before: ...}} or {{after: ...}} only',
            )
        said = {other for other, value in variables.items() if not callable(value)}
        hint = did_you_mean(name, said)
        if not template:
            listed = ", ".join(sorted(said))
            return say(
                f'không có "{name}"{hint} (dùng được: {listed})', f'there is no "{name}"{hint} (there is: {listed})'
            )
        others = ", ".join(f'"{n}"' for n in sorted(self._also_missing(template, {*variables, name})))
        also_vi, also_en = (f"; còn thiếu: {others}", f"; also missing: {others}") if others else ("", "")
        return say(
            f'thiếu biến "{name}"{hint}; thêm vào vars của thông điệp{also_vi}',
            f'the variable "{name}" is missing{hint}; add it to vars{also_en}',
        )

    def _also_missing(self, template: str, known: set[str]) -> set[str]:
        """Return the other names that a template needs; those it can do without (`is defined`, default) are left out."""
        tree = self._tree(template)
        spared = {
            node.node.name
            for node in tree.find_all((nodes.Test, nodes.Filter))
            if node.name in CAN_DO_WITHOUT and isinstance(node.node, nodes.Name)
        }
        return meta.find_undeclared_variables(tree) - known - spared - {*self._environment.globals, *OFFERED}

    def _also_unheld(self, template: str, variables: Mapping[str, Any]) -> str:
        """Return what else the template says of the office that this one lacks, so that all is mended at once."""
        office = variables.get("office")
        if not isinstance(office, Office):
            return ""
        tree = self._tree(template)
        spared = {id(node.node) for node in tree.find_all((nodes.Test, nodes.Filter)) if node.name in CAN_DO_WITHOUT}
        asked = [n for n in tree.find_all(nodes.Getattr) if isinstance(n.node, nodes.Name) and n.node.name == "office"]
        lacking = sorted({n.attr for n in asked if n.attr not in office and id(n) not in spared})
        listed = ", ".join(lacking)
        return say(f"; mẫu này cần: {listed}", f"; this template needs: {listed}") if len(lacking) > 1 else ""


def _forbidden(message: str) -> str:
    found = re.search(r"(?:attribute|operator) '([^']+)'", message)
    name = f' "{found[1]}"' if found else ""
    return say(
        f"không được dùng{name} trong mẫu; mẫu chỉ dùng biến, if, for và bộ lọc",
        f"{name.strip() or 'this'} is not allowed in a template, only variables, if, for and filters",
    )


def _syntax(message: str, filters: Mapping[str, Any]) -> str:
    if found := re.search(r"No filter named '([^']+)'", message):
        hint = did_you_mean(found[1], filters)
        return say(f'không có bộ lọc "{found[1]}"{hint}', f'there is no filter "{found[1]}"{hint}')
    if found := re.search(r"No test named '([^']+)'", message):
        return say(f'không có phép thử "{found[1]}"', f'there is no test "{found[1]}"')
    if found := re.search(r"unknown tag '([^']+)'", message):
        tag = found[1]
        if tag.startswith(("end", "el")) and tag in TAGS:
            return say(f"{{% {tag} %}} không có phần mở đầu", f"{{% {tag} %}} closes nothing")
        hint = did_you_mean(tag, TAGS)
        return say(f'không có lệnh "{tag}"{hint}', f'there is no command "{tag}"{hint}')
    if found := re.search(r"needs to be closed is '([^']+)'", message):
        return say(f"thiếu {{% end{found[1]} %}}", f"{{% end{found[1]} %}} is missing")
    if "end of print statement" in message:
        return say("thiếu }} hoặc thừa chữ trong {{ }}", "}} is missing, or too much stands in {{ }}")
    if "end of statement block" in message:
        return say("thiếu %} hoặc thừa chữ trong {% %}", "%} is missing, or too much stands in {% %}")
    return say("cú pháp sai; hãy xem các dấu {{ }} và {% %}", "wrong syntax; look at {{ }} and {% %}")


def ngay(day: date) -> str:
    """26/6/2027"""
    _must_be(date, day, "ngay")
    return f"{day.day}/{day.month}/{day.year}"


def ngay_day_du(day: date) -> str:
    """ngày 26 tháng 6 năm 2027"""
    _must_be(date, day, "ngay_day_du")
    return f"ngày {day.day} tháng {day.month} năm {day.year}"


def thu(day: date) -> str:
    """thứ Bảy"""
    _must_be(date, day, "thu")
    return WEEKDAYS[day.weekday()]


def gio(moment: datetime | time) -> str:
    """8 giờ 30 phút"""
    _must_be((datetime, time), moment, "gio")
    return f"{moment.hour} giờ {moment.minute} phút" if moment.minute else f"{moment.hour} giờ"


def so(number: Any) -> str:
    """1.234.567"""
    try:
        return f"{int(str(number).replace('.', '')):,}".replace(",", ".")
    except ValueError:
        raise Unfit(say(f'so: "{number}" không phải số', f'so: "{number}" is no number')) from None


def _must_be(kind: type | tuple[type, ...], value: Any, name: str) -> None:
    if not isinstance(value, kind):
        raise Unfit(say(f"{name}: chỉ dùng với due hoặc anchor", f"{name}: goes with due or anchor only"))


def without_last_line_end(text: str) -> str:
    """Return the text in NFC without its last line end, which YAML and editors add and nobody means to post."""
    return nfc(text.replace("\r\n", "\n")).removesuffix("\n")
