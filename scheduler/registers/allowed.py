"""What posts may lead to: the sites and mail domains of `lint.yaml`, besides those of the State and our own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from scheduler.errors import Problem
from scheduler.registers.moments import as_word
from scheduler.registers.source import Strict, open_source
from scheduler.text import say


def _domain(value: Any) -> Any:
    text = as_word(value).strip().lower()
    if not re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", text, re.ASCII):
        raise ValueError(
            say(
                f'"{as_word(value)}" không phải tên miền; chỉ viết tên miền, ví dụ: vbpl.vn',
                f'"{as_word(value)}" is no domain; write the domain alone, for example: vbpl.vn',
            )
        )
    return text


Domain = Annotated[str, BeforeValidator(_domain)]


class AllowedFile(Strict):
    """`lint.yaml`: a domain allows whatever lies below it too."""

    EXAMPLE: ClassVar[str] = "allow_links: [vbpl.vn]"

    allow_links: tuple[Domain, ...] = ()
    """Tên miền được dẫn trong bài, cùng mọi tên miền con"""
    allow_mail: tuple[Domain, ...] = ()
    """Tên miền hộp thư được viết trong bài"""


@dataclass(frozen=True)
class Allowed:
    """The domains an office allows. Without the file there are none, and what lies outside is only remarked upon."""

    links: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    there: bool = False


def read_allowed(file: Path, shown: Path) -> tuple[Allowed, list[Problem]]:
    """Read `lint.yaml`; a missing file allows nothing of its own."""
    if not file.exists():
        return Allowed(), []
    source = open_source(file, shown)
    read = source.read(AllowedFile) if source.values is not None else None
    return Allowed(*(read.allow_links, read.allow_mail) if read else ((), ()), there=True), source.problems
