"""How HTTP answers, silences and cuts become our errors: one place for all networks.

Before the answer is understood, the one question is whether the network may have acted. Never connected: certainly not
(`Unavailable`). Anything unclear after the publishing request was sent: perhaps (`Unconfirmed`). The httpx-aiohttp
transport reports a server that took the whole request and then closed as `httpx.ConnectTimeout`; only the cause tells.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, TypeVar, cast
from urllib.parse import unquote

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from scheduler import clock
from scheduler.errors import (
    ChannelError,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unconfirmed,
)

NEVER_CONNECTED = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.ClientHttpProxyError,  # a proxy that opened no tunnel
)
NEVER_CONNECTED_HTTPX = (httpx.ConnectError, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
REFUSALS = (400, 409, 413, 415, 422)
PROXY = re.compile(r"http://(?:(?P<who>[^\s/@]+)@)?(?P<where>(?:[\w.-]+|\[[0-9a-fA-F:]+\]):\d{1,5})/?", re.ASCII)
LARGEST_QUOTE = 300  # characters of a network's own words in our errors

OURS = [(b"accept", b"*/*"), (b"accept-encoding", b"identity"), (b"connection", b"keep-alive"), (b"user-agent", b"loa")]
JSON = (b"content-type", b"application/json")
CONNECT = 5  # seconds
ONCE_IN = 3600.0  # seconds for which what a server said of itself holds for all its channels

T = TypeVar("T")
Refusal = Callable[["Answer"], ChannelError | None]

for _logger in ("httpx", "httpcore", "aiohttp.access", "aiohttp.client"):
    logging.getLogger(_logger).setLevel(logging.WARNING)  # httpx logs every address, and Telegram's holds the token


class NoSuchPage(Unavailable):
    """A 404 that the network itself did not speak (a proxy, a method that is not there): it proves nothing gone."""


@dataclass(frozen=True)
class Answer:
    """What a server answered, whole. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON; ValueError when it is none."""
        return json.loads(self.body)

    @property
    def object(self) -> dict[str, Any]:
        """The body as a JSON object, or {} when it is anything else."""
        try:
            value = self.json()
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def words(self) -> str:
        """The server's own words, short, for people."""
        said = self.object
        for key in ("error_description", "description", "message", "error", "detail"):
            if isinstance(said.get(key), str):
                return str(said[key])[:LARGEST_QUOTE]
        plain = re.sub(r"<[^>]*>|\s+", " ", self.body[:2000].decode("utf-8", "replace"))
        return " ".join(plain.split())[:LARGEST_QUOTE]


