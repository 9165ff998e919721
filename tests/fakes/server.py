"""A network that can be made to fail: what became public, which faults come next, and the server that speaks HTTP.

    GET  /_public                        {"posts": [...], "requests": {"publish": 3, ...}}
    POST /_fault  {"fault": NAME, "times": 1, "after": 0, "seconds": 5}   NAME null: forget all faults
    POST /_reset                         as it was when it started
    POST /_numbers {"comments": 3, ...}  what became of every post that is public now, by our words
    POST /_headers {"X-App-Usage": "..."} what every answer of the network says besides
    POST /_films  {"cuts": 10, "cut_every": 3, "looks": 2, "broken": 0}   the next uploads of films (every third of
                  them) are cut in the middle; so many looks find a film still being converted; so many films cannot be converted
    POST /_down   {"seconds": 5}         nobody listens, and every connection is cut
    ANY   /_maintenance/...              a page of a proxy with status 200
    ANY   /_nothing/...                  a 404 in JSON, of a server that is not this network

Faults meet the publishing request only, after it was read whole; `expired_token` and `dead_token` meet every request
(and are counted as requests["refused"]).

    lost, reset_after   accepted, then the connection is closed / reset without an answer
    reset_before        not accepted, the connection is reset
    500_after           accepted, answered 500          500_before   not accepted, answered 500
    truncated           accepted, half of the answer    slow_ok      accepted, answered after `seconds`
    hang                accepted at once, answered after `seconds`
    429, 429_bare       not accepted; told to come back in `seconds` in the network's own way / without any hint
    html_200            not accepted, a page of a proxy with status 200
    html_502            accepted, a page of a proxy with status 502
    html_404            not accepted, a page of a proxy with status 404
    error_in_200        not accepted, the network's error with status 200
    refuse              not accepted, the network's own permanent refusal
    echo                the same, quoting all headers and the address of the request
    401, 403, 404       not accepted, the network's own error
    expired_token       not accepted, the network's own way of saying so
    dead_token          not accepted, the network's own 401, whatever the request

`corrections`, filled by tests and by POST /_correction {"name": NAME, ...}: the same, of requests that give a public post
other words (where a network's fake hands them to `correcting`).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import struct
import sys
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from aiohttp import web
from aiohttp.typedefs import Handler

JSON = dict[str, Any]
Accept = Callable[[web.Request], Awaitable[web.Response]]
ACCEPTED = ("lost", "reset_after", "500_after", "truncated", "slow_ok", "hang", "html_502")
LARGE = 5_000  # bytes; from here on a body is an upload
PAGE = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass
class Public:
    """One post as the public sees it. `key` is what the network keeps of ours: key, rkey or slug."""

    id: str
    text: str
    key: str = ""
    title: str = ""
    images: list[JSON] = field(default_factory=list)  # sha256, size, alt
    films: list[JSON] = field(default_factory=list)  # the same of videos
    entities: list[JSON] = field(default_factory=list)  # what of the text is bold and so on, as the network keeps it
    numbers: dict[str, int] = field(default_factory=dict)  # what became of it, by our words
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    gone: bool = False

    def to_json(self) -> JSON:
        return asdict(self) | {"at": self.at.isoformat()}


@dataclass
class Fault:
    name: str
    times: int = 1
    after: int = 0
    seconds: float = 5


class Fake:
    """One network with one account. Subclasses add routes; the one that makes public goes through `publishing`."""

    network: ClassVar[str]
    keeps_halves: ClassVar[tuple[str, ...]] = ()  # paths that see to it themselves when an upload is cut

    def __init__(self) -> None:
        self.url = ""
        self.down: Callable[[float], Awaitable[None]] | None = None  # set where it listens
        self.outage: asyncio.Task[None] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget everything that happened."""
        self.public: list[Public] = []
        self.requests: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.expired: list[Fault] = []
        self.corrections: list[Fault] = []
        self.also: dict[str, str] = {}
        self.number = 100
        self.cut_every, self.large_bodies = 1, 0
        self.cuts = self.looks = self.broken = 0  # of films: uploads that are cut, looks, and what cannot be converted

    @property
    def standing(self) -> list[Public]:
        """What is public and was not taken down."""
        return [post for post in self.public if not post.gone]

    def fault(self, name: str, *, times: int = 1, after: int = 0, seconds: float = 5) -> None:
        """Let the publishing requests that follow meet this fault, after so many that do not."""
        (self.expired if name in ("expired_token", "dead_token") else self.faults).append(
            Fault(name, times, after, seconds)
        )

    def next_id(self) -> str:
        self.number += 1
        return str(self.number)

    # what a network says in its own way

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    def error(self, status: int, words: str = "") -> web.Response:
        """Return this network's own error for a status."""
        raise NotImplementedError

    def refused(self, words: str) -> web.Response:
        """Return this network's own way to say that it will never take this post."""
        return self.error(422, words)

    def too_many(self, seconds: float) -> web.Response:
        """Return this network's own way to say: come back in so many seconds."""
        raise NotImplementedError

    def expire(self) -> web.Response | None:
        """The token is over: answer so, or let what follows find out."""
        return self.error(401)

    # the faults

    async def publishing(self, request: web.Request, accept: Accept) -> web.StreamResponse:
        """Carry out the request that makes a post public, as far as the next fault lets it."""
        await fields(request)
        self.requests["publish"] += 1
        fault = take(self.faults)
        if fault is None:
            return await accept(request)
        if fault.name == "slow_ok":
            await asyncio.sleep(fault.seconds)
        answer = await accept(request) if fault.name in ACCEPTED else web.Response()
        return await self._fails(fault, request, answer)

    async def correcting(self, request: web.Request, accept: Accept) -> web.StreamResponse:
        """Carry out the request that gives a public post other words, as far as the next fault lets it."""
        await fields(request)
        self.requests["correct"] += 1
        fault = take(self.corrections)
        if fault is None:
            return await accept(request)
        answer = await accept(request) if fault.name in ACCEPTED else web.Response()
        return await self._fails(fault, request, answer)

    async def _fails(self, fault: Fault, request: web.Request, answer: web.Response) -> web.StreamResponse:
        match fault.name:
            case "slow_ok":
                return answer
            case "hang":
                await asyncio.sleep(fault.seconds)
                return answer
            case "lost":
                return hang_up(request)
            case "reset_after" | "reset_before":
                return hang_up(request, reset=True)
            case "truncated":
                return await truncated(request, answer)
            case "500_after" | "500_before":
                return self.error(500)
            case "429":
                return self.too_many(fault.seconds)
            case "429_bare":
                return web.Response(status=429)
            case "html_200" | "html_404" | "html_502":
                return page(int(fault.name[-3:]))
            case "error_in_200":
                refused = self.refused("not this time")
                return web.Response(body=refused.body, content_type="application/json")
            case "refuse":
                return self.refused("not like this")
            case "echo":
                return self.refused(f"{request.url} {' '.join(request.headers.values())}")
            case status:
                return self.error(int(status))

    @web.middleware
    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_"):
            return await handler(request)
        if fault := take(self.expired):
            self.requests["refused"] += 1
            if answer := self.expire() if fault.name == "expired_token" else self.error(401):
                return answer
        try:
            if not request.path.startswith(self.keeps_halves) and await self.half(request) is not None:
                return hang_up(request, reset=True)
            answer = await handler(request)
            if not answer.prepared:
                answer.headers.update(self.also)
            return answer
        except web.HTTPNotFound:
            return page(404)

    # the server

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._counted], client_max_size=2**28)
        control = [
            web.get("/_public", self._tell),
            web.post("/_fault", self._told),
            web.post("/_correction", self._told_of_corrections),
            web.post("/_reset", self._begin),
            web.post("/_headers", self._says_also),
            web.post("/_numbers", self._counts),
            web.post("/_films", self._treats_films),
            web.post("/_down", self._goes_down),
            web.route("*", "/_maintenance/{any:.*}", self._away),
            web.route("*", "/_nothing/{any:.*}", self._nothing),
        ]
        app.add_routes([*control, *self.routes()])
        return app

    async def _tell(self, request: web.Request) -> web.Response:
        return web.json_response({"posts": [post.to_json() for post in self.public], "requests": self.requests})

    async def _told(self, request: web.Request) -> web.Response:
        wish = await request.json()
        if wish.get("fault") is None:
            self.faults, self.expired = [], []
        else:
            self.fault(wish.pop("fault"), **wish)
        return web.json_response({})

    async def _told_of_corrections(self, request: web.Request) -> web.Response:
        self.corrections.append(Fault(**await request.json()))
        return web.json_response({})

    async def _counts(self, request: web.Request) -> web.Response:
        numbers = await request.json()
        for post in self.public:
            post.numbers = numbers
        return web.json_response({})

    async def _says_also(self, request: web.Request) -> web.Response:
        self.also = await request.json()
        return web.json_response({})

    async def _away(self, request: web.Request) -> web.Response:
        return page(200)

    async def _nothing(self, request: web.Request) -> web.Response:
        return web.json_response({"error": "not found"}, status=404)

    async def _treats_films(self, request: web.Request) -> web.Response:
        for name, number in (await request.json()).items():
            setattr(self, name, number)
        return web.json_response({})

    async def half(self, request: web.Request) -> bytes | None:
        """Return the first half of a large body whose upload is to be cut now; None: it is not."""
        if not self.cuts or (request.content_length or 0) < LARGE:
            return None
        self.large_bodies += 1
        if self.large_bodies % self.cut_every:
            return None
        self.cuts -= 1
        held = b""
        while len(held) < (request.content_length or 0) // 2:
            held += await request.content.readany()
        return held[: (request.content_length or 0) // 2]

    async def _goes_down(self, request: web.Request) -> web.Response:
        assert self.down is not None
        self.outage = asyncio.ensure_future(self.down(float((await request.json())["seconds"])))
        return web.json_response({})

    async def _begin(self, request: web.Request) -> web.Response:
        self.reset()
        return web.json_response({})


def take(faults: list[Fault]) -> Fault | None:
    """Return the fault that is due now, and count it."""
    if not faults:
        return None
    fault = faults[0]
    if fault.after > 0:
        fault.after -= 1
        return None
    fault.times -= 1
    if fault.times <= 0:
        faults.pop(0)
    return fault


def page(status: int) -> web.Response:
    """Return what a proxy says in front of a network that is not there."""
    return web.Response(text=PAGE.format(f"Trang {status}"), status=status, content_type="text/html")


def hang_up(request: web.Request, *, reset: bool = False) -> web.Response:
    """Close the connection without a word."""
    transport = request.transport
    assert transport is not None
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()
    return web.Response()


async def truncated(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Begin an answer and close the connection in the middle of it."""
    assert isinstance(answer.body, bytes)
    half = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
    half.content_length = len(answer.body)
    await half.prepare(request)
    await half.write(answer.body[: len(answer.body) // 2])
    hang_up(request)
    return half


def image(content: bytes, alt: str = "") -> JSON:
    """Return a picture as the public sees it."""
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "alt": alt}


async def fields(request: web.Request) -> JSON:
    """Return what a request holds, from JSON, a form or several parts; files as (bytes, type)."""
    if request.content_type == "application/json":
        body = json.loads(await request.read())
        return body if isinstance(body, dict) else {}
    return {name: held(value) for name, value in (await request.post()).items()}


def held(value: str | bytes | bytearray | web.FileField) -> Any:
    if not isinstance(value, web.FileField):
        return value
    value.file.seek(0)  # the faults read it first
    return value.file.read(), value.content_type


@contextmanager
def running(fake: Fake, port: int = 0) -> Iterator[str]:
    """Let a fake listen on 127.0.0.1 in a thread of its own, and return its address."""
    ready, ended, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(_serve(fake, port, ready, ended),), daemon=True)
    thread.start()
    try:
        if not ready.wait(10):
            raise RuntimeError(f"the {fake.network} fake did not start")
        yield fake.url
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)
        loop.close()


async def _serve(fake: Fake, port: int, ready: threading.Event, ended: asyncio.Event) -> None:
    runner = web.AppRunner(fake.application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site: web.TCPSite | web.SockSite = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    port = runner.addresses[0][1]
    fake.url = f"http://127.0.0.1:{port}"

    async def down(seconds: float) -> None:
        nonlocal site
        await asyncio.sleep(0.05)  # the answer to who asked for it
        await site.stop()
        kept = socket.socket()  # bound, so that nobody takes our port meanwhile; who does not listen refuses
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        while True:
            try:
                kept.bind(("127.0.0.1", port))
                break
            except OSError as error:  # a connection of somebody else bears our number just now
                print(f"down: {error}", file=sys.stderr)
                await asyncio.sleep(0.05)
        assert runner.server is not None
        for connection in runner.server.connections:
            connection.force_close()
        await asyncio.sleep(seconds)
        site = web.SockSite(runner, kept)
        await site.start()

    fake.down = down
    ready.set()
    await ended.wait()
    await runner.cleanup()
