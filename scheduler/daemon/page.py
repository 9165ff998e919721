"""The daemon's own small web page: is it alive (`/health`), can it work (`/ready`), numbers (`/metrics`), media (`/media/`).

It answers only where the operator lets it listen (LOA_LISTEN), and tells nothing that a stranger may not know: no texts,
no addresses, no secrets. Of all that, a proxy needs to show only `/media/` to the world.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from scheduler import clock
from scheduler.channels.probe import keep_probe
from scheduler.daemon.gallery import Gallery
from scheduler.errors import SettingsError
from scheduler.ledger import schema
from scheduler.ledger.guard import running
from scheduler.posting.threads import LedgerThreads
from scheduler.reporting import prometheus
from scheduler.reporting.status import SILENT, Status, status
from scheduler.settings import Settings
from scheduler.text import say

PATIENCE = 3.0  # seconds for the ledger to answer whoever asks how we are


@dataclass
class Page:
    """Listens while the daemon runs."""

    ledger: LedgerThreads
    settings: Settings
    _runner: web.AppRunner | None = None

    async def open(self) -> None:
        """Listen; SettingsError when that is not possible."""
        if not self.settings.listen:
            return
        host, port = self.settings.listen_at
        app = web.Application()
        var = self.settings.var
        gallery = Gallery(self.ledger, var / "media", Path(keep_probe(var).file).name)
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/ready", self._ready),
                web.get("/metrics", self._metrics),
                web.get("/media/{name}", gallery.show),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            words = say(
                f"không nghe được ở {host}:{port}: {error.strerror}", f"cannot listen at {host}:{port}: {error}"
            )
            raise SettingsError(f"LOA_LISTEN: {words}") from None

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _status(self) -> Status:
        holder = running(self.settings.var)
        return await self.ledger.read(lambda c: status(c, now=clock.now(), zone=self.settings.zone, holder=holder))

    async def _health(self, request: web.Request) -> web.Response:
        """Is this process to be left alone? Not when it lives and does not work; a ledger that is away is not its fault."""
        try:
            async with asyncio.timeout(PATIENCE):
                silent = (await self._status()).daemon["silent"]
        except TimeoutError:
            return web.Response(text="ok, the ledger does not answer\n")
        return web.Response(text="silent\n" if silent else "ok\n", status=503 if silent else 200)

    async def _ready(self, request: web.Request) -> web.Response:
        """Can it send now? The ledger answers, its schema is ours, and work was done a moment ago."""
        try:
            async with asyncio.timeout(PATIENCE):
                version = await self.ledger.read(schema.version)
                worked = (await self._status()).last_work
        except TimeoutError:
            return web.Response(text="the ledger does not answer\n", status=503)
        if version != schema.NEWEST:
            return web.Response(text=f"schema {version}, not {schema.NEWEST}\n", status=503)
        if worked is None or clock.now() - worked > SILENT:
            return web.Response(text="no work yet\n" if worked is None else "silent\n", status=503)
        return web.Response(text="ready\n")

    async def _metrics(self, request: web.Request) -> web.Response:
        said = prometheus.page(await self._status())
        return web.Response(body=said.encode(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
