"""The gallery: the pictures that a network may fetch from us, under names that nobody guesses, as long as they are needed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import web

from scheduler import clock
from scheduler.channels.contract import SUFFIXES
from scheduler.channels.public_name import PUBLIC_NAME
from scheduler.ledger.pictures import needed
from scheduler.posting.threads import LedgerThreads

KEPT = timedelta(days=28)  # after a post was published
BELIEVED = {True: 60.0, False: 2.0}  # seconds for which an answer of the ledger holds
TYPES = {suffix: mime for mime, suffix in SUFFIXES.items()}


@dataclass
class Gallery:
    """Answers requests for pictures; whatever is not needed by a post is not there."""

    ledger: LedgerThreads
    folder: Path
    probe: str  # the name of the picture that is always there
    _told: dict[str, tuple[float, bool]] = field(default_factory=dict)

    async def show(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        file = self.folder / name
        # the file first: who guesses names must not keep the ledger busy
        known = PUBLIC_NAME.fullmatch(name) and file.is_file()
        if not known or not (name == self.probe or await self._needed(name)):
            raise web.HTTPNotFound
        headers = {
            "Content-Type": TYPES[file.suffix],
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
            "Cache-Control": "public, max-age=3600",
        }
        return web.FileResponse(file, headers=headers)

    async def _needed(self, name: str) -> bool:
        at, told = self._told.get(name, (0.0, False))
        if name not in self._told or time.monotonic() - at > BELIEVED[told]:
            since_us = clock.micros(clock.now() - KEPT)
            told = await self.ledger.read(lambda connection: needed(connection, name, since_us))
            self._told[name] = time.monotonic(), told
        return told
