"""The numbers of a text, as people dial and copy them: digits with the dots, dashes and blanks between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RUN = re.compile(r"[0-9](?:[ .-]?[0-9]){2,}")
_BETWEEN = str.maketrans("", "", " .-")
_BEFORE = frozenset("/:,.%-_+")  # what makes the digits after it a part of something larger
_AFTER = frozenset("/%:_")
MOBILE = re.compile(r"(?:84|0)[35789][0-9]{8}")


@dataclass(frozen=True)
class Number:
    """A run of digits that stands alone: no date, hour, share, code or part of a word."""

    digits: str
    start: int
    end: int

    @property
    def mobile(self) -> bool:
        """Whether it is built as a mobile number is."""
        return MOBILE.fullmatch(self.digits) is not None


def numbers(text: str) -> tuple[Number, ...]:
    """Return the numbers of three digits and more that stand alone in a text."""
    found = []
    for run in _RUN.finditer(text):
        start, end = run.span()
        if _alone(text, start, end):
            found.append(Number(run[0].translate(_BETWEEN), start, end))
    return tuple(found)


def _alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if before.isalnum() or (before in _BEFORE and before and not (before == "+" and text.startswith("84", start))):
        return False
    if after.isalnum() or (after in _AFTER and after):
        return False
    return not (after in (",", ".", "-") and text[end + 1 : end + 2].isdigit())
