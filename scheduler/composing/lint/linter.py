"""Holds posts against the rules of the lint. What depends on the words alone is found once for each text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.channels.contract import Post
from scheduler.composing.finding import Finding
from scheduler.composing.lint.known import Known
from scheduler.composing.lint.rule import Reading, Rule
from scheduler.composing.lint.rules import LINT
from scheduler.composing.lint.wake import Wake

if TYPE_CHECKING:
    from scheduler.composing.examine import Spoken

KEPT = 256  # texts whose findings are remembered; those of one message follow each other


class Linter:
    """The lint of one office."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._wake = Wake(LINT)
        self._seen: dict[str, tuple[Reading, tuple[Rule, ...], tuple[Finding, ...]]] = {}

    def findings(self, spoken: Spoken) -> list[Finding]:
        """Return what the lint finds in a post, without regard to waivers."""
        text = all_words(spoken.post)
        if text not in self._seen:
            if len(self._seen) == KEPT:
                self._seen.clear()
            self._seen[text] = self._look(text, spoken)
        reading, each, found = self._seen[text]
        return [*found, *(f for rule in each for f in _found(rule, reading, spoken))]

    def _look(self, text: str, spoken: Spoken) -> tuple[Reading, tuple[Rule, ...], tuple[Finding, ...]]:
        reading = Reading(text, self._known)
        woken = self._wake.woken(reading.low)
        found = (f for rule in woken if not rule.each for f in _found(rule, reading, spoken))
        return reading, tuple(rule for rule in woken if rule.each), tuple(found)


def all_words(post: Post) -> str:
    """Return every word of a post that will be public: title, text, the words of pictures."""
    if not post.title and not post.images and post.cover is None and post.video is None:
        return post.spelled
    shown = [picture.words for picture in (*post.images, *filter(None, [post.cover]))]
    film = [post.video.alt] if post.video else []
    return "\n".join(words for words in (post.title, post.spelled, *shown, *film) if words)


def _found(rule: Rule, reading: Reading, spoken: Spoken) -> list[Finding]:
    found = []
    for words in rule.find(reading, spoken):
        sentence, severity = (words, rule.severity) if isinstance(words, str) else words
        found.append(Finding(rule.id, sentence, severity, rule.waivable))
    return found
