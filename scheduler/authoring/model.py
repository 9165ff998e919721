"""A model: a campaign that one unit tries out before others take it over, and how far it has come in its life."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from scheduler.authoring.rule import one_or_many
from scheduler.registers.moments import LocalDate, parse_date
from scheduler.registers.source import Strict
from scheduler.text import did_you_mean, say

State = Literal["pilot", "evaluated", "kept", "replicated", "dropped"]
SPREADING = ("kept", "replicated")  # only what was found good is given to others
JUDGED = ("evaluated", *SPREADING, "dropped")
PARTS = ("when", "title", "text", "vars", "words", "images", "video", "card", "skip")  # of a message, that may be free


def part_names(value: object) -> object:
    """Read the free parts of a model: names of PARTS, or one variable (`vars.noi`); ValueError says what is wrong."""
    for name in one_or_many(value) or ():
        if name not in PARTS and not (isinstance(name, str) and name.startswith("vars.") and len(name) > 5):
            hint, listed = did_you_mean(str(name), PARTS), ", ".join(PARTS)
            raise ValueError(
                say(
                    f'"{name}" không phải phần của thông điệp{hint} ({listed}, hoặc một biến: vars.TÊN)',
                    f'"{name}" is no part of a message{hint} ({listed}, or one variable: vars.NAME)',
                )
            )
    return one_or_many(value)


Free = Annotated[tuple[str, ...], BeforeValidator(part_names)]


class Decision(Strict):
    """Who decided about a model, when, and in which document."""

    EXAMPLE: ClassVar[str] = "{on: 2027-05-10, by: ..., document: ...}"

    on: Annotated[LocalDate, BeforeValidator(parse_date)]
    """Ngày quyết định"""
    by: str
    """Người quyết định, chức vụ"""
    document: str = ""
    """Văn bản: số, ngày, cơ quan"""


class Model(Strict):
    """The life of a model, and which parts of its messages a unit may say otherwise (all others are locked)."""

    EXAMPLE: ClassVar[str] = "{state: pilot, criteria: ...}"

    state: State
    """pilot (thí điểm), evaluated (đã đánh giá), kept (giữ lại), replicated (nhân rộng), dropped (bỏ: không được lên lịch)"""
    criteria: str = ""
    """Tiêu chí đánh giá"""
    evidence: str = ""
    """Kết quả, minh chứng khi đánh giá"""
    decided: Decision | None = None
    """Ai quyết định giữ, nhân rộng hay bỏ, ngày nào, văn bản nào"""
    free: Free = ()
    """Phần mà đơn vị được viết khác trong mọi thông điệp: [when, vars.noi, skip]; không ghi thì khoá hết"""

    @model_validator(mode="after")
    def _was_judged(self) -> Model:
        if self.state in JUDGED and not (self.criteria.strip() and self.evidence.strip()):
            raise ValueError(
                say(
                    f"state: {self.state} cần criteria (tiêu chí) và evidence (kết quả đánh giá)",
                    f"state: {self.state} needs criteria and evidence",
                )
            )
        if self.state in JUDGED[1:] and self.decided is None:
            raise ValueError(
                say(
                    f"state: {self.state} cần decided: {Decision.EXAMPLE}",
                    f"state: {self.state} needs decided: {Decision.EXAMPLE}",
                )
            )
        return self
