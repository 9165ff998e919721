"""An allowance: how much of it networks say we have used. Whoever can wait asks here first, and leaves the rest to posts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.channels.usage import Usage
from scheduler.clock import micros
from scheduler.posting.budget import CAREFUL
from scheduler.posting.pace import to_micros

BELIEVED = to_micros(timedelta(hours=1))  # Meta counts over the last hour


@dataclass
class Allowances:
    """What was last heard of each channel and each app: the used share in percent, and until when that is believed."""

    used: dict[str, tuple[float, int]] = field(default_factory=dict)

    def hear(self, entry: ChannelEntry, told: Usage, now_us: int) -> None:
        """Keep what a network has just told of a channel and of its app. A channel without an app has its own."""
        until_us = max(micros(told.back_at), now_us) if told.back_at is not None else now_us + BELIEVED
        if entry.app:
            self.used[f"app:{entry.app}"] = told.app, until_us
            self.used[entry.id] = told.channel, until_us
        else:
            self.used[entry.id] = max(told.app, told.channel), until_us

    def has_plenty(self, entry: ChannelEntry, now_us: int) -> bool:
        """Tell whether no more than three quarters are used, as far as anybody has said lately."""
        heard = (self.used.get(name) for name in (entry.id, f"app:{entry.app}"))
        return not any(known is not None and known[0] > CAREFUL and known[1] > now_us for known in heard)
