"""What every network that takes a film must do with one: whole, once, unseen until its time, and from where it was cut."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scheduler.channels import facebook_film, mastodon, upload
from scheduler.channels.contract import Outgoing, Picture, Post, Video
from scheduler.channels.http import Wire
from scheduler.channels.registry import NETWORKS
from scheduler.errors import ChannelError, Rejected, Unavailable, Unconfirmed
from tests.channels.conftest import named
from tests.channels.stand import CASES, TEXT, Case, Stand
from tests.fakes import FacebookFake, MastodonFake
from tests.fakes.server import ACCEPTED

REEL = (1080, 1920)
TAKING = [  # those that fetch a film by itself, or whose posts are films always, have tests of their own
    case
    for case in CASES
    if case.fake
    and NETWORKS[case.network].limits.video is not None
    and not NETWORKS[case.network].fetches
    and not case.film
]
AHEAD = [case for case in TAKING if case.network != "telegram" or case.options.get("staging")]
FINDING = [case for case in AHEAD if NETWORKS[case.network].can("find", case.options)]


def on(cases: list[Case]) -> Any:
    return pytest.mark.parametrize("online", cases, ids=named, indirect=True)


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facebook_film, "LOOK_EVERY", 0)
    monkeypatch.setattr(mastodon, "LOOK_EVERY", 0)


def with_film(stand: Stand, shape: tuple[int, int] = (640, 360), size: int = 0) -> Outgoing:
    return stand.outgoing(Post(TEXT, video=stand.film(shape=shape, size=size)))


def public(stand: Stand) -> list[tuple[str, list[tuple[str, int]]]]:
    return [(post.text, [(film["sha256"], film["size"]) for film in post.films]) for post in stand.fake.public]


def once(outgoing: Outgoing) -> list[tuple[str, list[tuple[str, int]]]]:
    video = outgoing.post.video
    assert video is not None
    return [(outgoing.post.text, [(video.sha256, video.size)])]


def again(stand: Stand, outgoing: Outgoing) -> Outgoing:
    """Return a delivery as a daemon sees it that was started anew: with the last checkpoint, on another connection."""
    stand.channel = stand.open()
    checkpoint = stand.checkpoints[-1] if stand.checkpoints else {}
    return Outgoing(outgoing.key, outgoing.due, outgoing.post, checkpoint)


@on(TAKING)
@pytest.mark.parametrize("shape", [(640, 360), REEL])
def test_a_film_is_public_whole_with_its_text_by_one_request(online: Stand, shape: tuple[int, int]) -> None:
    outgoing = with_film(online, shape)
    receipt = online.publish(outgoing)
    assert public(online) == once(outgoing)
    assert online.fake.requests["publish"] == 1
    assert receipt.remote_id and receipt.url


@on([case for case in TAKING if case.network in ("mastodon", "wordpress")])
def test_the_words_for_who_cannot_see_or_hear_go_with_it(online: Stand) -> None:
    outgoing = with_film(online)
    online.publish(outgoing)
    assert outgoing.post.video is not None
    assert [film["alt"] for film in online.fake.public[0].films] == [outgoing.post.video.alt]


@on(AHEAD)
@pytest.mark.parametrize("shape", [(640, 360), REEL])
def test_preparing_shows_nothing_and_the_last_request_is_small(online: Stand, shape: tuple[int, int]) -> None:
    outgoing = online.run(online.prepared(with_film(online, shape)))
    assert online.fake.requests["publish"] == 0 and online.fake.public == []
    assert int(online.channel.request(outgoing).headers["content-length"]) < 3000


@on(AHEAD)
@pytest.mark.parametrize("shape", [(640, 360), REEL])
def test_a_film_that_is_there_is_not_sent_again(online: Stand, shape: tuple[int, int]) -> None:
    outgoing = with_film(online, shape)
    online.run(online.prepared(outgoing))
    uploads = online.fake.requests["media"]
    assert uploads
    online.publish(again(online, outgoing))
    assert online.fake.requests["media"] == uploads
    assert public(online) == once(outgoing)


@on([case for case in AHEAD if not NETWORKS[case.network].fetches])
@pytest.mark.parametrize("shape", [(640, 360), REEL])
def test_cut_ten_times_it_arrives_whole_and_once(online: Stand, shape: tuple[int, int]) -> None:
    outgoing, cuts = with_film(online, shape, size=8_000_000), 0
    online.fake.cuts = 10
    while True:
        try:
            online.publish(again(online, outgoing))
            break
        except Unavailable:
            cuts += 1
        assert cuts < 40
    assert online.fake.cuts == 0 and cuts >= 1
    assert public(online) == once(outgoing)
    assert online.fake.requests["publish"] == 1


@on([case for case in TAKING if case.network == "facebook"])
@pytest.mark.parametrize("shape", [(640, 360), REEL])
def test_what_has_arrived_before_a_cut_is_not_sent_again(online: Stand, shape: tuple[int, int]) -> None:
    outgoing = with_film(online, shape)
    told: list[int] = []
    told_to = replace(outgoing, told=lambda sent, size: told.append(sent))
    online.run(online.prepared(told_to))
    assert told[-1] == outgoing.post.video.size  # type: ignore[union-attr]
    assert isinstance(online.fake, FacebookFake)
    assert len(online.fake.films) == 1


@on([case for case in TAKING if case.network in ("facebook", "mastodon")])
@pytest.mark.parametrize("shape", [(640, 360), REEL])
def test_a_conversion_that_takes_time_is_awaited(online: Stand, shape: tuple[int, int]) -> None:
    online.fake.looks = 5
    outgoing = with_film(online, shape)
    online.publish(outgoing)
    assert public(online) == once(outgoing)


@on([case for case in TAKING if case.network in ("facebook", "mastodon")])
def test_a_conversion_that_never_ends_is_no_refusal(online: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facebook_film, "MOST_LOOKS", 3)
    monkeypatch.setattr(mastodon, "FILM_POLLS", 3)
    online.fake.looks = 6
    outgoing = with_film(online)
    with pytest.raises(Unavailable, match="still converting"):
        online.publish(outgoing)
    uploads = online.fake.requests["media"]
    for _ in range(3):
        try:
            online.publish(again(online, outgoing))
        except Unavailable:
            continue
        break
    assert public(online) == once(outgoing)
    assert online.fake.requests["media"] == uploads


@on([case for case in TAKING if case.network in ("facebook", "mastodon")])
def test_a_film_that_cannot_be_converted_is_refused_and_never_public(online: Stand) -> None:
    online.fake.broken = 2
    outgoing = with_film(online)
    error: ChannelError | None = None
    for _ in range(3):
        try:
            online.publish(again(online, outgoing))
        except Rejected as found:
            error = found
            break
        except Unavailable:
            continue
    assert error is not None
    assert online.fake.public == []


@on(TAKING)
def test_a_film_that_is_not_the_approved_one_stays_here(online: Stand) -> None:
    outgoing = with_film(online)
    assert outgoing.post.video is not None
    with open(outgoing.post.video.file, "ab") as file:
        file.write(b"x")
    with pytest.raises(Unavailable, match="not the film that was approved"):
        online.publish(outgoing)
    assert online.fake.public == []


@on(FINDING)
@pytest.mark.parametrize("shape", [(640, 360), REEL])
@pytest.mark.parametrize("fault", ["lost", "500_after", "truncated", "500_before", "reset_before", "html_200"])
def test_find_tells_the_truth_of_a_film_after_a_fault(online: Stand, fault: str, shape: tuple[int, int]) -> None:
    outgoing = online.run(online.prepared(with_film(online, shape)))
    online.fake.fault(fault)
    with pytest.raises(Unconfirmed):
        online.run(online.channel.publish(outgoing))
    found = online.find(outgoing)
    assert bool(found) == (fault in ACCEPTED)
    assert len(online.fake.public) == (fault in ACCEPTED)


@on([case for case in AHEAD if NETWORKS[case.network].can("delete")])
@pytest.mark.parametrize("shape", [(640, 360), REEL])
def test_a_film_is_taken_down(online: Stand, shape: tuple[int, int]) -> None:
    receipt = online.publish(with_film(online, shape))
    online.delete(receipt.remote_id)
    online.delete(receipt.remote_id)
    assert online.fake.standing == []


@on([case for case in AHEAD if NETWORKS[case.network].can("metrics")])
def test_the_numbers_of_a_film_are_told(online: Stand) -> None:
    assert online.metrics(online.publish(with_film(online)).remote_id)


def test_a_film_goes_to_the_staff_once_for_all_channels_of_a_bot(only: Any) -> None:
    stand = only("telegram-staff")
    outgoing = with_film(stand)
    stand.publish(outgoing)
    second = NETWORKS["telegram"](
        id="khac", account=stand.case.account, base_url=stand.address, secrets=dict(stand.case.secrets),
        wire=stand.wires[-1], folder=stand.folder, options=stand.channel.chosen,
    )  # fmt: skip
    stand.channel = second
    stand.publish(replace(outgoing, key="khac"))
    assert stand.fake.requests["media"] == 1 and len(stand.fake.public) == 2


def test_the_same_words_without_the_film_are_not_ours_on_telegram(only: Any) -> None:
    stand = only("telegram-staff")
    stand.publish(stand.outgoing(Post(TEXT), key="khac"))
    assert stand.find(with_film(stand)) is None
    stand.publish(with_film(stand))
    assert stand.find(with_film(stand)) is not None


def test_a_server_tells_how_large_a_film_may_be(only: Any) -> None:
    stand = only("mastodon")
    assert isinstance(stand.fake, MastodonFake)
    stand.fake.largest_film = 40_000_000
    assert stand.check().limits["video_bytes"] == 40_000_000


# --- Facebook alone -------------------------------------------------------------------------------------------------


@pytest.fixture
def page(only: Any) -> Stand:
    stand: Stand = only("facebook")
    return stand


def test_a_long_or_wide_film_is_no_reel(page: Stand) -> None:
    assert facebook_film.is_reel(page.film(shape=REEL))
    assert not facebook_film.is_reel(page.film(shape=REEL, seconds=91))
    assert not facebook_film.is_reel(page.film(shape=(360, 640)))
    assert not facebook_film.is_reel(page.film(shape=(1080, 1350)))


def test_reels_can_be_forbidden(page: Stand) -> None:
    page.channel = page.open(options={"reels": "never"})
    outgoing = with_film(page, REEL)
    assert "/videos/" in page.publish(outgoing).url
    assert public(page) == once(outgoing)


def test_where_meta_does_not_show_what_was_hidden_closing_the_upload_makes_public(page: Stand) -> None:
    page.channel = page.open(options={"video": "finish"})
    outgoing = page.run(page.prepared(with_film(page)))
    assert page.fake.public == []
    page.run(page.channel.publish(outgoing))
    assert public(page) == once(outgoing)


def test_an_upload_that_meta_has_forgotten_is_begun_anew_and_both_are_looked_for(page: Stand) -> None:
    outgoing = with_film(page)
    page.fake.cuts = 1
    with pytest.raises(Unavailable):
        page.publish(outgoing)
    assert isinstance(page.fake, FacebookFake)
    page.fake.films.clear()
    with pytest.raises(Unavailable, match="begun anew"):
        page.publish(again(page, outgoing))
    page.publish(again(page, outgoing))
    assert public(page) == once(outgoing)
    assert len(page.checkpoints[-1]["films"]) == 1


def test_a_chunk_whose_answer_is_lost_is_not_sent_again(page: Stand) -> None:
    assert isinstance(page.fake, FacebookFake)
    page.fake.lost_chunks = 1
    outgoing = with_film(page)
    with pytest.raises(Unavailable):
        page.publish(outgoing)
    page.publish(again(page, outgoing))
    assert public(page) == once(outgoing)
    assert page.fake.requests["media"] == 3


def test_a_lost_answer_to_the_closing_is_no_second_film(page: Stand) -> None:
    outgoing = with_film(page)
    page.run(page.prepared(outgoing))
    reached = dict(page.checkpoints[-1])
    reached["film"] = {name: value for name, value in reached["film"].items() if name not in ("closed", "ready")}
    page.run(page.prepared(replace(outgoing, checkpoint=reached)))
    assert isinstance(page.fake, FacebookFake) and len(page.fake.films) == 1


def test_the_token_goes_to_no_strange_place(page: Stand) -> None:
    outgoing = with_film(page, REEL)
    asked = page.channel.learn

    async def learn(kind: Any, method: str, path: str, **how: Any) -> Any:
        told = await asked(kind, method, path, **how)
        return told | {"upload_url": "https://facebook.com.example.org/take"} if "upload_url" in told else told

    page.channel.learn = learn  # type: ignore[method-assign]
    with pytest.raises(Unavailable, match="strange place"):
        page.publish(outgoing)


def test_an_error_of_the_upload_host_is_heard(page: Stand) -> None:
    from scheduler.channels.http import Answer

    def said(**told: Any) -> ChannelError | None:
        import json

        return facebook_film.meaning(Answer(400, {}, json.dumps(told).encode()))

    assert type(said(debug_info={"retriable": True, "type": "OffsetInvalidError"})) is Unavailable
    assert type(said(debug_info={"retriable": False, "type": "ProcessingFailedError"})) is Rejected
    assert type(said(error={"code": 6000, "message": "bad file"})) is Rejected
    assert type(said(error={"code": 6001, "error_subcode": 1363030})) is Unavailable
    assert said(error={"code": 190}) is None


# --- the body on its way --------------------------------------------------------------------------------------------


def test_a_body_is_read_as_it_is_taken_and_not_before(tmp_path: Path) -> None:
    file = tmp_path / "a"
    with file.open("wb") as made:
        made.truncate(50 << 20)
    told: list[int] = []

    async def some() -> None:
        taken = 0
        async for piece in upload.pieces(file, 0, 50 << 20, told.append):
            taken += len(piece)
            if taken >= 1 << 20:
                break

    asyncio.run(some())
    assert told[-1] <= 1 << 20


def test_a_file_that_became_shorter_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"123")

    async def all_of_it() -> None:
        async for _ in upload.pieces(tmp_path / "a", 0, 10):
            pass

    with pytest.raises(Unavailable, match="shorter"):
        asyncio.run(all_of_it())


def test_a_large_body_may_take_longer() -> None:
    async def timeouts() -> tuple[float, float]:
        async with Wire(10) as wire:
            plain = wire.build("POST", "http://a.example/")
            large = wire.build("POST", "http://a.example/", slow=600)
            return plain.extensions["timeout"]["read"], large.extensions["timeout"]["read"]

    assert asyncio.run(timeouts()) == (10, 610)


def test_post_with_a_film_has_another_digest_for_another_film_or_word() -> None:
    film = Video("/a", "ab", "video/mp4", 1, 1, 1, 1, "x")
    posts = [Post("t"), Post("t", video=film), Post("t", video=replace(film, sha256="cd"))]
    posts += [Post("t", video=replace(film, alt="y")), Post("t", images=(Picture("/a", "ab", "video/mp4", 1, "x"),))]
    assert len({post.digest for post in posts}) == len(posts)
    assert Post("t", video=replace(film, file="/b")).digest == posts[1].digest
    assert Post.from_json(posts[1].to_json()) == posts[1]
