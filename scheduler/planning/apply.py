"""Writes a plan into the ledger, all of it or nothing; a second time changes nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from scheduler import clock
from scheduler.channels.contract import Picture, Post, Video
from scheduler.channels.public_name import media_key, public_name
from scheduler.channels.whole import write_whole
from scheduler.composing import cutting_room
from scheduler.errors import PlanRefused
from scheduler.ledger import declaration, orders, plans
from scheduler.ledger.database import Database
from scheduler.ledger.moves import one_at_a_time, together
from scheduler.planning.mourning import declared
from scheduler.planning.plan import MessagePlan, Planner, Totals
from scheduler.text import say

Progress = Callable[[MessagePlan], None]


def apply(
    planner: Planner, database: Database, *, by: str, allow_cancel: bool = False, progress: Progress = lambda part: None
) -> Totals:
    """Bring the ledger to what the files want; PlanRefused when that would cancel more than a third of it.

    Times of mourning in days.yaml come first, so that what is planned into them is held.
    """
    at_us = clock.micros(planner.now)
    mournings = declared(planner.book, planner.settings.zone)
    with database.reading() as connection:
        totals = planner.totals(connection)
        same_mournings = not declaration.differs(connection, mournings, at_us=at_us)
    if not allow_cancel:
        totals.refuse_if_unsafe()
    if same_mournings and not (totals.create or totals.change or totals.cancel):
        return totals
    with database.writing() as connection:
        one_at_a_time(connection)
        declaration.follow(connection, mournings, at_us=at_us, by=by)
        for part in planner.parts(connection):
            _write(connection, part, planner.settings.var, at_us=at_us, by=by)
            progress(part)
        orders.changed(connection, at_us)
    return totals


def _write(connection: Connection, part: MessagePlan, var: Path, *, at_us: int, by: str) -> None:
    plans.keep_bodies(connection, {d: _with_kept_media(p, var).to_json() for d, p in part.posts.items()})
    needing = [w for w in part.create if w.needs_approval] + [
        w for _, w in part.change + part.approval if w.needs_approval
    ]
    yes = plans.approved(connection, (w.fingerprint for w in needing))
    plans.create(connection, part.create, yes, at_us=at_us, by=by)
    with together(connection):
        for row, wanted in part.change:
            plans.change(connection, row, wanted, yes, at_us=at_us, by=by)
        for row, wanted in part.rebound:
            plans.rebound(connection, row, wanted, at_us=at_us, by=by)
        for row, wanted in part.approval:
            plans.settle(connection, row, wanted, yes, at_us=at_us, by=by)
    plans.cancel(connection, [row.id for row in part.cancel], at_us=at_us, by=by, why="no longer in the campaigns")


def _with_kept_media(post: Post, var: Path) -> Post:
    """Keep a copy of every picture and film under the name of its fingerprint: what was approved stays what goes out."""
    return replace(
        post,
        images=tuple(_keep(picture, var) for picture in post.images),
        video=None if post.video is None else _keep_film(post.video, var),
        cover=None if post.cover is None else _keep(post.cover, var),
    )


def _keep(picture: Picture, var: Path) -> Picture:
    source = Path(picture.file)
    kept = var / "media" / public_name(media_key(var), picture.sha256, picture.mime)
    if not _kept_already(kept):
        content = source.read_bytes()
        if hashlib.sha256(content).hexdigest() != picture.sha256:
            words = f"{source.name}: ảnh vừa bị đổi; chạy lại loa apply"
            raise PlanRefused(say(words, f"{source.name}: the picture was changed just now; run loa apply again"))
        write_whole(kept, content)
    return replace(picture, file=str(kept))


def _keep_film(video: Video, var: Path) -> Video:
    kept = var / "media" / public_name(media_key(var), video.sha256, video.mime)
    if not _kept_already(kept):
        try:
            whole = cutting_room.keep(video, kept)
        except OSError as error:
            words = say(
                "không chép được phim; xem lại chỗ trống trên đĩa", "the film cannot be copied; is the disk full?"
            )
            raise PlanRefused(f"{kept.parent}: {words} ({error.strerror})") from None
        if not whole:
            name = Path(video.file).name
            words = f"{name}: phim vừa bị đổi; chạy lại loa apply"
            raise PlanRefused(say(words, f"{name}: the film was changed just now; run loa apply again"))
    return replace(video, file=str(kept))


def _kept_already(kept: Path) -> bool:
    """Tell whether a file is kept already, and touch it: whoever prunes sees that it is wanted again (posting/prune.py)."""
    try:
        os.utime(kept)
    except OSError:  # not there, or another user's: kept anew
        return False
    return True
