"""A day of YouTube's quota, as far as this channel has spent of it; it begins at midnight in California.

Source: developers.google.com/youtube/v3/determine_quota_cost. What other programs of the same project spend is not
known here: YouTube itself has the last word, and says `quotaExceeded`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduler.channels.usage import Usage
from scheduler.channels.youtube_answers import CALIFORNIA, midnight
from scheduler.errors import RateLimited
from scheduler.text import say

READ, WRITE = 1, 50  # units
SPARING = 76.0  # percent; numbers can wait then. More is never said: posts are not to stop for what we only reckon


@dataclass
class Day:
    """What one channel may spend in a day, and what it has spent of it."""

    units: int
    uploads: int
    upload_cost: int

    def __post_init__(self) -> None:
        self._day = ""
        self.spent = self.uploaded = 0

    def spend(self, method: str, path: str, now: datetime) -> None:
        """Count a request before it is sent: what it costs, it costs also when it fails."""
        self._turn(now)
        if path.endswith("/videos") and method == "POST":
            self.uploaded += 1
            self.spent += self.upload_cost
        elif "/upload/" not in path or method == "POST":  # pieces of an upload are free
            self.spent += READ if method == "GET" else WRITE

    def must_have_room(self, now: datetime) -> None:
        """Raise RateLimited when all uploads of this day are spent."""
        self._turn(now)
        if self.uploaded >= self.uploads:
            words = say(
                f"đã hết {self.uploads} lượt tải video của hôm nay (tính theo giờ California)",
                f"all {self.uploads} uploads of this day (in California) are spent",
            )
            raise RateLimited(words, midnight(now))

    def usage(self, now: datetime) -> Usage | None:
        """Return what is to be said of a day of which three quarters are spent."""
        self._turn(now)
        return Usage(channel=SPARING, back_at=midnight(now)) if self.spent > self.units * 0.75 else None

    def _turn(self, now: datetime) -> None:
        day = now.astimezone(CALIFORNIA).date().isoformat()
        if day != self._day:
            self._day, self.spent, self.uploaded = day, 0, 0
