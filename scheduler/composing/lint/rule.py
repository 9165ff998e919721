"""A rule of the lint: what it guards, why, what would be right, how grave it is, and how it is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from scheduler.composing.finding import Severity
from scheduler.composing.lint.numbers import Number, numbers
from scheduler.text import say

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken
    from scheduler.composing.lint.known import Known

# the dot of an initial (`Nguyễn Thị B. bị ...`) ends nothing
SENTENCE_END = re.compile(r"[.!?…;\n](?:(?<=\n)|(?<!\b[^\W\d_].)(?=[\s\"”)]|$))")

Both: TypeAlias = tuple[str, str]  # in Vietnamese and in English
Found: TypeAlias = Iterator[str | tuple[str, Severity]]


class Reading:
    """All the words of one post (title, text, descriptions of pictures), read once for all rules."""

    def __init__(self, text: str, known: Known) -> None:
        self.text = text
        self.known = known
        self.low = text.lower()

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers of three digits and more that stand alone."""
        return numbers(self.text)

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What rules that look at each post have found out about the words, by rule."""
        return {}

    def shown(self, found: re.Match[str] | Number) -> str:
        """Return what was found as its author wrote it, in one line."""
        if isinstance(found, Number):
            return self.text[found.start : found.end]
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

    `on` are groups of phrases (lower case, in the style of `túy`): a text wakes the rule when it holds a phrase of each
    group; without groups every text does. `each` marks a rule that looks at more than words: the day, the networks,
    what the author declared. `quiet` marks one that says nothing at all in an office that keeps no register.
    """

    id: str
    guards: Both
    why: Both
    find: Callable[[Reading, Spoken], Found]
    caught: tuple[str, ...]
    clean: tuple[str, ...]
    severity: Severity = "warning"
    waivable: bool = True
    on: tuple[tuple[str, ...], ...] = ()
    each: bool = False
    quiet: bool = False

    @property
    def guarded(self) -> str:
        """What the rule guards, in the reader's language."""
        return say(*self.guards)
