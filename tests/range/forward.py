"""`python -m tests.range.forward HOST PORT TO`: carry what comes there to a server on this machine, and back.

TO: an address (http://127.0.0.1:1234) or the file of a socket.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from urllib.parse import urlsplit


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    with suppress(OSError):
        writer.close()


async def serve(host: str, port: int, to: str) -> None:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at = urlsplit(to)
        opening = (
            asyncio.open_connection(at.hostname, at.port) if at.scheme == "http" else asyncio.open_unix_connection(to)
        )
        try:
            answers, asks = await opening
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, asks), carry(answers, writer))

    server = await asyncio.start_server(meet, host, port)
    print("open", flush=True)
    await server.serve_forever()


asyncio.run(serve(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
