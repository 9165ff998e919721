"""Which text of a rotation each occurrence says: the next one, unless that one was said too short a time ago.

Why so, and what it means when an exception is added: docs/decisions/0010-turns-of-a-rotation.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NEVER = -1_000_000_000  # a place before all others


@dataclass(frozen=True)
class Rotation:
    """So many texts that take turns; at least `distance` other occurrences lie between two of the same text.

    `distance` is less than `texts`; `texts - 1` means that none comes again before all others were said.
    """

    texts: int
    distance: int

    def turns(self, places: Iterable[int]) -> Iterator[int]:
        """Yield the text (from 0) of each occurrence, told by its place (from 0) in the rule without exceptions.

        Every occurrence has a text of its own by its place, so one that falls out takes nobody else's text away.
        Where that would bring a text back too soon, the text is taken that was not said for the longest time.
        """
        said = [NEVER] * self.texts
        for now, place in enumerate(places):
            own = place % self.texts
            if now - said[own] <= self.distance:
                own = min(range(self.texts), key=said.__getitem__)
            said[own] = now
            yield own
