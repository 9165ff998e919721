"""`loa` in a house where networks fetch pictures straight from the daemon: `python -m tests.range.in_house run`."""

from __future__ import annotations

from scheduler.cli.main import main
from scheduler.settings import Settings


def base(settings: Settings) -> str:
    """Return where the daemon itself shows them: no proxy with a certificate stands between it and the fakes."""
    return f"http://{settings.listen}/media"


setattr(Settings, "media_base", property(base))  # noqa: B010 - a frozen class, and it is this process alone
main()
