"""Which rules a text wakes: one pass over it finds every phrase of every rule at once (Aho-Corasick).

The time grows with the text, not with the number of rules and phrases.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick

from scheduler.composing.lint.rule import Rule
from scheduler.composing.lint.styles import other_style


class Wake:
    """Tells which of these rules have something to look for in a text."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        bits: dict[str, int] = defaultdict(int)
        bit = 1
        self._needs: list[tuple[int, Rule]] = []
        for rule in rules:
            need = 0
            for phrases in rule.on:
                for phrase in phrases:
                    bits[phrase] |= bit
                    bits[other_style(phrase)] |= bit
                need |= bit
                bit <<= 1
            self._needs.append((need, rule))
        self._bits = list(bits.values())
        self._automaton = AhoCorasick(list(bits))

    def woken(self, low: str) -> list[Rule]:
        """Return the rules of which every group of phrases occurs in a text in lower case, in their order."""
        bits, seen = self._bits, 0
        for index, _, _ in self._automaton.find_matches_as_indexes(low.replace("\n", " "), overlapping=True):
            seen |= bits[index]
        return [rule for need, rule in self._needs if seen & need == need]
