"""The last look at the law: a post is judged again by the register as it stands now, on the day on which it goes out."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row

from scheduler.authoring.loader import Book
from scheduler.channels.contract import Post
from scheduler.clock import micros, moment
from scheduler.composing.citation_rule import CitationRule, Declared
from scheduler.registers.laws import Laws
from scheduler.text import say

log = logging.getLogger("loa")

MOST_KNOWN = 50_000

_NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class _Answers:
    """One state of the register, and what it has answered: why a post may not go, by text, day and message."""

    rule: CitationRule
    known: dict[tuple[str, date, str, str], str] = field(default_factory=dict)


class Lawful:
    """Answers for each post and day once, whatever the number of channels. Without a register all may go."""

    def __init__(self, zone: tzinfo = UTC) -> None:
        self.zone = zone
        self._answers = _Answers(CitationRule(Laws()))
        self._declared: dict[tuple[str, str], Declared] = {}
        self._today: tuple[int, int, date] = (0, 0, date.min)

    def renew(self, book: Book) -> None:
        """Take over the register as it stands now; one that cannot be read whole leaves the last good one in force."""
        before = self._answers.rule
        if book.laws.whole or not (before.laws.present and before.laws.whole):
            rule = CitationRule(book.laws)
        else:
            rule = before
            log.error(
                say(
                    "campaigns/laws.yaml có lỗi: xét viện dẫn theo bản đọc được lần trước; xem: loa check",
                    "campaigns/laws.yaml is wrong: going on by the last good one; see: loa check",
                )
            )
        if before.laws.present and not rule.laws.present:
            log.warning(
                say(
                    "không còn campaigns/laws.yaml: thôi xét viện dẫn", "campaigns/laws.yaml is gone: nothing is judged"
                )
            )
        self._take_declared(book, rule)
        self._answers = _Answers(rule)

    def refusal(self, row: Row[Any], post: Post, at_us: int) -> str:
        """Return why a post may not be public at a time (microseconds), '' when it may."""
        answers = self._answers  # as they stand now: a thread that reads ahead must not answer for a newer register
        if not answers.rule.laws.present:
            return ""
        day = self._day(max(at_us, row.due_us))
        declared = self._declared.get((row.campaign, row.message), _NOTHING) if self._declared else _NOTHING
        at = (row.digest, day, row.campaign, row.message) if declared else (row.digest, day, "", "")
        known = answers.known.get(at)
        if known is None:
            if len(answers.known) >= MOST_KNOWN:
                answers.known.clear()
            found = answers.rule.findings(post, day, declared)
            known = answers.known[at] = "; ".join(f.words for f in found if f.severity == "error")
        return known

    def _take_declared(self, book: Book, rule: CitationRule) -> None:
        """Keep what authors say of their citations; that of a file which is broken now stays as it was."""
        for campaign in (authored.campaign for authored in book.campaigns):
            for message in campaign.messages:
                self._declared.pop((campaign.campaign, message.id), None)
                if declared := rule.declared(campaign, message):
                    self._declared[campaign.campaign, message.id] = declared

    def _day(self, at_us: int) -> date:
        """Return the local day of a moment; ten thousand of one day are asked for in a row."""
        begin, end, day = self._today
        if not begin <= at_us < end:
            day = moment(at_us).astimezone(self.zone).date()
            midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
            after = datetime.combine(day + timedelta(days=1), datetime.min.time(), self.zone)
            self._today = micros(midnight), micros(after), day
        return day
