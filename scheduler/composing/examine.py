"""Examines a finished post: everything the office knows is held against it, by the day on which it will be public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from scheduler.authoring.campaign import Campaign, Message
from scheduler.authoring.loader import Book
from scheduler.channels.contract import Post
from scheduler.composing.citation_rule import CitationRule
from scheduler.composing.finding import Finding
from scheduler.text import say


@dataclass(frozen=True)
class Spoken:
    """A post as it will be public: in which words, on which (local) day, and what its author said about it."""

    post: Post
    day: date
    campaign: Campaign
    message: Message


Rule = Callable[[Spoken], list[Finding]]

RULES: dict[str, str] = {  # every rule an author may name in `waive`, and what it guards
    "citation": say("viện dẫn văn bản pháp luật theo ngày đăng", "citations of law, by the day of posting"),
}
BY_DAY = frozenset({"citation"})  # rules that ask for the day: where it is not sure they say nothing


class Examiner:
    """Holds posts against what one office knows. Whatever does not depend on the day is found once for a text."""

    def __init__(self, book: Book) -> None:
        self._citation = CitationRule(book.laws)
        self._rules: tuple[Rule, ...] = (self._citations,)

    def findings(self, spoken: Spoken) -> list[Finding]:
        """Return what is wrong with a post, the gravest first, without regard to waivers."""
        found = {finding for rule in self._rules for finding in rule(spoken)}
        return sorted(found, key=lambda f: (f.severity != "error", f))

    def _citations(self, spoken: Spoken) -> list[Finding]:
        declared = self._citation.declared(spoken.campaign, spoken.message)
        return list(self._citation.findings(spoken.post, spoken.day, declared))
