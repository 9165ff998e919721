"""The bare client loop: httpx posting the same requests, nothing durable. Run as a process of its own."""

from __future__ import annotations

import asyncio
import sys
import time

import httpx
from httpx_aiohttp import AiohttpTransport

TEXT = "Ma túy: biết để tránh. Khi phát hiện dấu hiệu tội phạm, hãy gọi 113. " * 6


async def post_all(url: str, count: int, in_flight: int, plain: bool) -> None:
    """Post `count` messages with so many in flight, over httpx's own transport or over aiohttp's."""
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    transport = None if plain else AiohttpTransport(limits=limits)
    keys = iter(range(count))
    async with httpx.AsyncClient(transport=transport, limits=limits, timeout=30, trust_env=False) as client:

        async def send() -> None:
            for key in keys:
                await client.post(
                    f"{url}/api/v1/statuses",
                    json={"status": TEXT[:400], "visibility": "public", "media_ids": [], "language": "vi"},
                    headers={"Idempotency-Key": f"bare/{key}", "Authorization": "Bearer x"},
                )

        print(time.time(), flush=True)
        await asyncio.gather(*(send() for _ in range(in_flight)))


def main() -> None:
    url, count, in_flight, kind = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    work = post_all(url, count, in_flight, kind == "plain")
    try:
        import uvloop
    except ImportError:
        asyncio.run(work)
    else:
        uvloop.run(work)


if __name__ == "__main__":
    main()
