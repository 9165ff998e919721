"""What is WordPress' own: HTML that shows our letters, slugs to find by, and users who may write but not publish."""

from __future__ import annotations

import json
import re
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.channels.contract import Post
from scheduler.channels.spans import Span
from scheduler.channels.wordpress import content, post_slug
from scheduler.errors import NotFound, Unauthorized, Unavailable, Unconfirmed
from tests.channels.conftest import Open
from tests.channels.stand import KEY, TEXT, Stand
from tests.fakes import WordPressFake
from tests.fakes.wordpress import read


@pytest.fixture
def stand(only: Open) -> Stand:
    return only("wordpress")


@pytest.fixture
def fake(stand: Stand) -> WordPressFake:
    return cast(WordPressFake, stand.fake)


def test_an_address_becomes_a_link_and_nothing_else_is_added() -> None:
    assert content(Post("a & b\nhttps://a.vn/?x=1&y=2."), []) == (
        'a &amp; b\n<a href="https://a.vn/?x=1&amp;y=2">https://a.vn/?x=1&amp;y=2</a>.'
    )


def test_a_word_in_brackets_is_no_shortcode_nor_is_one_in_an_address() -> None:
    address = "https://a.vn/[gallery]/x"
    for post in (Post(address), Post("x", spans=(Span("a", 0, 1, address),))):
        assert "[" not in content(post, []) and '<a href="https://a.vn/&#91;gallery&#93;/x">' in content(post, [])
    assert content(Post("[gallery]"), []) == "&#91;gallery&#93;"


def test_what_is_set_out_has_its_tags_in_each_line() -> None:
    text, address = "Ma túy:\n\nbiết [113] ở đây", "https://a.vn/?x=1&y=2"
    at = text.index("ở")

    assert content(Post(text, spans=(Span("b", 0, at - 1), Span("a", at, 5, address))), []) == (
        '<b>Ma túy:</b>\n\n<b>biết &#91;113&#93;</b> <a href="https://a.vn/?x=1&amp;y=2">ở đây</a>'
    )


@given(st.text())
def test_what_is_read_is_what_was_written(text: str) -> None:
    assert read(content(Post(text), [])) == text


def test_pictures_follow_the_text() -> None:
    picture = {"id": 1, "source_url": "https://a.vn/b.png", "alt": '"đỏ"'}
    assert content(Post("a"), [picture]) == (
        'a\n\n<figure><img src="https://a.vn/b.png" alt="&quot;đỏ&quot;"></figure>'
    )


@given(st.text(min_size=1, max_size=300))
def test_every_delivery_has_a_slug_that_wordpress_keeps(key: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]{11,190}", post_slug(key))


def test_a_slug_can_be_read_and_differs_where_only_the_sign_does() -> None:
    assert post_slug(KEY).startswith("thang-hanh-dong-meo-2027-06-26-kenh-")
    assert post_slug("a/b@c") != post_slug("a-b@c")


def test_the_title_and_the_first_picture_stand_where_a_theme_looks(stand: Stand) -> None:
    outgoing = stand.run(stand.prepared(stand.outgoing(stand.post(pictures=2, title="Tin & tức"))))
    sent = json.loads(stand.channel.request(outgoing).content)
    assert sent["title"] == "Tin & tức"
    assert sent["featured_media"] == outgoing.checkpoint["media"][0]["id"]
    assert not {"date", "date_gmt"} & sent.keys()


def test_blanks_in_the_password_are_kept(stand: Stand) -> None:
    stand.channel = stand.open(secrets={"username": "á", "application_password": "a b"})
    assert stand.channel.headers() == {"Authorization": "Basic w6E6YSBi"}


def test_words_for_a_picture_are_set_where_the_upload_lost_them(stand: Stand, fake: WordPressFake) -> None:
    fake.takes_alt_with_file = False
    post = stand.post(pictures=1)
    stand.publish(stand.outgoing(post))
    assert [medium["alt"] for medium in fake.media.values()] == [post.images[0].alt]


def test_a_user_who_may_not_publish_leaves_it_unconfirmed(stand: Stand, fake: WordPressFake) -> None:
    fake.may_publish = False
    with pytest.raises(Unconfirmed, match=r"not public \(pending\)"):
        stand.publish()
    with pytest.raises(Unconfirmed, match=r"not public \(pending\)"):
        stand.find()


def test_find_asks_again_where_drafts_may_not_be_asked_for(stand: Stand, fake: WordPressFake) -> None:
    fake.may_ask_for_drafts = False
    assert stand.find() is None
    receipt = stand.publish()
    assert stand.find() == receipt


def test_a_public_post_goes_before_a_draft_of_the_same_slug(stand: Stand, fake: WordPressFake) -> None:
    receipt = stand.publish()
    draft = {"id": 1, "status": "draft", "slug": post_slug(KEY), "link": ""}
    fake.posts = {"1": draft, **fake.posts}
    assert stand.find() == receipt


def test_a_deleted_post_can_be_taken_out_of_the_trash(stand: Stand, fake: WordPressFake) -> None:
    receipt = stand.publish()
    stand.delete(receipt.remote_id)
    assert fake.posts[receipt.remote_id]["status"] == "trash"


def test_a_site_that_hides_its_users_is_believed_where_the_names_agree(stand: Stand, fake: WordPressFake) -> None:
    fake.shows_users = False
    assert stand.check().name == fake.user
    stand.channel.base_url += "/_nothing"
    with pytest.raises(Unavailable):  # another server's 404 does not hide a list of users
        stand.check()
    stand.channel = stand.open(account="nguoi-khac")
    with pytest.raises(Unauthorized):
        stand.check()


@pytest.mark.parametrize(
    ("status", "code", "meant"),
    [
        (401, "incorrect_password", Unauthorized),
        (501, "application_passwords_disabled", Unauthorized),
        (404, "rest_no_route", Unavailable),
    ],
)
def test_its_own_codes_go_before_the_status(
    stand: Stand, fake: WordPressFake, monkeypatch: pytest.MonkeyPatch, status: int, code: str, meant: type[Exception]
) -> None:
    answer = fake.error(status, code=code)
    monkeypatch.setattr(fake, "unknown", lambda _: answer)
    with pytest.raises(meant):
        stand.publish()
    assert fake.public == []


def test_the_text_is_stored_in_the_composed_form(stand: Stand, fake: WordPressFake) -> None:
    stand.publish()
    assert fake.public[0].text == TEXT


def test_its_number_is_that_of_comments(stand: Stand, fake: WordPressFake) -> None:
    receipt = stand.publish()
    fake.public[0].numbers = {"comments": 3}
    assert stand.metrics(receipt.remote_id) == {"comments": 3}


def test_a_site_on_which_nobody_may_comment_tells_no_number(stand: Stand, fake: WordPressFake) -> None:
    receipt = stand.publish()
    fake.takes_comments = False
    assert stand.metrics(receipt.remote_id) == {}


def test_a_post_that_is_no_longer_public_is_gone(stand: Stand, fake: WordPressFake) -> None:
    receipt = stand.publish()
    fake.posts[receipt.remote_id]["status"] = "draft"
    with pytest.raises(NotFound, match="draft"):
        stand.metrics(receipt.remote_id)
