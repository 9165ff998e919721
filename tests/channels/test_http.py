"""How answers, silences and cuts become our errors, without any network's own words."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import UTC, datetime, timedelta

import aiohttp
import httpx
import pytest
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from scheduler.channels.http import Answer, NoSuchPage, Wire, judge, never_sent, redact, retry_at
from scheduler.errors import ChannelError, NotFound, RateLimited, Rejected, Unauthorized, Unavailable, Unconfirmed
from tests.channels.stand import closed_port

NOW = datetime(2027, 6, 26, 1, 0, tzinfo=UTC)


def answer(status: int, body: object = None) -> Answer:
    return Answer(status, httpx.Headers(), json.dumps(body).encode() if body is not None else b"<p>Trang</p>")


@pytest.mark.parametrize(
    ("name", "value", "seconds"),
    [
        ("Retry-After", "120", 120),
        ("Retry-After", "1.5", 1.5),
        ("Retry-After", "Sat, 26 Jun 2027 01:02:00 GMT", 120),
        ("RateLimit-Reset", str(int(NOW.timestamp()) + 120), 120),
        ("RateLimit-Reset", "120", 120),
        ("X-RateLimit-Reset", "2027-06-26T01:02:00.000000Z", 120),
        ("X-RateLimit-Reset", "2027-06-26T08:02:00+07:00", 120),
        ("X-RateLimit-Reset", "2027-06-26T00:00:00Z", 0),
        ("Retry-After", "Fri, 25 Jun 2027 01:02:00 GMT", 0),
    ],
)
def test_every_way_to_say_when_is_read(name: str, value: str, seconds: float) -> None:
    assert retry_at(httpx.Headers({name: value}), NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "soon", "-5", "99999999999999999999", "2027-99-99"])
def test_what_is_no_time_is_no_hint(value: str) -> None:
    assert retry_at(httpx.Headers({"Retry-After": value}), NOW) is None


def test_retry_after_goes_before_the_window() -> None:
    assert retry_at(httpx.Headers({"X-RateLimit-Reset": "900", "Retry-After": "5"}), NOW) == NOW + timedelta(seconds=5)


def test_secrets_are_replaced_wherever_they_stand() -> None:
    assert redact("bot12345:abc/x and 12345:abc", ["12345:abc", ""]) == "bot***/x and ***"


@pytest.mark.parametrize(
    ("status", "body", "publishing", "meant"),
    [
        (200, {}, True, None),
        (302, None, True, Unconfirmed),
        (302, None, False, Unavailable),
        (400, {"error": "no"}, True, Rejected),
        (400, None, True, Unavailable),
        (401, None, True, Unauthorized),
        (404, {"error": "no"}, True, NotFound),
        (404, None, True, Unavailable),
        (404, None, False, NoSuchPage),
        (408, None, True, Unconfirmed),
        (422, {"error": "no"}, True, Rejected),
        (429, None, True, RateLimited),
        (500, {"error": "no"}, True, Unconfirmed),
        (500, {"error": "no"}, False, Unavailable),
        (504, None, True, Unconfirmed),
    ],
)
def test_a_status_means_what_it_must(
    status: int, body: object, publishing: bool, meant: type[ChannelError] | None
) -> None:
    error = judge(answer(status, body), publishing=publishing)
    assert error is None if meant is None else type(error) is meant


def test_the_servers_words_are_kept_short() -> None:
    assert answer(500, {"error": "x" * 999}).words == "x" * 300
    assert answer(502).words == "Trang"


def test_a_body_that_is_no_object_is_an_empty_one() -> None:
    assert answer(200, [1]).object == {} == answer(200).object


def test_only_a_connection_that_never_was_is_never_sent() -> None:
    cut = httpx.ConnectTimeout("cut after the whole request")
    cut.__cause__ = aiohttp.ServerDisconnectedError()
    late = httpx.ConnectTimeout("no connection")
    late.__cause__ = aiohttp.ConnectionTimeoutError()
    torn = httpx.ConnectTimeout("cut in the middle")
    torn.__cause__ = ConnectionResetError()
    assert not never_sent(cut)
    assert not never_sent(torn)
    assert never_sent(late)
    assert never_sent(httpx.ConnectError("refused"))
    assert not never_sent(httpx.ReadTimeout("silence"))
    assert not never_sent(TimeoutError())


def send(url: str, *, connect: float = 5) -> None:
    async def exchange() -> None:
        async with Wire(5) as wire:
            request = wire.build("POST", url, json={})
            request.extensions["timeout"]["connect"] = connect
            await wire.send(request, lambda _: None, publishing=True)

    asyncio.run(exchange())


def test_a_refused_connection_is_certainly_not_posted() -> None:
    with pytest.raises(Unavailable):
        send(f"http://127.0.0.1:{closed_port()}/")


def test_a_connection_that_never_came_is_certainly_not_posted() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        address = deaf.getsockname()
        with socket.create_connection(address), pytest.raises(Unavailable):
            send(f"http://127.0.0.1:{address[1]}/", connect=0.2)


def test_a_failed_handshake_is_certainly_not_posted() -> None:
    async def shut_the_door() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Wire(5) as wire:
            await wire.send(wire.build("POST", f"https://127.0.0.1:{port}/"), lambda _: None, publishing=True)

    with pytest.raises(Unavailable):
        asyncio.run(shut_the_door())


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_what_is_sent_is_sent_once_also_where_a_connection_was_kept_open(method: str) -> None:
    asked: list[bytes] = []

    async def first_answer_then_hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]:
            asked.append(line)
            if len(asked) > 1:
                break
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    async def twice() -> None:
        server = await asyncio.start_server(first_answer_then_hang_up, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with server, Wire(5) as wire:
            await wire.send(wire.build(method, url), lambda _: None, publishing=True)
            with pytest.raises(Unconfirmed):
                await wire.send(wire.build(method, url), lambda _: None, publishing=True)

    asyncio.run(twice())
    assert len(asked) == 2


def test_what_a_server_remembers_of_one_account_is_not_told_for_another() -> None:
    async def cookies() -> int:
        async with Wire() as wire:
            assert isinstance(wire.transport, AiohttpTransport)
            wire.transport.client = session = wire.transport.get_client()
            session.cookie_jar.update_cookies({"session": "1"}, URL("http://example.org"))
            return len(session.cookie_jar.filter_cookies(URL("http://example.org")))

    assert asyncio.run(cookies()) == 0


def test_a_mistake_in_reading_the_answer_leaves_it_unconfirmed() -> None:
    wire = Wire()
    with pytest.raises(Unconfirmed, match="KeyError"):
        wire.understand(lambda: answer(200, {}).json()["id"])