class Wire:
    """One HTTP client for all channels of a process; its requests can be built long before they are sent."""

    def __init__(
        self, timeout: float = 30, connections: int = 128, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.transport = transport or _transport(connections)
        self.timeout, self.connections = timeout, connections
        self._ways: dict[str, Wire] = {}
        self._extensions = {"timeout": httpx.Timeout(timeout, connect=CONNECT, pool=None).as_dict()}
        self._told: dict[str, tuple[float, Any]] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def once(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what `ask` finds out, for all channels of a server together; a failure is asked for again."""
        async with self._asking.setdefault(name, asyncio.Lock()):
            at, told = self._told.get(name, (0.0, None))
            if told is None or time.monotonic() - at > ONCE_IN:
                told = await ask()
                self._told[name] = time.monotonic(), told
            return cast("T", told)

    async def __aenter__(self) -> Wire:
        return self

    async def __aexit__(self, *_: object) -> None:
        for way in self._ways.values():
            await way.transport.aclose()
        await self.transport.aclose()

    def through(self, proxy: str) -> Wire:
        """Return the wire through a proxy, one for all channels that name it; it is closed with this one.

        `proxy`: http://[user:password@]host:port; ValueError when it is anything else.
        """
        if proxy not in self._ways:
            self._ways[proxy] = Wire(self.timeout, transport=_transport(self.connections, _proxy(proxy)))
        return self._ways[proxy]

    def build(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **how: Any) -> httpx.Request:
        """Build a request. Ten thousand may wait at once: they share what they have in common.

        `slow`: so many seconds more than usual it may take, since its body is large (see upload).
        """
        extensions = self._extended(how.pop("slow", 0))
        try:
            named = [(_name(name), value.encode()) for name, value in (headers or {}).items()]
            if "json" in how:
                said = json.dumps(how.pop("json"), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
                how["content"] = _body(said.encode())
                named.append(JSON)
            return httpx.Request(method, _address(url), headers=OURS + named, extensions=extensions, **how)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise Unavailable(f"the request cannot be built: {type(error).__name__}") from None

    def _extended(self, slow: float) -> dict[str, Any]:
        if not slow:
            return self._extensions
        return {"timeout": httpx.Timeout(self.timeout + slow, connect=CONNECT, pool=None).as_dict()}

    async def send(
        self,
        request: httpx.Request,
        refusal: Refusal,
        *,
        hide: Iterable[str] = (),
        publishing: bool,
        heard: Callable[[Answer], None] = lambda answer: None,
        most: int | None = None,
    ) -> Answer:
        """Send a request and return an answer of success, or raise what it means. Secrets in `hide` never show.

        `heard` is given every answer before it is judged. `most`: more bytes of the answer than this are not waited for.
        """
        try:
            answer = await self._exchange(request, publishing, most)
            heard(answer)
            if (error := refusal(answer)) is None:
                error = judge(answer, publishing=publishing)
            if isinstance(error, Unconfirmed) and not publishing:
                error = Unavailable(str(error))  # a network may not know what it did: nothing is public by this
        except ChannelError as caught:
            error = caught
        if error is not None:
            error.args = (redact(str(error), hide), *error.args[1:])
            raise error from None
        return answer

    async def _exchange(self, request: httpx.Request, publishing: bool, most: int | None) -> Answer:
        # the transport itself: no redirects, cookies or hooks stand between a built request and the socket
        try:
            async with asyncio.timeout(2 * request.extensions["timeout"]["read"]):
                response = await self.transport.handle_async_request(request)
                try:
                    body = await _whole(response, most)
                finally:
                    await response.aclose()
        except Exception as error:
            if never_sent(error):
                raise Unavailable(f"not reached: {_what(error)}") from None
            if publishing:
                raise Unconfirmed(f"no answer after sending: {_what(error)}") from None
            raise Unavailable(f"no answer: {_what(error)}") from None
        return Answer(response.status_code, _plain(response.headers), body)

    def understand(self, read: Callable[[], T]) -> T:
        """Return what `read` makes of the answer of a publishing request; if it cannot, the post may be public."""
        try:
            return read()
        except ChannelError:
            raise
        except Exception as error:
            raise Unconfirmed(f"an answer that cannot be read: {_what(error)}") from None


@lru_cache(4096)
def _address(url: str) -> httpx.URL:
    return httpx.URL(url)


@lru_cache(256)
def _body(content: bytes) -> bytes:
    return content  # one and the same for all channels that say the same


@lru_cache(256)
def _name(header: str) -> bytes:
    return header.lower().encode("ascii")


def _transport(connections: int, proxy: httpx.Proxy | None = None) -> AiohttpTransport:
    # without a cookie jar: two accounts of one server must not share what the server remembers of them
    transport = AiohttpTransport(trust_env=False, proxy=proxy)
    transport.client = lambda: _once(
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=connections, keepalive_timeout=15, ssl=transport.ssl_context),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
    )
    return transport


def _once(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Let a session send what it is given once: by itself it repeats a PUT or a DELETE whose connection was closed."""
    session._retry_connection = False  # there is no other way to say so
    return session


def _proxy(written: str) -> httpx.Proxy:
    if (parts := PROXY.fullmatch(written)) is None:
        raise ValueError("no address of a proxy")
    spoken_for = base64.b64encode(unquote(parts["who"] or "").encode()).decode()
    headers = {"Proxy-Authorization": f"Basic {spoken_for}"} if spoken_for else {}
    return httpx.Proxy(f"http://{parts['where']}", headers=headers)


def _plain(headers: httpx.Headers) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers.raw}


async def _whole(response: httpx.Response, most: int | None) -> bytes:
    if "content-encoding" in response.headers or not isinstance(response.stream, httpx.AsyncByteStream):
        return await response.aread()  # we asked for plain bytes; some servers pack them all the same
    held, size = [], 0
    async for chunk in response.stream:
        held.append(chunk)
        size += len(chunk)
        if most is not None and size >= most:
            break
    return b"".join(held)


def never_sent(error: Exception) -> bool:
    """Tell whether a failed exchange certainly never reached the server."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientError):
        return isinstance(cause, NEVER_CONNECTED)
    if isinstance(error, httpx.ConnectTimeout):
        return cause is None or isinstance(cause, NEVER_CONNECTED)
    return isinstance(error, NEVER_CONNECTED_HTTPX)


def _what(error: Exception) -> str:
    cause = error.__cause__
    return type(cause).__name__ if isinstance(cause, aiohttp.ClientError) else type(error).__name__


def judge(answer: Answer, *, publishing: bool) -> ChannelError | None:
    """Return what an answer means by HTTP alone; None is success. Whoever is unsure says `Unconfirmed`."""
    if 200 <= (status := answer.status) < 300:
        return None
    words = f"HTTP {status}: {answer.words}"
    spoke = bool(answer.object)  # the network itself, not a proxy in front of it
    match status:
        case 429:
            return RateLimited(words, retry_at(answer.headers, clock.now()))
        case 401 | 403:
            return Unauthorized(words)
        case 404 | 410 if spoke:
            return NotFound(words)
        case 404 | 410 if not publishing:
            return NoSuchPage(words)
        case _ if status in REFUSALS and spoke:
            return Rejected(words)
        case _ if 400 <= status < 500 and status != 408:
            return Unavailable(words)
        case _:
            return Unconfirmed(words) if publishing else Unavailable(words)


def retry_at(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when to come back: Retry-After (seconds or a date), else X-RateLimit-Reset (epoch, seconds or ISO)."""
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset"):
        value = headers.get(name, "").strip()
        if moment := _moment(value, now):
            return max(moment, now)
    return None


def _moment(value: str, now: datetime) -> datetime | None:
    try:
        if re.fullmatch(r"\d+(\.\d+)?", value):
            number = float(value)
            return datetime.fromtimestamp(number, UTC) if number > 1e9 else now + timedelta(seconds=number)
        if re.match(r"\d{4}-\d\d-\d\d", value):
            moment = datetime.fromisoformat(value)
        elif value:
            moment = parsedate_to_datetime(value)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every secret replaced."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return text
