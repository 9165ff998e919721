"""A deviation: what one unit says otherwise in the messages of a model, and whether it may.

It names the message it was written against by a fingerprint, so that a model that changes later is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from scheduler.authoring.campaign import Campaign, Film, Image, Message, When, Words, one_word, words_by_name
from scheduler.authoring.card import Card
from scheduler.authoring.rule import some
from scheduler.registers.identifier import Identifier
from scheduler.registers.source import Strict
from scheduler.text import did_you_mean, say

TAKES_IN = re.compile(r"\{%[-+]?\s*(?:include|extends|import|from)\b(.*?)%\}", re.DOTALL)  # of a template: others
QUOTED = re.compile(r"""["']([^"']+)["']""")


class Deviation(Strict):
    """What a unit says otherwise in one message of the model."""

    EXAMPLE: ClassVar[str] = "{id: khai-mac, of: 1a2b3c4d, vars: {noi: ...}}"

    id: Identifier
    """Mã thông điệp của mô hình"""
    of: str = ""
    """Vân tay của thông điệp mô hình lúc đơn vị viết; loa check cho biết phải ghi gì"""
    skip: bool = False
    """true: đơn vị không đăng thông điệp này"""
    when: Annotated[When, BeforeValidator(one_word)] | None = None
    """Bao giờ đăng, thay cho mô hình"""
    title: str | None = None
    """Tên gọi của thông điệp, thay cho mô hình"""
    text: str | None = None
    """Lời của bài, thay cho mô hình"""
    vars: dict[str, Any] = {}
    """Các biến có giá trị riêng; biến khác theo mô hình"""
    words: Annotated[dict[str, Words], BeforeValidator(words_by_name)] | None = None
    """Lời riêng cho từng mạng, thay cho mô hình"""
    images: tuple[Image, ...] | None = None
    """Hình ảnh, thay cho mô hình"""
    video: Film | None = None
    """Video, thay cho mô hình"""
    card: Card | None = None
    """Thẻ hình, thay cho mô hình"""

    @property
    def parts(self) -> list[str]:
        """What is said otherwise, by the names of parts."""
        named = [name for name in type(self).model_fields if name in self.model_fields_set - {"id", "of", "vars"}]
        return [*named, *(f"vars.{name}" for name in self.vars)]


class DeviationFile(Strict):
    """What one unit says otherwise of one model."""

    EXAMPLE: ClassVar[str] = "deviation: ha-dong"

    deviation: Identifier
    """Mã chiến dịch mô hình"""
    unit: Identifier
    """Đơn vị nào viết khác"""
    why: str
    """Vì sao đơn vị viết khác"""
    messages: Annotated[tuple[Deviation, ...], BeforeValidator(some)]
    """Các thông điệp viết khác"""


def fingerprint(message: Message, workspace: Path) -> str:
    """Return eight letters that change with whatever a message says: its fields, its templates and what they take in."""
    said = json.dumps(message.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
    found = hashlib.sha256(said.encode())
    templates = [w.template for w in (message, *message.words.values(), *message.rotation) if w.template]
    for content in _contents(workspace / "templates", templates).values():
        found.update(content)
    return found.hexdigest()[:8]


def _contents(folder: Path, templates: Sequence[str]) -> dict[str, bytes]:
    """Return what stands in these templates and in those that they take in, each once."""
    found: dict[str, bytes] = {}
    waiting = [*templates]
    while waiting:
        name = waiting.pop(0)
        if name not in found and (folder / name).is_file():
            found[name] = (folder / name).read_bytes()
            for taken in TAKES_IN.findall(found[name].decode("utf-8", "replace")):
                waiting += QUOTED.findall(taken)
    return found


def said_otherwise(message: Message, deviation: Deviation) -> Message:
    """Return a message of a model as a unit says it."""
    given = {name: getattr(deviation, name) for name in ("when", "title", "words", "images", "video", "card")}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if deviation.text is not None:
        changes |= {"text": deviation.text, "template": None, "vars": {}}
    elif deviation.vars:
        changes["vars"] = {**message.vars, **deviation.vars}
    return message.model_copy(update=changes)


def locked(campaign: Campaign, message: Message, deviation: Deviation, part: str) -> str:
    """Return why a part may not be said otherwise, or an empty text."""
    free = (*(campaign.model.free if campaign.model else ()), *message.free)
    variable = part.removeprefix("vars.") if part.startswith("vars.") else ""
    if variable and variable not in message.vars:
        hint = did_you_mean(variable, message.vars)
        return say(f'mô hình không có biến "{variable}"{hint}', f'the model has no variable "{variable}"{hint}')
    if deviation.skip and part != "skip":
        return say(f"đã có skip: true thì bỏ {part}", f"with skip: true, remove {part}")
    if part in ("text", "words") and message.rotates:
        return say(f"thông điệp này luân phiên nhiều bài, không thay {part} được", "several texts take turns here")
    if part == "text" and message.words and deviation.words is None:
        listed = ", ".join(message.words)
        return say(
            f"mô hình có lời riêng (words) cho {listed} nên text này không được đăng ở đó; viết cả words cho {listed}",
            f"the model has words of its own for {listed}, where this text would not be said; write words for {listed} too",
        )
    if part == "text" and deviation.vars:
        return say("đã có text thì bỏ vars", "with text, remove vars")
    if part in free or (variable and "vars" in free):
        return ""
    listed = ", ".join(free) or say("không phần nào", "none")
    return say(
        f"{part} là phần khoá của mô hình {campaign.campaign}; đơn vị chỉ được viết khác: {listed}",
        f"{part} is locked in the model {campaign.campaign}; a unit may only say otherwise: {listed}",
    )
