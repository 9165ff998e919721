"""A finding: what is wrong with a text before it is said, why, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Finding:
    """One thing found in one post. `rule` is the name by which an author may waive it."""

    rule: str
    words: str
    severity: Severity = "error"
    waivable: bool = True
