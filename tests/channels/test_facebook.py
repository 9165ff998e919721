"""What is Facebook's own: staged pictures, previews of links, twins on the page, tokens of others, dead metrics."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unicodedata import normalize

import httpx
import pytest
from aiohttp import web

from scheduler import clock
from scheduler.channels.contract import Account, Outgoing, Post
from scheduler.channels.facebook import STAGED_LIFE, Facebook
from scheduler.errors import NotFound, Rejected, Unauthorized, Unavailable, Unconfirmed
from tests.channels.conftest import Open
from tests.channels.stand import DUE, LONG_AGO, TEXT, Stand
from tests.fakes import FacebookFake
from tests.fakes.facebook import APP, PAGE

ADDRESS = "https://example.org/ma-tuy?a=1&b=2"


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("facebook")


@pytest.fixture
def fake(stand: Stand) -> FacebookFake:
    return cast(FacebookFake, stand.fake)


def sent(stand: Stand, outgoing: Outgoing) -> tuple[httpx.Request, dict[str, Any]]:
    request = stand.channel.request(stand.run(stand.prepared(outgoing)))
    return request, json.loads(request.content)


def answering(body: dict[str, Any]) -> Callable[..., web.Response]:
    return lambda *_: web.json_response(body)


# the call


def test_the_version_stands_before_the_page(stand: Stand) -> None:
    assert sent(stand, stand.outgoing())[0].url.path == f"/v26.0/{PAGE}/feed"
    stand.channel = stand.open(options={"api_version": "v27.0"})
    assert sent(stand, stand.outgoing())[0].url.path == f"/v27.0/{PAGE}/feed"


def test_a_base_url_that_carries_a_version_is_taken_at_its_word(stand: Stand) -> None:
    stand.channel = stand.open(version="/v25.0", options={"api_version": "v27.0"})
    assert sent(stand, stand.outgoing())[0].url.path == f"/v25.0/{PAGE}/feed"
    assert stand.publish().url == f"https://www.facebook.com/{stand.fake.public[0].id}"


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("api_version", "v26.0", True),
        ("api_version", "26.0", False),
        ("api_version", "latest", False),
        ("link", "none", True),
        ("link", "yes", False),
    ],
)
def test_options_are_checked_before_they_are_used(name: str, value: str, right: bool) -> None:
    assert (Facebook.wrong_option(name, value) == "") is right


def test_the_token_is_in_no_address(stand: Stand) -> None:
    request, body = sent(stand, stand.outgoing())
    assert FacebookFake.token not in f"{request.url} {body}"
    assert FacebookFake.secret not in f"{request.url} {body} {request.headers}"


def test_with_the_secret_every_call_proves_it(stand: Stand, fake: FacebookFake) -> None:
    fake.wants_proof = True
    stand.publish(stand.outgoing(stand.post(pictures=1)))
    assert stand.find(stand.outgoing(stand.post(pictures=1)))
    stand.channel = stand.open(secrets={"app_secret": ""})
    with pytest.raises(Unauthorized):
        stand.publish()


def test_without_the_secret_nothing_is_proven_and_all_works(stand: Stand) -> None:
    stand.channel = stand.open(secrets={"app_secret": ""})
    assert "appsecret_proof" not in str(sent(stand, stand.outgoing())[0].url)
    assert stand.check().expires is None
    receipt = stand.publish()
    assert stand.find() == receipt


# the account


def test_a_token_of_another_page_is_not_ours_although_it_may_read_ours(stand: Stand) -> None:
    stand.channel = stand.open(account="104857600999999")
    with pytest.raises(Unauthorized, match=PAGE):
        stand.check()


def test_where_nobody_is_me_the_page_is_asked_for_by_its_id(stand: Stand, fake: FacebookFake) -> None:
    fake.knows_me = False
    assert stand.check().name == "Công an phường"


def test_whoever_has_the_secret_is_told_when_the_token_runs_out(stand: Stand, fake: FacebookFake) -> None:
    assert stand.check().expires is None  # 0: never
    ends = datetime(2027, 6, 26, tzinfo=UTC)
    fake.expires_at = int(ends.timestamp())
    assert stand.check().expires == ends


@pytest.mark.parametrize("hidden", ["app", "debug_token"])
@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_token_works_although_nobody_tells_when_it_runs_out(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch, hidden: str, status: int
) -> None:
    about = fake.about
    monkeypatch.setattr(fake, "about", lambda r, node: fake.error(status) if node == hidden else about(r, node))
    assert stand.check() == Account("Công an phường")


def test_a_refused_question_for_the_account_is_never_the_end_of_a_post(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "about", lambda *_: fake.bad("Tried accessing a field that does not exist"))
    with pytest.raises(Unauthorized):
        stand.check()


# pictures


def test_pictures_are_uploaded_unseen_and_shown_by_the_one_request(stand: Stand, fake: FacebookFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=2))))
    assert fake.public == []
    body = json.loads(stand.channel.request(outgoing).content)
    assert body == {"message": TEXT, "attached_media": [{"media_fbid": photo} for photo in fake.photos]}
    assert list(outgoing.checkpoint["photos"]) == list(fake.photos)


def test_a_post_never_goes_out_with_a_picture_missing(stand: Stand) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=2))))
    fewer = replace(outgoing, checkpoint={**outgoing.checkpoint, "photos": outgoing.checkpoint["photos"][:1]})
    with pytest.raises(Unavailable):
        stand.channel.request(fewer)


def test_pictures_that_lie_too_long_unseen_are_uploaded_again(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=2))))
    later = clock.now() + STAGED_LIFE + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    again = stand.run(stand.prepared(outgoing))
    assert len(fake.photos) == 4
    assert again.checkpoint["photos"] == list(fake.photos)[2:]
    assert again.checkpoint["before"] == list(fake.photos)[:2]


def test_what_went_out_with_the_older_pictures_is_still_found(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=1))))
    receipt = stand.run(stand.channel.publish(outgoing))
    later = clock.now() + STAGED_LIFE + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    again = stand.run(stand.prepared(outgoing))
    assert stand.find(replace(again, post=replace(again.post, text="khác"))) == receipt


def test_a_picture_meta_does_not_take_fails_the_post_and_nothing_is_public(stand: Stand, fake: FacebookFake) -> None:
    post = stand.post(pictures=1)
    picture = replace(post.images[0], file=__file__, sha256=hashlib.sha256(Path(__file__).read_bytes()).hexdigest())
    with pytest.raises(Rejected):
        stand.publish(stand.outgoing(replace(post, images=(picture,))))
    assert fake.public == []


def test_an_upload_that_meets_a_fault_of_theirs_is_no_perhaps(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_: Any) -> Any:
        return fake.error(500)

    monkeypatch.setattr(fake, "stage", fails)
    with pytest.raises(Unavailable):
        stand.publish(stand.outgoing(stand.post(pictures=1)))


# the preview of a link


def test_the_page_of_the_first_address_is_shown(stand: Stand, fake: FacebookFake) -> None:
    receipt = stand.publish()
    assert fake.links[receipt.remote_id] == ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        "Không có địa chỉ",
        "Xem https://www.facebook.com/hanoi.gov/posts/1 và https://example.org",
        "Xem https://fb.watch/abc",
    ],
)
def test_no_page_is_shown_without_an_address_or_for_one_of_facebooks(stand: Stand, text: str) -> None:
    assert sent(stand, stand.outgoing(Post(text)))[1] == {"message": text}


def test_an_office_may_leave_previews_away(stand: Stand) -> None:
    stand.channel = stand.open(options={"link": "none"})
    assert sent(stand, stand.outgoing())[1] == {"message": TEXT}


def test_pictures_leave_no_room_for_a_preview(stand: Stand) -> None:
    assert "link" not in sent(stand, stand.outgoing(stand.post(pictures=1)))[1]


def test_a_page_that_cannot_be_shown_holds_up_no_post(stand: Stand, fake: FacebookFake) -> None:
    fake.unreadable = {"example.org"}
    receipt = stand.publish()
    assert fake.links[receipt.remote_id] == ""
    assert stand.public() == [(TEXT, [])]
    assert fake.requests["publish"] == 2
    stand.publish(stand.outgoing(Post(f"Tin khác: {ADDRESS}")))
    assert fake.requests["publish"] == 3  # what Meta would not show is not tried again


def test_a_refusal_of_the_link_where_none_was_given_is_a_refusal(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake, "wrong", lambda *_: fake.bad("A link to Facebook cannot be shared", 200, 1609008))
    with pytest.raises(Rejected):
        stand.publish(stand.outgoing(Post("Xem facebook.com/hanoi")))


# looking


def test_its_pictures_prove_a_post_ours_whatever_its_words_have_become(stand: Stand, fake: FacebookFake) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=2))))
    receipt = stand.run(stand.channel.publish(outgoing))
    fake.public[0].text = "Meta shows it otherwise"
    assert stand.find(outgoing) == receipt
    assert stand.find(stand.outgoing(stand.post(pictures=2))) is None


def test_the_words_prove_a_post_ours_where_the_pictures_are_forgotten(stand: Stand) -> None:
    receipt = stand.publish(stand.outgoing(stand.post(pictures=2)))
    assert stand.find(stand.outgoing(stand.post(pictures=2))) == receipt


def test_find_compares_composed_letters(stand: Stand, fake: FacebookFake) -> None:
    receipt = stand.publish()
    fake.public[0].text = "\n" + normalize("NFD", TEXT) + "  "
    assert stand.find() == receipt


def test_the_same_words_of_somebody_else_are_for_a_person_to_judge(stand: Stand, fake: FacebookFake) -> None:
    fake.speak(TEXT)
    with pytest.raises(Unconfirmed, match=r"https://www\.facebook\.com/"):
        stand.find()


def test_the_same_words_of_our_app_go_before_those_of_somebody_else(stand: Stand, fake: FacebookFake) -> None:
    receipt = stand.publish()
    fake.speak(TEXT, at=clock.now() + timedelta(seconds=5))
    assert stand.find() == receipt


def test_where_the_app_is_no_matter_of_ours_the_words_are_enough(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = stand.publish()
    monkeypatch.setattr(fake, "about", lambda *_: fake.error(403))
    assert stand.find() == receipt
    monkeypatch.setattr(fake, "about", lambda *_: fake.error(500))
    with pytest.raises(Unavailable):  # it may be known in a moment
        stand.find()


def test_a_post_of_which_meta_does_not_tell_the_app_is_ours_by_its_words(stand: Stand, fake: FacebookFake) -> None:
    receipt = stand.publish()
    fake.apps[receipt.remote_id] = ""
    assert stand.find() == receipt


def test_find_reads_on_past_the_first_page(stand: Stand, fake: FacebookFake) -> None:
    receipt = stand.publish()
    for number in range(60):
        fake.speak(f"tin khác {number}", at=DUE + timedelta(minutes=1), app=APP)
    assert stand.find() == receipt
    assert stand.find(taken={receipt.remote_id}) is None


def test_find_does_not_read_what_is_older(stand: Stand, fake: FacebookFake) -> None:
    for number in range(60):
        fake.speak(f"tin cũ {number}", at=LONG_AGO - timedelta(days=1))
    fake.requests.clear()
    assert stand.find() is None
    assert fake.requests["listed"] == 1


def test_a_list_that_cannot_be_read_is_no_absence(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for body in ({"data": None}, {}, {"data": [{"id": "1_2"}]}, {"data": [{"created_time": "hôm qua", "id": "1"}]}):
        monkeypatch.setattr(fake, "listed", answering(body))
        with pytest.raises(Unavailable):
            stand.find()


def test_the_same_text_twice_in_a_row_is_looked_for(stand: Stand) -> None:
    receipt = stand.publish()
    with pytest.raises(Unconfirmed, match="506"):
        stand.publish()
    assert stand.find() == receipt


# taking down


def test_gone_is_only_what_cannot_be_read_any_more(stand: Stand, fake: FacebookFake) -> None:
    receipt = stand.publish()
    fake.may_delete = False
    with pytest.raises(Unauthorized, match=r"https://www\.facebook\.com/"):
        stand.delete(receipt.remote_id)
    assert len(fake.standing) == 1


def test_a_deletion_that_was_not_done_is_none(
    stand: Stand, fake: FacebookFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = stand.publish()
    monkeypatch.setattr(fake, "of_post", answering({"success": False}))
    with pytest.raises(Unavailable):
        stand.delete(receipt.remote_id)


# numbers


def numbers(stand: Stand, remote_id: str) -> dict[str, int]:
    return dict(stand.run(cast(Facebook, stand.channel).metrics(remote_id)))


def test_the_numbers_of_a_post_have_our_names(stand: Stand) -> None:
    told = numbers(stand, stand.publish().remote_id)
    assert told == {"views": 40, "reach": 41, "clicks": 42, "reactions": 5}


def test_counters_that_are_newer_go_before(stand: Stand, fake: FacebookFake) -> None:
    fake.may_count = True
    told = numbers(stand, stand.publish().remote_id)
    assert told == {"views": 40, "reach": 41, "clicks": 42, "reactions": 7, "comments": 2, "shares": 3}


def test_one_dead_metric_takes_no_other_with_it(stand: Stand, fake: FacebookFake) -> None:
    fake.dead = {"post_clicks"}
    receipt = stand.publish()
    assert numbers(stand, receipt.remote_id) == {"views": 40, "reach": 41, "reactions": 5}
    asked = fake.requests["insights"]
    assert numbers(stand, receipt.remote_id) == {"views": 40, "reach": 41, "reactions": 5}
    assert fake.requests["insights"] == asked + 1  # it is not asked for any more


def test_a_post_that_is_refused_as_a_whole_buries_no_metric(stand: Stand, fake: FacebookFake) -> None:
    receipt = stand.publish()
    fake.dead = {"post_media_view", "post_total_media_view_unique", "post_clicks", "post_reactions_by_type_total"}
    with pytest.raises(Rejected):
        numbers(stand, receipt.remote_id)
    fake.dead = set()
    assert len(numbers(stand, receipt.remote_id)) == 4


def test_a_post_that_is_gone_has_no_numbers(stand: Stand) -> None:
    receipt = stand.publish()
    stand.delete(receipt.remote_id)
    with pytest.raises(NotFound):
        numbers(stand, receipt.remote_id)


# Meta's own tables


def test_meta_knows_every_parameter_of_ours(stand: Stand) -> None:
    page = pytest.importorskip("facebook_business.adobjects.page").Page("1")
    post = pytest.importorskip("facebook_business.adobjects.pagepost").PagePost
    text, album = sent(stand, stand.outgoing())[1], sent(stand, stand.outgoing(stand.post(pictures=1)))[1]
    feed = page.create_feed(params={}, pending=True)._param_checker
    photos = page.create_photo(params={}, pending=True)._param_checker
    assert all(feed.is_valid_key(name) for name in {*text, *album}) and not feed.is_valid_key("mesage")
    assert all(photos.is_valid_key(name) for name in ("published", "alt_text_custom"))
    assert {"id", "message", "created_time", "application"} <= set(vars(post.Field).values())


def test_meta_knows_every_parameter_of_our_films(stand: Stand) -> None:
    page = pytest.importorskip("facebook_business.adobjects.page").Page("1")
    film = pytest.importorskip("facebook_business.adobjects.advideo").AdVideo("1")
    video, reel, shown = (
        made(params={}, pending=True)._param_checker
        for made in (page.create_video, page.create_video_reel, film.api_update)
    )
    chunked = ("upload_phase", "file_size", "upload_session_id", "start_offset", "video_file_chunk", "published")
    assert all(video.is_valid_key(name) for name in (*chunked, "description"))
    assert all(reel.is_valid_key(name) for name in ("upload_phase", "video_id", "video_state", "description"))
    assert all(shown.is_valid_key(name) for name in ("published", "description"))
