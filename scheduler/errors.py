"""Everything that can go wrong, named after what to do next.

LoaError
├── SettingsError       the environment is wrong                            exit 2
├── CampaignError       YAML is wrong; carries every Problem                exit 2
├── PlanRefused         it would touch what is public or approved           exit 3
├── NotFoundInLedger    a person named a delivery that does not exist       exit 2
├── AlreadyRunning      another daemon holds this ledger                    exit 3
├── LeaseLost           others took this worker for dead                    it starts anew
├── IllegalMove         a delivery was asked to leave its arrows            exit 70
└── ChannelError        a network did not take a post
    ├── Rejected        it never will                                       -> failed
    │   └── NotFound    what we speak of is not there
    ├── Unauthorized    it no longer knows us                               -> hold the channel
    │   └── Expired     by this token; with a renewed one perhaps           -> renew, once, then as above
    ├── RateLimited     come back later (retry_at)                          -> scheduled, not counted
    ├── Unavailable     certainly not posted                                -> scheduled again, counted
    └── Unconfirmed     perhaps posted                                      -> unconfirmed
        └── Unnamed     certainly posted, by an id we are not told yet      -> unconfirmed, never sent again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


class LoaError(Exception):
    """The root of all errors that Loa raises on purpose; `exit_code` is what the command ends with."""

    exit_code = 1


class SettingsError(LoaError):
    """The environment or the workspace is wrong; the message says what to set."""

    exit_code = 2


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in one file: where it is, and what would be right. A warning does not stop anybody."""

    file: Path
    line: int
    field: str
    message: str
    warning: bool = False

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        return f"{where}: {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


class CampaignError(LoaError):
    """YAML that cannot be used; `problems` holds every one that was found, never only the first."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class PlanRefused(LoaError):
    """Applying would touch what is public, or cancel more than anybody would mean to."""

    exit_code = 3


class NotFoundInLedger(LoaError):
    """A person named a delivery, campaign or channel that the ledger does not know."""

    exit_code = 2


class AlreadyRunning(LoaError):
    """Another daemon works on this ledger; two would be one too many."""

    exit_code = 3


class LeaseLost(LoaError):
    """Other workers took this one for dead: its channels are theirs now, and it may write no intent any more."""


class IllegalMove(LoaError):
    """A delivery cannot go from its state by this event. From a command it is a refusal, elsewhere a bug."""

    exit_code = 70


class ChannelError(LoaError):
    """A network did not take what it was given. The message never holds a secret."""


class Rejected(ChannelError):
    """The network will never take this post."""


class NotFound(Rejected):
    """What we speak of is not there (any more)."""


class Unauthorized(ChannelError):
    """The network no longer knows us: the whole channel must wait for a person."""


class Expired(Unauthorized):
    """The token we spoke by is over, and nothing was done: a renewed one may be good."""


class Blocked(Unauthorized):
    """The network has shut us out until a time (aware UTC): a person looks why, and nothing is asked before then."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class RateLimited(ChannelError):
    """Come back later: not an attempt, not a fault. `retry_at` is aware UTC, None when the network gave no hint.

    `alone`: it is said of this post only; others of the channel need not wait.
    """

    def __init__(self, message: str, retry_at: datetime | None = None, *, alone: bool = False) -> None:
        super().__init__(message)
        self.retry_at = retry_at
        self.alone = alone


class Unavailable(ChannelError):
    """Certainly not posted (never connected, or a harmless step failed): may be tried again."""


class Unconfirmed(ChannelError):
    """Perhaps posted: nobody may try again before the network was looked at."""


class Unnamed(Unconfirmed):
    """Public for certain, but the network has not told under which id: to be looked for until it has, never sent again."""
