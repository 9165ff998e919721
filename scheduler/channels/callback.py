"""The callback: waits on this machine for the browser that a network sends back after a person has agreed."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from aiohttp import web

from scheduler.channels.consent import Consent
from scheduler.errors import Rejected, SettingsError, Unavailable
from scheduler.text import say

PAGE = '<!doctype html><html><head><meta charset="utf-8"><title>Loa</title></head><body><p>{}</p></body></html>'


def is_here(redirect: str) -> bool:
    """Tell whether an address leads to this machine."""
    return urlsplit(redirect).hostname in ("127.0.0.1", "localhost", "::1")


async def wait_for(consent: Consent, *, seconds: float) -> dict[str, str]:
    """Return what the browser brings back to the consent's address; Unavailable when it does not come."""
    brought: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def come(request: web.Request) -> web.Response:
        try:
            found = consent.accept(dict(request.query))
        except Rejected as error:
            return _page(str(error), 400)
        if not brought.done():
            brought.set_result(found)
        return _page(say("Xong. Hãy quay lại cửa sổ lệnh.", "Done. Go back to the command line."), 200)

    app = web.Application()
    app.router.add_get("/{any:.*}", come)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)  # the address holds the code
    await runner.setup()
    try:
        await _listen(runner, consent.redirect)
        async with asyncio.timeout(seconds):
            return await brought
    except TimeoutError:
        raise Unavailable(
            say("chưa ai đồng ý; chạy lại loa login khi sẵn sàng", "nobody agreed; run loa login again when ready")
        ) from None
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, redirect: str) -> None:
    at = urlsplit(redirect)
    try:
        await web.TCPSite(runner, at.hostname, at.port or 80).start()
    except OSError as error:
        raise SettingsError(
            say(
                f"không nghe được ở {redirect}: {error.strerror}; thêm --paste để dán địa chỉ bằng tay",
                f"cannot listen at {redirect}: {error.strerror}; add --paste to paste the address by hand",
            )
        ) from None


def _page(words: str, status: int) -> web.Response:
    return web.Response(text=PAGE.format(words), status=status, content_type="text/html")
