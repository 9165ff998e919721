"""The name by which one thing is meant in every file and in the ledger: plain letters that never need quotes."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from scheduler.registers.source import form
from scheduler.text import say

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}"


def parse_identifier(value: Any) -> Any:
    """Return an id as it stands; ValueError when a text has letters that no id may have."""
    if isinstance(value, str) and not re.fullmatch(NAME, value):
        raise ValueError(
            say(
                f'"{value}" không dùng làm mã được; chỉ chữ không dấu, số, ".", "_" và "-" (ví dụ: tin-1)',
                f'"{value}" cannot be an id; only plain letters, digits, ".", "_" and "-" (for example: tin-1)',
            )
        )
    return value


Identifier = Annotated[str, BeforeValidator(parse_identifier, json_schema_input_type=form(NAME))]
