"""Prunes the kept pictures and films that nothing needs any more, so that no disk fills with what was said long ago.

What may still go out keeps its files, however old they are, and what was published keeps them for a while. A correction
needs none: no network takes pictures anew for a post that is public. Files of which the ledger knows nothing are left
alone: it may be another ledger's folder.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from scheduler import clock
from scheduler.channels.public_name import PUBLIC_NAME
from scheduler.ledger.database import Database
from scheduler.ledger.pictures import over
from scheduler.text import say

ASIDE = ".pruned-"  # begins the name of a file that is about to go

log = logging.getLogger("loa")


def prune(database: Database, folder: Path, before: datetime) -> None:
    """Take away the kept files in `folder` that no post needs, none published since `before` (aware) had, and no plan wanted."""
    _put_back(folder)
    old = {file.name for file in folder.glob("*") if PUBLIC_NAME.fullmatch(file.name) and _is_older(file, before)}
    if not old:
        return
    with database.reading() as connection:
        names = over(connection, old, clock.micros(before))
    if freed := _take_away((folder / name for name in sorted(names)), before):
        count, mega = len(freed), f"{sum(freed) / 1e6:.1f} MB"
        log.info(
            say(
                f"đã bỏ {count} ảnh, video không bài nào cần nữa ({mega})",
                f"{count} pictures and films that no post needs any more are gone ({mega})",
            )
        )


def _put_back(folder: Path) -> None:
    """Put files back that were set aside when a machine stopped: they are judged anew."""
    for aside in folder.glob(f"{ASIDE}*"):
        aside.replace(aside.with_name(aside.name.removeprefix(ASIDE)))


def _take_away(files: Iterable[Path], before: datetime) -> list[int]:
    """Take files away, and return their sizes (bytes).

    A plan that is being written may want one again: it touches it (planning/apply.py). So a file is set aside first: a
    touch before that is seen here, and one after it finds nothing and keeps a new copy.
    """
    sizes = []
    for file in files:
        aside = file.with_name(f"{ASIDE}{file.name}")
        file.replace(aside)
        if _is_older(aside, before):
            sizes.append(aside.stat().st_size)
            aside.unlink()
        else:
            aside.replace(file)
    return sizes


def _is_older(file: Path, before: datetime) -> bool:
    return file.stat().st_mtime < before.timestamp()
