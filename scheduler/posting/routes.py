"""Routes: on which channels a worker speaks, by network and by unit (LOA_QUEUES); a machine may serve but some of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scheduler.authoring.channels_file import ChannelEntry
from scheduler.channels.registry import NETWORKS
from scheduler.errors import SettingsError
from scheduler.text import did_you_mean, say

UNIT = "unit:"
ALL = ""


def queue_of(entry: ChannelEntry) -> str:
    """Return the queue of a channel: its network and its unit."""
    return f"{entry.network}/{entry.unit}"[:128]


@dataclass(frozen=True)
class Routes:
    """What a worker takes: `zalo, unit:ba-dinh` these, `!zalo` all but those, nothing: all."""

    taken: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()

    @classmethod
    def of(cls, said: str) -> Routes:
        """Read LOA_QUEUES; SettingsError when it names what there is not."""
        words = [word.strip() for word in said.split(",") if word.strip()]
        for word in words:
            name = word.removeprefix("!").strip()
            if not name.startswith(UNIT) and name not in NETWORKS:
                raise SettingsError(
                    say(
                        f'LOA_QUEUES: không có mạng "{name}"{did_you_mean(name, NETWORKS)}; viết tên mạng, unit:MÃ, hoặc !TÊN để bỏ',
                        f'LOA_QUEUES: no network "{name}"{did_you_mean(name, NETWORKS)}; write a network, unit:ID, or !NAME',
                    )
                )
        left = frozenset(word[1:].strip() for word in words if word.startswith("!"))
        return cls(frozenset(word for word in words if not word.startswith("!")), left)

    @property
    def all(self) -> bool:
        return not self.taken and not self.left

    def serves(self, entry: ChannelEntry) -> bool:
        """Tell whether the worker speaks on a channel."""
        names = {entry.network, f"{UNIT}{entry.unit}"}
        return not names & self.left and (not self.taken or bool(names & self.taken))

    def queues(self, entries: Iterable[ChannelEntry]) -> list[str] | None:
        """Return the queues of the channels that the worker takes, None when it takes all."""
        return None if self.all else sorted({queue_of(entry) for entry in entries if self.serves(entry)})

    def __str__(self) -> str:
        return ", ".join([*sorted(self.taken), *(f"!{name}" for name in sorted(self.left))])
