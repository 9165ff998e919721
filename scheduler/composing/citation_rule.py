"""The rule `citation`: a post cites only what is in force on the day on which it is public."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from scheduler.authoring.campaign import Campaign, Message
from scheduler.channels.contract import Post
from scheduler.composing.citations import Citation, Reading, Recogniser
from scheduler.composing.finding import Finding
from scheduler.registers.law import Law, Mode, name_key, number_key, shown_date
from scheduler.registers.laws import FILE, Laws
from scheduler.text import did_you_mean, say

RULE = "citation"
MOST_JUDGED = 50_000

Declared = Mapping[str, Mode]  # how a text is cited, by the key of its number
Found = tuple[Finding, ...]

_NOTHING_DECLARED: dict[str, Mode] = {}


class CitationRule:
    """Judges posts by one register. A text is read once, and judged once for each day; without a register never."""

    def __init__(self, laws: Laws) -> None:
        self.laws = laws
        self.recogniser = Recogniser(laws)
        self._judged: dict[tuple[str, date, tuple[tuple[str, Mode], ...]], Found] = {}

    def findings(self, post: Post, day: date, declared: Declared) -> Found:
        """Return what is wrong with the citations of a post that is public on a (local) day."""
        if not self.laws.present:
            return ()
        text = whole_text(post)
        reading = self.recogniser.read(text)
        if not (reading.citations or reading.traps):
            return ()
        at = text, day, tuple(declared.items())
        known = self._judged.get(at)
        if known is None:
            if len(self._judged) >= MOST_JUDGED:
                self._judged.clear()
            known = self._judged[at] = tuple(dict.fromkeys(self._judge(reading, day, declared)))
        return known

    def declared(self, campaign: Campaign, message: Message) -> Declared:
        """Return what the author says of the citations; a message's word replaces its campaign's."""
        if not (campaign.cites or message.cites):
            return _NOTHING_DECLARED
        both = {**campaign.cites, **message.cites}
        laws = {reference: self.laws.find(reference, date.max) for reference in both}
        return {law.key if law else number_key(reference): both[reference] for reference, law in laws.items()}

    def _judge(self, reading: Reading, day: date, declared: Declared) -> list[Finding]:
        found = [_warning(words) for words in reading.traps]
        for citation in reading.citations:
            if citation.undated and citation.key not in declared:
                found.append(_warning(_without_date(citation)))
            elif citation.law is not None:
                found += self._judge_one(citation, citation.law, reading, day, declared)
            elif self._is_unknown(citation) and citation.key not in declared:
                found.append(_warning(self._unknown(citation)))
        return found

    def _judge_one(
        self, citation: Citation, law: Law, reading: Reading, day: date, declared: Declared
    ) -> list[Finding]:
        mode = declared.get(law.key) or _meant(citation, law, reading, day)
        verdict = self.laws.judge(law, mode, day, reading.text if mode == "upcoming" else citation.sentence)
        match verdict.decision:
            case "ok":
                return []
            case "warn":
                return [_warning(verdict.sentence)]
            case _:
                return [Finding(RULE, verdict.sentence, "error", waivable=False)]

    def _is_unknown(self, citation: Citation) -> bool:
        """Whether a number is missing from the register; acts of a day (plans, notices) never stand in it."""
        return self.laws.whole and not citation.dated and not self.laws.mentions(citation.key)

    def _unknown(self, citation: Citation) -> str:
        near = self.laws.near(citation.key) if citation.key else ""
        numbers = [near] if near else [law.number for law in self.laws.texts if _same_title(citation, law)]
        meant = ", ".join(numbers)
        hint = say(f"; ý bạn là {meant}?", f"; did you mean {meant}?") if meant else ""
        return say(
            f'"{citation.shown}" không có trong {FILE} (đối chiếu lại, hoặc thêm văn bản này vào sổ){hint}',
            f'"{citation.shown}" does not stand in {FILE} (compare it again, or add it to the register){hint}',
        )


def whole_text(post: Post) -> str:
    """Return all words of a post: its title, its text, and the words of its pictures, its cover and its video."""
    shown = (*post.images, *filter(None, [post.cover]))
    pictures = [picture.words for picture in shown if picture.words] + ([post.video.alt] if post.video else [])
    return "\n\n".join([post.title, post.spelled, *pictures]) if post.title or pictures else post.spelled


def unknown_reference(laws: Laws, reference: str) -> str:
    """Return what is wrong with a reference in `cites`, '' when the register knows it (or there is none)."""
    if not laws.present or not laws.whole or laws.find(reference, date.max) or laws.mentions(reference):
        return ""
    near = laws.near(reference)
    hint = say(f"; ý bạn là {near}?", f"; did you mean {near}?") if near else did_you_mean(reference, laws.by_id)
    return say(f"không có văn bản này trong {FILE}{hint}", f"there is no such text in {FILE}{hint}")


def _meant(citation: Citation, law: Law, reading: Reading, day: date) -> Mode:
    if citation.history and law.effective_from <= day:
        return "history"
    if day < law.effective_from and reading.announces(law.effective_from):
        return "upcoming"
    return "basis"


def _same_title(citation: Citation, law: Law) -> bool:
    return not citation.key and name_key(citation.shown).startswith(name_key(law.title_vi))


def _without_date(citation: Citation) -> str:
    day = citation.law.issued if citation.law else None
    example = f"{citation.shown} ngày {shown_date(day)}" if day else f"{citation.shown} ngày ..."
    return say(
        f'số "{citation.shown}" năm nào cũng có; viết kèm ngày ban hành: {example}',
        f'the number "{citation.shown}" comes back every year; add the date of issue: {example}',
    )


def _warning(words: str) -> Finding:
    return Finding(RULE, words, "warning")
