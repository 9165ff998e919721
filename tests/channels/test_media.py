"""The public address: looked at as a network would see it, and what is wrong said so that an operator can mend it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from scheduler.channels import media as module
from scheduler.channels.contract import MP4, PNG, Picture, Video
from scheduler.channels.http import Wire
from scheduler.channels.media import Media, is_at_home
from scheduler.channels.probe import DOT, keep_probe
from scheduler.errors import Unavailable
from tests.channels.stand import closed_port
from tests.composing.films import film

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _the_world_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test may only listen on 127.0.0.1; let that be a public address."""
    monkeypatch.setattr(module, "is_at_home", lambda host: False)


def looked(folder: Path, handler: Handler, path: str = "/media", shown: Video | None = None) -> str:
    """Look at the probe (or a film) where `handler` answers for it; return its address, or what is said to be wrong."""
    picture = shown or keep_probe(folder)

    async def look() -> str:
        app = web.Application()
        app.add_routes([web.route("*", "/media/{name}", handler)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            async with Wire(2) as wire:
                return await Media(f"http://127.0.0.1:{port}{path}", wire).reachable(picture)
        except Unavailable as error:
            return str(error)
        finally:
            await runner.cleanup()

    return asyncio.run(look())


def served(folder: Path) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        file = folder / "media" / request.match_info["name"]
        return web.FileResponse(file) if file.is_file() else web.Response(status=404)

    return answer


def says(**how: object) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(**how)  # type: ignore[arg-type]

    return answer


def test_a_picture_that_can_be_fetched_gives_its_address(tmp_path: Path) -> None:
    said = looked(tmp_path, served(tmp_path))

    assert said.startswith("http://127.0.0.1:")
    assert said.endswith(f"/media/{Path(keep_probe(tmp_path).file).name}")


def test_a_store_that_knows_no_head_and_no_ranges_will_do(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=405) if request.method == "HEAD" else web.Response(body=DOT, content_type=PNG)

    assert looked(tmp_path, answer).endswith(Path(keep_probe(tmp_path).file).name)


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_film_is_looked_at_by_its_beginning_alone(tmp_path: Path, knows_ranges: bool) -> None:
    file = film(tmp_path / "media" / "a.mp4", padded_to=60_000_000)
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        if knows_ranges or request.method == "HEAD":
            return web.FileResponse(file)
        whole = web.StreamResponse(headers={"Content-Type": MP4, "Content-Length": "60000000"})
        await whole.prepare(request)
        with file.open("rb") as opened:
            while piece := opened.read(1 << 16):
                await whole.write(piece)
                sent += len(piece)
        return whole

    video = Video(str(file), "ab", MP4, 60_000_000, 4, 640, 360, "x")
    assert looked(tmp_path, answer, shown=video).endswith("/media/a.mp4")
    assert sent < 30_000_000  # we hang up; what is on its way fills the sockets' buffers


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"status": 404}, "không có ảnh ở đó"),
        ({"status": 403}, "bị từ chối"),
        ({"status": 302, "headers": {"Location": "/login"}}, "chuyển hướng sang nơi khác"),
        ({"status": 502}, "máy chủ không trả được ảnh (HTTP 502)"),
        ({"body": DOT, "content_type": "text/html"}, 'trả lời kiểu "text/html", phải là image/png'),
        ({"body": DOT, "content_type": "application/octet-stream"}, "phải là image/png"),
        ({"body": b"<html>login</html>", "content_type": PNG}, "trả về thứ khác"),
        ({"body": DOT[:-9], "content_type": PNG}, "trả về thứ khác"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(tmp_path: Path, how: dict[str, object], said: str) -> None:
    assert said in looked(tmp_path, says(**how))


def test_another_picture_behind_the_same_address_is_found(tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        other = DOT[:40] + b"!" + DOT[41:]
        if "Range" not in request.headers:
            return web.Response(body=other, content_type=PNG)
        return web.Response(status=206, body=other[:64], content_type=PNG)

    assert "trả về thứ khác" in looked(tmp_path, answer)


def reached(base: str, picture: Picture) -> str:
    async def look() -> str:
        async with Wire(2) as wire:
            try:
                return await Media(base, wire).reachable(picture)
            except Unavailable as error:
                return str(error)

    return asyncio.run(look())


def test_without_an_address_the_variable_is_named(tmp_path: Path) -> None:
    assert "đặt LOA_MEDIA_URL trong tệp .env" in reached("", keep_probe(tmp_path))


def test_where_nobody_listens_it_is_asked_whether_the_daemon_runs(tmp_path: Path) -> None:
    said = reached(f"http://127.0.0.1:{closed_port()}/media", keep_probe(tmp_path))

    assert "không kết nối được; loa run có đang chạy với LOA_LISTEN" in said


def test_a_private_address_is_refused_without_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_at_home", is_at_home)

    said = reached(f"http://127.0.0.1:{closed_port()}/media", keep_probe(tmp_path))

    assert "địa chỉ riêng, từ Internet không vào được" in said


@pytest.mark.parametrize(
    ("host", "at_home"),
    [
        ("10.0.0.5", True), ("192.168.1.2", True), ("127.0.0.1", True), ("::1", True), ("fe80::1%eth0", True),
        ("169.254.1.1", True), ("100.64.0.1", True), ("localhost", True), ("may-chu", True), ("loa.local", True),
        ("203.162.4.191", False), ("2001:4860:4860::8888", False), ("loa.hanoi.gov.vn", False),
    ],
)  # fmt: skip
def test_what_is_at_home_is_known_by_its_name_or_number(host: str, at_home: bool) -> None:
    assert is_at_home(host) is at_home


def test_a_name_that_leads_to_a_private_address_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_at_home", is_at_home)

    async def look(base: str) -> bool:
        async with Wire(2) as wire:
            return await Media(base, wire).only_at_home()

    assert asyncio.run(look("http://localhost/media"))
    assert not asyncio.run(look("http://203.162.4.191/media"))


def test_the_probe_is_put_there_once(tmp_path: Path) -> None:
    first = keep_probe(tmp_path)
    stamp = Path(first.file).stat().st_mtime_ns

    assert keep_probe(tmp_path) == first
    assert Path(first.file).stat().st_mtime_ns == stamp
    assert Path(first.file).read_bytes() == DOT
