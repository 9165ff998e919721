"""The gallery: a network fetches what a post needs, in part or whole; nobody else learns that there is anything."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from pathlib import Path

import httpx
import pytest

from scheduler import clock
from scheduler.channels.contract import JPEG, MP4, Picture, Post, Video
from scheduler.channels.probe import DOT, keep_probe
from scheduler.channels.public_name import KEY_FILE, media_key, public_name
from scheduler.daemon.page import Page
from scheduler.ledger import plans
from scheduler.ledger.delivery import Event, State
from scheduler.posting.threads import LedgerThreads
from scheduler.settings import Settings
from tests.composing.films import film
from tests.composing.photos import photo
from tests.ledger.keeper import Keeper

Asked = tuple[str, str, dict[str, str]]  # method, path, headers


def kept(ledger: Keeper, folder: Path, state: State = State.SCHEDULED) -> Picture:
    """Keep a photo as `loa apply` does, for a post that is in this state."""
    content = photo(folder / "a.jpg").read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    file = folder / "var" / "media" / public_name(media_key(folder / "var"), sha256, JPEG)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    picture = Picture(str(file), sha256, JPEG, len(content), "x")
    post = Post("Xin chào", images=(picture,))
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {post.digest: post.to_json()})
    ledger.write(state=state, digest=post.digest)
    return picture


def asked(ledger: Keeper, folder: Path, *requests: Asked) -> list[httpx.Response]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"

    async def ask() -> list[httpx.Response]:
        threads = LedgerThreads(ledger.database)
        page = Page(threads, Settings(folder, {}, listen=listen))
        await page.open()
        try:
            async with httpx.AsyncClient(base_url=f"http://{listen}", trust_env=False) as client:
                return [await client.request(method, path, headers=headers) for method, path, headers in requests]
        finally:
            await page.close()
            threads.close()

    return asyncio.run(ask())


def get(ledger: Keeper, folder: Path, name: str) -> httpx.Response:
    return asked(ledger, folder, ("GET", f"/media/{name}", {}))[0]


def test_a_network_fetches_the_picture_of_a_post_whole(ledger: Keeper, tmp_path: Path) -> None:
    picture = kept(ledger, tmp_path)

    answer = get(ledger, tmp_path, Path(picture.file).name)

    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == picture.sha256
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_a_network_may_ask_for_a_part_or_for_the_head_alone(ledger: Keeper, tmp_path: Path) -> None:
    picture = kept(ledger, tmp_path)
    path = f"/media/{Path(picture.file).name}"

    part, head = asked(ledger, tmp_path, ("GET", path, {"Range": "bytes=10-19"}), ("HEAD", path, {}))

    assert (part.status_code, part.content) == (206, Path(picture.file).read_bytes()[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{picture.size}"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(picture.size)
    assert head.headers["Content-Type"] == "image/jpeg"


def test_a_film_is_fetched_in_parts(ledger: Keeper, tmp_path: Path) -> None:
    content = film(tmp_path / "a.mp4").read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    file = tmp_path / "var" / "media" / public_name(media_key(tmp_path / "var"), sha256, MP4)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    post = Post("Xin chào", video=Video(str(file), sha256, MP4, len(content), 4, 640, 360, "x"))
    with ledger.database.writing() as connection:
        plans.keep_bodies(connection, {post.digest: post.to_json()})
    ledger.write(digest=post.digest)

    [part] = asked(ledger, tmp_path, ("GET", f"/media/{file.name}", {"Range": "bytes=20000-20099"}))

    assert (part.status_code, part.content) == (206, content[20000:20100])
    assert part.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize("state", [State.HELD, State.CANCELLED, State.WITHDRAWN, State.FAILED])
def test_a_picture_that_no_post_needs_is_not_there(ledger: Keeper, tmp_path: Path, state: State) -> None:
    picture = kept(ledger, tmp_path, state)

    assert get(ledger, tmp_path, Path(picture.file).name).status_code == 404


def test_a_picture_of_what_was_taken_down_is_gone_for_the_next_who_asks(ledger: Keeper, tmp_path: Path) -> None:
    name = Path(kept(ledger, tmp_path).file).name
    rows = ledger.arm()
    ledger.claim_armed(rows)
    ledger.now_us = clock.micros(clock.now())
    ledger.record(rows[0], Event.CONFIRM, remote_id="9")
    before = get(ledger, tmp_path, name)

    ledger.move(ledger.row().id, State.PUBLISHED, Event.WITHDRAW)

    assert (before.status_code, get(ledger, tmp_path, name).status_code) == (200, 404)


@pytest.mark.parametrize(
    "path",
    ["/media", "/media/", f"/media/../{KEY_FILE}", f"/media/%2e%2e%2f{KEY_FILE}", f"/media/..%2f{KEY_FILE}",
     "/media/" + "0" * 40 + ".jpg", "/media/%00.jpg", "/media/" + "a" * 5000],
)  # fmt: skip
def test_there_is_no_list_and_no_way_out_of_the_folder(ledger: Keeper, tmp_path: Path, path: str) -> None:
    kept(ledger, tmp_path)

    [answer] = asked(ledger, tmp_path, ("GET", path, {}))

    assert answer.status_code in (400, 404)
    assert (tmp_path / "var" / KEY_FILE).read_text() not in answer.text


def test_a_picture_is_not_there_under_its_fingerprint(ledger: Keeper, tmp_path: Path) -> None:
    """Who has the picture must not be able to find out that we are going to show it."""
    picture = kept(ledger, tmp_path)
    named = Path(picture.file).with_name(f"{picture.sha256}.jpg")
    named.write_bytes(Path(picture.file).read_bytes())

    assert get(ledger, tmp_path, named.name).status_code == 404


def test_nothing_can_be_put_there(ledger: Keeper, tmp_path: Path) -> None:
    path = f"/media/{Path(kept(ledger, tmp_path).file).name}"

    answers = asked(ledger, tmp_path, ("PUT", path, {}), ("POST", path, {}), ("DELETE", path, {}))

    assert [answer.status_code for answer in answers] == [405, 405, 405]


def test_the_probe_is_always_there(ledger: Keeper, tmp_path: Path) -> None:
    answer = get(ledger, tmp_path, Path(keep_probe(tmp_path / "var").file).name)

    assert (answer.status_code, answer.content) == (200, DOT)
