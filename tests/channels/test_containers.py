"""What Instagram and Threads have in common: containers that take time, fail, run out, and prove what was published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from scheduler import clock
from scheduler.channels import containers
from scheduler.channels.container_answers import NotSeen, Suspected, meaning
from scheduler.channels.containers import UNSEEN, Containers
from scheduler.channels.contract import MP4, Outgoing, Post, Receipt, Video
from scheduler.channels.http import Answer
from scheduler.errors import (
    ChannelError,
    Expired,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unconfirmed,
    Unnamed,
)
from tests.channels.conftest import Open
from tests.channels.stand import LONG_AGO, TEXT, Stand
from tests.composing.films import film
from tests.fakes.containers import ContainersFake


@pytest.fixture(params=["instagram", "threads"])
def stand(request: pytest.FixtureRequest, only: Open) -> Stand:
    return only(request.param)


@pytest.fixture
def fake(stand: Stand) -> ContainersFake:
    return cast(ContainersFake, stand.fake)


def pictured(stand: Stand, pictures: int = 2) -> Outgoing:
    return stand.outgoing(stand.post(pictures=pictures))


def prepared(stand: Stand, outgoing: Outgoing | None = None) -> Outgoing:
    return stand.run(stand.prepared(outgoing or pictured(stand)))


def again(stand: Stand, outgoing: Outgoing) -> Outgoing:
    """Return a post as the daemon arms it after a restart: with the last checkpoint that was kept."""
    stand.channel = stand.open()
    return replace(outgoing, checkpoint=stand.checkpoints[-1])


def made_of(stand: Stand) -> Containers:
    return cast(Containers, getattr(stand.channel, "containers"))  # noqa: B009


# making


def test_children_come_first_and_each_is_kept(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand)
    kept = [sum(map(bool, checkpoint["children"])) for checkpoint in stand.checkpoints]
    assert kept == [1, 2, 2]
    assert [*outgoing.checkpoint["children"], outgoing.checkpoint["container"]] == list(fake.containers)
    assert [c.child for c in fake.containers.values()] == [True, True, False]


def test_a_container_is_waited_for(stand: Stand, fake: ContainersFake) -> None:
    fake.looks = 4
    prepared(stand, pictured(stand, 1))
    assert fake.requests["look"] == 5


def test_one_that_takes_longer_is_left_and_taken_up_again(
    stand: Stand, fake: ContainersFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "PAUSES", (0.001,) * 2)
    fake.looks = 3
    with pytest.raises(Unavailable, match="Meta"):
        prepared(stand, outgoing := pictured(stand, 1))
    stand.publish(again(stand, outgoing))
    assert fake.requests["media"] == 1 and len(fake.public) == 1


def test_a_finished_one_is_published_without_another(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand)
    made = fake.requests["media"]
    stand.publish(again(stand, outgoing))
    assert fake.requests["media"] == made and len(fake.public) == 1


def test_one_that_failed_is_made_anew_and_its_finished_sisters_are_not(stand: Stand, fake: ContainersFake) -> None:
    fake.fails = ["", "2207053 FAILED_PROCESSING"]
    with pytest.raises(Unavailable, match="2207053"):
        prepared(stand, outgoing := pictured(stand))
    stand.publish(again(stand, outgoing))
    assert fake.requests["media"] == 2 + 1 + 1
    assert [shown["sha256"] for shown in fake.public[0].images] == [p.sha256 for p in outgoing.post.images]


def test_what_they_will_never_take_is_refused(stand: Stand, fake: ContainersFake) -> None:
    fake.fails = ["Error 2207026 INVALID_DURATION"]
    with pytest.raises(Rejected):
        prepared(stand, outgoing := pictured(stand, 1))
    assert "container" not in again(stand, outgoing).checkpoint  # a person may try it again


def test_after_three_failures_there_is_a_pause(
    stand: Stand, fake: ContainersFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.fails = ["UNKNOWN"] * 9
    outgoing = pictured(stand, 1)
    for _ in range(5):
        with pytest.raises(Unavailable):
            prepared(stand, outgoing)
        outgoing = again(stand, outgoing)
    assert fake.requests["media"] == 3
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    with pytest.raises(Unavailable):
        prepared(stand, outgoing)
    assert fake.requests["media"] == 4


def test_after_a_day_all_is_made_anew(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand)
    fake.passed = timedelta(hours=25)
    stand.publish(again(stand, outgoing))
    assert fake.requests["media"] == 6 and len(fake.public) == 1


def test_an_address_that_nobody_can_fetch_makes_no_container(
    stand: Stand, fake: ContainersFake, tmp_path: Path
) -> None:
    fake.folder = tmp_path / "elsewhere"
    with pytest.raises(Unavailable, match="không có ảnh ở đó"):
        prepared(stand)
    assert fake.requests["media"] == 0


def test_a_film_is_fetched_by_its_address(stand: Stand, fake: ContainersFake, tmp_path: Path) -> None:
    file = film(tmp_path / "small.mp4")
    content = file.read_bytes()
    shown = Video(str(file), hashlib.sha256(content).hexdigest(), MP4, len(content), 4, 640, 360, "Kể phim")
    stand.publish(stand.outgoing(Post(TEXT, video=shown)))
    assert [shown["sha256"] for shown in fake.public[0].films] == [shown.sha256]
    file.write_bytes(content + b"x")
    with pytest.raises(Unavailable, match="not the film that was approved"):
        prepared(stand, stand.outgoing(Post(TEXT, video=shown)))


# publishing


def test_one_that_was_published_is_never_started_again(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand)
    receipt = stand.run(stand.channel.publish(outgoing))
    with pytest.raises(Unnamed):
        stand.publish(again(stand, outgoing))
    assert len(fake.public) == 1
    assert stand.find(outgoing) == receipt


def test_one_that_was_not_seen_and_is_public_all_the_same_is_not_made_anew(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand)
    stand.run(stand.channel.publish(outgoing))
    made_of(stand).unseen[outgoing.checkpoint["container"]] = UNSEEN
    with pytest.raises(Unnamed):
        stand.publish(outgoing)
    assert len(fake.public) == 1


def test_not_seen_yet_nothing_was_said_and_it_is_tried_again(stand: Stand, fake: ContainersFake) -> None:
    fake.unseen = 2
    outgoing = prepared(stand, pictured(stand, 1))
    for _ in range(2):
        with pytest.raises(NotSeen):
            stand.run(stand.channel.publish(outgoing))
        outgoing = prepared(stand, outgoing)
    stand.run(stand.channel.publish(outgoing))
    assert fake.requests["media"] == 1 and len(fake.public) == 1


def test_never_seen_another_is_made(stand: Stand, fake: ContainersFake) -> None:
    fake.unseen = 99
    outgoing = prepared(stand, pictured(stand, 1))
    for _ in range(UNSEEN):
        outgoing = prepared(stand, outgoing)
        assert fake.requests["media"] == 1
        with pytest.raises(NotSeen):
            stand.run(stand.channel.publish(outgoing))
    fake.unseen = 0
    stand.publish(outgoing)
    assert fake.requests["media"] == 2 and len(fake.public) == 1


def test_one_that_is_not_shown_is_lost_only_after_three_looks(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand, pictured(stand, 1))
    fake.containers.clear()
    for _ in range(UNSEEN - 1):
        with pytest.raises(Unavailable, match="does not show"):
            prepared(stand, outgoing)
    stand.publish(outgoing)
    assert len(fake.public) == 1


@pytest.mark.parametrize("live", [True, False])
def test_suspected_spam_may_be_public_and_the_channel_rests(stand: Stand, fake: ContainersFake, live: bool) -> None:
    outgoing = prepared(stand)
    fake.live_spam = live
    with pytest.raises(Unconfirmed, match="2207051"):
        stand.run(stand.channel.publish(outgoing))
    used = stand.channel.usage
    assert used is not None and used.channel == 100
    assert used.back_at is not None and used.back_at - clock.now() > timedelta(hours=2)
    assert bool(stand.find(outgoing)) is live


def test_an_address_that_is_not_told_is_left_empty(
    stand: Stand, fake: ContainersFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = prepared(stand)
    monkeypatch.setattr(fake, "of_post", lambda *_: fake.error(500))
    receipt = stand.run(stand.channel.publish(outgoing))
    assert receipt == Receipt(fake.public[0].id, "")


def test_the_quota_is_asked_for_before_anything_is_made(stand: Stand, fake: ContainersFake) -> None:
    fake.quota = (50, 50)
    with pytest.raises(RateLimited, match="50/50") as told:
        prepared(stand)
    assert fake.requests["media"] == 0
    assert told.value.retry_at is not None and told.value.retry_at > clock.now() + timedelta(minutes=50)


def test_a_quota_that_is_used_up_meanwhile_says_when_to_come_back(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand)
    fake.quota = (50, 50)
    with pytest.raises(RateLimited) as told:
        stand.run(stand.channel.publish(outgoing))
    assert told.value.retry_at is not None and fake.public == []


def test_a_quota_that_nobody_tells_holds_up_no_post(stand: Stand, fake: ContainersFake) -> None:
    fake.quota = None
    assert stand.publish().remote_id


# looking


def test_public_and_not_in_the_list_yet_is_never_absent(stand: Stand, fake: ContainersFake) -> None:
    outgoing = prepared(stand)
    fake.lists_after = 2
    fake.fault("lost")
    with pytest.raises(Unconfirmed):
        stand.run(stand.channel.publish(outgoing))
    for _ in range(2):
        with pytest.raises(Unnamed, match="đang chờ mã bài"):
            stand.find(outgoing)
    found = stand.find(outgoing)
    assert found is not None and found.remote_id == fake.public[0].id


def test_one_that_is_finished_and_not_listed_is_absent(stand: Stand) -> None:
    assert stand.find(prepared(stand)) is None


def test_where_a_published_container_is_shown_no_more_the_list_tells(stand: Stand, fake: ContainersFake) -> None:
    fake.shows_published = False
    outgoing = prepared(stand)
    receipt = stand.run(stand.channel.publish(outgoing))
    assert stand.find(outgoing) == receipt


def test_a_container_that_cannot_be_read_is_no_absence(
    stand: Stand, fake: ContainersFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = prepared(stand)
    monkeypatch.setattr(fake, "look", lambda *_: fake.error(500))
    with pytest.raises(Unavailable):
        stand.find(outgoing)


def test_find_reads_on_past_the_first_page_and_not_into_the_past(stand: Stand, fake: ContainersFake) -> None:
    fake.say("bài cũ", at=LONG_AGO - timedelta(days=1))
    receipt = stand.publish()
    for number in range(60):
        fake.say(f"tin khác {number}", at=clock.now() + timedelta(seconds=5))
    assert stand.find() == receipt


# taking down


def test_gone_is_only_what_cannot_be_read_any_more(stand: Stand, fake: ContainersFake) -> None:
    receipt = stand.publish()
    fake.may_delete = False
    with pytest.raises(Unauthorized, match=receipt.url):
        stand.delete(receipt.remote_id)
    assert len(fake.standing) == 1


# what their errors mean


def said(code: int, subcode: int | None = None, status: int = 400) -> Answer:
    error: Mapping[str, Any] = {"message": "words", "type": "OAuthException", "code": code, "error_subcode": subcode}
    return Answer(status, {}, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("code", "subcode", "meant"),
    [
        (4, 2207051, Suspected),
        (4, None, RateLimited),
        (9, 2207042, RateLimited),
        (-1, 2207001, Unconfirmed),
        (24, 2207008, NotSeen),
        (24, 4279009, NotSeen),
        (24, 4279004, Unavailable),
        (24, 2207006, Unauthorized),
        (25, 2207050, Unauthorized),
        (9007, 2207027, Unavailable),
        (9004, 2207052, Unavailable),
        (9004, None, Unavailable),
        (36003, 2207009, Rejected),
        (36000, None, Rejected),
        (352, 2207026, Rejected),
        (190, None, Expired),
        (10, None, Unauthorized),
        (80002, None, RateLimited),
        (100, None, Rejected),
        (77, 7, Unconfirmed),
    ],
)
def test_their_own_codes_go_before_the_graphs(code: int, subcode: int | None, meant: type[ChannelError]) -> None:
    assert type(meaning(said(code, subcode), ())) is meant
