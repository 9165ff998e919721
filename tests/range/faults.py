"""What a network can do to us, and how its deliveries must end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.composing.films import film
from tests.fakes import FAKES
from tests.range.course import FINDING, Networks, Tally
from tests.range.course import Course as Workspace

APART = (
    "zalo",  # told to wait, that one waits for the next minute: test_zalo.py
    "youtube",  # films go up in test_youtube.py
    "instagram",  # takes no text alone: test_instagram.py
)
EVERY = tuple(name for name in FAKES if name not in APART)
MESSAGES = 3  # on each account; the second meets the fault
EVERYWHERE: Mapping[str, str] = {}
A_PERSON = {"telegram": "unconfirmed"}  # a bot cannot read its channel: only a person can tell


@dataclass(frozen=True)
class Fault:
    """One fault of a publishing request. `ends`: the state of the delivery that met it, where it is not published."""

    name: str
    ends: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 5
    public: Sequence[str] = ()  # networks that made it public although it does not end as published
    label: str = ""

    @property
    def title(self) -> str:
        return self.label or self.name

    def check(self, tally: Tally) -> None:
        end = self.ends.get(tally.network, "published")
        wished = {"published": MESSAGES} if end == "published" else {"published": MESSAGES - 1, end: 1}
        tally.check()
        assert tally.states == wished, f"{self.title} on {tally.network}: {tally.states}, not {wished}"
        missing = end != "published" and tally.network not in self.public
        assert tally.public == MESSAGES - missing, f"{self.title} on {tally.network}: {tally.public} public"


def accepted(name: str, seconds: float = 5, label: str = "") -> Fault:
    """It is public, and we were not told."""
    return Fault(name, A_PERSON, seconds, public=["telegram"], label=label)


def refused(name: str) -> Fault:
    return Fault(name, dict.fromkeys((*FINDING, "telegram"), "failed"))


MAIN = (
    accepted("lost"),
    accepted("500_after"),
    Fault("reset_before", A_PERSON),
    Fault("429", seconds=3),
    refused("refuse"),
)
OTHERS = (
    accepted("reset_after"),
    accepted("truncated"),
    accepted("html_502"),
    accepted("hang", 8),
    accepted("slow_ok", 8, "slow_ok 8 s"),  # accepted after we gave up and looked once
    Fault("slow_ok", seconds=2),
    Fault("500_before", A_PERSON),
    Fault("html_200", A_PERSON),
    Fault(
        "error_in_200",
        {"telegram": "failed", "facebook": "failed", "instagram": "failed", "threads": "failed", "zalo": "failed"},
    ),
    Fault("429_bare"),
    Fault("html_404"),
    refused("echo"),
    Fault("401"),  # the channel is held, and goes on when a person has released it
    Fault("403"),
    Fault("404", {"mastodon": "failed", "bluesky": "failed", "youtube": "failed"}),
    Fault("expired_token"),
    Fault("dead_token"),
)


def meet(
    folder: Path,
    faults: Sequence[Fault],
    *,
    seconds: float = 120,
    networks: Sequence[str] = EVERY,
    options: Mapping[str, str] = {},
    filmed: bool = False,
    database_url: str = "",
    workers: Sequence[str] = (),
) -> list[Tally]:
    """Let every network meet every fault, each on an account of its own, all in one daemon; `filmed`: with films.

    `workers`: the names of others that share the work.
    """
    with (
        Networks(len(faults), networks) as fakes,
        Workspace(folder, fakes, options=options, database_url=database_url) as made,
    ):
        for name in workers[1:]:
            made.start(LOA_WORKER=name)
        titles = {}
        for account in made.accounts:
            fault = faults[account.number]
            titles[account.id] = fault.title
            account.fault(fault.name, after=0 if "token" in fault.name else 1, seconds=fault.seconds)
        shown = film(made.workspace / "video" / "a.mp4") if filmed else None
        made.wish(MESSAGES, seconds=4 + len(faults) / 5, film=shown)
        made.until_idle(seconds)
        for _ in range(2):
            if not (held := [row["value"] for row in made.query("SELECT value FROM hold WHERE scope = 'channel'")]):
                break
            for channel in held:
                made.loa("release", "--channel", channel, "--why", "mended")
            made.until_idle(seconds)
        return made.tally("", by=titles)
