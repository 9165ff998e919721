"""Waivers: what a rule found and an author lets pass with a reason; and waivers that name no rule, or let nothing pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scheduler.authoring.campaign import Message
from scheduler.authoring.loader import Authored
from scheduler.composing.examine import NEVER_WAIVED, RULES
from scheduler.composing.finding import Finding
from scheduler.errors import Problem
from scheduler.registers.source import Path_
from scheduler.text import did_you_mean, say


@dataclass(frozen=True, order=True)
class Waived:
    """What a rule found in a message and its author let pass: where, which rule, and why it may."""

    problem: Problem
    campaign: str
    message: str
    rule: str
    reason: str


@dataclass
class Waivers:
    """Reports findings of one book, less those that are waived, and keeps the waived ones for who approves."""

    waived: list[Waived] = field(default_factory=list)
    _used: set[tuple[int, str, str]] = field(default_factory=set)  # campaign, message, rule
    _unseen: set[tuple[int, str]] = field(
        default_factory=set
    )  # campaigns and messages not every post of which was seen

    def report(self, authored: Authored, place: Path_, message: Message, finding: Finding) -> None:
        """Note a finding as a problem of the file, or among what was waived."""
        words = f"{finding.words} [{finding.rule}]"
        reason = message.waive.get(finding.rule) or authored.campaign.waive.get(finding.rule)
        if not (finding.waivable and reason):
            authored.report(place, words, warning=finding.severity == "warning")
            return
        where = ".".join(map(str, place))
        problem = Problem(*authored.source.place(place), where, words, warning=True)
        self.waived.append(Waived(problem, authored.campaign.campaign, message.id, finding.rule, reason))
        self._used.add((id(authored), message.id, finding.rule))

    def not_seen(self, authored: Authored, message: Message) -> None:
        """Note that not every post of a message was looked at: nobody can say what its waivers let pass."""
        self._unseen.add((id(authored), message.id))

    def check_names(self, authored: Authored, path: Path_, waive: Mapping[str, str]) -> None:
        """Report waivers of rules that are not there, or that are never waived."""
        for rule in waive:
            if rule in NEVER_WAIVED:
                guarded = NEVER_WAIVED[rule]
                words = say(
                    f"quy tắc này không miễn được ({guarded}); bỏ dòng này và sửa bài",
                    f"this rule is never waived ({guarded}); remove this line and mend the post",
                )
                authored.report((*path, "waive", rule), words)
            elif rule not in RULES:
                hint = did_you_mean(rule, RULES)
                words = say(f"không có quy tắc này{hint}", f"there is no such rule{hint}")
                authored.report((*path, "waive", rule), words)

    def check_idle(self, authored: Authored) -> None:
        """Warn of waivers that let nothing pass, where every post was looked at."""
        for path in self._idle(authored):
            if path[-1] in RULES:
                words = say("không còn gì để miễn; bỏ dòng này", "there is nothing to waive; remove this line")
                authored.report(path, words, warning=True)

    def _idle(self, authored: Authored) -> Iterator[Path_]:
        campaign, of = authored.campaign, id(authored)
        used_by_campaign = {
            rule for m in campaign.messages for rule in campaign.waive
            if rule not in m.waive and (of, m.id, rule) in self._used
        }  # fmt: skip
        if not any((of, m.id) in self._unseen for m in campaign.messages):
            yield from (("waive", rule) for rule in campaign.waive if rule not in used_by_campaign)
        for i, message in enumerate(campaign.messages):
            if (of, message.id) not in self._unseen:
                idle = (rule for rule in message.waive if (of, message.id, rule) not in self._used)
                yield from (("messages", i, "waive", rule) for rule in idle)
