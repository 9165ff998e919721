"""Examines a finished post: everything the office knows is held against it, by the day on which it will be public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from scheduler.authoring.campaign import Campaign, Message
from scheduler.authoring.loader import Book
from scheduler.channels.contract import Post
from scheduler.composing.citation_rule import CitationRule
from scheduler.composing.finding import Finding
from scheduler.composing.lint.known import known_to
from scheduler.composing.lint.linter import Linter
from scheduler.composing.lint.rules import LINT
from scheduler.text import say


@dataclass(frozen=True)
class Spoken:
    """A post as it will be public: in which words, on which (local) day, and what its author said about it."""

    post: Post
    day: date
    campaign: Campaign
    message: Message
    networks: tuple[str, ...] = ()  # on which it will be public


Rule = Callable[[Spoken], list[Finding]]

RULES: dict[str, str] = {rule.id: rule.guarded for rule in LINT if rule.waivable} | {  # may be named in `waive`
    "citation": say("viện dẫn văn bản pháp luật theo ngày đăng", "citations of law, by the day of posting"),
    "quiet-hours": say("giờ yên tĩnh của từng loại tin, theo days.yaml", "the quiet hours of each class, by days.yaml"),
}
NEVER_WAIVED: dict[str, str] = {rule.id: rule.guarded for rule in LINT if not rule.waivable}
NEVER_WAIVED["alt"] = say("ảnh không có lời mô tả (alt)", "pictures without words for who cannot see them")
BY_DAY = frozenset(
    {"citation", "hotline", "child-hotline"}
)  # they ask for the day: where it is not sure they are silent
QUIET = frozenset(rule.id for rule in LINT if rule.quiet)


class Examiner:
    """Holds posts against what one office knows. Whatever does not depend on the day is found once for a text."""

    def __init__(self, book: Book) -> None:
        self.guarded = book.guarded
        self._silent = frozenset() if book.guarded or book.allowed.there else QUIET
        self._citation = CitationRule(book.laws)
        self._rules: tuple[Rule, ...] = (self._citations, Linter(known_to(book)).findings)

    def findings(self, spoken: Spoken) -> list[Finding]:
        """Return what is wrong with a post, the gravest first, without regard to waivers."""
        found = {self._weighed(f) for rule in self._rules for f in rule(spoken) if f.rule not in self._silent}
        return sorted(found, key=lambda f: (f.severity != "error", f))

    def _citations(self, spoken: Spoken) -> list[Finding]:
        declared = self._citation.declared(spoken.campaign, spoken.message)
        return list(self._citation.findings(spoken.post, spoken.day, declared))

    def _weighed(self, finding: Finding) -> Finding:
        """Return a finding as grave as it is in this office: without any register nothing is enforced.

        What may never be waived (a person with HIV) is an error everywhere.
        """
        return finding if self.guarded or not finding.waivable else replace(finding, severity="warning")
