"""A rule of the lint: what it guards, why, what would be right, how grave it is, and how it is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from scheduler.composing.finding import Severity
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken
    from scheduler.composing.lint.known import Known

SYLLABLE = re.compile(r"\w+")
# the dot of an initial (`Nguyễn Thị B. bị ...`) ends nothing
SENTENCE_END = re.compile(r"(?<!\b[^\W\d_])[.!?…;](?=[\s\"”)]|$)|\n")

Both: TypeAlias = tuple[str, str]  # in Vietnamese and in English
Found: TypeAlias = Iterator[str | tuple[str, Severity]]


class Reading:
    """All the words of one post (title, text, descriptions of pictures), read once for all rules."""

    def __init__(self, text: str, known: Known) -> None:
        self.text = text
        self.known = known
        self.low = text.lower()
        self.syllables = frozenset(SYLLABLE.findall(self.low))

    @cached_property
    def numbered(self) -> bool:
        """Whether any digit stands in it."""
        return any(digit in self.text for digit in "0123456789")

    def shown(self, found: re.Match[str]) -> str:
        """Return what was found as its author wrote it, in one line."""
        same = len(self.low) == len(self.text)  # a few foreign letters grow in lower case
        return " ".join((self.text[found.start() : found.end()] if same else found[0]).split())

    def sentence(self, at: int) -> str:
        """Return the sentence around a place, in lower case."""
        start = 0
        for end in SENTENCE_END.finditer(self.low):
            if end.start() >= at:
                return self.low[start : end.start()]
            start = end.end()
        return self.low[start:]

    def before(self, at: int) -> str:
        """Return the part of a sentence that stands before a place, in lower case."""
        start = 0
        for end in SENTENCE_END.finditer(self.low, 0, at):
            start = end.end()
        return self.low[start:at]


@dataclass(frozen=True)
class Rule:
    """One rule. `find` yields a sentence for each thing found (with a severity, where it is not the rule's own).

    `on` are syllables of which one must occur, and `signs` texts of which one must; without either every text is looked
    at. `each` marks a rule that looks at more than words: the day, the networks, what the author declared.
    """

    id: str
    guards: Both
    why: Both
    find: Callable[[Reading, Spoken], Found]
    caught: tuple[str, ...]
    clean: tuple[str, ...]
    severity: Severity = "warning"
    waivable: bool = True
    on: frozenset[str] = frozenset()
    signs: tuple[str, ...] = ()
    each: bool = False

    def concerns(self, reading: Reading) -> bool:
        """Whether the text holds anything that this rule may find."""
        if self.on and not self.on.isdisjoint(reading.syllables):
            return True
        if self.signs:
            return any(sign in reading.low for sign in self.signs)
        return not self.on

    @property
    def guarded(self) -> str:
        """What the rule guards, in the reader's language."""
        return say(*self.guards)
