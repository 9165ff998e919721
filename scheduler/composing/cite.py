"""The function `law` of templates: names the legal text that is in force on the day of posting."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any, get_args

from scheduler.composing.sandbox import Unfit
from scheduler.registers.law import KINDS, Law, Mode, shown_date
from scheduler.registers.laws import FILE, Laws, missing
from scheduler.text import did_you_mean, say

FORMS = ("full", "number", "title")
MODES: tuple[str, ...] = get_args(Mode)
EXAMPLES = 'law("ma-tuy"), law("120/2025/QH15", "number"), law("ma-tuy", mode="upcoming")'


class Cite:
    """What a template may call as `law(reference, form, mode=...)`. `day`: the (local) day of the post now rendered."""

    def __init__(self, laws: Laws) -> None:
        self.laws = laws
        self.day: date | None = None
        self._said = lru_cache(maxsize=10_000)(self._say)  # hundreds of units ask the same on the same day

    def law(self, *given: Any, **how: Any) -> str:
        """Return the citation; Unfit says in words what is wrong with the call, or that no text is meant by it.

        Forms: `full` (Luật Phòng, chống ma túy số 120/2025/QH15), `number`, `title`. With the mode `upcoming` a text
        that is not yet in force is named with its day of entry, with `history` one that has ended with that day: so the
        post says by itself how it is meant.
        """
        reference, form, mode = _understood(given, how)
        if not self.laws.present:
            raise Unfit(f"law: {missing()}")
        if self.day is None:
            raise Unfit(say("law: chỉ dùng được khi biết ngày đăng", "law: needs the day of posting"))
        return self._said(reference, form, mode, self.day)

    def _say(self, reference: str, form: str, mode: Mode, day: date) -> str:
        found = self.laws.find(reference, day, mode)
        if found is None:
            raise Unfit(self._nothing(reference, day))
        return written(found, form) + _remark(found, mode, day)

    def _nothing(self, reference: str, day: date) -> str:
        if any(self.laws.find(reference, *asked) for asked in ((date.max,), (day, "upcoming"), (date.max, "history"))):
            on = shown_date(day)
            return say(
                f'law: không văn bản nào của "{reference}" có hiệu lực vào ngày đăng {on}; xem {FILE}',
                f'law: no text of "{reference}" is in force on the day of posting, {on}; see {FILE}',
            )
        near = self.laws.near(reference)
        names = [*self.laws.family_names(), *self.laws.by_id]
        hint = say(f'; ý bạn là "{near}"?', f'; did you mean "{near}"?') if near else did_you_mean(reference, names)
        return say(
            f'law: không có văn bản "{reference}" trong {FILE}{hint}',
            f'law: there is no text "{reference}" in {FILE}{hint}',
        )


def _understood(given: tuple[Any, ...], how: dict[str, Any]) -> tuple[str, str, Mode]:
    words = dict(zip(("reference", "form", "mode"), given, strict=False)) | how
    reference, form, mode = words.get("reference"), words.get("form", "full"), words.get("mode", "basis")
    if not isinstance(reference, str) or len(given) > 3 or set(words) - {"reference", "form", "mode"}:
        raise Unfit(say(f"law: viết như: {EXAMPLES}", f"law: write: {EXAMPLES}"))
    for word, known in ((form, FORMS), (mode, MODES)):
        if word not in known:
            hint, listed = did_you_mean(str(word), known), ", ".join(known)
            raise Unfit(
                say(f'law: "{word}" không đúng{hint} (chọn: {listed})', f'law: "{word}" is wrong{hint} ({listed})')
            )
    return reference, form, mode


def written(law: Law, form: str) -> str:
    """Return a legal text as official papers name it."""
    bare = law.number.count("/") == 1  # its number comes back every year
    dated = f" ngày {shown_date(law.issued)}" if bare and law.issued else ""
    kind = KINDS[law.kind]
    sure = not law.title_vi.startswith("[")
    match form:
        case "number":
            return law.number + dated
        case "title":
            return law.title_vi if sure else f"{kind} {law.number}"
    if law.cite_form_vi:
        return law.cite_form_vi
    if not sure or not law.title_vi.startswith(kind):
        return f"{kind} số {law.number}{dated}"
    if kind.endswith("uật") or kind == "Pháp lệnh":
        return f"{law.title_vi} số {law.number}"
    return f"{kind} số {law.number}{dated}{law.title_vi.removeprefix(kind)}"


def _remark(law: Law, mode: Mode, day: date) -> str:
    if mode == "upcoming" and day < law.effective_from:
        return f" (sẽ có hiệu lực từ ngày {shown_date(law.effective_from)})"
    if mode == "history" and law.effective_to is not None and law.ended(day):
        return f" (đã hết hiệu lực từ ngày {shown_date(law.effective_to)})"
    return ""
